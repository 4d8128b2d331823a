"""Runs jobs with whichever copy of the harness PYTHONPATH leads to; prints a line a run.

Standard input: a line of JSON with ``settings``, ``size`` (the evaluator's), and ``jobs``, a list
of content, style and seed. Standard output: for each job a line of JSON.
"""

import json
import sys
from functools import lru_cache

import torch

from harness.images.builtin import open_builtin
from harness.images.decode import decode_picture
from harness.scoring.evaluators import choose_evaluator
from harness.scoring.score import PairScorer
from harness.spec.settings import Settings
from harness.transfer.engine import TransferTask, run_transfer
from harness.transfer.pretrained.parameters import load_parameters


@lru_cache
def _pixels(name: str) -> "object":
    return decode_picture(open_builtin(name).data, name=name)


def _main() -> None:
    torch.set_num_threads(1)
    given = json.loads(sys.stdin.readline())
    settings = Settings.model_validate_json(json.dumps(given["settings"]))
    parameters = load_parameters(settings.pretrained, settings.backbone)
    evaluator = choose_evaluator("kmeans", size_px=given["size"], optimised=())
    scorers: dict[tuple[str, str], PairScorer] = {}
    for content, style, seed in given["jobs"]:
        pixels = _pixels(content), _pixels(style)
        if (content, style) not in scorers:
            scorers[content, style] = PairScorer(*pixels, evaluator)
        task = TransferTask(settings=settings, content=pixels[0], style=pixels[1], seed=seed)
        result = run_transfer(task, parameters, device="cpu", precision=settings.precision)
        scores = scorers[content, style].measure(result.image, detailed=False).scores
        found = {"content": content, "style": style, "seed": seed, "seconds": result.seconds}
        print(json.dumps(found | dict(scores)), flush=True)


if __name__ == "__main__":
    _main()

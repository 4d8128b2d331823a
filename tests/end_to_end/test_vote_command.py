"""``harness vote``: the page of a stored sweep, and what is counted of the choices."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mlflow import MlflowClient

from harness.cli.vote import command
from harness.errors import InputError, StoreError
from harness.images.decode import open_picture
from harness.sweep.tracking.externals import log_external
from harness.sweep.tracking.membership import Member, MemberCase, Membership
from harness.sweep.tracking.picture_files import keep_pictures
from harness.sweep.tracking.store import connect, locate

MakeSweep = Callable[..., Path]

PAIRS = (("c0", "s0"), ("c1", "s1"))
VARIANTS = ("light=secret-1", "heavy=secret-2")


class Stored:
    """The sweep ``tiny`` as the harness stores it: two variants on two pairs, scored by hand."""

    def __init__(self, name: str = "tiny") -> None:
        location = locate(None)
        self.client: MlflowClient = connect(location)
        assert location.artifacts is not None
        folder = (location.artifacts / name).as_uri()
        self.name = name
        self.experiment = self.client.create_experiment(name, artifact_location=folder)
        self.parent = self._run("sweep", "")
        self.runs: dict[tuple[int, int], str] = {}

    def _run(self, kind: str, fingerprint: str, evaluator: str = "vgg19-1") -> str:
        tags = {
            "kind": kind,
            "owner": "",
            "occasion": self.name,
            "fingerprint": fingerprint,
            "evaluator": evaluator,
            "second_evaluator": "plain-1",
        }
        named = {f"harness.{name}": value for name, value in tags.items()}
        return str(self.client.create_run(self.experiment, tags=named).info.run_id)

    def add(self, variant: int, case: int, *, status: str = "FINISHED") -> None:
        """Write a run; the light variant has the higher style gain and the lower distance."""
        run_id = self._run("run", f"{variant}-{case}")
        if status == "FINISHED":
            self.client.log_artifact(run_id, "result.png")
            self.client.log_metric(run_id, "style/gain", 2.0 - variant)
            self.client.log_metric(run_id, "content/ssim", 0.1 + variant)
            self.client.log_metric(run_id, "seconds", 1.0)
            self.runs[variant, case] = run_id
        self.client.set_terminated(run_id, status)

    def end(self) -> None:
        """Write the list of runs."""
        pictures = {name: open_picture(f"{name}.png") for pair in PAIRS for name in pair}
        keep_pictures(self.client, self.parent, pictures.values())
        self.cases = tuple(
            MemberCase(
                name=f"{one} × {two}, seed 0",
                pair=f"{one} × {two}",
                content=one,
                style=two,
                seed=0,
                content_sha256=pictures[one].sha256,
                style_sha256=pictures[two].sha256,
            )
            for one, two in PAIRS
        )
        members = tuple(
            Member(
                variant=variant,
                case=case,
                fingerprint=f"{variant}-{case}",
                run_id=self.runs.get((variant, case), ""),
            )
            for variant in range(len(VARIANTS))
            for case in range(len(PAIRS))
        )
        content = Membership(
            variants=VARIANTS,
            baseline=0,
            members=members,
            assignments=({}, {}),
            loss_keys=("", ""),
            cases=self.cases,
        )
        self.client.log_text(self.parent, content.dumps(), "membership.json")
        self.client.set_terminated(self.parent, "FINISHED")


@pytest.fixture
def stored(store: None, tmp_path: Path) -> Stored:
    """Return a sweep whose four runs have finished, in a folder with its pictures."""
    del store
    (tmp_path / "result.png").write_bytes((tmp_path / "c0.png").read_bytes())
    sweep = Stored()
    for variant in range(len(VARIANTS)):
        for case in range(len(PAIRS)):
            sweep.add(variant, case)
    sweep.end()
    return sweep


def voted(*arguments: str | Path) -> str:
    """Run ``harness vote`` in the working directory; return what it printed."""
    done = CliRunner().invoke(command, [str(one) for one in arguments])
    if done.exception is not None:
        raise done.exception
    return done.output


def questions(page: Path = Path("results/tiny/vote.html")) -> list[dict[str, Any]]:
    """Return the questions of a page."""
    found = re.search(
        r'<script type="application/json" id="ballot">(.*?)</script>', page.read_text()
    )
    assert found is not None
    asked: list[dict[str, Any]] = json.loads(found[1])["questions"]
    return asked


def save(choices: list[str], path: Path = Path("votes.json"), **changes: Any) -> Path:
    """Answer the page's questions and save the file that the page would."""
    votes = [
        question | {"choice": choice, "seconds": 2.0}
        for question, choice in zip(questions(), choices, strict=False)
    ]
    content = {
        "schema_version": 1,
        "sweep": "tiny",
        "aim": "style",
        "evaluator": "vgg19-1",
        "session": path.stem,
        "voter": "Ann",
        "saved": "2026-01-02T10:00:00.000Z",
        "votes": votes,
    }
    path.write_text(json.dumps(content | changes))
    return path


def chosen(stored: Stored, variant: int) -> list[str]:
    """Return the choices of who always prefers a variant."""
    wanted = {run for (one, _case), run in stored.runs.items() if one == variant}
    return ["left" if one["left_run_id"] in wanted else "right" for one in questions()]


@pytest.mark.usefixtures("stored")
def test_page_is_written_and_blind() -> None:
    """The page has a question a pair, and no word of the variants."""
    text = voted("tiny")

    page = Path("results/tiny/vote.html").read_text()
    assert {one for one, _style in PAIRS} == {one["content"] for one in questions()}
    assert "secret" not in page
    assert "vote.html: 2 questions, " in text
    assert "no more than 2 questions" in text
    assert "harness vote tiny --count votes-tiny-*.json" in text


@pytest.mark.usefixtures("stored")
def test_page_facts_as_json(tmp_path: Path) -> None:
    """``--json`` says where the page is and what is in it; ``--out`` where it goes."""
    facts = json.loads(voted("tiny", "--json", "--out", "elsewhere", "--pairs", "1"))

    assert str(tmp_path / "elsewhere" / "tiny" / "vote.html") == facts["page"]
    assert (1, 2, 0) == (
        facts["questions"],
        facts["possible_questions"],
        facts["unfinished_runs"],
    )


def test_unfinished_runs_are_left_out_and_counted(store: None, tmp_path: Path) -> None:
    """A failed run makes no question; that runs are lacking is said."""
    del store
    (tmp_path / "result.png").write_bytes((tmp_path / "c0.png").read_bytes())
    sweep = Stored()
    for variant, case in ((0, 0), (1, 0), (0, 1)):
        sweep.add(variant, case)
    sweep.add(1, 1, status="FAILED")
    sweep.end()

    text = voted("tiny")

    assert ["c0"] == [one["content"] for one in questions()]
    assert "left out: 1 run not finished" in text


def test_counting(stored: Stored) -> None:
    """Who always prefers one variant agrees with the metrics that do, at most so often."""
    voted("tiny")
    path = save(chosen(stored, 0))

    (aim,) = json.loads(voted("tiny", "--json", "--count", path))["aims"]

    assert ("style", ["Ann"], 2, 2) == (
        aim["aim"],
        aim["voters"],
        aim["choices"],
        aim["decided"],
    )
    shares = {one["metric"]: one["share"] for one in aim["metrics"]}
    assert {"style/gain": 1.0, "content/ssim": 0.0} == shares
    assert {VARIANTS[0]: 1.0, VARIANTS[1]: 0.0} == {
        one["variant"]: one["share"] for one in aim["variants"]
    }
    assert any("intervals are wide" in note for note in aim["notes"])


def test_counts_are_told_in_words(stored: Stored) -> None:
    """The table has the metrics with their intervals, the variants, the voters and the limits."""
    voted("tiny")
    ann = save(chosen(stored, 0), Path("ann.json"))
    bob = save([*chosen(stored, 0)[:1], "neither"], Path("bob.json"), voter="Bob")

    lines = voted("tiny", "--count", ann, bob).splitlines()

    assert (
        "Which one is closer to the style?  3 of 4 questions decided; 2 voters: Ann, Bob"
        == (lines[0])
    )
    assert re.fullmatch(r"style/gain +100 % +44 … 100 % +\d+ … 100 % +3 +0", lines[3])
    assert any(re.fullmatch(r"Ann, Bob +100 % +21 … 100 % +— +1", line) for line in lines)
    assert any("fewer than 20 choices" in line for line in lines)


@pytest.mark.usefixtures("stored")
def test_wrong_calls() -> None:
    """Files without --count, --count without files, files of another sweep."""
    voted("tiny")
    path = save(["left"], sweep="other")

    with pytest.raises(InputError, match="add --count"):
        voted("tiny", path)
    with pytest.raises(InputError, match="--count needs files"):
        voted("tiny", "--count")
    with pytest.raises(InputError, match="the sweep 'other', not about 'tiny'"):
        voted("tiny", "--count", path)
    with pytest.raises(InputError, match=r"found 'tinny'; .*did you mean tiny"):
        voted("tinny")


def test_runs_done_anew_since(stored: Stored) -> None:
    """Choices about runs that are gone count for nothing, and an error says why."""
    voted("tiny")
    path = save(chosen(stored, 0))
    for run_id in stored.runs.values():
        stored.client.delete_run(run_id)

    with pytest.raises(InputError, match="2 choices about runs that 'tiny' does not have"):
        voted("tiny", "--count", path)
    with pytest.raises(InputError, match=r"nothing to choose between.* \(4 runs left to do\)"):
        voted("tiny")


@pytest.mark.usefixtures("make_sweep")
def test_without_a_store(tmp_path: Path) -> None:
    """No store is said, and none is made."""
    with pytest.raises(InputError, match="there is no store"):
        voted("tiny")

    assert not (tmp_path / "mlflow.db").exists()


def test_pictures_made_elsewhere_take_part(stored: Stored) -> None:
    """Another tool's picture of a pair meets both variants, and its scores are judged."""
    run_id = log_external(
        stored.client,
        "tiny",
        "other tool",
        stored.cases[0],
        picture_png=Path("c1.png").read_bytes(),
        source="c1.png",
        metrics={"style/gain": 0.5},
        anchors={},
        tags={"harness.evaluator": "vgg19-1"},
    )

    assert "4 questions" in voted("tiny")
    path = save(["left" if one["left_run_id"] == run_id else "right" for one in questions()])
    (aim,) = json.loads(voted("tiny", "--json", "--count", path))["aims"]
    assert 2 == {one["variant"]: one["count"] for one in aim["variants"]}["other tool"]
    assert 4 == {one["metric"]: one["count"] for one in aim["metrics"]}["style/gain"]


def test_scores_by_another_evaluator(stored: Stored) -> None:
    """A run that another evaluator scored counts for a metric once it is scored again."""
    voted("tiny")
    path = save(chosen(stored, 0))
    run_id = stored.runs[0, 0]
    stored.client.set_tag(run_id, "harness.evaluator", "other")

    (before,) = json.loads(voted("tiny", "--json", "--count", path))["aims"]
    stored.client.log_text(run_id, json.dumps({"style/gain": 3.0}), "scores/vgg19-1.json")
    (after,) = json.loads(voted("tiny", "--json", "--count", path))["aims"]

    assert (1, 0) == (before["unscored"], after["unscored"])
    counts = [{one["metric"]: one["count"] for one in aim["metrics"]} for aim in (before, after)]
    assert [1, 2] == [count["style/gain"] for count in counts]


@pytest.mark.usefixtures("stored")
def test_sweep_file_serves_as_its_name(make_sweep: MakeSweep) -> None:
    """A sweep may be named by its file; one that is not there is an error of the file."""
    voted(make_sweep())

    assert 2 == len(questions())
    with pytest.raises(InputError, match=r"tinny\.yaml: no such file; did you mean tiny\.yaml"):
        voted("tinny.yaml")


@pytest.mark.usefixtures("stored")
def test_page_is_made_from_the_store_alone(tmp_path: Path) -> None:
    """Contents and styles that are gone from the disk are still shown."""
    for name in ("c0", "c1", "s0", "s1"):
        (tmp_path / f"{name}.png").unlink()

    assert "2 questions" in voted("tiny")


def test_picture_gone_from_the_store(stored: Stored) -> None:
    """A run whose picture was deleted by hand is named."""
    for picture in Path("mlruns").rglob("result.png"):
        picture.unlink()

    with pytest.raises(StoreError, match=r"the picture of the run .* is gone"):
        voted(stored.name)


@pytest.mark.slow
@pytest.mark.usefixtures("stored")
def test_needs_no_torch() -> None:
    """Neither the page nor the count loads torch."""
    voted("tiny")
    save(["left", "neither"])
    code = (
        "import sys; from harness.cli.vote import command\n"
        "command(sys.argv[1:], standalone_mode=False)\n"
        "sys.exit('torch' in sys.modules)"
    )

    for arguments in (["tiny"], ["tiny", "--count", "votes.json"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], check=False)
        assert 0 == done.returncode

"""Does each metric measure what it claims? Checks on pictures whose order is known.

Run: python -m benchmarks.metric_checks [--pairs 4] [--size 128] [--iterations 60] [--out FILE]

Style transfers with growing content weight, blends, noise, blur, shuffled pixels, flips, crops,
unrelated photographs, and whether the right style is found among the built-in ones. Every number
of the page is measured by this command; what a metric must reach to be ranked on is in
``metric_rules.py``.
"""

import argparse
import platform
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter
from scipy.stats import spearmanr

import harness
from benchmarks.metric_rules import Check, Results, page
from benchmarks.pairs import pixels
from harness.images.builtin import builtin_names
from harness.images.resize import resize_to
from harness.scoring.distances import picture_distances, start_distances
from harness.scoring.evaluators import EvaluatorSpec, choose_evaluator
from harness.scoring.score import PairScorer
from metrics.catalog import CATALOG, Direction
from metrics.seeds import seeds_distance
from reports.atomic import write_atomically

Pixels = np.ndarray
Scores = dict[str, float]

CONTENT_WEIGHTS = (0.1, 1.0, 10.0, 100.0)
BLENDS = (0.0, 0.25, 0.5, 0.75, 1.0)
NOISE_LEVELS = (0, 8, 16, 32, 64)
BLUR_RADII = (0, 1, 2, 4, 8)
FACTORS = (0.25, 0.5, 1.0, 1.5, 2.0)
CROPS = 4


class Judge:
    """Scores pictures of pairs at the evaluation size; keeps each pair's scorer."""

    def __init__(self, evaluator: EvaluatorSpec) -> None:
        self.evaluator = evaluator
        self._scorers: dict[tuple[str, str], PairScorer] = {}

    def scorer(self, content: str, style: str) -> PairScorer:
        """Return the scorer of a pair of built-in pictures."""
        if (content, style) not in self._scorers:
            scorer = PairScorer(pixels(content), pixels(style), self.evaluator)
            self._scorers[content, style] = scorer
        return self._scorers[content, style]

    def __call__(self, picture: Pixels, content: str, style: str) -> Scores:
        """Return distances and scores of a picture."""
        found = self.scorer(content, style).measure(picture)
        return {**found.distances, **found.scores}


def blend(a: Pixels, b: Pixels, share: float) -> Pixels:
    """Return a picture between two, ``share`` of the second."""
    return np.rint((1 - share) * a.astype(float) + share * b.astype(float)).astype(np.uint8)


def noisy(picture: Pixels, level: float) -> Pixels:
    """Return a picture with Gaussian noise of that deviation in 8-bit levels."""
    noise = np.random.default_rng(0).normal(0, level, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def blurred(picture: Pixels, radius: float) -> Pixels:
    """Return a picture under a Gaussian of that deviation in pixels."""
    image = Image.fromarray(picture)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)) if radius else image)


def shuffled(picture: Pixels) -> Pixels:
    """Return a picture's pixels in random order: its colours and nothing else."""
    flat = picture.reshape(-1, 3)
    return np.random.default_rng(0).permutation(flat).reshape(picture.shape)


def correlation(values: Iterable[float], *, rising: bool) -> float:
    """Spearman's rank correlation of values with their order, +1 where they go as they should."""
    listed = list(values)
    if len(set(listed)) == 1:
        return 0.0
    found = float(spearmanr(range(len(listed)), listed).statistic)
    return found if rising else -found


def main() -> None:
    """Take every measurement and write the page."""
    options = arguments()
    begun = time.perf_counter()
    evaluator = choose_evaluator("kmeans", size_px=256, optimised=())
    judge = Judge(evaluator)
    contents, styles = builtin_names("content"), builtin_names("style")
    pairs = list(zip(contents, styles, strict=False))[: options.pairs]
    results: Results = defaultdict(lambda: defaultdict(list))
    by_weight(judge, pairs, options, results)
    transfers = {
        (content, style): transfer(content, style, options)
        for content, _ in pairs
        for style in styles
    }
    for content, style in pairs:
        result = transfers[content, style]
        by_disturbance(judge, content, style, results)
        by_order(judge, content, style, result, results)
        by_knob(result, results)
    by_style(judge, transfers, styles, results)
    by_seed(pairs[0], options, results)
    costs = cost_ms(judge, *pairs[0], transfers[pairs[0]])
    machine = f"{platform.platform()}, {platform.processor() or platform.machine()}"
    command = (
        f"python -m benchmarks.metric_checks --pairs {options.pairs} --size {options.size} "
        f"--iterations {options.iterations}"
    )
    seconds = time.perf_counter() - begun
    text = page(
        results, costs, command=command, machine=machine, evaluator=evaluator.id, seconds=seconds
    )
    print(text)
    if options.out is not None:
        write_atomically(options.out, text.encode())


def transfer(
    content: str, style: str, options: argparse.Namespace, weight: float = 1.0, seed: int = 0
) -> Pixels:
    """Return a style transfer of two built-in pictures."""
    result = harness.stylize(
        f"builtin:{content}",
        f"builtin:{style}",
        seed=seed,
        image_size=options.size,
        iterations=options.iterations,
        pretrained="kmeans",
        start="noise" if seed else "content",
        **{"weights.content": weight},
    )
    return np.asarray(result.image)


def wanted(name: str) -> bool:
    """Whether less is better of a metric, or was called so for want of a direction."""
    return CATALOG[name].direction is Direction.MIN


def add_order(results: Results, check: Check, series: list[Scores], *, better_first: bool) -> None:
    """Add the rank correlation of a series of scores with what is known of its order."""
    for name in set.intersection(*(set(one) for one in series)) & CATALOG.keys():
        if CATALOG[name].direction is Direction.NONE:
            continue
        rising = wanted(name) == better_first
        results[name][check].append(correlation((one[name] for one in series), rising=rising))


def by_weight(
    judge: Judge, pairs: list[tuple[str, str]], options: argparse.Namespace, results: Results
) -> None:
    """More content weight: the content is kept better, the style is met less."""
    for content, style in pairs:
        series = [
            judge(transfer(content, style, options, weight), content, style)
            for weight in CONTENT_WEIGHTS
        ]
        for name in series[0]:
            if name in CATALOG and is_content(name):
                add_order(results, Check.WEIGHT, only(series, name), better_first=False)
            elif name in CATALOG and is_style(name):
                add_order(results, Check.WEIGHT, only(series, name), better_first=True)


def only(series: list[Scores], name: str) -> list[Scores]:
    """Return the series of one metric."""
    return [{name: one[name]} for one in series if name in one]


def is_content(name: str) -> bool:
    """Whether a metric says how much of the content is kept."""
    return name.removeprefix("second/").startswith("content/")


def is_style(name: str) -> bool:
    """Whether a metric says how much of the style is met."""
    return name.removeprefix("second/").startswith("style/")


def by_disturbance(judge: Judge, content: str, style: str, results: Results) -> None:
    """More noise or blur on the content itself: less of it is kept."""
    original = pixels(content, judge.evaluator.size_px)
    for check, disturb, levels in (
        (Check.NOISE, noisy, NOISE_LEVELS),
        (Check.BLUR, blurred, BLUR_RADII),
    ):
        series = [judge(disturb(original, level), content, style) for level in levels]
        for name in filter(is_content, series[0].keys() & CATALOG.keys()):
            add_order(results, check, only(series, name), better_first=True)


def by_order(judge: Judge, content: str, style: str, result: Pixels, results: Results) -> None:
    """Blends with the content, shuffled pixels, flips, crops, other photographs."""
    original = resize_to(pixels(content), *result.shape[:2])
    series = [judge(blend(original, result, share), content, style) for share in BLENDS]
    for name in series[0].keys() & CATALOG.keys():
        if is_content(name):
            add_order(results, Check.BLEND, only(series, name), better_first=True)
        if is_style(name):
            add_order(results, Check.BLEND, only(series, name), better_first=False)
    scores = series[-1]
    others = [name for name in builtin_names("content") if name != content]
    unrelated = [
        judge(resize_to(pixels(name), *result.shape[:2]), content, style) for name in others
    ]
    chaos = judge(shuffled(result), content, style)
    mirrored = judge(np.ascontiguousarray(result[:, ::-1]), content, style)
    untouched = judge(original, content, style)
    for name in filter(is_content, scores.keys() & CATALOG.keys()):
        sign = 1 if wanted(name) else -1
        results[name][Check.SHUFFLE].append(float(sign * scores[name] < sign * chaos[name]))
        results[name][Check.UNRELATED].append(
            statistics.fmean(sign * scores[name] < sign * one[name] for one in unrelated)
        )
    for name in filter(is_style, scores.keys() & CATALOG.keys()):
        if CATALOG[name].direction is Direction.MIN:
            change = abs(mirrored[name] - scores[name]) / max(scores[name], 1e-9)
            results[name][Check.FLIP].append(change)
            results[name][Check.SHUFFLE].append(chaos[name] / max(scores[name], 1e-9))
            for crop in crops(pixels(style, judge.evaluator.size_px)):
                stretched = resize_to(crop, *original.shape[:2])
                distance = judge(stretched, content, style)[name]
                results[name][Check.CROP].append(distance / max(untouched[name], 1e-9))


def crops(picture: Pixels) -> list[Pixels]:
    """Return the four quarters of a picture."""
    height, width = (length // 2 for length in picture.shape[:2])
    return [
        picture[row : row + height, column : column + width]
        for row in (0, height)
        for column in (0, width)
    ]


def by_knob(result: Pixels, results: Results) -> None:
    """What describes a picture alone follows the knob that it is named after."""
    image = Image.fromarray(result)

    def warmed(factor: float) -> Pixels:
        shift = np.array([1.0, 0.0, -1.0]) * 30 * (factor - 1)
        return np.clip(np.rint(result + shift), 0, 255).astype(np.uint8)

    def enlarged(factor: float) -> Pixels:
        corner = image.crop((0, 0, int(image.width / factor), int(image.height / factor)))
        return np.asarray(corner.resize(image.size, Image.Resampling.BICUBIC))

    knobs: dict[str, list[Pixels]] = {
        "picture/chroma": [np.asarray(ImageEnhance.Color(image).enhance(f)) for f in FACTORS],
        "picture/exposure": [
            np.asarray(ImageEnhance.Brightness(image).enhance(f)) for f in FACTORS
        ],
        "picture/clipped": [
            np.asarray(ImageEnhance.Contrast(image).enhance(f)) for f in (1, 2, 4, 8)
        ],
        "picture/warmth": [warmed(factor) for factor in FACTORS],
        "picture/noise": [noisy(result, level) for level in NOISE_LEVELS],
        "picture/tv": [blurred(result, radius) for radius in reversed(BLUR_RADII)],
        "picture/texture_scale": [enlarged(factor) for factor in (1, 2, 4)],
    }
    for name, pictures in knobs.items():
        values = [picture_distances(picture).values[name] for picture in pictures]
        results[name][Check.KNOB].append(correlation(values, rising=True))
    start = noisy(np.full_like(result, 128), 40)
    left = [start_distances(blend(result, start, share), start).values for share in BLENDS]
    results["start/left"][Check.KNOB].append(
        correlation((one["start/left"] for one in left), rising=True)
    )


def by_style(
    judge: Judge,
    transfers: dict[tuple[str, str], Pixels],
    styles: tuple[str, ...],
    results: Results,
) -> None:
    """The style that a picture was made with is the nearest of all."""
    for (content, style), result in transfers.items():
        scores = {name: judge(result, content, name) for name in styles}
        for metric in filter(is_style, scores[style].keys() & CATALOG.keys()):
            if CATALOG[metric].direction is Direction.MIN:
                nearest = min(styles, key=lambda name: scores[name][metric])
                results[metric][Check.RETRIEVAL].append(float(nearest == style))


def by_seed(pair: tuple[str, str], options: argparse.Namespace, results: Results) -> None:
    """Two results grow apart as one is blended with another seed's."""
    first, second = (transfer(*pair, options, seed=seed) for seed in (1, 2))
    values = [seeds_distance([first, blend(first, second, share)]) for share in BLENDS]
    results["seeds/distance"][Check.KNOB].append(correlation(values, rising=True))


def cost_ms(judge: Judge, content: str, style: str, result: Pixels) -> dict[str, float]:
    """Milliseconds that a picture's scores take: all measurements, and those scores need."""
    scorer = judge.scorer(content, style)

    def timed(measure: Callable[[], object]) -> float:
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            measure()
            times.append(time.perf_counter() - begun)
        return 1000 * statistics.median(times)

    return {
        "every measurement": timed(lambda: scorer.measure(result)),
        "those that scores are made of": timed(lambda: scorer.measure(result, detailed=False)),
    }


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--iterations", type=int, default=60)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()

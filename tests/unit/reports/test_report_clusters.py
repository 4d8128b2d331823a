import math
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from reports.clusters import (
    MINIMUM_CLUSTERS,
    Sharing,
    clustered_half_width,
    clustered_p,
    flip_p,
    infer_mean,
    sharing_of,
    standard_error,
)
from reports.statistics import (
    MINIMUM_PAIRS,
    paired_t_p,
    sign_flip_p,
    standard_deviation,
    t_half_width,
)

Pictures = tuple[tuple[str, str], ...]
Values = NDArray[np.float64]

# Deviations of the effects of contents, styles and pairs; the last one stands for its own.
MIXTURES = (
    (0, 0, 1),
    (1, 0, 0.01),
    (0, 1, 0.01),
    (1, 0, 1),
    (0, 1, 1),
    (1, 1, 0.01),
    (1, 1, 1),
)
# Three standard errors of a share of 0.05 in 4,000 and in 20,000 trials.
QUICK, ERROR_OF_QUICK = 4_000, 0.0104
MANY, ERROR_OF_MANY = 20_000, 0.0047


def _independent(count: int) -> Pictures:
    return tuple((f"c{pair}", f"s{pair}") for pair in range(count))


def _product(contents: int, styles: int, *, missing: int = 0) -> Pictures:
    pairs = [(f"c{one}", f"s{two}") for one, two in product(range(contents), range(styles))]
    lost = np.random.default_rng(1).choice(len(pairs), missing, replace=False)
    return tuple(pair for place, pair in enumerate(pairs) if place not in lost)


def _repeating(*times: int) -> Pictures:
    """Contents that are all different, with styles that are used so many times each."""
    styles = [f"s{style}" for style, count in enumerate(times) for _ in range(count)]
    return tuple((f"c{pair}", style) for pair, style in enumerate(styles))


def _draws(sharing: Sharing, mixture: Sequence[float], trials: int, *, mean: float = 0) -> Values:
    """Samples of one value per pair: effects of contents, of styles, and of the pairs."""
    generator = np.random.default_rng(12)
    contents, styles, pairs = (
        deviation * generator.normal(size=(trials, count))
        for deviation, count in zip(
            mixture, (sharing.n_contents, sharing.n_styles, sharing.n_pairs), strict=True
        )
    )
    return mean + contents[:, sharing.contents] + styles[:, sharing.styles] + pairs


def _alarms(pictures: Pictures, mixture: Sequence[float], trials: int) -> float:
    """In which share of samples without a true difference the test finds one."""
    sharing = sharing_of(pictures)
    return float(np.mean(clustered_p(_draws(sharing, mixture, trials), sharing) < 0.05))


def _sample(count: int) -> Values:
    return np.random.default_rng(5).normal(0.3, 1.0, count)


def test_nothing_shared_is_the_paired_t_test() -> None:
    """Independent pairs get the paired t interval and test, to the last bit."""
    values = _sample(9)

    found = infer_mean(values, sharing_of(_independent(9)))

    assert (t_half_width(values), paired_t_p(values), standard_deviation(values)) == (
        found.half_width,
        found.p,
        found.deviation,
    )


def test_the_clustered_formula_is_the_paired_t_test_where_nothing_is_shared() -> None:
    """The two-way variance itself becomes s²/n with n - 1 degrees of freedom."""
    values, sharing = _sample(9), sharing_of(_independent(9))

    assert t_half_width(values) == pytest.approx(clustered_half_width(values, sharing), rel=1e-12)
    assert paired_t_p(values) == pytest.approx(float(clustered_p(values, sharing)), rel=1e-9)


def test_one_way_clusters_of_equal_size_are_the_t_test_of_their_means() -> None:
    """Where only styles repeat, equally often, the test is the t test of the styles' means."""
    pictures = _repeating(3, 3, 3, 3)
    # Strong effects of styles, so that the variance by style is the largest of the three.
    values = _sample(12) / 10 + np.repeat([0.2, 1.4, 0.9, 2.0], 3)

    expected = stats.ttest_1samp(values.reshape(4, 3).mean(axis=1), 0.0).pvalue

    assert expected == pytest.approx(infer_mean(values, sharing_of(pictures)).p, rel=1e-9)


def test_both_clusterings_add_up() -> None:
    """On a full table the variance is by content, plus by style, minus by pair, by hand."""
    rows, columns = np.array([0.0, 1.0, 2.0, 5.0]), np.array([0.0, 3.0, 6.0, 9.0])
    values = np.add.outer(rows, columns).ravel()

    found = float(standard_error(values, sharing_of(_product(4, 4)))) ** 2

    # Sums of squares about the mean: rows 14, columns 45, so the cells 4 x 14 + 4 x 45 = 236.
    assert 14 / 3 / 4 + 45 / 3 / 4 - 236 / 15 / 16 == pytest.approx(found)


def test_the_variance_is_never_less_than_by_one_clustering() -> None:
    """Where the styles cancel, the variance by content stands, not the lower difference."""
    rows = np.array([0.0, 1.0, 2.0, 5.0])
    values = np.repeat(rows, 4)

    found = float(standard_error(values, sharing_of(_product(4, 4))))

    assert np.std(rows, ddof=1) / 2 == pytest.approx(found)


def test_many_samples_at_once_are_each_as_alone() -> None:
    """A table of samples gives the p of every row."""
    sharing = sharing_of(_product(4, 5, missing=3))
    values = np.random.default_rng(6).normal(size=(3, sharing.n_pairs))

    assert [float(clustered_p(row, sharing)) for row in values] == pytest.approx(
        clustered_p(values, sharing).tolist()
    )


@pytest.mark.parametrize(("value", "p"), [(0.0, 1.0), (0.1, 0.0), (-0.3, 0.0)])
def test_samples_without_spread(value: float, p: float) -> None:
    """All zero is no evidence, all equal is all evidence, and neither warns."""
    found = infer_mean(np.full(16, value), sharing_of(_product(4, 4)))

    assert (found.p, found.half_width, found.deviation) == (p, 0.0, 0.0)


def test_deviation_is_that_of_independent_pairs() -> None:
    """The deviation that pairs needed rest on holds what the pairs share, too."""
    sharing = sharing_of(_product(6, 6))
    values = _draws(sharing, (1, 1, 1), 300)

    found = [infer_mean(sample, sharing).deviation ** 2 for sample in values]

    # Three variances of 1; the spread inside a table alone lacks a sixth of two of them.
    assert 3.0 == pytest.approx(float(np.mean(found)), abs=0.2)


@pytest.mark.parametrize(
    ("pictures", "groups"),
    [
        (_independent(4), [0, 1, 2, 3]),
        (_product(2, 2), [0, 0, 0, 0]),
        ((("a", "x"), ("b", "y"), ("a", "z"), ("c", "y")), [0, 1, 0, 1]),
        ((("a", "x"), ("b", "y"), ("b", "x"), ("c", "z")), [0, 0, 0, 1]),
    ],
)
def test_groups_share_nothing_with_one_another(pictures: Pictures, groups: list[int]) -> None:
    """Pairs are in one group if a chain of shared pictures leads from one to the other."""
    assert groups == sharing_of(pictures).groups.tolist()


def test_a_picture_name_may_be_content_and_style() -> None:
    """A content and a style of the same name are two pictures in two parts."""
    assert not sharing_of((("dots", "wave"), ("cat", "dots"))).is_shared


@pytest.mark.parametrize(
    ("pictures", "refusal"),
    [
        (_independent(2), ""),
        (_product(4, 4), ""),
        (_product(4, 4, missing=3), ""),
        (
            _product(1, 8),
            "8 pairs made of 1 content and 8 styles; at least 4 of each are needed where pairs "
            "share them",
        ),
        (
            _repeating(9, 1, 1, 1),
            "12 pairs made of 12 contents and 4 styles, some of them in most pairs; at least 4 "
            "of each are needed, used evenly",
        ),
    ],
)
def test_too_few_pictures_are_refused(pictures: Pictures, refusal: str) -> None:
    """Below four contents or styles, also effectively, nothing is inferred from shared ones."""
    assert refusal == sharing_of(pictures).refusal


def test_flips_of_independent_pairs_are_the_usual_ones() -> None:
    """With nothing shared every pair is flipped alone."""
    values = _sample(8)

    assert sign_flip_p(values, 0) == flip_p(values, sharing_of(_independent(8)))


def test_pairs_that_share_are_flipped_together() -> None:
    """Six styles used twice are six flips, not twelve."""
    values = np.full(12, 0.5)

    assert flip_p(values, sharing_of(_repeating(2, 2, 2, 2, 2, 2))) == 2 / 2**6


def test_a_product_cannot_be_flipped() -> None:
    """All pairs of a product hang together, so there is nothing to flip."""
    assert flip_p(_sample(16), sharing_of(_product(4, 4))) is None


@pytest.mark.parametrize("mixture", MIXTURES)
@pytest.mark.parametrize(
    "pictures",
    [_independent(8), _product(4, 4), _product(6, 6), _product(4, 8), _repeating(2, 2, 2, 2)],
    ids=["8 alone", "4x4", "6x6", "4x8", "styles twice"],
)
def test_false_alarms_are_rare(pictures: Pictures, mixture: Sequence[float]) -> None:
    """Whatever pairs share, at most six in a hundred samples without a difference alarm."""
    assert _alarms(pictures, mixture, QUICK) < 0.06 + ERROR_OF_QUICK


@pytest.mark.slow
@pytest.mark.parametrize("mixture", MIXTURES)
@pytest.mark.parametrize(
    "pictures",
    [
        _independent(6),
        _product(4, 4),
        _product(4, 4, missing=3),
        _product(5, 5),
        _product(6, 6),
        _product(6, 6, missing=9),
        _product(4, 8),
        _product(3, 8),  # refused for other reasons
        _repeating(2, 2, 2, 2),
        _repeating(4, 2, 2, 2, 2),
    ],
)
def test_false_alarms_stay_below_six_percent(pictures: Pictures, mixture: Sequence[float]) -> None:
    """The rates that the module's docstring states hold, tables with gaps included."""
    assert _alarms(pictures, mixture, MANY) < 0.06 + ERROR_OF_MANY


@pytest.mark.parametrize("mixture", [(0, 0, 1), (1, 1, 0.01), (1, 1, 1)])
@pytest.mark.parametrize(
    "pictures", [_independent(8), _product(4, 4), _product(6, 6), _product(3, 8)]
)
def test_intervals_cover_the_truth(pictures: Pictures, mixture: Sequence[float]) -> None:
    """The interval has the true mean in at least 94 of 100 samples, and is not endless."""
    sharing = sharing_of(pictures)
    values = _draws(sharing, mixture, QUICK, mean=0.4)

    widths = clustered_half_width(values, sharing)
    covered = float(np.mean(np.abs(values.mean(axis=-1) - 0.4) <= widths))

    assert covered > 0.94 - ERROR_OF_QUICK
    assert float(np.median(widths)) < 4 * math.hypot(*mixture)


def test_ignoring_what_is_shared_would_alarm() -> None:
    """The plain paired t test alarms far too often on a product: this is what is at stake."""
    sharing = sharing_of(_product(4, 4))
    values = _draws(sharing, (1, 1, 1), QUICK)

    alarms = float(np.mean(stats.ttest_1samp(values, 0.0, axis=-1).pvalue < 0.05))

    assert alarms > 0.2


def test_a_true_difference_is_found() -> None:
    """A difference of twice the deviation of the effects is found in most 6 x 6 products."""
    sharing = sharing_of(_product(6, 6))
    values = _draws(sharing, (1, 1, 1), QUICK, mean=2.0)

    assert float(np.mean(clustered_p(values, sharing) < 0.05)) > 0.7


@pytest.mark.parametrize(("contents", "is_allowed"), [(2, False), (3, False), (4, True)])
def test_the_floor_is_where_six_independent_pairs_are(contents: int, is_allowed: bool) -> None:
    """Four contents are the fewest that alarm no more than six skewed independent pairs do."""
    generator = np.random.default_rng(13)
    sharing = sharing_of(_product(contents, 8))
    # The worst case found: contents of equally strong effects to either side, and nothing else.
    effects = generator.choice((-1.0, 1.0), size=(QUICK, contents))[:, sharing.contents]
    noise = generator.normal(0, 1e-4, (QUICK, sharing.n_pairs))
    alone = generator.exponential(size=(QUICK, MINIMUM_PAIRS)) - 1

    alarms = float(np.mean(clustered_p(effects + noise, sharing) < 0.05))
    accepted = float(np.mean(stats.ttest_1samp(alone, 0.0, axis=-1).pvalue < 0.05))

    assert (alarms < accepted + 0.02) is is_allowed
    assert (contents >= MINIMUM_CLUSTERS) is is_allowed

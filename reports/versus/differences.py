"""The paired difference of two sides in any column, whether the catalogue has it or not."""

from dataclasses import replace

from metrics.catalog import CATALOG
from reports.comparison import Comparison, compare_means, pair_means, pair_pictures
from reports.versus.sides import Sides

__all__ = ["difference_in"]

# What the catalogue does not have (losses, logarithms) is compared as one of its entries that is
# neither better large nor small.
UNDIRECTED = "picture/exposure"


def difference_in(sides: Sides, name: str) -> Comparison:
    """Compare two sides on a column of their runs.

    Args:
        sides: What is compared.
        name: A numeric column; an absent one counts as all NaN.

    Returns:
        The comparison over the pairs that both have a value on. Without such a pair the means
        are those of what each side has.
    """
    # Without a pair in common the runs name neither side.
    means = pair_means(sides.runs, name).reindex(columns=[sides.baseline, sides.other])
    known_as = name if name in CATALOG else UNDIRECTED
    pictures = pair_pictures(sides.runs)
    found = compare_means(means, pictures, known_as, sides.baseline)[sides.other]
    if found.n_pairs:
        return replace(found, metric=name)
    own = means.mean()
    return replace(
        found,
        metric=name,
        baseline_mean=float(own[sides.baseline]),
        variant_mean=float(own[sides.other]),
    )

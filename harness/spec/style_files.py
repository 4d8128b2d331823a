"""The files of a style and their weights: what tells one style from another."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Self

from harness.spec.setting_keys import canonical_json

__all__ = ["FileWeights", "StyleFiles"]

FileWeights = tuple[tuple[str, int], ...]
"""SHA-256 of files, each with its weight."""


@dataclass(frozen=True, slots=True)
class StyleFiles:
    """The picture files of one style by SHA-256, each with its weight; most styles have one.

    ``weights`` are the least whole numbers of their ratio, the heaviest first and equal ones by
    hash: however a style is written, equal ones are equal.
    """

    weights: FileWeights

    @classmethod
    def of(cls, weighted: Iterable[tuple[str, float]]) -> Self:
        """Return the style of some files; weights of a file that comes twice are added.

        Args:
            weighted: SHA-256 and weight of each file. A weight counts as it is written: 0.2 is
                two tenths.

        Raises:
            ValueError: there is no file, or a weight is not a number above 0.
        """
        sums: dict[str, Fraction] = defaultdict(Fraction)
        for sha256, weight in weighted:
            sums[sha256] += Fraction(repr(weight))
            if not weight > 0:
                raise ValueError(f"the weights of styles are above 0, got {weight}")
        if not sums:
            raise ValueError("a style has at least one picture")
        whole = lcm(*(one.denominator for one in sums.values()))
        numbers = {sha256: int(one * whole) for sha256, one in sums.items()}
        common = gcd(*numbers.values())
        least = ((sha256, number // common) for sha256, number in numbers.items())
        return cls(tuple(sorted(least, key=lambda one: (-one[1], one[0]))))

    @classmethod
    def stored(cls, sha256: str, weights: FileWeights) -> Self:
        """Return the style that was written down as its ``sha256`` and ``weights_if_several``."""
        return cls(weights or ((sha256, 1),))

    @property
    def sha256(self) -> str:
        """The hash of the one file; of several, a hash of theirs and their weights."""
        if len(self.weights) == 1:
            return self.weights[0][0]
        return hashlib.sha256(canonical_json({"styles": dict(self.weights)}).encode()).hexdigest()

    @property
    def files(self) -> tuple[str, ...]:
        """The SHA-256 of every file."""
        return tuple(sha256 for sha256, _ in self.weights)

    @property
    def weights_if_several(self) -> FileWeights:
        """The weights, or nothing where ``sha256`` says it all."""
        return self.weights if len(self.weights) > 1 else ()

    @property
    def shares(self) -> tuple[tuple[str, float], ...]:
        """Every file with its part of the whole; together they come to 1."""
        total = sum(weight for _, weight in self.weights)
        return tuple((sha256, weight / total) for sha256, weight in self.weights)

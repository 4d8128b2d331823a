"""Find what ``when``, ``exclude`` and ``baseline`` mean: choices by label or by value."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError
from typing import Any

from harness.spec.axes import Axis, canonical_of
from harness.spec.base_settings import Base
from harness.spec.combinations import BASE, Terms, dependency_order
from harness.spec.diagnosis import Diagnosis, KeyPath, refusal
from harness.spec.setting_keys import value_text

__all__ = ["Selector"]


class Selector:
    """Translates names and values of a sweep file into axes and choices.

    An axis is named by its own name or by one of its settings keys. Names in ``unsound`` were
    complained of before and are passed over.
    """

    def __init__(
        self, axes: Sequence[Axis], base: Base, unsound: set[str], diagnosis: Diagnosis
    ) -> None:
        self.axes = axes
        self._base = base
        self._unsound = unsound
        self._diagnosis = diagnosis
        self._index = {
            name: index for index, axis in enumerate(axes) for name in (axis.name, *axis.keys)
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that stands for a parameter, also one that was refused."""
        return tuple(dict.fromkeys((*self._index, *sorted(self._unsound))))

    def is_unsound(self, name: str) -> bool:
        """Tell whether the parameter of this name was refused before."""
        return name in self._unsound

    def axis_of(self, name: str) -> int | None:
        """Return the index of an axis by its name or one of its keys."""
        return self._index.get(name)

    def matches(self, name: str, wanted: Any) -> frozenset[int]:
        """Return the choices of an axis that have this label or this value.

        Args:
            name: Name or key of an axis.
            wanted: A label or a value.
        """
        axis = self.axes[self._index[name]]
        text = value_text(wanted)  # as labels are written where the file gives none
        if name not in axis.keys:  # the free label of a zip
            return frozenset(at for at, one in enumerate(axis.choices) if one.label == text)
        canonical = canonical_of(name, wanted, self._base)
        found = {
            at
            for at, choice in enumerate(axis.choices)
            if choice.labels[name] == text or choice.canonical[name] == canonical
        }
        if axis.when and axis.base.canonical[name] == canonical:
            found.add(BASE)
        return frozenset(found)

    def terms(self, wanted: Mapping[str, Any], path: KeyPath) -> dict[int, frozenset[int]] | None:
        """Translate a mapping of names to labels or values.

        Returns:
            Choices by axis; None (and problems noted) if a name or value means nothing here.
        """
        found: dict[int, frozenset[int]] = {}
        is_sound = True
        for name, value in wanted.items():
            choices = self.find(name, value, (*path, name))
            axis = self.axis_of(name)
            if not choices or axis is None:
                is_sound = False
                continue
            found[axis] = choices & found.get(axis, choices)
        return found if is_sound else None

    def find(self, name: str, value: Any, path: KeyPath) -> frozenset[int]:
        """Return the choices of an axis with this label or value; note a problem if none.

        The interval of a study has no choices: conditions and exclusions compare values one by
        one, and a number drawn from an interval equals none.
        """
        if self.is_unsound(name):
            return frozenset()
        axis = self.axis_of(name)
        if axis is None:
            message = refusal(name, self.names, kind="varied in this sweep")
            self._diagnosis.add(path, message)
            return frozenset()
        interval = self.axes[axis].interval
        if interval is not None:
            message = (
                f"{name} is a range ({interval}), which has no values to compare with; "
                "allowed here: parameters with values"
            )
            self._diagnosis.add(path, message)
            return frozenset()
        choices = self.matches(name, value)
        if not choices:
            labels = [one.labels.get(name, one.label) for one in self.axes[axis].choices]
            shown = value_text(value) if isinstance(value, list | dict) else value
            self._diagnosis.add(path, refusal(shown, labels))
        return choices

    def conditions(self) -> list[Terms]:
        """Translate ``when`` of every axis; note what means nothing, and circles."""
        found: list[Terms] = []
        for axis in self.axes:
            path = ("parameters", axis.name, "when")
            found.append(self.terms(axis.when, path) or {})
        try:
            dependency_order(found)
        except CycleError as error:
            circle = [self.axes[index].name for index in error.args[1]]
            path = ("parameters", circle[0], "when")
            self._diagnosis.add(path, f"depends on itself: {' → '.join(reversed(circle))}")
        return found

"""Plain YAML scalars by the core schema of YAML 1.2 (section 10.3.2).

Unlike PyYAML's YAML 1.1: ``1e6`` is a number, ``yes`` and ``on`` are text, ``012`` is twelve,
there are no dates, no base 60 and no ``_`` in numbers.
"""

import math
import re

__all__ = ["core_scalar"]

EXACT = 2**53  # whole numbers below this are the same as float and as int

_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def core_scalar(text: str) -> str | float | bool | None:
    """Return what an unquoted scalar means.

    Numbers that are whole become integers: ``1e3``, ``1000.0`` and ``1000`` are one value.

    Raises:
        ValueError: a number that is not finite or too large to hold.
    """
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"found {text}; allowed: a finite number")
    if _BASED.fullmatch(text) or _NUMBER.fullmatch(text):
        return _number(text)
    return text


def _number(text: str) -> float:
    if _BASED.fullmatch(text):
        exact = int(text[2:], 16 if text[1] == "x" else 8)
        number = float(exact) if exact < EXACT else math.inf
    else:
        number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"found {text[:30]}, a number too large to hold")
    return int(number) if number.is_integer() and abs(number) < EXACT else number

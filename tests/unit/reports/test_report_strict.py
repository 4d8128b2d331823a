"""Strict JSON, as every file of a report has it."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from reports.strict import strict, strict_json


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_what_is_no_finite_number_becomes_null(value: float) -> None:
    """NaN and infinity are null, also deep inside; the other values stay as they are."""
    found = strict({"a": [1, value, {"b": (value, "NaN", 0.5)}], 2: value})

    assert {"a": [1, None, {"b": [None, "NaN", 0.5]}], "2": None} == found


def test_the_text_reads_back_and_ends_its_line() -> None:
    """Rows of a table are written with their letters as they are, one line end behind them."""
    rows = pd.DataFrame({"name": ["größer"], "score": [math.nan]}).to_dict("records")

    text = strict_json({"rows": rows})

    assert {"rows": [{"name": "größer", "score": None}]} == json.loads(text)
    assert "größer" in text
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")

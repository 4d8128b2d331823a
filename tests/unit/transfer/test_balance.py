"""Balanced weights: the norms of both gradients, where they are taken, and what is refused."""

from typing import Any

import pytest
import torch
from torch import Tensor

from harness.errors import TransferError
from harness.spec.settings import Settings
from harness.transfer.balance import balanced_style_weight
from harness.transfer.objective import Objective, gradient_of, taps_in_use
from harness.transfer.pretrained.parameters import Parameters
from harness.transfer.trunk import Trunk

SAME = 1e-5  # relative: norms of float32 gradients


def _settings(**changes: Any) -> Settings:
    return Settings.model_validate(
        {
            "content_layers": "relu2_1",
            "style_layers": ["relu1_1", "relu2_1"],
            "weights": {"content": 3.0, "style": 0.5, "balanced": True},
            **changes,
        }
    )


def _picture(seed: int) -> Tensor:
    return torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(seed))


def _made(parameters: Parameters, settings: Settings) -> tuple[Trunk, Objective]:
    trunk = Trunk(
        parameters,
        taps=taps_in_use(settings),
        pooling="avg",
        padding="replicate",
        device=torch.device("cpu"),
        dtype=torch.float32,
    )
    with torch.no_grad():
        content, style = trunk.features(_picture(0)), trunk.features(_picture(1))
        return trunk, Objective(settings, content=content, style=[style])


def _balanced(parameters: Parameters, settings: Settings, start: Tensor, midway: Tensor) -> float:
    trunk, objective = _made(parameters, settings)
    return balanced_style_weight(
        settings, trunk=trunk, objective=objective, start=start, midway=midway
    )


def _norm(parameters: Parameters, settings: Settings, image: Tensor, term: str) -> float:
    trunk, objective = _made(parameters, settings)
    return float(gradient_of(term, image, trunk=trunk, objective=objective).norm())


def test_both_gradients_have_one_norm_times_the_factor(tiny_parameters: Parameters) -> None:
    """With β the style's gradient at the start has the factor times the norm of the content's."""
    settings, start = _settings(), _picture(2)
    content, style = (_norm(tiny_parameters, settings, start, t) for t in ("content", "style"))

    weight = _balanced(tiny_parameters, settings, start, _picture(3))

    assert weight * style == pytest.approx(0.5 * 3.0 * content, rel=SAME)


def test_a_content_start_is_balanced_midway(tiny_parameters: Parameters) -> None:
    """At the content itself its loss has no gradient: both are taken at the mean picture."""
    settings, midway = _settings(), (_picture(0) + _picture(1)) / 2
    content, style = (_norm(tiny_parameters, settings, midway, t) for t in ("content", "style"))

    weight = _balanced(tiny_parameters, settings, _picture(0), midway)

    assert _norm(tiny_parameters, settings, _picture(0), "content") == 0
    assert weight * style == pytest.approx(0.5 * 3.0 * content, rel=SAME)


def test_a_start_beside_the_content_is_balanced_midway(tiny_parameters: Parameters) -> None:
    """A content loss that is next to nothing at the start does not make the style's weight so."""
    settings, midway = _settings(), (_picture(0) + _picture(1)) / 2
    expected = _balanced(tiny_parameters, settings, _picture(0), midway)

    assert expected == _balanced(tiny_parameters, settings, _picture(0) + 1e-4, midway)


def test_a_style_start_is_balanced_midway(tiny_parameters: Parameters) -> None:
    """At the style itself its loss has no gradient worth the name, and the mean picture helps."""
    settings, midway = _settings(), (_picture(0) + _picture(1)) / 2
    expected = _balanced(tiny_parameters, settings, _picture(0), midway)

    assert expected == _balanced(tiny_parameters, settings, _picture(1), midway)


def test_the_balance_undoes_the_units_of_a_loss(tiny_parameters: Parameters) -> None:
    """The weighted gradient of the style is the same for a loss a quarter as large."""
    start, midway = _picture(2), _picture(3)
    gradients = [
        _balanced(tiny_parameters, settings, start, midway)
        * _norm(tiny_parameters, settings, start, "style")
        for settings in (_settings(style_loss="gram"), _settings(style_loss="gatys"))
    ]

    assert gradients[0] == pytest.approx(gradients[1], rel=SAME)


def test_gradients_that_vanish_everywhere_are_refused(tiny_parameters: Parameters) -> None:
    """Where content and style pull nowhere the message tells both norms and what to do."""
    with pytest.raises(
        TransferError, match=r"norms of their gradients are 0 and .*balanced: false"
    ):
        _balanced(tiny_parameters, _settings(), _picture(0), _picture(0))
    same_style = _picture(1)
    with pytest.raises(TransferError, match="cannot be balanced"):
        _balanced(tiny_parameters, _settings(), same_style, torch.full_like(same_style, torch.nan))

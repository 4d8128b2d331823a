"""Every loss that settings can name has the gradient that finite differences find in float64."""

from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.spec.settings import Settings
from harness.transfer.layer_losses import LayerLoss, content_loss, pixel_loss, style_loss

STYLE_LOSSES = get_args(Settings.model_fields["style_loss"].annotation)
CONTENT_LOSSES = get_args(Settings.model_fields["content_loss"].annotation)
TV_LOSSES = get_args(Settings.model_fields["tv_loss"].annotation)


def _values(seed: int, *shape: int) -> Tensor:
    return torch.tensor(np.random.default_rng(seed).random(shape))


def _settings(**changes: Any) -> Settings:
    return Settings.model_validate(changes)


def _style(kind: str, tap: str, styles: int = 1) -> LayerLoss:
    pictures = [_values(seed + 1, 1, 3, 8, 7) for seed in range(styles)]
    return style_loss(_settings(style_loss=kind), tap, pictures, [1 / styles] * styles)


LOSSES: dict[str, LayerLoss] = {
    **{f"style {kind}": _style(kind, "relu1_1") for kind in STYLE_LOSSES},
    **{f"two styles {kind}": _style(kind, "relu1_1", styles=2) for kind in STYLE_LOSSES},
    "style at rgb": _style("normalized_gram", "rgb"),
    "two styles at rgb": _style("normalized_gram", "rgb", styles=2),
    **{
        f"content {kind}": content_loss(_settings(content_loss=kind), _values(1, 1, 3, 8, 9))
        for kind in CONTENT_LOSSES
    },
    **{f"tv {kind}": pixel_loss(_settings(tv_loss=kind, pixel_range=2.0)) for kind in TV_LOSSES},
    "tv power below 1": pixel_loss(_settings(tv_loss="power_sum", tv_power=0.75)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_gradient_agrees_with_finite_differences(name: str) -> None:
    """float64 ``gradcheck``, for a batch."""
    values = _values(0, 2, 3, 8, 9).requires_grad_()

    assert torch.autograd.gradcheck(LOSSES[name], (values,), fast_mode=True)


@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_gives_the_losses_of_its_pictures(name: str) -> None:
    """The losses of a batch are those of its pictures."""
    batch = _values(0, 3, 3, 8, 9)
    expected = [LOSSES[name](one.unsqueeze(0)).item() for one in batch]

    assert LOSSES[name](batch).tolist() == pytest.approx(expected, rel=1e-9)

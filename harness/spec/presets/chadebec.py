"""Report C: Chadebec and Lahire, the paper's losses with a first-order optimiser in Keras."""

from harness.spec.presets.published import STYLE_TAPS, assumed, given, published

__all__ = ["CHADEBEC"]

_REPORT = "report C (chadebec)"
_NOTEBOOK = "the notebook in the notes"
_BY_NOTEBOOK = f"not stated; as {_NOTEBOOK}"

CHADEBEC = published(
    "chadebec",
    summary="report C (chadebec), base case: the paper's losses, noise start, 3000 iterations",
    parameters="Keras's VGG19, which is Caffe's: give it as pretrained: file:vgg19-d01eb7cb.pth",
    values={
        "backbone": given("vgg19", f"{_REPORT}, figure 6"),
        "preprocessing": assumed("caffe", "not stated; what Keras's VGG19 expects"),
        "pooling": assumed(
            "max",
            "contradictory: 2.1 says that average pooling is what style transfer uses, but the "
            "model printed in figure 6 is Keras's own, with MaxPooling2D",
        ),
        "padding": assumed("zeros", "not stated; Keras's VGG19 as it is"),
        "image_size": assumed(512, _BY_NOTEBOOK),
        "size_of": assumed("long_side", _BY_NOTEBOOK),
        "size_rounding": assumed("nearest", _BY_NOTEBOOK),
        "interpolation": assumed("lanczos", _BY_NOTEBOOK),
        "style_size": assumed("own", _BY_NOTEBOOK),
        "content_layers": given(
            {"relu4_2": 1.0}, f"{_REPORT}, 3.2 (conv4_2); eq. 2 is that of features after a ReLU"
        ),
        "style_layers": given(
            STYLE_TAPS,
            f"{_REPORT}, 3.2 (conv1_1 to 5_1); eq. 6 is that of features after a ReLU",
        ),
        "layer_combination": assumed(
            "mean", "eq. 3 leaves w_l open; 1/5 as Gatys, Ecker, Bethge 2016"
        ),
        "content_loss": given("half_sum", f"{_REPORT}, eq. 1"),
        "style_loss": given("gatys", f"{_REPORT}, eq. 5"),
        "weights.content": assumed(1.0, "only the ratio is stated"),
        "weights.style": given(1000.0, f"{_REPORT}, 3.2 and 3.3: α/β = 1e-3"),
        "weights.tv": given(0.0, f"{_REPORT}, eq. 7 has no such term"),
        "start": given("gaussian", f"{_REPORT}, 3.3: Gaussian random noise, the base case"),
        "noise_std": assumed(
            0.25, "not stated; black and white are two deviations from the middle"
        ),
        "noise_mean": assumed("gray", "not stated; the middle of the range"),
        "optimizer": assumed(
            "adam", f"2.4 says a first-order method, without its name; as {_NOTEBOOK}"
        ),
        "pixel_range": assumed(255.0, _BY_NOTEBOOK),
        "lr": assumed(5.0, _BY_NOTEBOOK),
        "adam_betas": assumed((0.99, 0.999), _BY_NOTEBOOK),
        "adam_epsilon": assumed(0.1, _BY_NOTEBOOK),
        "adam_form": assumed("tensorflow", _BY_NOTEBOOK),
        "clamp": assumed("step", _BY_NOTEBOOK),
        "result": assumed("after_best_loss", _BY_NOTEBOOK),
        "iterations": given(3000, f"{_REPORT}, 3.1 to 3.3"),
    },
    notes=(
        "Taken for what the report does not state: tensorflow/models "
        "4_Neural_Style_Transfer_with_Eager_Execution.ipynb (preset peng-baseline), whose words "
        "the report uses. Its losses are not taken: the report has those of its formulas.",
        "3.2 says that the style layers are summed up, which allows weights of 1 too: "
        "--set layer_combination=sum.",
        "3.1 tries α/β 1e-1, 1e-2, 1e-3 and 1e-4; 1e-3 is what the other experiments keep.",
        "The striped start had 10000 iterations, the dark photograph 5000; the report gives "
        "neither width nor direction of the stripes.",
        "Eq. 6 is the derivative of a layer's loss by its features, but is written as that of the "
        "total by the layer's loss.",
        "Not reproduced: levels cut off instead of rounded when stored.",
    ),
)

"""Report B: Tran and Nguyen, SciPy's L-BFGS on VGG16, from white noise."""

from harness.spec.presets.published import assumed, given, published

__all__ = ["TRAN"]

_REPORT = "report B (tran)"
_HELPERS = "gsurma/style_transfer notebook"
_BY_HELPERS = f"not stated; as {_HELPERS}"

_FACTR = 1e7
_FLOAT64_STEP = 2.220446049250313e-16  # numpy.finfo(float).eps, without NumPy

TRAN = published(
    "tran",
    summary="report B (tran), base model: VGG16 and SciPy's L-BFGS, restarted 20 times",
    parameters="Keras's VGG16, which is Caffe's: give it as pretrained: file:vgg16-00b39a1b.pth",
    values={
        "backbone": given("vgg16", f"{_REPORT}, IV.1"),
        "preprocessing": assumed(
            "caffe_swapped",
            f"IV.1 takes its helpers from [6]: {_HELPERS} cell 5:4-7, which takes red's mean "
            "from blue and blue's from red",
        ),
        "pooling": assumed("max", "not stated; Keras's VGG16 as it is"),
        "padding": assumed("zeros", "not stated; Keras's VGG16 as it is"),
        "image_size": given(500, f"{_REPORT}, IV.1"),
        "size_of": given("square", f"{_REPORT}, IV.1: all images 500x500"),
        "size_rounding": given("nearest", "both sides are image_size"),
        "interpolation": assumed(
            "bicubic",
            f"not stated; {_HELPERS} cell 3:3 leaves it to Pillow: bicubic from 7.0 on, before "
            "that the nearest pixel",
        ),
        "style_size": given("own", f"{_REPORT}, IV.1: the same square"),
        "content_layers": given(
            {"relu2_2": 1.0}, f"{_REPORT}, II.1: conv2_2, the activation (ReLU)"
        ),
        "style_layers": assumed(
            dict.fromkeys(("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"), 1.0),
            f"II.2 names four layers and weights of 1/5: conv5_3 is the fifth in its "
            f"reconstructions and in {_HELPERS} cell 9:7",
        ),
        "layer_combination": given("mean", f"{_REPORT}, II.2: 1/(number of active layers)"),
        "content_loss": given("half_sum", f"{_REPORT}, II.1: ½ΣΔ²"),
        "style_loss": given("gatys", f"{_REPORT}, II.2: ΣΔG²/(4N²M²)"),
        "weights.content": given(0.1, f"{_REPORT}, IV.1"),
        "weights.style": given(5000.0, f"{_REPORT}, IV.1"),
        "weights.tv": given(0.0, f"{_REPORT}, II.3: the total loss has no such term"),
        "start": assumed(
            "noise",
            f"II.1 says white noise; {_HELPERS} cell 12:1 has uniform noise over 0 to 255",
        ),
        "optimizer": given("lbfgs", f"{_REPORT}, IV.1"),
        "pixel_range": assumed(255.0, f"{_BY_HELPERS} cell 5"),
        "lr": given(1.0, "SciPy's L-BFGS has no learning rate"),
        "lbfgs_variant": assumed("scipy", f"{_BY_HELPERS} cell 12:4"),
        "lbfgs_history": assumed(10, f"{_BY_HELPERS} cell 12:4, SciPy's default"),
        "lbfgs_evaluations": assumed(20, f"{_BY_HELPERS} cell 12:4"),
        "lbfgs_tolerance_gradient": assumed(1e-5, f"{_BY_HELPERS} cell 12:4, SciPy's default"),
        "lbfgs_tolerance_change": assumed(
            _FACTR * _FLOAT64_STEP, f"{_BY_HELPERS} cell 12:4, SciPy's default factr 1e7"
        ),
        "clamp": assumed("none", f"{_BY_HELPERS} cell 12"),
        "result": assumed("last", f"{_BY_HELPERS} cell 12"),
        "iterations": given(
            20, f"{_REPORT}, IV.1: 20; in {_HELPERS} cell 12:3 each is one call of SciPy"
        ),
    },
    notes=(
        "[6] is style-transfer.ipynb of gsurma/style_transfer, commit fc396d1.",
        "The formulas are those of the report's text. The notebook [6] whose helpers it names has "
        "no ½ in the content loss and divides raw Gram differences by 4·3²·(500·500)², the same "
        "for every layer; its weights are 0.02 and 4.5. At 500 px the text's formulas with 0.1 "
        "and 5000 give conv1_2 the same share against the content as [6] has (6e-4 each), which "
        "speaks for the text; the deeper layers get more than in [6].",
        "Step (iii) of part II calls the content loss a mean squared error; the formula of II.1 "
        "is half a sum.",
        "II.2 names four style layers, but weights them 1/5. With the four: --set "
        "style_layers=[relu1_2,relu2_2,relu3_3,relu4_3].",
        "[6] also has total variation (power_sum, 1.25, weight 0.995); the report's base model "
        "names none.",
        "The notebook's fault is kept: means of red and blue are exchanged, before and after.",
        "Not reproduced: the notebook draws its noise in the network's units, 0 to 255 less 128, "
        "so that ours is brighter by 24 (red), 11 (green) and 4 (blue) levels; resizing by the "
        "nearest pixel; levels cut off instead of rounded when stored. The restarts lose their "
        "curvature there as here.",
        "Grey-scale pictures, VGG19 and the feed-forward model of part III are other settings.",
    ),
)

"""The input normalisation of torchvision's ImageNet parameters, used by every other choice too."""

__all__ = ["IMAGENET_MEAN", "IMAGENET_STD"]

# The transforms of torchvision.models.VGG19_Weights.IMAGENET1K_V1; of RGB in [0, 1].
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

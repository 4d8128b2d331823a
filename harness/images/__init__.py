"""Pictures: opening files of any common kind, built-in pictures, resizing, PNG.

A picture in memory is a NumPy array: uint8, (H, W, 3), sRGB, C-contiguous.
"""

from harness.images.builtin import builtin_names, open_builtin, open_source
from harness.images.decode import Picture, decode_picture, make_picture, open_picture
from harness.images.resize import encode_png, resize_long_side, resize_to, shrink_long_side

__all__ = [
    "Picture",
    "builtin_names",
    "decode_picture",
    "encode_png",
    "make_picture",
    "open_builtin",
    "open_picture",
    "open_source",
    "resize_long_side",
    "resize_to",
    "shrink_long_side",
]

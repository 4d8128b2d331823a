"""The embedded parameters: filters learned layer by layer by k-means, without labels.

Made by ``make``, stored by ``asset``, completed by ``orthogonal`` beyond the learned layers.
"""

"""Hyperparameter sweeps and trustworthy evaluation for neural style transfer."""

__version__ = "0.1.0"

"""Measurements of style transfers: features or pictures in, one number out.

Importing this package costs nothing: ``metrics.catalog`` describes every measurement, the other
modules compute them and are imported by whoever needs them.
"""

from metrics.catalog import CATALOG, Direction, Metric, Need, metric

__all__ = ["CATALOG", "Direction", "Metric", "Need", "metric"]

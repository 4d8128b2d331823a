"""The entries of the catalogue, by what they measure; ``metrics.catalog`` puts them together."""

"""The experiments that claims rest on, performed as sweeps and judged by rules."""

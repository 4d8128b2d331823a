"""Studies: variants that Optuna proposes one at a time, tried on all cases, told back."""

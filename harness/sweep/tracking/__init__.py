"""MLflow, the record of everything: one store, one parent run a sweep, one child a run."""

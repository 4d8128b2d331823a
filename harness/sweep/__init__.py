"""Plan a sweep, run it, and keep the record of everything in MLflow."""

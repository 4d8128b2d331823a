"""Sweep files and settings: read, check, expand, fingerprint; without torch and MLflow."""

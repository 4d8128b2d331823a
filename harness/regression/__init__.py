"""The scheduled check: a fixed panel is run and compared with a baseline that was accepted."""

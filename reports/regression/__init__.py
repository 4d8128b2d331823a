"""A scheduled regression: is the panel worse than its baseline, and how is that told?"""

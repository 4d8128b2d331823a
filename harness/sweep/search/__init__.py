"""One study: Optuna is asked for points one at a time and told what became of them.

``study`` imports Optuna (a second); import it where a study is opened, so that grids never do.
"""

"""The page of a sweep: question, answer, table, pictures and figures in one file."""

from reports.page.render import render_page

__all__ = ["render_page"]

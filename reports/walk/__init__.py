"""A walk from one setting to another, one change at a time, and what every change was worth."""

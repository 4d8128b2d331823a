"""What all unit tests share."""

from hypothesis import settings

# A busy machine may take a hundred times as long for one example as for the next.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

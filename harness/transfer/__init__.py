"""One style transfer: trunk, taps, parameters, losses, starts and optimisers."""

"""Score pictures with evaluators that no run optimises: wires transfer's features to metrics."""

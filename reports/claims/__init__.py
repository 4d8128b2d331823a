"""What reports claim, judged by what was measured."""

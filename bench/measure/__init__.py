"""What scripts/bench measures, with whom, and how it is printed."""

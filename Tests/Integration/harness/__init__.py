"""What the integration tests share. Python's standard library only."""

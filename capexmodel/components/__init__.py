"""What money buys, one kind a file."""

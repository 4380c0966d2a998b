"""What the compute delivers."""

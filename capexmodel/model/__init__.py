"""What follows from what."""

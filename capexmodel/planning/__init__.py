"""What we want, what we may not."""

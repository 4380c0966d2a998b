"""What data centers draw, where it comes from, and what it leaves in the air."""

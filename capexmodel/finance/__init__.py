"""What things cost over time: training runs, capital that wears out, and what is left of it."""

"""Words, tables and pictures: the only writer of what people read."""

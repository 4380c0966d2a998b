"""With what status the command line ends."""

DONE, UNPROVEN, BAD_INPUT, INTERNAL = 0, 1, 2, 3

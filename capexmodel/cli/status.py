"""With what status the command line ends."""

DONE, UNPROVEN, BAD_INPUT, INTERNAL = 0, 1, 2, 3
SIGNALED = 128
"""To which the number of a signal is added: 130 interrupted, 143 asked to end."""

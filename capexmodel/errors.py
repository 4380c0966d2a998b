"""What can stop a run, and why: each error is one sentence a person can act on."""


class CapexModelError(Exception):
    """Anything capexmodel refuses to do."""


class ConfigError(CapexModelError):
    """What people wrote cannot be used: it stops the run before anything is computed or written.

    The text is the first fault, in one line; `faults` lists every fault that was found.
    """

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults[:1])
        self.faults = list(faults)


class ModelError(CapexModelError):
    """The model was asked something it has no meaning for: its answer would be a number without sense."""


class SolveError(CapexModelError):
    """The solver cannot vouch for a plan: it stops the run rather than hand out an unproven one."""

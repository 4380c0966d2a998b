"""Small changes to the package that some test should refuse, and an account of those that none does."""


def run(words: list[str]) -> int:
    """Run what is asked for."""
    from tests.soak.mutants.command import main

    return main(words)

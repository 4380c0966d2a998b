"""Whatever is fed to what reads people's files, it answers with a scenario or with one line."""


def run(words: list[str]) -> int:
    """Run what is asked for."""
    from tests.soak.fuzz.command import main

    return main(words)

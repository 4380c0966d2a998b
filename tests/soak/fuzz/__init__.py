"""Whatever is fed to what reads people's files, it answers with a scenario or with one line."""

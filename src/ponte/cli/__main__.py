"""`python -m ponte.cli`: the command `ponte` of this very interpreter."""

from ponte.cli.main import main

main()

"""`python -m ponte`: the command line where the script `ponte` is not on the path."""

from ponte.cli.main import main

main()

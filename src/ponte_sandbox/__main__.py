"""`python -m ponte_sandbox hub …` and `… store …`: each sandbox is a process of its own."""

from ponte_sandbox.cli import COMMAND, app

app(prog_name=COMMAND)

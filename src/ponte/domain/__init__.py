"""Pure decisions, no I/O: what should be sent, and what an answer means."""

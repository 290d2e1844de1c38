"""Messages: what buyers ask, and what the store answers."""

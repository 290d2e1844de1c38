"""The database: what the other side should have, and what it acknowledged."""

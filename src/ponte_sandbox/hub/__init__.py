"""A hub that behaves as Plugg.to's public API is known to."""

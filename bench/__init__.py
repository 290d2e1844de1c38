"""Measures that anyone can repeat: `make bench`."""

"""Stores that speak Ponte's published store contract."""

"""A small Brazilian shop that offers the store contract."""

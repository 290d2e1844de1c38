"""A catalogue of any size from a seed that looks like a Brazilian shop, its defects included."""

"""Products and SKUs: one resource, read and written by id or by SKU."""

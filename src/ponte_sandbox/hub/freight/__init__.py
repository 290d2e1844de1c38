"""Freight: a marketplace's buyer waits, and the hub asks the app what delivery costs."""

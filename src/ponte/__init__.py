"""Ponte: the bridge between online stores and the marketplace hub Plugg.to."""

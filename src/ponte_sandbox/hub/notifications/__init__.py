"""Hints to the app that something changed, tried again until they are taken."""

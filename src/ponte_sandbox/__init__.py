"""A hub and a store to test integrations against. They know nothing of Ponte."""

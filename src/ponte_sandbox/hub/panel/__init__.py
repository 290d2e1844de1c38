"""The hub's panel (R9, R10): what a merchant sees of an account, and what a tester can stir."""

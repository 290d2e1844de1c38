"""The panel: what a merchant sees of one connection, and an operator of all of them."""

"""The shop's panel: what its merchant sees and does, and how an app is let in (R9)."""

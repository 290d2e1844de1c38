"""What both clients share of HTTP: bounded exchanges, failures by kind, pacing, OAuth grants."""

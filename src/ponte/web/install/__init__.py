"""The installation (R9) in the browser: from the hub's image link to the exported catalogue."""

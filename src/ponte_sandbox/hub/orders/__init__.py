"""Orders: placed by marketplaces, taken and reported on by apps."""

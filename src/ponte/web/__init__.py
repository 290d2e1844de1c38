"""The web process: notifications, hints, health, metrics."""

"""What a store must offer, and one folder per store platform."""

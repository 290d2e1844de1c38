"""`ponte demo`: a hub, a store and Ponte between them live a working day, and all is compared."""

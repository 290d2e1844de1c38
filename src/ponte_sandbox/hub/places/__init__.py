"""Places: the locations an account keeps stock at."""

"""Venues: what they are, what is checked there, and the problems that were found until each is
closed."""

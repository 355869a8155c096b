"""Who of the team should rest, or has too much in hand."""

"""Sheets of units, staff and people. What reads and writes workbooks is heavy: import it late."""

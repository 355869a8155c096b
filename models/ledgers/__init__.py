"""Ledgers: rows that people are answerable for, as a sheet to keep."""

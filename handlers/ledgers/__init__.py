"""Ledgers as sheets: which, of which unit, of which days."""

"""Alerts at a glance, and when a supervisor hears of them."""

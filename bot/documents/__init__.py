"""Writes documents by templates that people edit, and sheets for them to keep."""

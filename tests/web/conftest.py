"""The browser, for whichever module of this folder wants it."""

from browser import chromium

__all__ = ["chromium"]

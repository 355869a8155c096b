"""The kinds of venues (A35) what state one can be in, and what an item is called."""

from __future__ import annotations

from enum import StrEnum

from models.messages import Text, verbatim


class VenueKind(StrEnum):
    SHOP = "shop"
    RESTAURANT = "restaurant"
    HOTEL = "hotel"
    PHARMACY = "pharmacy"
    CLINIC = "clinic"
    LEISURE = "leisure"  # karaoke, internet cafés, chess rooms, games
    MARKET = "market"
    SCHOOL = "school"
    CARE_HOME = "care_home"
    COLD_STORE = "cold_store"
    PARCEL = "parcel"
    STATION = "station"
    SITE = "site"  # building sites and firms that resume work


class Trading(StrEnum):
    """Whether a venue does business."""

    OPEN = "open"
    RESTING = "resting"  # closed for a while by itself
    SUSPENDED = "suspended"  # by an officer's order
    GONE = "gone"


def item_text(code: str, words: str | None = None) -> Text:
    """An item of a checklist: the program's words for it, or those of the district."""
    return verbatim(words) if words else Text(f"checklist.{code}")

"""An obligation as a person sees it: one card, one line of a list, and the buttons that act on it.

Shared by the sweep that sends cards and by the features that show them again. Words are keys;
what a button asks for is checked when it is tapped, not here.
"""

from models.cards.away import away_rows
from models.cards.brief import Brief, briefs, category_text
from models.cards.card import (
    another,
    card,
    facts,
    line,
    list_buttons,
    person_rows,
    rollcall,
    several,
    team_rows,
    to_person,
    words_of,
)
from models.cards.face import action
from models.cards.faces import FIRST_STEP, OWN_STEP, face_of
from models.cards.groups import GROUPS, LIST_LENGTH, REMIND, URGENCY, Group
from models.cards.health import WELL_READINGS
from models.cards.posts import shift_rows, signout_rows, substitute
from models.cards.tips import tip_rows

__all__ = [
    "FIRST_STEP",
    "GROUPS",
    "LIST_LENGTH",
    "OWN_STEP",
    "REMIND",
    "URGENCY",
    "WELL_READINGS",
    "Brief",
    "Group",
    "action",
    "another",
    "away_rows",
    "briefs",
    "card",
    "category_text",
    "face_of",
    "facts",
    "line",
    "list_buttons",
    "person_rows",
    "rollcall",
    "several",
    "shift_rows",
    "signout_rows",
    "substitute",
    "team_rows",
    "tip_rows",
    "to_person",
    "words_of",
]

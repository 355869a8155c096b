"""Every kind's face. A kind without one has a card of words alone."""

from __future__ import annotations

from collections.abc import Mapping

from models.cards import (
    away,
    doors,
    gatherings,
    health,
    helping,
    logs,
    papers,
    posts,
    registers,
    tips,
    venues,
)
from models.cards.face import Face
from models.obligations import Kind

FACES: Mapping[Kind, Face] = {
    kind: face
    for subject in (
        health,
        doors,
        gatherings,
        tips,
        away,
        helping,
        papers,
        posts,
        registers,
        venues,
        logs,
    )
    for kind, face in subject.FACES.items()
}
_PLAIN = Face()
FIRST_STEP = {kind: face.first for kind, face in FACES.items() if face.first != "card"}
OWN_STEP = {kind: face.own_first for kind, face in FACES.items() if face.own_first}


def face_of(kind: Kind) -> Face:
    return FACES.get(kind, _PLAIN)

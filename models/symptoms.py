"""What somebody who is not well feels, as check-ins and visits ask it."""

from __future__ import annotations

from enum import StrEnum


class Symptom(StrEnum):
    FEVER = "fever"
    COUGH = "cough"
    FATIGUE = "fatigue"
    SORE_THROAT = "sore_throat"
    SMELL = "smell"
    DIARRHOEA = "diarrhoea"
    RASH = "rash"
    OTHER = "other"

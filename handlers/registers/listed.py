"""The registers: a new one is a module, its words, and a line here."""

from __future__ import annotations

from handlers.registers.absence import Absence
from handlers.registers.coldchain import ColdChain
from handlers.registers.declaration import Register
from handlers.registers.disinfection import Disinfection
from handlers.registers.drugsale import DrugSale
from handlers.registers.fever import FeverPatient
from handlers.registers.gathering import Gathering
from handlers.registers.guest import Guest, GuestOut
from handlers.registers.resume import Resume
from handlers.registers.supplies import Supplies

REGISTERS: tuple[type[Register], ...] = (
    DrugSale,
    FeverPatient,
    Guest,
    GuestOut,
    ColdChain,
    Gathering,
    Resume,
    Absence,
    Disinfection,
    Supplies,
)

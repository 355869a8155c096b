"""What an administrator is asked."""

from __future__ import annotations

from typing import Annotated, ClassVar

from handlers.engine.form import Ask, Form
from models.accounts import Role


class NewInvite(Form):
    """A one-time code for a role in a unit."""

    code: ClassVar[str] = "invite"
    review: ClassVar[bool] = False

    role: Role
    unit: Annotated[str, Ask(options="units", help=True)]


class NewGate(Form):
    """A QR code on a wall."""

    code: ClassVar[str] = "gate"
    review: ClassVar[bool] = False

    unit: Annotated[str, Ask(options="units", help=True)]

"""What a step comes to, and how its answer goes out: edited in place, or new, or both.

Knows messages, not the way through a form.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from handlers.engine.context import Need
from handlers.engine.draft import Draft
from handlers.engine.form import Form
from handlers.engine.frame import Frame
from handlers.engine.page import page
from models.messages import Edit, Outbound, Text

NOTED = Text("engine.noted")
RETURNED = Text("engine.returned")


@dataclass(frozen=True, slots=True)
class Stepped:
    """What came of an event.

    `need`: nothing has happened yet; resolve it and call again with the same arguments.
    `submitted`, `cancelled`: the draft is over. Else `draft` is the one to keep.
    """

    draft: Draft | None = None
    replies: tuple[Outbound, ...] = ()
    submitted: Form | None = None
    need: Need | None = None
    cancelled: bool = False
    refused: bool = False  # it was no answer to what was asked


@dataclass(frozen=True, slots=True)
class Reply:
    """How the answer to this event goes out."""

    notices: tuple[Text, ...] = ()
    replaces: str = ""  # the tapped message, which turns into the answer
    keyboard: bool = False  # a platform keyboard was up before
    dismissal: Text = NOTED

    def noting(self, *texts: Text) -> Reply:
        """With more lines on top."""
        return replace(self, notices=(*self.notices, *texts)) if texts else self

    def show(self, frame: Frame) -> Stepped:
        """The page where she is now."""
        message = page(frame, self.notices)
        gone = self.dismissed() if not message.keyboard else ()
        # A platform keyboard needs a message of its own: an edit cannot carry one.
        if self.replaces and not message.keyboard:
            message = replace(message, edit=Edit.REPLACE, edits=self.replaces)
        return Stepped(draft=frame.root(), replies=(*gone, message))

    def dismissed(self) -> tuple[Outbound, ...]:
        """Takes the platform keyboard away, if one was up."""
        return (Outbound((self.dismissal,), dismiss_keyboard=True),) if self.keyboard else ()

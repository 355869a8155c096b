"""Release: the worker is asked, confirms, the person is told, the rest is cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.feature import Feature
from handlers.release import views
from handlers.turn import Turn
from models.access import access_episode
from models.actors import Action
from models.cards import Brief, briefs
from models.episodes import EpisodeEnd
from models.messages import UserError
from models.obligations import Kind
from models.observation import close_episode, missing_for_release
from models.outbox import Priority

CONFIRMED = "yes"
ATTESTED = "contact"  # the contact's own tests were negative: known to the worker, not to us
BY_ATTESTATION = ["contact_tests"]


async def release(turn: Turn, arguments: Sequence[str]) -> None:
    """First tap: what will happen. Second tap: it does."""
    item = await turn.obligation(arguments, Action.RELEASE, Kind.RELEASE)
    if not item.is_open():
        raise UserError("release.over")
    actor = await turn.actor()
    episode = await access_episode(turn.session, actor, item.episode_id or 0, Action.RELEASE)
    missing = await missing_for_release(turn.session, episode, turn.now, turn.zone)
    step = arguments[1] if len(arguments) > 1 else ""
    (brief,) = await briefs(turn.session, [item])
    if missing == BY_ATTESTATION and step != ATTESTED:
        turn.replace(views.attest(brief))
        return
    if missing and missing != BY_ATTESTATION:
        raise UserError("release.blocked", **views.blocked(brief, missing))
    if step not in (CONFIRMED, ATTESTED):
        turn.replace(views.confirm(brief))
        return
    await close_episode(turn.session, episode, EpisodeEnd.RELEASED, turn.account.id, turn.now)
    turn.audit("released", f"person:{episode.person_id}", step)
    await _tell(turn, episode.id, brief)
    await turn.done(views.released(brief), protect=True)


async def _tell(turn: Turn, episode_id: int, brief: Brief) -> None:
    """The person hears that it is over, and whom to ask."""
    person = brief.person
    if person is None:
        return
    account = await turn.account_for(person)
    if account is not None:
        message = views.notice(brief, turn.today)
        turn.tell(account, message, f"released:ep{episode_id}:a{account}", Priority.NOTICE)


FEATURE = Feature(actions={"release": release})

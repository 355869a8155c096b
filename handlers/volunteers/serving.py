"""A request for help goes out to volunteers: asked, accepted by one, done, or given back."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.claims import claimed_number
from handlers.turn import Turn
from handlers.volunteers import views
from models import service
from models.access import access_task
from models.accounts import leaders_of
from models.actors import Action
from models.duty import Post, hours
from models.helpcards import coming, delivered, returned, wanted, yours
from models.messages import Edit, Outbound, Text
from models.names import surname
from models.obligations import Kind, Obligation
from models.outbox import Priority
from models.rota import cancel_shift
from models.sending import message_id_of
from models.served import shifts_ahead
from models.service import Ended, Task, ask_key
from models.units import Unit
from models.volunteers import Volunteer


def _number(arguments: Sequence[str]) -> int:
    claimed = arguments[0] if arguments else ""
    return claimed_number(claimed)


# -- the worker's side -----------------------------------------------------------------------------


async def call(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap: those who fit are asked, the nearest first. The request stays the worker's."""
    item = await turn.obligation(arguments, Action.CLAIM, Kind.HELP)
    offered = await service.offer(turn.session, item, turn.account.id, turn.now, turn.zone)
    task, unit = offered.task, await turn.session.get_one(Unit, item.unit_id)
    turn.audit("help.offered", f"obligation:{item.id}", n=len(offered.asked))
    until = task.expires_at.astimezone(turn.zone).time()
    for volunteer in offered.asked:
        assert volunteer.account_id is not None, "she is asked in chat"
        message = wanted(item, task.id, unit.name, until)
        turn.tell(volunteer.account_id, message, ask_key(task, volunteer), Priority.ALERT)
    turn.replace(views.called(item, len(offered.asked), until))


def _tell_worker(turn: Turn, task: Task, item: Obligation, message: Outbound, what: str) -> None:
    """Whoever answers for the request now: it may have been handed over since."""
    key = f"service:{what}:t{task.id}:{turn.event.update_id}"
    turn.tell(item.owner_id or task.by_id, message, key, Priority.ALERT)


def _tell_asker(turn: Turn, task: Task, item: Obligation, message: Outbound, what: str) -> None:
    if not item.facts["behalf"]:
        turn.tell(int(item.facts["asker"]), message, f"service:{what}:t{task.id}")


# -- the volunteer's side --------------------------------------------------------------------------


async def take(turn: Turn, arguments: Sequence[str]) -> None:
    """The first to tap has it; only then does she see door and number."""
    task, item, volunteer = await access_task(turn.session, await turn.actor(), _number(arguments))
    await service.accept(turn.session, task, item, volunteer, turn.now)
    turn.audit("help.opened", f"obligation:{item.id}", by="volunteer")
    turn.replace(yours(item, task.id))
    name = volunteer.name or ""
    who = Text("volunteer.called", {"surname": surname(name)})
    _tell_asker(turn, task, item, coming(item, who), f"coming:v{volunteer.id}")
    _tell_worker(turn, task, item, views.accepted(item, volunteer), "accepted")
    await _spare_the_others(turn, task, volunteer)


async def _spare_the_others(turn: Turn, task: Task, taker: Volunteer) -> None:
    """Their question turns into the answer, as far as it has reached them."""
    for asked, other in await service.calls_of(turn.session, task):
        key = ask_key(task, other)
        shown = await message_id_of(turn.session, key)
        if other.id == taker.id or asked.declined_at or not shown or other.account_id is None:
            continue
        gone = Outbound((Text("volunteer.taken"),), edit=Edit.REPLACE, edits=shown)
        turn.tell(other.account_id, gone, f"{key}:taken")


async def decline(turn: Turn, arguments: Sequence[str]) -> None:
    """Not this time. When nobody is left who could, the worker hears it at once."""
    task, item, volunteer = await access_task(turn.session, await turn.actor(), _number(arguments))
    if await service.decline(turn.session, task, volunteer, turn.now):
        _tell_worker(turn, task, item, returned(item, "unanswered"), "nobody")
    turn.replace(Outbound((Text("volunteer.declined"),)))


async def done(turn: Turn, arguments: Sequence[str]) -> None:
    """One tap: whoever asked confirms, the worker hears it, the hours are hers."""
    task, item, volunteer = await access_task(turn.session, await turn.actor(), _number(arguments))
    points = await service.finish(turn.session, task, item, volunteer, turn.now)
    turn.audit("help.delivered", f"obligation:{item.id}", by="volunteer")
    _tell_asker(turn, task, item, delivered(item), "delivered")
    _tell_worker(turn, task, item, views.served(item, volunteer), "served")
    turn.replace(views.thanks(task, points))


async def back(turn: Turn, arguments: Sequence[str]) -> None:
    """She cannot go: the worker has it again, and whoever asked is not left waiting for her."""
    task, item, volunteer = await access_task(turn.session, await turn.actor(), _number(arguments))
    await service.give_back(turn.session, task, volunteer, turn.now)
    _tell_returned(turn, task, item, volunteer)
    turn.replace(Outbound((Text("volunteer.given_back"),)))


def _tell_returned(turn: Turn, task: Task, item: Obligation, volunteer: Volunteer) -> None:
    turn.audit("help.given_back", f"obligation:{item.id}", by="volunteer")
    message = returned(item, "returned", volunteer.name or "")
    _tell_worker(turn, task, item, message, f"returned:v{volunteer.id}")
    told = Text("volunteer.somebody_else", {"due": item.due_at})
    _tell_asker(turn, task, item, Outbound((told,)), f"returned:v{volunteer.id}")


async def let_go(turn: Turn, volunteer: Volunteer) -> None:
    """She serves no more: whatever she had accepted is the workers' again, and those who lead her
    posts hear which shifts have nobody now."""
    for task in await service.held_by(turn.session, volunteer):
        item = await turn.session.get_one(Obligation, task.obligation_id)
        await service.close(turn.session, task, Ended.BACK, turn.now)
        _tell_returned(turn, task, item, volunteer)
    for shift in await shifts_ahead(turn.session, volunteer, turn.now):
        post = await turn.session.get_one(Post, shift.post_id)
        await cancel_shift(turn.session, shift, turn.account.id, turn.now, turn.zone)
        message = views.shift_free(hours(shift, post, turn.zone), post, volunteer)
        for leader in await leaders_of(turn.session, shift.unit_id, turn.now):
            turn.tell(leader, message, f"shiftfree:s{shift.id}:a{leader}", Priority.ALERT)

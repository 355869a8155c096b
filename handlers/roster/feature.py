"""The base roster in a worker's hand: find a door or somebody, see who lives there, mend it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from handlers.feature import Drawer, Feature, FormSpec, MenuItem
from handlers.roster import details, mending, views
from handlers.roster.form import Caring, Letting, MoveOut, Newcomer, NewHead, NewPhone
from handlers.roster.homes import number_in, person_of, shown_home
from handlers.turn import Turn
from models import twins
from models.access import under
from models.accounts import TEAM
from models.actors import Action
from models.households import access_household, find
from models.messages import UserError
from models.people import Household, Person, living
from models.tenancies import open_tenancies

LONGEST = 30  # characters of a text that may name a door or somebody


async def roster(turn: Turn, argument: str) -> None:
    """What was asked for; without a word what there is, and how to ask."""
    actor = await turn.actor()
    if not actor.may(Action.KEEP):
        raise UserError("access.staff_only")
    if not argument:
        await _overview(turn)
    elif not await _search(turn, argument):
        raise UserError("roster.none", text=argument[:LONGEST])


async def _overview(turn: Turn) -> None:
    actor = await turn.actor()
    counted = await turn.session.execute(
        select(func.count(Person.id), func.count(Person.household_id.distinct())).where(
            living(), under(actor.paths(Action.KEEP), Person.unit_id)
        )
    )
    people, households = counted.one()
    turn.send(views.overview(people, households, await twins.waiting(turn.session, actor)))


async def typed(turn: Turn) -> bool:
    """A door, a name or the end of a phone, typed as it comes."""
    text = turn.event.text.strip()
    if turn.event.kind != "text" or not 0 < len(text) <= LONGEST or turn.event.command:
        return False
    return (await turn.actor()).may(Action.KEEP) and await _search(turn, text)


async def _search(turn: Turn, text: str) -> bool:
    """Show what was found; False when nothing was."""
    found = await find(turn.session, await turn.actor(), text[:LONGEST])
    if len(found) == 1:
        await _send_home(turn, found[0])
    elif found:
        page = found[: views.PAGE]
        listed = await turn.session.scalars(select(Household).where(Household.id.in_(page)))
        homes = {home.id: home for home in listed}
        who = await turn.session.execute(
            select(Person.id, Person.household_id, Person.name)
            .where(Person.household_id.in_(page), living())
            .order_by(Person.id)
        )
        named = who.all()
        await turn.audit_people("roster.shown", (person_id for person_id, _, _ in named))
        names: dict[int | None, list[str]] = {}
        for _, home, name in named:
            names.setdefault(home, []).append(name)
        doors = [(homes[i], names.get(i, [])) for i in page]
        turn.send(views.doors(doors, len(found) > views.PAGE))
    return bool(found)


async def _send_home(turn: Turn, household_id: int) -> None:
    household = await access_household(turn.session, await turn.actor(), household_id)
    turn.replace(views.home(await shown_home(turn, household)))


async def door(turn: Turn, arguments: Sequence[str]) -> None:
    """A door of the list, or back from somebody behind it."""
    await _send_home(turn, number_in(arguments))


async def member(turn: Turn, arguments: Sequence[str]) -> None:
    person, household = await person_of(turn, arguments)
    rent = (await open_tenancies(turn.session, [person.id])).get(person.id)
    turn.replace(views.member(person, await shown_home(turn, household, only=person), rent))


FEATURE = Feature(
    commands={"roster": roster},
    actions={
        "home": door,
        "member": member,
        "newcomer": mending.begin_newcomer,
        "newhead": details.begin_newhead,
        "moveout": mending.begin_moveout,
        "newphone": details.begin_newphone,
        "letting": details.begin_letting,
        "caring": details.begin_caring,
    },
    forms=(
        FormSpec(Newcomer, mending.add, withdraw=mending.take_away),
        FormSpec(MoveOut, mending.move_away, withdraw=mending.not_moved),
        FormSpec(NewPhone, details.change_phone),
        FormSpec(Letting, details.let, withdraw=details.not_let),
        FormSpec(
            NewHead,
            details.change_head,
            {"household": details.household},
            withdraw=details.old_head,
        ),
        FormSpec(Caring, details.care),
    ),
    menu=(MenuItem("roster", TEAM[:2], drawer=Drawer.PEOPLE),),
    free=(typed,),
)

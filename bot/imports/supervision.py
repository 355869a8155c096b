"""Imports a rota of supervision: which team goes out on which day, and who goes with it.

A row names a day, a team and one who goes; she has to inspect where the team is to go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.imports.berth import Berth
from bot.imports.directory import Directory
from bot.imports.duty import day_of
from bot.imports.person import name_of, phone_of
from bot.imports.reach import units_of
from bot.imports.result import Outcome, Result, Results, refused
from bot.imports.sheet import Reading, Row
from models.accounts import SUPERVISORS, TEAM, Assignment, Role
from models.actors import Action
from models.messages import Text, UserError
from models.units import Level, Unit
from models.venues.supervision import plan_outing
from models.venues.team import Team

LONGEST_TEAM = 40


@dataclass(frozen=True, slots=True)
class _Listed:
    """A readable row."""

    on: date
    team: str
    unit: Unit
    member: Assignment


@dataclass(slots=True)
class _Staff:
    """Who inspects where, and the units by number."""

    units: dict[int, Unit]
    held: list[tuple[Assignment, str]]
    home: int | None  # where a row goes that names no unit

    @classmethod
    async def open(cls, session: AsyncSession, berth: Berth) -> _Staff:
        units = {unit.id: unit for unit in await session.scalars(select(Unit))}
        held = await session.execute(
            select(Assignment, Unit.path)
            .join(Unit, Unit.id == Assignment.unit_id)
            .where(
                Assignment.role.in_((Role.INSPECTOR, *TEAM)),
                or_(Assignment.until_at.is_(None), Assignment.until_at > berth.now),
            )
            .order_by(Assignment.id)
        )
        grant = berth.actor.top(*SUPERVISORS) if berth.actor else None
        top = next((u.id for u in units.values() if u.level == Level.DISTRICT), None)
        home = grant.unit_id if grant else top
        return cls(units, [(one, path) for one, path in held], home)

    def member(self, unit: Unit, name: str, phone: str) -> Assignment:
        """The one who is meant, by her phone where the sheet has it, else by her name."""
        here = [one for one, path in self.held if unit.path.startswith(path)]
        found = [one for one in here if (one.phone == phone if phone else one.name == name)]
        if len({one.account_id or -one.id for one in found}) != 1:
            key = "import.hand_ambiguous" if found else "import.inspector_unknown"
            raise UserError(key, name=name or phone)
        return found[0]


async def land(session: AsyncSession, rows: Sequence[Row], berth: Berth) -> Results:
    """Put the good rows on the rota; what stands there already stays as it is."""
    reach = await units_of(session, berth.actor, Action.OVERSEE) if berth.actor else None
    directory = await Directory.open(session, reach)
    staff = await _Staff.open(session, berth)
    results: dict[int, Result] = {}
    days: defaultdict[tuple[int, str, date], dict[int, Assignment]] = defaultdict(dict)
    for row in rows:
        reading = Reading(row)
        listed = _listed(reading, directory, staff, berth)
        if listed is None:
            results[row.number] = refused(*reading.reasons)
        else:
            days[listed.unit.id, listed.team, listed.on][row.number] = listed.member
    for (unit_id, name, on), members in days.items():
        team = await _team(session, unit_id, name, berth)
        fresh = await plan_outing(session, team, on, list(members.values()), berth.zone)
        for number, member in members.items():
            new = member.id in fresh
            fresh.discard(member.id)
            results[number] = Result(Outcome.NEW if new else Outcome.SAME)
    return results


async def _team(session: AsyncSession, unit_id: int, name: str, berth: Berth) -> Team:
    found = await session.scalar(select(Team).where(Team.unit_id == unit_id, Team.name == name))
    if found is None:
        found = Team(unit_id=unit_id, name=name, created_at=berth.now)
        session.add(found)
        await session.flush()
    return found


def _listed(reading: Reading, directory: Directory, staff: _Staff, berth: Berth) -> _Listed | None:
    """Who is to go when; None with the reading's reasons."""
    on = day_of(reading, berth.today)
    team = reading.take("team", str)
    name = reading.take_any("name", name_of) or ""
    phone = reading.take_any("phone", phone_of) or ""
    named = any(reading.row.text(field) for field in ("unit", "township"))
    unit_id = directory.named_in(reading) if named else staff.home
    if on is not None and on < berth.today:
        reading.reasons.append(Text("import.day_past"))
    if team and len(team) > LONGEST_TEAM:
        reading.reasons.append(Text("import.title_long", {"max": LONGEST_TEAM}))
    if not (name or phone) and not reading.reasons:
        reading.reasons.append(Text("import.empty", {"column": Text("import.field.name")}))
    if on is None or team is None or unit_id is None or reading.reasons:
        return None
    try:
        unit = staff.units[unit_id]
        return _Listed(on, team, unit, staff.member(unit, name, phone))
    except UserError as error:
        reading.reasons.append(error.text)
        return None

"""Who stands on a rung: the accounts that hear about an obligation, found for a whole batch.

A handful of queries whatever the batch's size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import STAFF_OF, Account, Assignment, Role
from models.leave import away, held
from models.obligations import Obligation
from models.people import Household, Person
from models.rings import knockers
from models.rules import rules_for
from models.units import ORDER, Level, Unit, ancestor_ids
from scheduler.ladders import Audience

_STAFF: dict[Audience, Role] = {
    "worker": Role.GRID_WORKER,
    "inspector": Role.INSPECTOR,
    "village": Role.COMMUNITY,
    "township": Role.TOWNSHIP,
    "district": Role.DISTRICT,
}


class Audiences:
    """Accounts by person and by role in a unit, loaded for a batch of obligations."""

    def __init__(self) -> None:
        self._own: dict[int, int] = {}  # person -> account
        self._guardian: dict[int, int] = {}
        self._head: dict[int, int] = {}  # person -> account of the household's head
        self._ring: dict[int, int] = {}  # person -> account of the neighbour who may knock
        self._paths: dict[int, str] = {}
        self._gone: set[int] = set()  # owners who cannot be asked now
        self._roles: dict[int, Role] = {}  # whose staff speaks for a unit
        self._staff: dict[tuple[Role, int], list[int]] = defaultdict(list)

    @classmethod
    async def load(
        cls, session: AsyncSession, obligations: Sequence[Obligation], now: datetime
    ) -> Audiences:
        found = cls()
        await found._load_people(session, {o.person_id for o in obligations if o.person_id})
        await found._load_rings(session, obligations)
        await found._load_staff(session, {o.unit_id for o in obligations}, now)
        await found._load_owners(session, {o.owner_id for o in obligations if o.owner_id}, now)
        return found

    async def _load_people(self, session: AsyncSession, ids: Iterable[int]) -> None:
        rows = await session.execute(
            select(Person.id, Person.guardian_id, Household.head_id)
            .outerjoin(Household, Household.id == Person.household_id)
            .where(Person.id.in_(list(ids)))
        )
        heads: dict[int, int] = {}
        for person_id, guardian_id, head_id in rows:
            if guardian_id is not None:
                self._guardian[person_id] = guardian_id
            if head_id is not None and head_id != person_id:
                heads[person_id] = head_id
        wanted = [*ids, *heads.values()]
        self._own = await self._accounts_of(session, wanted)
        self._head = {p: self._own[head] for p, head in heads.items() if head in self._own}

    async def _load_rings(self, session: AsyncSession, items: Sequence[Obligation]) -> None:
        """Neighbours of those who have a phone, where the district lets them be asked."""
        asked = {o.person_id for o in items if o.person_id and self.person(o)}
        heads = await knockers(session, asked)
        allowed: dict[int, bool] = {}
        for unit_id in {o.unit_id for o in items if o.person_id in heads}:
            rules = await rules_for(session, await session.get_one(Unit, unit_id))
            allowed[unit_id] = rules.ring_knock
        accounts = await self._accounts_of(session, heads.values())
        self._ring = {
            o.person_id: accounts[heads[o.person_id]]
            for o in items
            if o.person_id in heads and allowed[o.unit_id] and heads[o.person_id] in accounts
        }

    async def _accounts_of(self, session: AsyncSession, people: Iterable[int]) -> dict[int, int]:
        """The reachable accounts of people."""
        rows = await session.execute(
            select(Account.person_id, Account.id)
            .where(Account.person_id.in_(list(people)), Account.blocked_at.is_(None))
            .order_by(Account.id)
        )
        return {person_id: account_id for person_id, account_id in rows if person_id is not None}

    async def _load_staff(self, session: AsyncSession, ids: Iterable[int], now: datetime) -> None:
        units = list(
            await session.execute(
                select(Unit.id, Unit.path, Unit.level).where(Unit.id.in_(list(ids)))
            )
        )
        self._paths = {row.id: row.path for row in units}
        self._roles = {row.id: STAFF_OF[Level(row.level)] for row in units}
        above = {i for path in self._paths.values() for i in ancestor_ids(path)}
        rows = await session.execute(
            select(Assignment.role, Assignment.unit_id, Assignment.account_id)
            .join(Account, Account.id == Assignment.account_id)
            .where(
                Assignment.unit_id.in_(above),
                Assignment.role.in_(_STAFF.values()),
                or_(Assignment.until_at.is_(None), Assignment.until_at > now),
                Account.blocked_at.is_(None),
                ~away(now),
            )
            .order_by(Assignment.id)
        )
        for role, unit_id, account_id in rows:
            if account_id is not None:
                self._staff[Role(role), unit_id].append(account_id)

    async def _load_owners(self, session: AsyncSession, ids: Iterable[int], now: datetime) -> None:
        """Who took something on and has blocked us, is on leave, or has left the team since."""
        has_role = select(Assignment.account_id).where(held(now))
        had_role = select(Assignment.account_id).where(Assignment.account_id.is_not(None))
        left = and_(
            Account.id.in_(had_role),
            Account.id.not_in(has_role.where(Assignment.account_id.is_not(None))),
        )
        found = await session.scalars(
            select(Account.id).where(
                Account.id.in_(list(ids)),
                or_(Account.blocked_at.is_not(None), away(now), left),
            )
        )
        self._gone = set(found)

    def staff(self) -> set[int]:
        """Everybody of the teams who may be called."""
        return {account for accounts in self._staff.values() for account in accounts}

    def person(self, obligation: Obligation) -> list[int]:
        """The person's own account, else that of whoever answers for her."""
        subject = obligation.person_id
        if subject is None:
            return []
        account = self._own.get(subject) or self._guardian.get(subject)
        return [account] if account else []

    def _above(self, obligation: Obligation) -> list[int]:
        """The nearest unit above the obligation's that has staff of its own level."""
        *above, _ = ancestor_ids(self._paths[obligation.unit_id])
        for level, unit_id in reversed(list(zip(ORDER, above, strict=False))):
            if found := self._staff.get((STAFF_OF[level], unit_id)):
                return list(dict.fromkeys(found))
        return []

    def of(self, obligation: Obligation, to: Audience) -> list[int]:
        """Accounts on a rung, each once; empty when nobody can be reached there."""
        match to:
            case "person":
                return self.person(obligation)
            case "head":
                head = self._head.get(obligation.person_id or 0)
                own = self.person(obligation)
                return [head] if head and head not in own else []
            case "ring":
                neighbour = self._ring.get(obligation.person_id or 0)
                return [neighbour] if neighbour else []
            case "owner" | "worker" if (
                obligation.owner_id and obligation.owner_id not in self._gone
            ):
                return [obligation.owner_id]
            case "owner":
                return []
            case "unit":
                return self._own_staff(obligation)
            case "above":
                return self._above(obligation)
            case "worker":
                # Where there is no grid, whoever speaks for the unit is its worker.
                return self._along(obligation, to) or self._own_staff(obligation)
            case _:
                return self._along(obligation, to)

    def _along(self, obligation: Obligation, to: Audience) -> list[int]:
        """Those of a role in the obligation's unit and above it, the nearest first."""
        units = reversed(ancestor_ids(self._paths[obligation.unit_id]))
        return list(dict.fromkeys(a for u in units for a in self._staff.get((_STAFF[to], u), [])))

    def _own_staff(self, obligation: Obligation) -> list[int]:
        found = self._staff.get((self._roles[obligation.unit_id], obligation.unit_id))
        return list(dict.fromkeys(found or []))

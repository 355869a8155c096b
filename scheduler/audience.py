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
        accounts = await session.execute(
            select(Account.person_id, Account.id)
            .where(Account.person_id.in_(wanted), Account.blocked_at.is_(None))
            .order_by(Account.id)
        )
        self._own = {p: account_id for p, account_id in accounts if p is not None}
        self._head = {p: self._own[head] for p, head in heads.items() if head in self._own}

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
            case "owner" | "worker" if (
                obligation.owner_id and obligation.owner_id not in self._gone
            ):
                return [obligation.owner_id]
            case "owner":
                return []
            case "unit":
                own_staff = self._staff.get((self._roles[obligation.unit_id], obligation.unit_id))
                return list(dict.fromkeys(own_staff or []))
            case "above":
                return self._above(obligation)
            case _:
                path = self._paths[obligation.unit_id]
                units = reversed(ancestor_ids(path))
                return list(
                    dict.fromkeys(a for u in units for a in self._staff.get((_STAFF[to], u), []))
                )

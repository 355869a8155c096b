"""What those are called who inspect, close and sign: as their office knows them, else as their
chat does."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.accounts import Account, Assignment


async def names_of(session: AsyncSession, account_ids: Collection[int | None]) -> Mapping[int, str]:
    """Names by account; who is unknown by now is left out."""
    wanted = {one for one in account_ids if one is not None}
    found: dict[int, str] = {}
    for account in await session.scalars(select(Account).where(Account.id.in_(wanted))):
        if account.name:
            found[account.id] = account.name
    held = select(Assignment).where(Assignment.account_id.in_(wanted)).order_by(Assignment.id)
    for assignment in await session.scalars(held):
        if assignment.account_id is not None and assignment.name:
            found[assignment.account_id] = assignment.name
    return found

"""Makes a thread for each grid in a unit's group, where the platform has threads and lets us.

Threads that somebody has chosen stay. Broken off anywhere, it goes on with those that lack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Forum, Forums, Refused, Unreachable
from models.accounts import Account
from models.clock import Clock
from models.groups import Group, Post, Topic, posted, set_thread
from models.jobs import Claimed, end, keep
from models.messages import Button, Outbound, Style, Text, Value, verbatim
from models.outbox import Letter, Priority, enqueue
from models.session import Database
from models.units import Level, Unit

LONGEST = 128  # characters of a thread's name


class TopicWork:
    """Jobs of the kind TOPICS. `forums` are the channels whose groups can have threads."""

    def __init__(self, db: Database, forums: Mapping[str, Forums], clock: Clock) -> None:
        self._db = db
        self._forums = forums
        self._clock = clock

    async def do(self, job: Claimed) -> None:
        async with self._db.read() as session:
            group = await session.get(Group, int(job.task["group"]))
            if group is None or group.unit_id is None:
                lacking, chat, known = list[Unit](), "", 0
            else:
                chat = (await session.get_one(Account, group.account_id)).chat
                lacking, known = await _lacking(session, group)
        made = list(job.task.get("made", ()))
        channel = self._forums.get(chat.partition(":")[0])
        try:
            state = await channel.forum(chat) if channel and chat else Forum.NONE
            if state is Forum.OPEN and channel is not None:
                for unit in lacking:
                    thread = await channel.open_topic(chat, unit.name[:LONGEST])
                    made.append(unit.id)
                    await self._keep(job, unit, thread, made)
        except (Refused, Unreachable):
            state = Forum.CLOSED
        said = await self._outcome(job, state, made, known)
        async with self._db.write() as session:
            await end(session, job, well=state is Forum.OPEN)
            if said is not None:
                await self._tell(session, job, said)

    async def give_up(self, job: Claimed, why: Text) -> None:
        async with self._db.write() as session:
            await end(session, job, well=False)
            await self._tell(session, job, Outbound((why,)))

    async def _keep(self, job: Claimed, unit: Unit, thread: str, made: Sequence[int]) -> None:
        """The thread is the grid's, and says so."""
        now = self._clock.now()
        post, key = Post("groups.topic_set", unit=unit), f"topic:{job.id}:{unit.id}"
        async with self._db.write() as session:
            group = await session.get_one(Group, int(job.task["group"]))
            await set_thread(session, group, unit, thread)
            await enqueue(session, [posted(group, post, key, thread=thread)], now)
            await keep(session, job, now, {**job.task, "made": list(made)})

    async def _outcome(
        self, job: Claimed, state: Forum, made: Sequence[int], known: int
    ) -> Outbound | None:
        """What whoever linked the group is told; nothing where nobody asked and nothing changed."""
        asked = bool(job.task.get("asked"))
        async with self._db.read() as session:
            group = await session.get(Group, int(job.task["group"]))
            names = await session.scalars(
                select(Unit.name).where(Unit.id.in_(made)).order_by(Unit.path)
            )
            facts: dict[str, Value] = {
                "title": (group.title if group else None) or Text("groups.untitled"),
                "n": len(made),
                "units": [verbatim(name) for name in names],
            }
        if state is Forum.CLOSED:
            again = Button(
                Text("groups.topics"), f"a:grouptopics:{job.task['group']}", style=Style.PRIMARY
            )
            return Outbound((Text("groups.topics_closed", facts),), ((again,),))
        if made:
            return Outbound((Text("groups.topics_made", facts),))
        if not asked:
            return None
        return Outbound((Text("groups.topics_all" if known else "groups.topics_none", facts),))

    async def _tell(self, session: AsyncSession, job: Claimed, said: Outbound) -> None:
        letter = Letter(f"topics:{job.id}", job.account_id, said, Priority.NOTICE)
        await enqueue(session, [letter], self._clock.now())


async def _lacking(session: AsyncSession, group: Group) -> tuple[list[Unit], int]:
    """The grids of the group's unit that have no thread there yet, and how many have."""
    home = await session.get_one(Unit, group.unit_id)
    has = select(Topic.unit_id).where(Topic.group_id == group.id)
    grids = Unit.path.startswith(home.path), Unit.level == Level.GRID
    found = await session.scalars(
        select(Unit).where(*grids, Unit.id.not_in(has)).order_by(Unit.path)
    )
    known = await session.scalars(select(Unit.id).where(*grids, Unit.id.in_(has)))
    return list(found), len(list(known))

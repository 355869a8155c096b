"""A key is rotated while the bot runs, is killed in the middle, and goes when nothing needs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import person_of, settle_cast
from sqlalchemy import func, select

from bot import rotation
from bot.keys import Follower, alone, write_ring
from bot.settings import Settings
from models import crypto, tables
from models.clock import StoppedClock
from models.crypto import KeyRing
from models.files import keep_file, load_files
from models.messages import Text, UserError
from models.people import Person
from models.resealing import keys_in_use, sealed_columns
from models.session import Database
from models.units import root

BATCH = 20
MANY = 2 * BATCH + 7


class Killed(Exception):
    """The process is gone."""


class Installation:
    """A data folder, its ring, and a database with more rows than one batch takes."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db = db
        self.settings = Settings(data_dir=folder)
        self.told: list[Text] = []
        self.file = ""

    @property
    def ring(self) -> KeyRing:
        return KeyRing.load(self.settings.key_file.read_text())

    async def rotate(self, batches: int | None = None) -> None:
        """Rotate; with `batches`, die after so many."""
        left = [batches]

        async def rest() -> None:
            if left[0] is not None:
                left[0] -= 1
                if left[0] <= 0:
                    raise Killed

        await rotation.rotate(self.settings, self.db, self.told.append, rest)

    async def forget(self) -> None:
        await rotation.forget_old(self.settings, self.db, self.told.append)

    async def used(self) -> set[int]:
        async with self.db.read() as session:
            return await keys_in_use(session)

    async def rows(self) -> int:
        """All rows with something sealed."""
        async with self.db.read() as session:
            return sum(
                [
                    await session.scalar(select(func.count()).select_from(table)) or 0
                    for table in tables.metadata.sorted_tables
                    if sealed_columns(table)
                ]
            )

    async def names(self) -> list[str]:
        async with self.db.read() as session:
            return list(await session.scalars(select(Person.name).order_by(Person.id)))


@pytest.fixture
async def place(db: Database, clock: StoppedClock, keys: KeyRing, tmp_path: Path) -> Installation:
    place = Installation(db, tmp_path / "data")
    write_ring(place.settings.key_file, keys)
    place.settings.install_keys()
    async with db.write() as session:
        await settle_cast(session, clock.now())
        place.file = await keep_file(
            session, "a.bin", "", b"\xff\x00", account_id=None, now=clock.now()
        )
        top = await root(session)
        assert top is not None
        session.add_all(
            Person(unit_id=top.id, name=f"p{n}", created_at=clock.now()) for n in range(MANY)
        )
    return place


async def test_after_a_rotation_every_sealed_value_is_under_the_new_key(
    place: Installation,
) -> None:
    before, old = await place.names(), place.ring
    await place.rotate()
    assert await place.used() == {2}
    assert place.ring.keys[1] == old.keys[1]
    assert place.ring.index_key == old.index_key
    crypto.install(place.ring.shrunk())  # nothing is opened with the old key any more
    assert await place.names() == before
    async with place.db.read() as session:
        assert (await person_of(session, "陈建国")).phone == "13812345682"
        assert (await load_files(session, [place.file]))[place.file].content == b"\xff\x00"
    assert [t.key for t in place.told] == ["rotate.made", "rotate.done"]


@pytest.mark.parametrize("batches", [1, 2, 3])
async def test_a_rotation_that_was_killed_goes_on_where_it_was(
    place: Installation, batches: int
) -> None:
    before = await place.names()
    with pytest.raises(Killed):
        await place.rotate(batches)
    assert await place.used() == {1, 2}
    assert await place.names() == before
    await place.rotate()
    assert await place.used() == {2}
    assert sorted(place.ring.keys) == [1, 2]
    assert await place.names() == before
    assert place.told[1].key == "rotate.goes_on"
    assert 0 < int(str(place.told[2].params["n"])) < await place.rows()


async def test_a_rotation_killed_before_its_first_row_makes_no_second_key(
    place: Installation,
) -> None:
    write_ring(place.settings.key_file, place.ring.grown())
    place.settings.install_keys()
    await place.rotate()
    assert sorted(place.ring.keys) == [1, 2]
    await place.rotate()
    assert sorted(place.ring.keys) == [1, 2, 3]
    assert await place.used() == {3}


async def test_old_rows_are_read_and_written_throughout(
    place: Installation, clock: StoppedClock
) -> None:
    """What a running bot does between two batches, with the ring that it started with."""
    mine = place.ring
    seen: list[set[int]] = []

    async def rest() -> None:
        crypto.install(mine, Follower(place.settings.key_file))  # another process has its own
        async with place.db.write() as session:
            person = await person_of(session, "陈建国")
            assert person.name == "陈建国"
            person.address = f"{len(seen)}号"
            session.add(Person(unit_id=person.unit_id, name="new", created_at=clock.now()))
        seen.append(await place.used())

    await rotation.rotate(place.settings, place.db, place.told.append, rest)
    assert {1, 2} in seen
    assert await place.used() == {2}
    assert (await place.names()).count("new") == len(seen)


async def test_a_row_that_somebody_holds_is_not_waited_for_and_not_left_out(
    place: Installation,
) -> None:
    if place.db.embedded:
        pytest.skip("there is one writer, so nobody holds a row beside us")
    other = Database(place.db.url.render_as_string(hide_password=False))
    rests = 0
    async with other.engine.connect() as connection:
        await connection.execute(select(Person.id).limit(3).with_for_update())

        async def rest() -> None:
            nonlocal rests
            rests += 1
            if await place.used() == {1, 2} and rests > 20:
                await connection.rollback()

        await rotation.rotate(place.settings, place.db, place.told.append, rest)
    await other.close()
    assert rests > 20
    assert await place.used() == {2}


async def test_the_old_key_goes_only_when_no_row_needs_it(place: Installation) -> None:
    with pytest.raises(Killed):
        await place.rotate(1)
    with pytest.raises(UserError) as refused:
        await place.forget()
    assert (refused.value.text.key, refused.value.text.params["keys"]) == ("rotate.in_use", "1")
    assert sorted(place.ring.keys) == [1, 2]
    await place.rotate()
    await place.forget()
    assert sorted(place.ring.keys) == [2]
    place.settings.install_keys()
    assert "陈建国" in await place.names()


async def test_a_process_with_the_forgotten_key_seals_with_the_new_one(
    place: Installation,
) -> None:
    stale = place.ring
    await place.rotate()
    await place.forget()
    crypto.install(stale, Follower(place.settings.key_file))
    assert crypto.seal("王芳", "people.name")[1] == 2


async def test_two_rotations_at_once_do_not_make_two_keys_of_one_number(
    place: Installation,
) -> None:
    with alone(place.settings.key_file), pytest.raises(UserError) as refused:
        await place.rotate()
    assert refused.value.text.key == "rotate.busy"
    assert sorted(place.ring.keys) == [1]


async def test_a_ring_in_the_environment_is_not_rotated(db: Database, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, keys=KeyRing.fresh().dump())
    for work in (rotation.rotate, rotation.forget_old):
        with pytest.raises(UserError) as refused:
            await work(settings, db, [].append)
        assert refused.value.text.key == "rotate.inline"


async def test_a_value_that_no_key_opens_stops_the_rotation_with_a_word(
    place: Installation,
) -> None:
    crypto.install(KeyRing({**place.ring.keys, 9: b"x" * 32}, b"i" * 32))
    async with place.db.write() as session:
        (await person_of(session, "陈建国")).name = "x"
    place.settings.install_keys()
    with pytest.raises(UserError) as refused:
        await place.rotate()
    assert refused.value.text.key == "run.key_wrong"


def test_a_follower_takes_a_new_ring_once_and_no_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    follow = Follower(path)
    assert follow() is None
    ring = KeyRing.fresh()
    write_ring(path, ring)
    assert (follow(), follow()) == (ring, None)
    path.write_text("{")
    assert follow() is None
    write_ring(path, ring.grown())
    assert sorted((follow() or ring).keys) == [1, 2]
    assert [found.name for found in tmp_path.iterdir()] == ["keys.json"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_foreign_ring_in_the_file_is_not_used(tmp_path: Path, keys: KeyRing) -> None:
    """Its index key is another one: somebody put the wrong file there while the bot runs."""
    path = tmp_path / "keys.json"
    write_ring(path, KeyRing({7: b"f" * 32}, b"f" * 32))
    crypto.install(keys, Follower(path))
    assert crypto.seal("王芳", "people.name")[1] == 1

"""Every row of every table before and after a turn: what changed, and whose it is.

Reads tables with plain SQL and knows nothing of models/access.py, whose work it checks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from cast import chat_of
from sqlalchemy.ext.asyncio import AsyncSession

from models import tables
from models.outbox import Priority

Row: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, Any]
Ledger: TypeAlias = Mapping[Key, Row]

TEAM = ("grid_worker", "community", "township", "district")
INSPECT = ("inspector", *TEAM)
OVERSEERS = ("community", "township", "district")
# What a turn keeps for itself: events, letters, ladders. Not what is known about anybody.
WORKINGS = ("cursors", "due", "nudges", "audit_seals", "file_pieces")
# Tables whose rows belong to one account, by the column that says so.
OWNED = {
    "hearings": "account_id",
    "absence_contacts": "by_id",
    "ring_words": "by_id",
    "broadcasts": "by_id",
    "broadcast_hearers": "account_id",
    **dict.fromkeys(("audit", "assignments", "jobs", "files"), "account_id"),
}
# Who enters the records of which register.
RECORDS = {
    "drugsale": ("sentinel", "venue"),
    "fever": ("sentinel", "venue"),
    **dict.fromkeys(("guest", "guestout", "coldchain", "resume"), ("venue",)),
    "absence": ("venue",),
    "disinfect": ("venue", "grid_worker", "community"),
    "supplies": ("venue", "community", "township"),
}
_KEYS = {
    table.name: next(iter(table.primary_key.columns)).name
    for table in tables.metadata.tables.values()
}


async def dump(session: AsyncSession) -> Ledger:
    """Every row of every table, as it is stored."""
    connection = await session.connection()
    found: dict[Key, Row] = {}
    for table, key in _KEYS.items():
        rows = await connection.exec_driver_sql(f"SELECT * FROM {table}")
        found |= {(table, row[key]): dict(row) for row in rows.mappings()}
    return found


def changes(before: Ledger, after: Ledger) -> dict[Key, tuple[Row | None, Row | None]]:
    """Rows that came, went or are different: as they were, as they are."""
    return {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }


def facts(ledger: Ledger) -> dict[Key, Row]:
    """What is known about people, without the workings of the conversation."""
    workings = (*WORKINGS, "conversations", "inbox", "outbox")
    return {key: row for key, row in ledger.items() if key[0] not in workings}


def of(ledger: Ledger, table: str) -> Iterator[Row]:
    return (row for (name, _), row in ledger.items() if name == table)


@dataclass(frozen=True)
class Scope:
    """Whom one account may deal with, by the tables alone."""

    account: Row
    people: frozenset[int]  # herself, her wards, her household
    paths: Mapping[str, tuple[str, ...]]  # branches of the tree, by role

    def works_in(self, path: str, roles: Sequence[str] = TEAM) -> bool:
        return any(path.startswith(p) for role in roles for p in self.paths.get(role, ()))


def scope_of(ledger: Ledger, person: str) -> Scope:
    account = next(row for row in of(ledger, "accounts") if row["chat"] == chat_of(person))
    return scope_of_account(ledger, account)


def scope_of_account(ledger: Ledger, account: Row) -> Scope:
    me = account["person_id"]
    homes = {h["id"] for h in of(ledger, "households") if me is not None and h["head_id"] == me}
    people = {
        p["id"]
        for p in of(ledger, "people")
        if p["id"] == me or p["guardian_id"] == account["id"] or p["household_id"] in homes
    }
    paths: dict[str, tuple[str, ...]] = {}
    for held in of(ledger, "assignments"):
        if held["account_id"] == account["id"] and (held["until_at"] is None or lent(ledger, held)):
            path = ledger["units", held["unit_id"]]["path"]
            paths[held["role"]] = (*paths.get(held["role"], ()), path)
    return Scope(account, frozenset(people), paths)


def lent(ledger: Ledger, held: Row) -> bool:
    """Is it the role of somebody on leave whose work this account has now?"""
    return any(
        (leave["account_id"], leave["holder_id"]) == (held["held_for_id"], held["account_id"])
        for leave in of(ledger, "leaves")
        if leave["ended_at"] is None
    )


def homes_of(ledger: Ledger, person_id: int) -> set[str]:
    """Paths of the units that have to do with a person: where she lives, where she is reported."""
    units = {ledger["people", person_id]["unit_id"]} if ("people", person_id) in ledger else set()
    units |= {row["unit_id"] for row in of(ledger, "leads") if row["person_id"] == person_id}
    return {ledger["units", unit]["path"] for unit in units}


class Turned:
    """What one event changed, judged by who sent it."""

    def __init__(self, before: Ledger, after: Ledger, person: str) -> None:
        self._before, self._after = before, after
        self._was = _scope(before, person)
        self._is = _scope(after, person)
        # A group may have another address now.
        self._me = self._is.account["id"] or self._was.account["id"]
        self.changed = changes(before, after)

    def strange(self) -> dict[Key, tuple[Row | None, Row | None]]:
        """Changes that are not hers to make."""
        return {
            key: rows
            for key, rows in self.changed.items()
            if key[0] not in WORKINGS
            and not all(self._hers(key[0], row) for row in rows if row)
            and not self._kept_longer(*rows)
        }

    def _hers(self, table: str, row: Row) -> bool:
        match table:
            case "inbox" | "conversations":
                return bool(row["chat"] == self._is.account["chat"])
            case "outbox":
                new = ("outbox", row["id"]) not in self._before
                # An alert's letter that still waits says how things stand now.
                return new or row["account_id"] == self._me or row["priority"] == Priority.ALERT
            case "accounts":
                return (
                    row["id"] == self._me
                    or self._reported_to_me(row["id"])
                    or self._brought(row["id"])
                )
            case "chat_groups":
                return row["added_by"] == self._me or self._works(row) or self._itself(row)
            case "chat_topics":
                return self._works(row)
            case "twins":
                return self._in_reach(row["first_id"]) and self._in_reach(row["second_id"])
            case "invites":
                taken = ("invites", row["id"]) in self._before and row["used_by"] in (
                    None,
                    self._me,
                )
                helps = any(
                    venue["deputy_id"] == row["assignment_id"] and self._venue(venue)
                    for venue in of(self._after, "venues")
                )
                return taken or helps or self._works(row, (*OVERSEERS, "admin"))
            case "gates":
                return self._works(row, (*TEAM, "admin"))
            case "units":
                return self._works({"unit_id": row["id"]}, (*OVERSEERS, "admin"))
            case "submissions":
                return row["actor_id"] == self._me and self._may_file(row)
            case "leaves":
                return self._my_leave(row) or self._works(row, OVERSEERS)
            case "obligations" if row["kind"] in ("leave", "back"):
                leave = self._after["leaves", json.loads(row["facts"])["leave"]]
                return self._my_leave(leave) or self._works(row, OVERSEERS)
            case "assignments" if row["account_id"] not in (None, self._me) and self._works(
                row, (*OVERSEERS, "admin")
            ):
                return True
            case "assignments" if row["held_for_id"] is not None:
                theirs = (x for x in of(self._after, "leaves"))
                mine = {x["account_id"] for x in theirs if self._my_leave(x) or self._works(x)}
                return row["held_for_id"] in mine
            case "venues" | "inspections" | "problems" | "problem_steps":
                return self._works(row, INSPECT) or self._venue(row)
            case "suspensions" | "suggestions" | "teams" | "outings":
                return self._works(row, INSPECT)
            case "outing_members":
                return self._works(self._after["outings", row["outing_id"]], INSPECT)
            case "obligations" if row["kind"] in ("suspend", "reopen", "outing"):
                return self._works(row, INSPECT)
            case "obligations" if row["kind"] == "colour":
                venue = self._after["venues", json.loads(row["facts"])["venue"]]
                return self._works(row, INSPECT) or self._venue(venue)
            case "obligations" if row["kind"] in ("problem", "recheck", "lookback"):
                facts = row["facts"]
                told = json.loads(facts) if isinstance(facts, str) else facts
                found = self._after["problems", told["problem"]]
                return self._works(row, INSPECT) or self._venue(found)
            case "venue_staff" | "venue_swabs" | "venue_logs":
                return self._venue({"venue_id": row["venue_id"]})
            case "obligations" if row["kind"] == "log" or "venue" in json.loads(row["facts"]):
                # Its day, and the grid that is called to somebody who is not well there.
                return self._venue({"venue_id": json.loads(row["facts"])["venue"]})
            case "stays":
                return self._venue(row)
            case "areas":
                return bool(self._was.paths.get("district"))
            case "checklist_changes":
                return row["by_id"] == self._me or bool(self._was.paths.get("district"))
            case "issued_documents":
                return row["by_id"] == self._me and self._works(row, (*OVERSEERS, "inspector"))
            case "document_templates":
                return bool(self._was.paths.get("district"))
            case "shifts":
                return self._works(row) or self._shift(row["id"])
            case "obligations" if row["kind"] == "help":
                asked = json.loads(row["facts"])["asker"] == self._me
                return self._works(row) or asked or self._serves(row["id"])
            case "obligations" if row["kind"] == "service":
                # It follows the request: whoever may end that ends this.
                task = self._task(json.loads(row["facts"])["task"])
                request = self._after["obligations", task["obligation_id"]]
                return self._hers("obligations", request)
            case "obligations" if row["kind"] == "volunteer":
                found = self._after["volunteers", json.loads(row["facts"])["volunteer"]]
                return self._works(row) or found["account_id"] == self._me
            case "volunteers":
                return row["account_id"] == self._me or self._works(row)
            case "volunteer_tasks":
                return self._hers("obligations", self._after["obligations", row["obligation_id"]])
            case "volunteer_calls":
                task = self._task(row["task_id"])
                return self._hers("obligations", self._after["obligations", task["obligation_id"]])
            case "point_entries" if row["reason"] == "service":
                return self._me in (row["account_id"], None) or self._in_reach(row["person_id"])
            case "obligations" if row["kind"] in ("duty", "signout"):
                return self._works(row) or self._shift(json.loads(row["facts"])["shift"])
            case "tips":
                # Anybody may send one; what comes of it is the unit's.
                return ("tips", row["id"]) not in self._before or self._works(row)
            case "obligations" if row["kind"] == "tip":
                return ("obligations", row["id"]) not in self._before or self._works(row)
            case "rings":
                return self._works(row) or self._heads(row["id"]) or self._left(row["id"])
            case "ring_homes":
                ring = self._after["rings", row["ring_id"]]
                return self._works(ring) or self._home(row["household_id"])
            case "obligations" if row["kind"] == "ring":
                ring_id = json.loads(row["facts"])["ring"]
                return self._works(row) or self._heads(ring_id) or self._left(ring_id)
            case "visits" if row["found"] == "told":
                # A household answers by the slip left at its door, whoever has the slip.
                return row["account_id"] == self._me
            case "obligations" if row["kind"] in ("visit", "unmet"):
                return self._works(row) or self._answered(row)
            case "obligations" if json.loads(row["facts"]).get("cause") == "slip":
                return True  # whoever has a slip may ask to be called
            case "tallies" if row["figure"] in ("guided", "postponed", "stopped", "tables"):
                return self._works(row) or self._guides(row["submission_id"])
            case "tallies" if row["figure"] == "followed" and self._found_out(row):
                return True
            case "tallies" | "verdicts" if self._checks(row["submission_id"]):
                return self._works(self._after["submissions", row["submission_id"]], INSPECT)
            case "tallies" | "stocks":
                return self._records(row["submission_id"]) or self._works(row)
            case "verdicts":
                record = self._after["submissions", row["submission_id"]]
                judged = row["by_id"] == self._me and record["actor_id"] != self._me
                return judged and self._works(record)
            case "daily_reports" | "closed_sheets":
                return self._works(row) or self._is_above(row, ("sentinel", "venue"))
            case "batches":
                return self._works(row) or self._ended_in(row["id"])
            case "obligations" if row["kind"] == "batch":
                return self._works(row) or self._ended_in(json.loads(row["facts"])["batch"])
            case "obligations" if row["kind"] == "stock":
                return self._works(row, INSPECT) or self._venue(self._kept_by(row))
            case "obligations" if row["kind"] == "guide":
                record = self._told_of(row)["record"]
                return self._works(row) or self._records(record) or self._guides(record)
            case "obligations" if row["kind"] == "check":
                return self._works(row, INSPECT) or self._records(self._told_of(row)["record"])
            case "obligations" if row["kind"] in ("record", "follow"):
                return self._works(row) or self._asked_by_hers(row)
            case _ if table in OWNED:
                # A post on the list is nobody's until she who holds it signs in.
                return row[OWNED[table]] in (None, self._me)
            case _:
                return self._about_hers(table, row)

    def _told_of(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = (
            json.loads(row["facts"]) if isinstance(row["facts"], str) else row["facts"]
        )
        return found

    def _kept_by(self, row: Row) -> Row:
        return {"venue_id": self._told_of(row)["venue"]}

    def _found_out(self, row: Row) -> bool:
        """The record told of somebody, and it is she who found out about her."""
        ledgers = (self._before, self._after)
        told = (s for ledger in ledgers for s in of(ledger, "lead_sources"))
        leads = {s["lead_id"] for s in told if s["submission_id"] == row["submission_id"]}
        return any(self._works(self._after["leads", lead]) for lead in leads)

    def _checks(self, record: int) -> bool:
        """An inspector was called by this record."""
        found = (row for row in of(self._after, "obligations") if row["kind"] == "check")
        by_inspector = bool(self._was.paths.get("inspector"))
        return by_inspector and any(self._told_of(row)["record"] == record for row in found)

    def _guides(self, record: int) -> bool:
        """She was named to attend what this record tells of."""
        return any(
            (row["kind"], row["owner_id"]) == ("guide", self._me)
            and self._told_of(row)["record"] == record
            for ledger in (self._before, self._after)
            for row in of(ledger, "obligations")
        )

    def _venue(self, row: Row) -> bool:
        """What happens in a venue that she answers for inside."""
        venue = (
            self._after["venues", row.get("venue_id") or row.get("id")]
            if ("problem_id" not in row)
            else self._after["venues", self._after["problems", row["problem_id"]]["venue_id"]]
        )
        held = [self._after.get(("assignments", venue[k])) for k in ("manager_id", "deputy_id")]
        was = self._before.get(("venues", venue["id"]), venue)
        held += [self._after.get(("assignments", was[k])) for k in ("manager_id", "deputy_id")]
        return any(one is not None and one["account_id"] == self._me for one in held)

    def _my_leave(self, row: Row) -> bool:
        """Hers, or she has or had the work of it."""
        was = self._before.get(("leaves", row["id"]), row)
        ends = ("account_id", "receiver_id", "holder_id")
        return self._me in {one[end] for one in (row, was) for end in ends}

    def _shift(self, shift_id: int) -> bool:
        """She stands there, or was asked to: another unit's post may be hers to man."""
        post = self._after["shifts", shift_id]["post_id"]
        return any(
            self._me in (row["account_id"], row["asked_id"])
            for ledger in (self._before, self._after)
            for row in of(ledger, "shifts")
            if row["post_id"] == post  # who comes next reads what the last one has left
        )

    def _task(self, task_id: int) -> Row:
        return self._after["volunteer_tasks", task_id]

    def _serves(self, request_id: int) -> bool:
        """She was asked as a volunteer to see to it."""
        mine = {v["id"] for v in of(self._after, "volunteers") if v["account_id"] == self._me}
        return any(
            call["volunteer_id"] in mine
            and self._task(call["task_id"])["obligation_id"] == request_id
            for call in of(self._after, "volunteer_calls")
        )

    def _heads(self, ring_id: int) -> bool:
        """She is the ring's head, or was before she said that she would rather not."""
        me = self._was.account["person_id"]
        rings = [ledger.get(("rings", ring_id)) for ledger in (self._before, self._after)]
        return me is not None and any(ring and ring["head_id"] == me for ring in rings)

    def _left(self, ring_id: int) -> bool:
        """The door that she has taken out of it was its head's."""
        homes = [row for row in of(self._before, "ring_homes") if row["ring_id"] == ring_id]
        return any(self._home(row["household_id"]) for row in homes)

    def _home(self, household_id: int) -> bool:
        """She lives there."""
        me = self._after.get(("people", self._was.account["person_id"] or 0))
        return me is not None and me["household_id"] == household_id

    def _may_file(self, row: Row) -> bool:
        if row["form"] in ("invite", "gate", "newvalue"):
            return self._works(row, ("admin",))
        if row["form"] in ("venue", "inspect", "notright", "venuehead", "suggest"):
            return self._works(row, INSPECT)
        if row["form"] in ("susdraft", "susrefuse", "susshut"):
            return self._works(row, INSPECT)
        if row["form"] in ("stafftemps", "newstaff", "deputy"):
            return self._venue({"venue_id": json.loads(row["context"])["venue"]})
        if row["form"] == "proveright":
            problem = self._after["problems", json.loads(row["context"])["problem"]]
            return self._venue(problem)
        if row["form"] in ("ownitem", "newarea"):
            return bool(self._was.paths.get("district"))
        if row["form"] == "ringarrival":
            ring = json.loads(row["context"])["ring"]
            return self._heads(ring) or self._works(row)
        if row["form"] == "leave":
            return bool(self._was.paths)
        if row["form"] in ("advice", "attended"):
            duty = self._after["obligations", json.loads(row["context"])["duty"]]
            return self._works(duty) or self._guides(self._told_of(duty)["record"])
        if row["form"] == "sendback" and "duty" in row["context"]:
            return self._checks(json.loads(row["context"])["record"])
        if row["form"] in ("gathering", "askhelp", "lack", "volunteering"):
            return True  # whoever needs something may name any place
        if row["form"] in ("signin", "handover", "standin"):
            return self._shift(json.loads(row["context"])["shift"]) or self._works(row)
        if row["form"] in RECORDS:
            return self._works(row, RECORDS[row["form"]])
        # A roll-call is of nobody alone, and whoever reports may name any place.
        return row["form"] in ("rollcall", "selfreport", "newlead") or self._about_hers(
            "submissions", row
        )

    def _ended_in(self, batch_id: int) -> bool:
        """A lead of her units came in it: when that ends, or is open again, the batch is looked
        at, whoever brought it."""
        leads = {s["lead_id"] for s in of(self._after, "lead_sources") if s["batch_id"] == batch_id}
        return any(self._works(self._after["leads", lead]) for lead in leads)

    def _records(self, submission_id: int) -> bool:
        """She filed it."""
        found = self._after.get(("submissions", submission_id))
        return found is not None and found["actor_id"] == self._me

    def _answered(self, row: Row) -> bool:
        """She told by a slip, or took back, what ends an appointment at its door."""
        states = (ledger.get(("obligations", row["id"])) for ledger in (self._before, self._after))
        reasons = {state["reason"] for state in states if state and state["reason"]}
        return any(
            (f"visit{visit['id']}" in reasons, visit["account_id"]) == (True, self._me)
            for visit in of(self._after, "visits")
        )

    def _asked_by_hers(self, row: Row) -> bool:
        """A record of hers asks for it: of her own unit or one above, or wherever it leads."""
        told = row["facts"]
        told = json.loads(told) if isinstance(told, str) else told
        if row["kind"] == "follow":
            return self._records(told["record"])
        return self._is_above(row, RECORDS[told["register"]])

    def _is_above(self, row: Row, roles: Sequence[str]) -> bool:
        """The row's unit lies above one of hers: what she enters counts there, too."""
        path = self._after["units", row["unit_id"]]["path"]
        mine = (p for role in (*roles, *TEAM) for p in self._was.paths.get(role, ()))
        return any(p.startswith(path) for p in mine)

    def _about_hers(self, table: str, row: Row) -> bool:
        return (
            self._in_reach(row["id"] if table == "people" else row.get("person_id"))
            or self._works(row)
            or self._own_report(table, row)
        )

    def _in_reach(self, person_id: int | None) -> bool:
        """She answers for her, or works where she lives or is reported."""
        if person_id is None:
            return False
        if person_id in self._was.people | self._is.people:
            return True
        homes = homes_of(self._before, person_id)
        return any(self._was.works_in(home) for home in homes)

    def _works(self, row: Row, roles: Sequence[str] = TEAM) -> bool:
        """The row's unit, whatever it hangs on, lies in a branch of hers."""
        unit = row.get("unit_id")
        if unit is None and ("leads", row.get("lead_id")) in self._after:
            unit = (
                self._before.get(("leads", row["lead_id"])) or self._after["leads", row["lead_id"]]
            )["unit_id"]
        if unit is None and row.get("person_id") is not None:
            unit = self._after["people", row["person_id"]]["unit_id"]
        if unit is None:
            return False
        return self._was.works_in(self._before["units", unit]["path"], roles)

    def _own_report(self, table: str, row: Row) -> bool:
        """What her own report of somebody brings about."""
        if table == "people":
            return ("people", row["id"]) not in self._before
        lead = row["id"] if table == "leads" else row.get("lead_id")
        found = self._after.get(("leads", lead))
        report = self._after.get(("submissions", found["submission_id"])) if found else None
        mine = report is not None and report["actor_id"] == self._me
        mine = mine or any(
            (told["lead_id"], told["account_id"]) == (lead, self._me)
            for told in (*of(self._after, "lead_sources"), *of(self._before, "lead_sources"))
        )
        return mine or (found is not None and found["account_id"] == self._me)

    def _kept_longer(self, was: Row | None, row: Row | None) -> bool:
        """A person is kept as long as the newest report of her, whoever sent it."""
        if was is None or row is None or {**was, "purge_on": row.get("purge_on")} != row:
            return False
        return any(
            (told["person_id"], told["actor_id"]) == (row["id"], self._me)
            for told in of(self._after, "submissions")
        )

    def _brought(self, account_id: int) -> bool:
        """The account of a group that she brought us into, or looks after."""
        ledgers = (self._before, self._after)
        groups = [g for ledger in ledgers for g in of(ledger, "chat_groups")]
        return any(
            g["account_id"] == account_id and (g["added_by"] == self._me or self._works(g))
            for g in groups
        )

    def _itself(self, group: Row) -> bool:
        """What happens to a group is nobody's doing."""
        return bool(group["account_id"] == self._me)

    def _reported_to_me(self, account_id: int) -> bool:
        """Verifying a report ties the account that sent it to its person."""
        return any(
            lead["account_id"] == account_id and self._works(lead)
            for lead in of(self._before, "leads")
        )


def _scope(ledger: Ledger, person: str) -> Scope:
    known = any(row["chat"] == chat_of(person) for row in of(ledger, "accounts"))
    nobody = Scope({"id": None, "chat": chat_of(person), "person_id": None}, frozenset(), {})
    return scope_of(ledger, person) if known else nobody

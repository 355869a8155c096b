"""Cards of people under observation: check-ins, tests, calls, alerts, release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.cards.face import Face, Facts, action, button, excuse, primary, unclaimed
from models.messages import Button, Rows, Text, Value
from models.obligations import Kind, Obligation

# One tap when well: readings that people mostly have, so that a tap tells a real figure.
WELL_READINGS = ("36.2", "36.5", "36.8")


def _alert_facts(item: Obligation) -> Facts:
    detail = item.details()
    cause = Text(f"alert.cause.{item.facts['cause']}")
    if "venue" in detail:
        cause = Text("alert.at_work", {"cause": cause, "venue": detail["venue"]})
    return {"cause": cause, "reading": _reading(detail)}


def _reading(detail: Mapping[str, Any]) -> Value:
    """What was measured, or which test it was; nothing once that was purged."""
    if "day" in detail:
        return Text("alert.sample", {"day": detail["day"]})
    if "symptoms" not in detail:
        return ""
    symptoms = [Text(f"checkin.symptoms.choice.{code}") for code in detail["symptoms"]]
    if detail["temperature"] is None:
        return Text("alert.unmeasured", {"symptoms": symptoms or [Text("card.none")]})
    measured: dict[str, Value] = {
        "temperature": detail["temperature"],
        "symptoms": symptoms or [Text("card.none")],
    }
    return Text("alert.reading", measured)


def _alert_rows(item: Obligation) -> Rows:
    report = item.facts.get("cause") == "positive" and "venue" not in item.facts
    picture = (button("picture", item),) if report else ()
    return ((*unclaimed(item), button("call", item), *picture), (primary("close", item),))


def _contact_facts(item: Obligation) -> Facts:
    cause = item.facts.get("cause")
    return {"cause": Text(f"contact.cause.{cause}")} if cause else {}


def _checkin_rows(item: Obligation) -> Rows:
    return ((button("call", item), primary("behalf", item)), excuse(item))


def _own_checkin(item: Obligation) -> Rows:
    well = tuple(
        Button(Text("action.well", {"reading": reading}), action("well", item, reading))
        for reading in WELL_READINGS
    )
    return (well, (button("measure", item), button("unwell", item)))


def _test_rows(item: Obligation) -> Rows:
    return (
        (button("call", item), primary("sampled", item), button("result", item)),
        excuse(item),
    )


def _own_test(item: Obligation) -> Rows:
    return ((primary("sampled", item),), (button("result", item), button("trouble", item)))


def _result_rows(item: Obligation) -> Rows:
    return ((button("call", item), primary("result", item)), excuse(item))


def _own_result(item: Obligation) -> Rows:
    return ((primary("result", item), button("pending", item)),)


def _release_rows(item: Obligation) -> Rows:
    return ((button("call", item), primary("release", item)),)


def _reach_rows(item: Obligation) -> Rows:
    return ((button("call", item), primary("reached", item)), excuse(item))


FACES = {
    Kind.ALERT: Face(facts=_alert_facts, team=_alert_rows, first="claim", claimed="close"),
    Kind.CHECKIN: Face(team=_checkin_rows, own=_own_checkin, first="behalf"),
    Kind.TEST: Face(team=_test_rows, own=_own_test),
    Kind.RESULT: Face(team=_result_rows, own=_own_result, first="result"),
    Kind.RELEASE: Face(team=_release_rows, first="release"),
    Kind.CONTACT: Face(facts=_contact_facts, team=_reach_rows),
    Kind.CALL: Face(team=_reach_rows),
    Kind.TASK: Face(team=_reach_rows),
}

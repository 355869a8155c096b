"""What is shown around a release."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models.cards import Brief, action, facts
from models.messages import Button, Outbound, Style, Text, Value
from models.protocols import catalogue


def confirm(brief: Brief) -> Outbound:
    """Said before it is done: a release cannot be taken back with a tap."""
    yes = Button(
        Text("release.yes"), action("release", brief.obligation, "yes"), style=Style.PRIMARY
    )
    return Outbound((Text("release.confirm", facts(brief)),), ((yes,),), protect=True)


def attest(brief: Brief) -> Outbound:
    """Somebody else's tests are a condition; the worker says that she has seen them."""
    yes = Button(
        Text("release.attest_yes"),
        action("release", brief.obligation, "contact"),
        style=Style.PRIMARY,
    )
    return Outbound((Text("release.attest", facts(brief)),), ((yes,),), protect=True)


def blocked(brief: Brief, missing: Sequence[str]) -> dict[str, Value]:
    return {**facts(brief), "missing": [Text(f"missing.{code}") for code in missing]}


def released(brief: Brief) -> Text:
    return Text("release.done", facts(brief))


def notice(brief: Brief, on: date) -> Outbound:
    """The release as the person reads it."""
    lines = [Text("release.notice", {**facts(brief), "on": on})]
    episode = brief.episode
    if episode and catalogue.get(episode.pack, episode.pack_version).historical:
        lines.append(Text("pack.historical"))
    return Outbound(tuple(lines))

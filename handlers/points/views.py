"""A resident's book of points, the desk of those who award, and what a code is for."""

from __future__ import annotations

from collections.abc import Sequence

from models.messages import Button, Outbound, Rows, Style, Text, Value
from models.points import PointEntry, Reason, Redemption, ShopItem


def book(have: int, entries: Sequence[PointEntry], goods: Sequence[ShopItem]) -> Outbound:
    """What she has, how it came, what she can get."""
    lines = [Text("points.have", {"have": have})]
    lines += [_line(entry) for entry in entries]
    if not entries:
        lines.append(Text("points.how"))
    rows: Rows = ()
    if goods:
        lines.append(Text("points.shop"))
        rows = tuple((_want(item),) for item in goods if item.price <= have)
        lines += [Text("points.item", {"item": item.name, "price": item.price}) for item in goods]
    return Outbound(tuple(lines), rows)


def _line(entry: PointEntry) -> Text:
    params: dict[str, Value] = {
        "at": entry.at,
        "n": f"{entry.n:+d}",
        "reason": Text(f"points.reason.{entry.reason}"),
    }
    return Text("points.line", params)


def _want(item: ShopItem) -> Button:
    label = Text("points.want", {"item": item.name[:20], "price": item.price})
    return Button(label, f"a:want:{item.id}")


def desk(goods: Sequence[ShopItem]) -> Outbound:
    """What staff can do: award, add to the shop; a code is simply typed."""
    lines = [Text("points.desk")]
    lines += [Text("points.item", {"item": item.name, "price": item.price}) for item in goods]
    off = tuple(
        (Button(Text("points.off", {"item": item.name[:20]}), f"a:shopoff:{item.id}"),)
        for item in goods
    )
    first = (
        Button(Text("points.merit"), "a:merit", style=Style.PRIMARY),
        Button(Text("points.good"), "a:shopadd"),
    )
    return Outbound(tuple(lines), (first, *off))


def offer(asked: Redemption, item: ShopItem, name: str) -> Outbound:
    """What the code is for; nothing is spent yet."""
    params: dict[str, Value] = {"name": name, "item": item.name, "price": asked.price}
    yes = Button(Text("points.spend"), f"a:spend:{asked.id}", style=Style.PRIMARY)
    return Outbound((Text("points.offer", params),), ((yes,),), protect=True)


def spent(item: ShopItem, left: int, entry_id: int) -> Outbound:
    back = Button(Text("points.take_back"), f"a:unpoint:{entry_id}")
    text = Text("points.spent", {"item": item.name, "price": item.price, "have": left})
    return Outbound((text,), ((back,),))


def spent_notice(item: ShopItem, left: int) -> Outbound:
    params: dict[str, Value] = {"item": item.name, "price": item.price, "have": left}
    return Outbound((Text("points.spent_notice", params),))


def awarded_notice(n: int, reason: Reason, left: int) -> Outbound:
    params: dict[str, Value] = {"n": n, "reason": Text(f"points.reason.{reason}"), "have": left}
    see = Button(Text("command.points.label"), "a:go:points")
    return Outbound((Text("points.awarded_notice", params),), ((see,),))


def ask_reverse(entry: PointEntry) -> Outbound:
    yes = Button(Text("points.take_back_yes"), f"a:unpoint:{entry.id}:yes", style=Style.DANGER)
    return Outbound((Text("points.take_back_ask"), _line(entry)), ((yes,),))


def reversed_(entry: PointEntry, left: int) -> Outbound:
    return Outbound((Text("points.taken_back", {"n": f"{-entry.n:+d}", "have": left}),))

"""Hands and means: what volunteers gave that day (A58), for how many days supplies last (A55)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, or_, select, union_all

from models.duty import Shift
from models.messages import Text, Value
from models.reports.figures import Counting, Figures, Section
from models.reports.periods import Period, rows, within
from models.service import Ended, Task
from models.supplies import ENOUGH, NEARLY_OUT, Item, Level, Stock
from models.volunteers import Volunteer

# -- volunteers ------------------------------------------------------------------------------------


def _served(period: Period) -> Counting:
    """Volunteers who finished an errand or left their post in the period, each counted once; how
    often, and for how long."""
    errands = select(Task.volunteer_id, Task.minutes).where(
        Task.ended == Ended.DONE, within(Task.ended_at, period)
    )
    posts = select(Shift.volunteer_id, Shift.served_minutes).where(
        Shift.volunteer_id.is_not(None), within(Shift.signed_out_at, period)
    )
    given = union_all(errands, posts).subquery()
    each = (
        select(
            given.c.volunteer_id,
            func.count().label("times"),
            func.coalesce(func.sum(given.c.minutes), 0).label("minutes"),
        )
        .group_by(given.c.volunteer_id)
        .subquery()
    )
    return (
        select(
            func.count().label("people"),
            func.coalesce(func.sum(each.c.times), 0).label("times"),
            func.coalesce(func.sum(each.c.minutes), 0).label("minutes"),
        )
        .select_from(Volunteer)
        .join(each, each.c.volunteer_id == Volunteer.id)
    )


def _hours(figures: Figures) -> Text:
    hours = round(Decimal(figures.get("minutes", 0)) / 60, 1)
    people, times = figures.get("people", 0), figures.get("times", 0)
    return Text("daily.service", {"people": people, "times": times, "hours": hours})


# -- supplies --------------------------------------------------------------------------------------

_PARTS = ("stock", "used", "out")


def _stored(period: Period) -> Counting:
    """The newest count of each item in each store; those that do not last, and for how long."""
    newest = func.row_number().over(
        partition_by=(Stock.unit_id, Stock.keeper_id, Stock.item),
        order_by=(Stock.at.desc(), Stock.id.desc()),
    )
    counts = select(Stock.id, newest.label("nth")).where(Stock.at <= period.until_at).subquery()

    def under(days: int) -> Any:
        nothing = Stock.stock == 0
        return rows(or_(nothing, and_(Stock.used > 0, Stock.stock < days * Stock.used)))

    return (
        select(
            Stock.item.label("item"),
            func.sum(Stock.stock).label("stock"),
            func.sum(Stock.used).label("used"),
            rows(Stock.stock == 0).label("out"),
            under(ENOUGH).label("short"),
            under(NEARLY_OUT).label("nearly_out"),
        )
        .where(Stock.id.in_(select(counts.c.id).where(counts.c.nth == 1)))
        .group_by(Stock.item)
    )


def _by_item(row: Mapping[str, Any], _period: Period) -> Figures:
    item = {f"{row['item']}_{part}": int(row[part]) for part in _PARTS}
    return {**item, "short": int(row["short"]), "nearly_out": int(row["nearly_out"])}


def _days(figures: Figures) -> Text:
    """Each item that is on record with the days for which it lasts, the shortest first."""
    levels = []
    for item in Item:
        stock, used, out = (figures.get(f"{item}_{part}", 0) for part in _PARTS)
        if stock or used or out:
            levels.append(Level(item, stock, used))
    found = [_lasts(one) for one in sorted(levels, key=lambda one: (one.days, not one.used))]
    short, nearly_out = figures.get("short", 0), figures.get("nearly_out", 0)
    return Text("daily.stores", {"items": found, "short": short, "nearly_out": nearly_out})


def _lasts(level: Level) -> Text:
    told: dict[str, Value] = {"item": _item(level.item), "days": level.days, "n": level.stock}
    if level.stock and not level.used:
        return Text("stores.unused", told)
    if level.days < NEARLY_OUT:
        return Text("stores.nearly_out", told)
    return Text("stores.short" if level.days < ENOUGH else "stores.enough", told)


def _item(item: str) -> Text:
    return Text(f"supplies.item.choice.{item}")


def _figure(name: str, n: int) -> Text:
    item, _, part = name.rpartition("_")
    if item not in set(Item):
        return Text(
            "daily.stores.short" if name == "short" else "daily.stores.nearly_out", {"n": n}
        )
    return Text(f"stores.figure.{part}", {"item": _item(item), "n": n})


SERVICE = Section("service", Volunteer.unit_id, _served, line=_hours)
STORES = Section(
    "stores",
    Stock.unit_id,
    _stored,
    news=("nearly_out",),
    fold=_by_item,
    folded=(*(f"{item}_{part}" for item in Item for part in _PARTS), "short", "nearly_out"),
    line=_days,
    said=_figure,
)

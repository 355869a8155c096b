"""What a district decides for itself: the hours, days and counts that no law fixes.

Kept in the district's `settings` under the names here; what is not set there has its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from models.messages import UserError
from models.units import Unit, district_of

Hours: TypeAlias = Annotated[int, Field(ge=1, le=720)]
Minutes: TypeAlias = Annotated[int, Field(ge=0, le=1440)]
Days: TypeAlias = Annotated[int, Field(ge=0, le=365)]
Times: TypeAlias = Annotated[int, Field(ge=1, le=20)]


class Rules(BaseModel):
    """A district's rules; a rule that a newer version has taken away is forgotten."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    cut_off: time = time(17)
    """When a day's figures are closed: what happens later counts for the next day."""
    away_days: int = Field(default=7, ge=1, le=90)
    """So many days after the last contact a resident away is called again."""
    away_word_days: int = Field(default=3, ge=1, le=90)
    """The same of one who only gave her word."""
    known_hours: int = Field(default=2, ge=1, le=72)
    """A returnee should be known so many hours after her arrival."""
    leave_refusal: int = Field(default=60, ge=5, le=1440)
    """Minutes in which somebody who was chosen to stand in can say that she cannot."""
    leave_days: int = Field(default=30, ge=1, le=365)
    """The longest leave, in days."""
    help_hours: int = Field(24, ge=1, le=168)
    """Within how many hours a request for help is to be met."""
    help_urgent_hours: int = Field(2, ge=1, le=48)
    """The same of medicine, and of what is urgent."""
    comfort_line: str = Field("12356", min_length=3, max_length=20)
    """The psychological help line that is named to who would like to talk."""
    duty_notice_minutes: int = Field(60, ge=0, le=1440)
    """How long before her shift somebody is reminded of it."""
    duty_window_minutes: int = Field(15, ge=1, le=240)
    """How long before and after the beginning of a shift is the time for signing in."""
    duty_signout_minutes: int = Field(30, ge=0, le=720)
    """How long after the end of a shift its sign-out is missed."""
    duty_check: time = time(15)
    """When the leader hears that a post has nobody for the night."""
    duty_night: time = time(20)
    """The hour at which a post that must be manned at night has to have somebody."""
    duty_weeks: int = Field(4, ge=1, le=26)
    """For how many weeks a shift that repeats every week is put on the rota."""
    tip_false: int = Field(default=3, ge=1, le=99)
    """Whoever sent so many untrue tips in 30 days waits a day between two."""
    points_tip: int = Field(default=100, ge=0, le=10_000)
    """What the first true tip on a matter is worth; 0: nothing."""
    points_hour: int = Field(default=10, ge=0, le=10_000)
    """What an hour of voluntary service is worth; 0: nothing."""
    volunteer_minutes: int = Field(default=30, ge=5, le=600)
    """Minutes in which a volunteer has to accept; then a request is its worker's again."""
    volunteers_asked: int = Field(default=5, ge=1, le=50)
    """How many volunteers are asked at once."""
    volunteer_most_minutes: int = Field(default=120, ge=30, le=1440)
    """What one errand of a volunteer counts for at most."""
    report_minutes: int = Field(default=30, ge=5, le=600)
    """Minutes after the cut-off until a unit has confirmed its daily report; then it is chased."""
    grids_report: bool = False
    """Whether each grid owes a daily report of its own, besides the villages."""

    load_messages: int = Field(default=40, ge=5, le=1000)
    """A worker who would hear more than so many messages on a day has too much to do."""
    load_tasks: int = Field(default=60, ge=5, le=1000)
    """The same of the things that these messages are about."""

    ring_days: int = Field(default=7, ge=1, le=90)
    """Every so many days the head of a contact ring is asked how everybody is."""
    ring_knock: bool = False
    """Whether she may be asked to knock where somebody does not answer in chat."""

    fever_celsius: Decimal = Field(default=Decimal("37.3"), ge=36, le=40)
    """From which reading on somebody at a door has a fever; a protocol pack has its own."""

    visit_evening: time = time(19)
    """When a door is visited again at which nobody was met during the day."""

    visit_weekend: time = time(10)
    """When on a day without work, and on the morning that a worker chooses."""

    visit_misses: int = Field(default=3, ge=1, le=9)
    """After so many visits without meeting anybody the worker calls instead of coming again."""

    unmet_hours: int = Field(default=24, ge=1, le=240)
    """How long she has for calling before the village hears of the door."""

    verify_self_report: Hours = 2
    """Hours after arrival within which who reported herself is verified; ours, not a law."""

    verify_visit: Hours = 2
    """Hours after arrival, for who was found at a door."""

    verify_checkpoint: Hours = 2
    """Hours after she passed, for who was noted at a checkpoint."""

    verify_pushed: Hours = 24
    """Hours after the push, where the sheet itself names no deadline."""

    verify_inquiry: Hours = 24
    """Hours after the letter, where it names no deadline."""

    verify_tip: Hours = 24
    """Hours after the tip, for checking it and for finding the person whom it led to."""

    verify_sentinel: Hours = 1
    """Hours after a pharmacy, a clinic or a hotel has told of somebody; ours, not a law."""

    province: str = Field("", max_length=20)
    """The district's own province: a guest from another one counts as from outside."""

    attempts: Times = 3
    """How often somebody is tried before a lead may end as unanswered or as a system fault."""

    attempts_apart: Minutes = 30
    """Minutes between two attempts that count as two."""

    known_days: Days = 14
    """For so many days a new source about somebody is shown with what was found before."""

    fix_days: int = Field(default=3, ge=1, le=60)
    """A venue puts a problem right within so many days."""

    fix_star_hours: Hours = 24
    """Within so many hours where the item is a starred one."""

    recheck_hours: Hours = 24
    """Within so many hours somebody looks at what a venue says it has put right."""

    yellow_days: Days = 1
    """A venue gets a yellow card so many days after a problem's deadline."""

    red_days: Days = 3
    """And a red one so many days after the yellow one."""

    suspend_days: Days = 3
    """A suspension is drafted so many working days after the red card."""

    order_hours: Hours = 4
    """Within so many hours an officer decides about a drafted suspension."""

    team_sites: Times = 5
    """So many venues a supervision team is given for its day."""

    look_back_days: int = Field(default=7, ge=1, le=90)
    """So many days after its closing a problem is looked back at."""

    relapse_days: int = Field(default=90, ge=1, le=365)
    """What is found again within so many days of its closing is the same problem once more."""

    venue_morning: time = time(8)
    """When a venue's manager hears what is to be written down today, and those above what
    yesterday lacks; ours, not a law."""

    venue_evening: time = time(20)
    """When a venue's manager hears what is still missing; ours, not a law."""

    swab_days_routine: int = Field(default=30, ge=1, le=90)
    """Every so many days the staff of venues are tested where nothing closer holds."""

    swab_days_key: int = Field(default=7, ge=1, le=90)
    """The same of the kinds and posts that are tested weekly."""

    swab_days_close: int = Field(default=3, ge=1, le=90)
    """The same of those that are tested twice a week."""

    alert_least_hours: int = Field(default=8, ge=1, le=24)
    """So many hours of a day a supervisor hears of alerts at least, whatever she chooses."""

    care_nights: int = Field(default=3, ge=1, le=7)
    """After so many nights in a row somebody of the team should rest."""

    care_tasks: int = Field(default=30, ge=1, le=500)
    """Whoever has so many open things in hand has too many."""


# What belongs together, as the field thinks of it: no more than fit below one message.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "daily": ("cut_off", "report_minutes", "grids_report", "province"),
    "leads": (
        *("known_hours", "known_days", "verify_self_report", "verify_visit", "verify_checkpoint"),
        *("verify_pushed", "verify_inquiry", "verify_tip", "verify_sentinel"),
    ),
    "visits": (
        *("visit_evening", "visit_weekend", "visit_misses", "unmet_hours", "attempts"),
        *("attempts_apart", "away_days", "away_word_days", "fever_celsius"),
    ),
    "alerts": ("alert_least_hours", "care_nights", "care_tasks", "load_messages", "load_tasks"),
    "duty": (
        *("duty_notice_minutes", "duty_window_minutes", "duty_signout_minutes", "duty_check"),
        *("duty_night", "duty_weeks", "leave_refusal", "leave_days"),
    ),
    "help": (
        *("help_hours", "help_urgent_hours", "comfort_line"),
        *("volunteer_minutes", "volunteers_asked", "volunteer_most_minutes"),
    ),
    "neighbours": ("ring_days", "ring_knock", "tip_false", "points_tip", "points_hour"),
    "problems": (
        *("fix_days", "fix_star_hours", "recheck_hours", "look_back_days", "relapse_days"),
        *("yellow_days", "red_days", "suspend_days", "order_hours"),
    ),
    "venues": (
        *("team_sites", "venue_morning", "venue_evening"),
        *("swab_days_routine", "swab_days_key", "swab_days_close"),
    ),
}


def rules_of(district: Unit) -> Rules:
    """The rules that a district has set."""
    return Rules.model_validate(district.settings)


async def rules_for(session: AsyncSession, unit: Unit) -> Rules:
    """The rules of the district that a unit lies in."""
    return rules_of(await district_of(session, unit))


def checked(name: str, value: object) -> Any:
    """A value as the rule keeps it; UserError when the rule does not allow it."""
    try:
        return getattr(Rules.model_validate({name: value}), name)
    except ValidationError:
        raise UserError("rules.out_of_range") from None


def set_rule(district: Unit, name: str, value: object) -> None:
    """From now on; what was given by the rule as it was stays."""
    changed = Rules.model_validate({**district.settings, name: value})
    district.settings = {**district.settings, name: changed.model_dump(mode="json")[name]}

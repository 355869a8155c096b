"""The list of features: a new one is a folder, a line here, its words and a transcript."""

from __future__ import annotations

from handlers.admin import feature as admin
from handlers.alerts import feature as alerts
from handlers.areas import feature as areas
from handlers.away import feature as away
from handlers.batches import feature as batches
from handlers.behalf import feature as behalf
from handlers.broadcasts import feature as broadcasts
from handlers.care import feature as care
from handlers.caseload import feature as caseload
from handlers.checkin import feature as checkin
from handlers.digest import feature as digest
from handlers.documents import feature as documents
from handlers.documents import templates
from handlers.duty import feature as duty
from handlers.find import feature as find
from handlers.groups import feature as groups
from handlers.helping import feature as helping
from handlers.home import feature as home
from handlers.inspection import feature as inspection
from handlers.leads import feature as leads
from handlers.leave import feature as leave
from handlers.ledgers import feature as ledgers
from handlers.ledgers import headings
from handlers.meant import feature as meant
from handlers.mydata import feature as mydata
from handlers.points import feature as points
from handlers.problems import feature as problems
from handlers.receipts import feature as receipts
from handlers.registers import feature as registers
from handlers.registry import Registry
from handlers.release import feature as release
from handlers.rings import feature as rings
from handlers.roster import feature as roster
from handlers.rules import feature as rules
from handlers.selfreport import feature as selfreport
from handlers.sendledger import feature as sendledger
from handlers.sheets import feature as sheets
from handlers.staff import feature as staff
from handlers.supervision import feature as supervision
from handlers.suspensions import feature as suspensions
from handlers.testing import feature as testing
from handlers.tips import feature as tips
from handlers.today import feature as today
from handlers.twins import feature as twins
from handlers.venueday import feature as venueday
from handlers.venues import feature as venues
from handlers.visits import feature as visits
from handlers.volunteers import feature as volunteers
from handlers.zero import feature as zero

# The order is that of the menus, and of who is asked first about free text.
FEATURES = (
    selfreport.FEATURE,
    checkin.FEATURE,
    helping.FEATURE,
    testing.FEATURE,
    today.FEATURE,
    caseload.FEATURE,
    find.FEATURE,
    leads.FEATURE,
    batches.FEATURE,
    away.FEATURE,
    roster.FEATURE,
    twins.FEATURE,
    visits.FEATURE,
    rings.FEATURE,
    behalf.FEATURE,
    leave.FEATURE,
    duty.FEATURE,
    volunteers.FEATURE,
    tips.FEATURE,
    points.FEATURE,
    zero.FEATURE,
    digest.FEATURE,
    alerts.FEATURE,
    care.FEATURE,
    sendledger.FEATURE,
    broadcasts.FEATURE,
    inspection.FEATURE,
    venueday.FEATURE,
    supervision.FEATURE,
    problems.FEATURE,
    suspensions.FEATURE,
    venues.FEATURE,
    ledgers.FEATURE,
    headings.FEATURE,
    documents.FEATURE,
    templates.FEATURE,
    groups.FEATURE,
    staff.FEATURE,
    registers.FEATURE,
    areas.FEATURE,
    mydata.FEATURE,
    admin.FEATURE,
    rules.FEATURE,
    sheets.FEATURE,
    receipts.FEATURE,
    release.FEATURE,
    home.FEATURE,
    meant.FEATURE,
)


def registry() -> Registry:
    """All features together."""
    return Registry(FEATURES)

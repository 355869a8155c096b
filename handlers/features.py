"""The list of features: a new one is a folder, a line here, its words and a transcript."""

from __future__ import annotations

from handlers.admin import feature as admin
from handlers.caseload import feature as caseload
from handlers.checkin import feature as checkin
from handlers.digest import feature as digest
from handlers.home import feature as home
from handlers.leads import feature as leads
from handlers.mydata import feature as mydata
from handlers.receipts import feature as receipts
from handlers.registry import Registry
from handlers.release import feature as release
from handlers.selfreport import feature as selfreport
from handlers.testing import feature as testing

# The order is that of the menus, and of who is asked first about free text.
FEATURES = (
    selfreport.FEATURE,
    checkin.FEATURE,
    testing.FEATURE,
    caseload.FEATURE,
    leads.FEATURE,
    digest.FEATURE,
    mydata.FEATURE,
    admin.FEATURE,
    receipts.FEATURE,
    release.FEATURE,
    home.FEATURE,
)


def registry() -> Registry:
    """All features together."""
    return Registry(FEATURES)

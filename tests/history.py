"""Audits in a history of their own, for the tests of screens that decide, keep and compare."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from auditor.audit import judge
from auditor.model import Audit, Device
from auditor.reports.export import audit_json
from auditor.site import Site
from auditor.store import home_folder
from auditor.visit import Place, now_at
from auditor.wording import texts
from tests.worked_audit import SITE, devices

YESTERDAY = now_at(SITE) - dt.timedelta(days=1)


def saved(site: Site = SITE, told: Sequence[Device] = (), at: dt.datetime = YESTERDAY) -> Audit:
    """An audit of the worked site, judged and saved in the history of its client."""
    with Place.of(home_folder(), site).store() as store:
        id = store.begin(site, "[site]", at, "0.1.0")
        result = judge(site, told or devices(), id=id, at=at, window=60)
        for device in result.devices:
            store.save_device(id, device)
        store.finish(result, audit_json(result, texts("en")))
    return result

"""The first day of a site with a bare Asterisk: each telephone action stands in its plan, in a manager's words."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest

from auditor import facts
from auditor.audit import judge
from auditor.facts import Endpoint, Exposed, Trunk
from auditor.model import Audit
from auditor.site import Declared, People, Role, Site
from auditor.wording import texts
from tests.checking import AT, device

JARGON = ("endpoint", "pjsip", "Erlang", "AOR", "registrar", "B(n)")
"""What no manager should have to read."""


@pytest.fixture(scope="module")
def audit() -> Audit:
    """60 desk sets on site, 5 softphones at home without encryption, 8 channels, no forwards, SIP open to the world."""
    desks = [Endpoint(f"d{n}", "desk", "Yealink", True, from_inside=True, transport="udp") for n in range(60)]
    away = [
        Endpoint(f"s{n}", "softphone", "Zoiper", True, from_inside=False, transport="udp", media_encryption="no",
                 through="internet", forwarded=False)
        for n in range(5)
    ]  # fmt: skip
    told: dict[Any, Any] = {
        facts.TELEPHONY_ENDPOINTS: (*desks, *away),
        facts.TELEPHONY_TRUNKS: (Trunk("operator", "sip", True),),
        facts.TELEPHONY_FORWARDING_CODES: False,
    }
    open_sip = {facts.FIREWALL_EXPOSED: (Exposed("sip", 5060, "udp", "any", "pbx", "12"),)}
    bill = Declared(8, "operator's bill", dt.date(2026, 11, 1), "bill.pdf")
    site = Site("Bare", "Bare", People(80, 80, phone_share=Fraction(1)), declared={"telephony.channels.max": bill})
    devices = (device("pbx", told, role=Role.PBX), device("fw", open_sip, role=Role.FIREWALL))
    return judge(site, devices, id="a", at=AT, window=60)


@pytest.mark.parametrize(
    ("check", "english", "french"),
    [
        ("TEL-004", "Open call forwarding to everybody", "Ouvrir le renvoi d’appel à tous"),
        ("TEL-002", "Assign 75 more softphones", "Attribuer 75 softphones de plus"),
        ("TEL-005", "more trunk channels", "canaux supplémentaires"),
        ("TEL-009", "TLS and SRTP", "TLS et SRTP"),
        ("TEL-010", "Restrict SIP to the operator's addresses", "Limiter SIP aux adresses de l’opérateur"),
    ],
)
def test_each_day_one_action_is_in_the_plan(audit: Audit, check: str, english: str, french: str) -> None:
    """Forwarding, licences, channels, encryption, and the door to the world: from facts, without an answer."""
    actions = [action for action in audit.plan if check in action.closes]
    said = {language: [texts(language).say(one.action) for one in actions] for language in ("en", "fr")}
    assert any(english in text for text in said["en"]), said["en"]
    assert any(french in text for text in said["fr"]), said["fr"]
    assert not [word for text in (*said["en"], *said["fr"]) for word in JARGON if word in text]


def test_the_free_ones_come_within_days(audit: Audit) -> None:
    """What costs nothing needs no order: the door is shut and forwarding open the next day."""
    lead = {check: action.lead_days for action in audit.plan for check in action.closes}
    assert lead["TEL-010"] == lead["TEL-004"] == (1, 1)

"""The company three months later: what was bought, and what the devices tell since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Final

from auditor.demo import pbx, router
from auditor.demo.mib import Port, Tree, chassis, column, default_route, interfaces, system

SECOND_DOWN_BPS: Final = 12_000_000
SECOND_UP_BPS: Final = 6_400_000
SOFTPHONES: Final = 62
LICENSED: Final = 250

_RENEWED: Final = (
    # what stood on the firewall's screen, and what stands there now
    ("AnyConnect Premium               :  ENABLED :      250 :        50 :   NONE",
     "AnyConnect Premium               :  ENABLED :      250 :       250 :   NONE"),
    ("AnyConnect Premium     :      8 :      0 :      8 :     34 :     50 :   16%",
     "AnyConnect Premium     :      8 :      0 :      8 :     34 :    250 :    3%"),
    ("AnyConnect Premium Peers          : 50             perpetual",
     "AnyConnect Premium Peers          : 250            perpetual"),
    ("ip local pool REMOTE-POOL 10.99.20.1-10.99.20.62 mask 255.255.255.192",
     "ip local pool REMOTE-POOL 10.99.20.1-10.99.20.126 mask 255.255.255.128"),
    ("10.99.20.1      10.99.20.62     255.255.255.192     54        0         8",
     "10.99.20.1      10.99.20.126    255.255.255.128    118        0         8"),
    ("10.99.20.9-10.99.20.62", "10.99.20.9-10.99.20.126"),
    ("access-list OUTSIDE-IN remark Accountants' remote desktop, opened in 2021, ticket 1187\n"
     "access-list OUTSIDE-IN extended permit tcp any host 10.20.10.20 eq 3389 log\n", ""),
    ("object network SRV-ACCOUNTS\n nat (inside,outside) static interface service tcp 3389 3389\n", ""),
)  # fmt: skip


def firewall_texts(before: Mapping[str, str]) -> Mapping[str, str]:
    """The firewall's answers: 250 licences, a wider pool, and no remote desktop open to the internet any more."""
    found = dict(before)
    for command, text in before.items():
        for old, new in _RENEWED:
            text = text.replace(old, new)
        found[command] = text
    return found


def phone_texts() -> Mapping[str, str]:
    """The phone system's answers, with a softphone for everybody who can work away."""
    return pbx.captures(pbx.phones(SOFTPHONES))


_PORTS: Final = (
    replace(
        router.PORTS[0],
        speed_bps=1_000_000_000,
        alias="WAN FTTO 80M, second operator",
        in_bps=SECOND_DOWN_BPS,
        out_bps=SECOND_UP_BPS,
        errors=0,
        discards=0,
        addresses={"198.51.100.130": "255.255.255.252"},
    ),
    Port(
        2,
        "Gi0/1",
        "GigabitEthernet0/1",
        alias="LAN fw-rennes outside 2",
        in_bps=SECOND_UP_BPS,
        out_bps=SECOND_DOWN_BPS,
        addresses={"203.0.113.65": "255.255.255.248"},
    ),
)


def second_router() -> Tree:
    """rtr2-rennes: the access router of a second operator, on another cable."""
    return {
        **system(router.DESCRIPTION, "1.3.6.1.4.1.9.1.2093", "rtr2-rennes", "Rennes, second operator's cabinet"),
        **interfaces(_PORTS),
        **default_route(router.WAN, "198.51.100.129"),
        **chassis("Cisco ISR4321 Chassis", "ISR4321/K9", "FDO2719LQ40", "17.6.5"),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.2", "integer", {7: 1}),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.6", "gauge", {7: 9}),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.7", "gauge", {7: 8}),
        **column("1.3.6.1.4.1.9.9.109.1.1.1.1.8", "gauge", {7: 8}),
    }


_SAID: Final = (
    # what people and contracts said, and what they say since
    ('"telephony.channels.max" = { value = 15,', '"telephony.channels.max" = { value = 30,'),
    ('"RES-001" = { value = "bad", by = "operator", on = 2026-11-19, document = "ftto-contract.pdf" }',
     '"RES-001" = { value = "good", by = "operator", on = 2026-11-19, document = "second-access-contract.pdf" }'),
)  # fmt: skip


def site_template(before: str) -> str:
    """The site file of then: the second access and its router, the larger trunk, one answer anew."""
    for old, new in _SAID:
        before = before.replace(old, new)
    return before + (files("auditor.demo") / "later.toml").read_text(encoding="utf-8")

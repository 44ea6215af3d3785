"""Whoever refuses access to a device never gets a better score than whoever gives it, whatever it would tell."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import facts
from auditor.audit import Bench
from auditor.checks.engine import Books
from auditor.facts import (
    Accounts,
    Authentication,
    Endpoint,
    Exposed,
    Interface,
    LinkQuality,
    Pool,
    Proposal,
    Rule,
    Trunk,
)
from auditor.lists import shipped
from auditor.model import Device, Gap, Key, Reading, Score
from auditor.seats.inputs import gather
from auditor.site import Declared, Link, People, Role, Site
from auditor.values import ABSENT, Absent, Message
from tests.checking import AT, LINK

PEOPLE_TELL: Final = (
    "LNK-011 VPN-018 VPN-019 VPN-021 TEL-004 TEL-011 TEL-014 TEL-015 HST-004 HST-005 HST-007 HST-008 HST-010 RES-005"
    " RES-007 RES-008 RES-009 RES-011 RES-012 ACC-008 ACC-009 ACC-010 ACC-011 ACC-012 HOM-003 HOM-005 HOM-006 HOM-007"
    " HOM-008 HOM-009 HOM-010"
)
SITE: Final = Site(
    "Lab",
    "Lab",
    People(120, 110),
    networks=("10.0.0.0/8",),
    links=(Link("main", "rtr", "Gi0/0", medium="ftto", committed_down_bps=10**8, committed_up_bps=10**8), LINK),
    declared={
        "vpn.crypto_bps": Declared(150_000_000, "data sheet"),
        "homes.share": Declared(1, "survey"),
        "people.equipment": Declared(110, "IT manager"),
        "telephony.channels.max": Declared(30, "bill"),
    },
    answers={id: Declared("good", "IT manager", document="a.pdf") for id in PEOPLE_TELL.split()},
)
OFFER: Final = Proposal("remote", "ikev2", ("aes-256-gcm",), ABSENT, (19,), 19, 28_800)
OLD: Final = Proposal("remote", "ikev1", ("3des",), ("md5",), (2,), 0, 0)
WAN: Final = Interface(
    "Gi0/0", 1, in_bps=10**6, out_bps=10**6, window_s=60.0, default_route=True, speed_bps=10**8,
    in_errors=0, in_discards=0, in_packets=9, out_errors=0, out_discards=0, out_packets=9,
)  # fmt: skip
FULL: Final = Interface("Gi0/0", 1, in_bps=10**8, out_bps=10**8, window_s=60.0, default_route=True)
GATEWAY: Final[dict[Key[Any], tuple[Any, ...]]] = {
    facts.VPN_SESSIONS_NOW: (0, 5),
    facts.VPN_SESSIONS_PEAK: (5, 200),
    facts.VPN_SESSIONS_LICENSED: (10, 250),
    facts.VPN_SESSIONS_PLATFORM_MAX: (10, 250),
    facts.VPN_POOLS: ((), (Pool("a", addresses=20),), (Pool("b", addresses=254),)),
    facts.VPN_PROPOSALS: ((OFFER,), (OLD,), (Proposal("remote", "tls"),)),
    facts.VPN_AUTHENTICATION: ((Authentication("g", ("certificate", "local")),), (Authentication("g", ("local",)),)),
    facts.VPN_TUNNEL_MODE: ("full", "selective", "split"),
    facts.VPN_TRANSPORTS: (("udp", "tcp"), ("tcp",), ("udp",)),
    facts.VPN_TLS_MINIMUM: ("tlsv1.2", "tlsv1.0"),
    facts.VPN_MSS: (1360, 1460),
    facts.VPN_IDLE_TIMEOUT: (600, 0),
    facts.VPN_MAX_SESSION: (3600, 0),
    facts.FIREWALL_SESSIONS_PEAK: (100, 49_000),
    facts.FIREWALL_SESSIONS_MAX: (50_000,),
    facts.FIREWALL_EXPOSED: ((), (Exposed("rdp", from_="any"),), (Exposed("sip", from_="any"),), (Exposed("smtp"),)),
    facts.FIREWALL_RULES: (
        (),
        (Rule("1", "permit", from_=("vpn",), destination=("srv",), services=("tcp/443",), logged=True, hits=4),),
        (Rule("1", "permit", from_=("vpn",), destination=("any",), services=("any",), hits=0, profiles=()),),
    ),
    facts.SYSTEM_CPU: (10.0, 95.0),
    facts.IDENTITY_PLATFORM: ("fortinet", "cisco_asa"),
    facts.IDENTITY_OS_VERSION: ("v7.6.3", "v6.0.4", "9.12(4)"),
    facts.HA_STATE: ("active", "standalone", "failed"),
}  # fmt: skip
ROUTER: Final[dict[Key[Any], tuple[Any, ...]]] = {
    facts.INTERFACES: ((WAN,), (FULL,)),
    facts.LINK_QOS: ("priority+shaper", "marking", "none"),
    facts.LINK_QUALITY: ((LinkQuality("edge", 10, 1, 0.0),), (LinkQuality("edge", 300, 60, 5.0),)),
}
PHONES: Final[dict[Key[Any], tuple[Any, ...]]] = {
    facts.TELEPHONY_ENDPOINTS: tuple(
        tuple(Endpoint(f"p{n}", kind, registered=True, from_inside=False, codecs=("alaw",)) for n in range(count))
        for kind, count in (("softphone", 10), ("softphone", 120), ("desk", 120))
    ),
    facts.TELEPHONY_TRUNKS: ((Trunk("t", "isdn"),), (Trunk("t", "analogue"),)),
    facts.TELEPHONY_CALLS_MAX: (5, 100),
}
COMMON: Final[dict[Key[Any], tuple[Any, ...]]] = {
    facts.ACCESS_TELNET: (False, True),
    facts.ACCESS_HTTP: (False, True),
    facts.ACCESS_SNMP: (("v3-authpriv",), ("v2c-default",)),
    facts.ACCESS_SSH_VERSION: ("2", "1"),
    facts.ACCESS_SSH_ALGORITHMS: (("curve25519-sha256",), ("3des-cbc",)),
    facts.ACCESS_MANAGEMENT_FROM_INTERNET: ("no", "open"),
    facts.ACCESS_LOCAL_USERS: ((Accounts(1, 0),), (Accounts(3, 1),)),
    facts.ACCESS_CENTRAL_AUTHENTICATION: ("tacacs+", "none"),
    facts.ACCESS_LOGGING: (("192.0.2.9",), ()),
    facts.CONFIG_SAVED_AT: (AT - dt.timedelta(days=2), AT - dt.timedelta(days=500)),
    facts.CONFIG_UNSAVED: (False, True),
}
POWER: Final[dict[Key[Any], tuple[Any, ...]]] = {facts.UPS_MINUTES: (60.0, 1.0), facts.UPS_LOAD: (10.0, 90.0)}
BOXES: Final = (
    ("fw1", Role.FIREWALL, GATEWAY | COMMON),
    ("fw2", Role.FIREWALL, GATEWAY | COMMON),
    ("rtr", Role.ROUTER, ROUTER | COMMON),
    ("pbx", Role.PBX, PHONES | COMMON),
    ("ups1", Role.UPS, POWER),
    ("ups2", Role.UPS, POWER),
)


@st.composite
def devices(draw: st.DrawFn) -> tuple[Device, ...]:
    """A site's devices, each of which tells some of the facts of its kind."""
    found = []
    for name, role, told in BOXES:
        dice = draw(st.randoms(use_true_random=False))
        values = {key: dice.choice(choices) for key, choices in told.items() if dice.random() < 0.85}
        readings = tuple(Reading(key, value, name, AT, ("asked",)) for key, value in values.items())
        gaps = tuple(Gap(key, name, Message("gap.no_answer")) for key in told if key not in values)
        found.append(Device(name, role, name, readings=readings, gaps=gaps))
    return tuple(found)


def refusing(device: Device) -> Device:
    """The same device, had it let nobody in."""
    keys = [reading.key for reading in device.readings] + [gap.key for gap in device.gaps]
    gaps = tuple(Gap(key, device.name, Message("gap.denied"), refused=True) for key in keys)
    return Device(device.name, device.role, device.target, gaps=gaps, refused=True)


def score(found: tuple[Device, ...]) -> Score:
    return Bench(SITE, found, Books(AT.date(), shipped())).judge(gather(SITE, found))[2]


def test_the_site_is_rated_when_all_tell_well() -> None:
    """What follows is not empty: the devices alone make scores that differ."""
    good = tuple(
        Device(
            name, role, name, readings=tuple(Reading(key, some[0], name, AT, ("asked",)) for key, some in told.items())
        )
        for name, role, told in BOXES
    )
    bad = tuple(
        Device(
            name, role, name, readings=tuple(Reading(key, some[-1], name, AT, ("asked",)) for key, some in told.items())
        )
        for name, role, told in BOXES
    )
    assert score(good).proven > score(bad).proven > 0
    assert score(good).value is not ABSENT


@settings(max_examples=500, deadline=None)
@given(devices(), st.sampled_from(range(len(BOXES))))
@pytest.mark.slow
def test_refusing_a_device_never_raises_the_score(found: tuple[Device, ...], which: int) -> None:
    """Neither the proven score nor the printed one: what was refused could have been the worst."""
    refused = tuple(refusing(one) if at == which else one for at, one in enumerate(found))
    before, after = score(found), score(refused)
    assert after.proven <= before.proven
    assert isinstance(after.value, Absent) or isinstance(before.value, Absent) or after.value <= before.value


@pytest.mark.parametrize("which", range(len(BOXES)))
def test_a_refused_device_is_not_measured(which: int) -> None:
    """A device that tells nothing is no evidence of anything."""
    assert not refusing(Device("x", Role.OTHER, "x")).readings

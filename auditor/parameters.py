"""The published inputs of the model: their names, units, meaning and what is assumed when nobody tells them."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from auditor.facts import VOCABULARY
from auditor.values import ABSENT, N_, Absent, Value

GIB: Final = 2**30


@dataclass(frozen=True, slots=True)
class Input:
    """A published input: its name, unit, meaning and what the model assumes when nobody told it (ABSENT: nothing)."""

    name: str
    unit: str
    meaning: str
    default: Value | Absent = ABSENT


def _rates(profile: str, *bps: int) -> tuple[Input, ...]:
    names = ("apps_down", "apps_up", "web_down", "web_up")
    meaning = {
        "apps": N_("what one person of this profile exchanges with the site's servers, busy-hour average"),
        "web": N_("internet and online services of one person of this profile, busy-hour average"),
    }
    return tuple(
        Input(f"demand.{profile}.{name}_bps", "bit/s", meaning[name.partition("_")[0]], rate)
        for name, rate in zip(names, bps, strict=True)
    )


INPUTS: Final = (
    Input("people.headcount", "people", N_("people who work at the site")),
    Input("people.eligible", "people", N_("of these, who could work remotely")),
    Input("people.concurrency", "share", N_("share of the eligible at the same time"), Fraction(1)),
    Input("people.profile.office", "share", N_("office profile in the mix"), Fraction(1)),
    Input("people.profile.vdi", "share", N_("virtual desktop profile in the mix"), Fraction(0)),
    Input("people.profile.files", "share", N_("file-server profile in the mix"), Fraction(0)),
    Input("people.on_site", "people", N_("people at their desks while link use was measured")),
    Input("people.video_share", "share", N_("people equipped for video meetings"), Fraction(9, 10)),
    Input("people.phone_share", "share", N_("people who need a telephone"), Fraction(1)),
    Input("people.equipment", "people", N_("people with a managed PC and a headset")),
    Input("people.laptop", "people", N_("eligible people with a managed PC")),
    Input("people.headset", "people", N_("eligible people with a headset")),
    Input("people.trained.security", "people", N_("eligible people trained on security within 12 months")),
    Input("people.trained.tools", "people", N_("eligible people trained on the remote tools")),
    Input("people.rehearsed", "people", N_("people who worked from home on the day of the last rehearsal")),
    Input("homes.share", "share", N_("home lines good enough for remote work")),
    Input("homes.answered", "share", N_("eligible people who answered the survey of home lines")),
    Input("homes.lines.pass", "people", N_("home lines that carry a video meeting (8/3 Mbit/s, 60 ms)")),
    Input("homes.lines.warn", "people", N_("home lines that carry voice and a virtual desktop (3/1 Mbit/s, 100 ms)")),
    Input("homes.lines.fail", "people", N_("home lines below that")),
    Input("homes.class.pass", "share", N_("home lines that carry a video meeting, of those whose class is known")),
    Input("homes.class.warn", "share", N_("home lines that carry voice and a virtual desktop, of the same")),
    Input("homes.class.fail", "share", N_("home lines below that, of the same")),
    *_rates("office", 150_000, 50_000, 60_000, 20_000),
    *_rates("vdi", 200_000, 25_000, 0, 0),
    *_rates("files", 1_000_000, 500_000, 60_000, 20_000),
    Input("demand.video_down_bps", "bit/s", N_("one video meeting, received"), 4_000_000),
    Input("demand.video_up_bps", "bit/s", N_("one video meeting, sent"), 2_500_000),
    Input("demand.video_in_call", "share", N_("share of the busy hour spent in video meetings"), Fraction(1, 4)),
    Input("demand.overhead", "factor", N_("what the tunnel adds to data packets"), Fraction(11, 10)),
    Input("demand.voice_bps", "bit/s", N_("one call in the tunnel, each way (G.711, AES-GCM)"), 105_600),
    Input("link.target_use", "share", N_("how full a link may be in the busy hour"), Fraction(7, 10)),
    Input("link.base_gone", "share", N_("share of today's other traffic that stops when the site is closed"), 0),
    Input(
        "link.advertised", "share", N_("what a best-effort access really gives of its advertised rate"), Fraction(1, 2)
    ),
    Input("tunnel.mode", "text", N_("full, selective or split tunnel")),
    Input("tunnel.bypass", "list", N_("traffic classes that leave the tunnel: video, web"), ()),
    Input("tunnel.ends", "text", N_("where the tunnel ends: site or datacentre"), "site"),
    Input("hosting.share", "share", N_("share of the applications hosted in a datacentre"), 0),
    Input("hosting.hosted", "share", N_("listed applications that run outside the site")),
    Input("hosting.elsewhere", "share", N_("listed applications that are not where the tunnel ends")),
    Input("hosting.migration_low_days", "days", N_("shortest migration of an application in normal times"), 30),
    Input("hosting.migration_high_days", "days", N_("longest migration of an application in normal times"), 60),
    Input("hosting.saturation", "factor", N_("how much longer migrations take now (1.5 in a crisis)"), 1),
    Input("vpn.sessions.now", "sessions", N_("remote users connected now"), 0),
    Input("vpn.sessions.licensed", "sessions", N_("remote users the licence allows at once")),
    Input("vpn.sessions.platform_max", "sessions", N_("remote users the gateway can carry")),
    Input("vpn.pool.addresses", "addresses", N_("usable addresses for remote users")),
    Input("vpn.crypto_bps", "bit/s", N_("encryption rate of the data sheet")),
    Input("vpn.crypto_derate", "share", N_("what remains of the data sheet's rate in practice"), Fraction(1, 2)),
    Input("vpn.crypto_target_use", "share", N_("how busy the encryption engine may be"), Fraction(7, 10)),
    Input("vpn.certificate_ends", "date", N_("when the first certificate of remote access ends")),
    Input("vpn.gateways", "gateways", N_("VPN gateways, each of a pair counted"), 1),
    Input("vpn.pair", "yes or no", N_("whether all VPN gateways form one pair"), False),
    Input("firewall.sessions.max", "sessions", N_("size of the session table")),
    Input("firewall.sessions.peak", "sessions", N_("most sessions seen")),
    Input("firewall.sessions.per_user", "sessions", N_("sessions of one remote user, full or selective tunnel"), 200),
    Input("firewall.sessions.per_user_split", "sessions", N_("sessions of one remote user, split tunnel"), 50),
    Input("firewall.target_use", "share", N_("how full the session table may be"), Fraction(4, 5)),
    Input("nat.addresses", "addresses", N_("public addresses of the site")),
    Input("nat.usable_ports", "ports", N_("usable ports of one public address"), 60_000),
    Input("nat.ports_per_user", "ports", N_("ports of one remote user"), 100),
    Input("nat.ports_margin", "ports", N_("margin of ports for each user"), 4),
    Input("telephony.softphones", "people", N_("people with an assigned softphone")),
    Input("telephony.phones_at_home", "people", N_("people whose phone works from home")),
    Input("telephony.forwards", "people", N_("other people with an open call forward")),
    Input("telephony.channels.max", "channels", N_("simultaneous calls of the trunk")),
    Input("telephony.phone_users", "people", N_("people who need a telephone, counted")),
    Input("telephony.busy_hour_erlangs", "erlangs", N_("traffic of one phone user in the busy hour"), Fraction(1, 10)),
    Input("telephony.internal_share", "share", N_("share of calls that stay inside"), Fraction(3, 10)),
    Input("telephony.blocking_target", "share", N_("calls that may be lost"), Fraction(1, 100)),
    Input("telephony.cloud", "people", N_("people with a cloud telephone licence and number")),
    Input("hosts.vcpu", "vCPU", N_("processors of the virtual desktop hosts")),
    Input("hosts.users_per_vcpu", "people", N_("virtual desktop users of one processor (medium use)"), 4),
    Input("hosts.target_use", "share", N_("how busy the hosts may be"), Fraction(4, 5)),
    Input("hosts.count", "hosts", N_("virtual desktop hosts")),
    Input("hosts.memory_bytes", "bytes", N_("memory of the virtual desktop hosts, all together")),
    Input("hosts.memory_system_bytes", "bytes", N_("memory the system of one host keeps"), 2 * GIB),
    Input("hosts.memory_per_user_bytes", "bytes", N_("memory of one virtual desktop user (medium use)"), 2 * GIB),
    Input("hosts.licences", "people", N_("virtual desktop users the licences allow at once (RDS CAL, broker)")),
    Input("hosts.sessions", "sessions", N_("virtual desktop sessions open now")),
    Input("hosts.elastic", "yes or no", N_("whether virtual desktop hosts are added on demand"), False),
    Input("servers.cpu", "share", N_("how busy the processors of the busiest server are")),
    Input("servers.memory", "share", N_("how full the memory of the fullest server is")),
    Input("servers.disk_ms", "ms", N_("response time of the slowest server disk")),
    Input("ztna.seats", "people", N_("people who can use the ZTNA service at once")),
    Input("saas.licences", "people", N_("people holding every online licence they need")),
    Input("identity.mfa", "people", N_("people with a second factor that works away from the site")),
    Input("endpoints.detected", "share", N_("remote computers that reported to the detection console within 7 days")),
    Input("proof.no_vpn", "yes or no", N_("no remote-access VPN is configured (counts with its document)")),
    Input("proof.no_server", "yes or no", N_("no server stands at the site (counts with its document)")),
    Input("proof.cloud_telephony", "yes or no", N_("the telephone system is hosted (counts with its document)")),
    Input(
        "proof.no_ztna", "yes or no", N_("applications are published directly, without ZTNA (counts with its document)")
    ),
    Input("proof.no_desktops", "yes or no", N_("nobody works on a virtual desktop (counts with its document)")),
    Input("degraded.homes_on_4g", "share", N_("bad day: homes that fall back on 4G"), Fraction(1, 5)),
    Input("degraded.home_4g_usable", "share", N_("bad day: homes on 4G that still carry remote work"), Fraction(1, 2)),
    Input("degraded.all_hands_in_call", "share", N_("bad day: equipped people in the same video meeting"), 1),
    Input("degraded.other_site_people", "people", N_("bad day: people of another site who come in through this one")),
)
LINK_INPUTS: Final = (
    Input("link.NAME.committed_down_bps", "bit/s", N_("committed rate of the contract, download")),
    Input("link.NAME.committed_up_bps", "bit/s", N_("committed rate of the contract, upload")),
    Input("link.NAME.used_down_bps", "bit/s", N_("present use, download: 95th percentile or maximum of the window")),
    Input("link.NAME.used_up_bps", "bit/s", N_("present use, upload: 95th percentile or maximum of the window")),
    Input("link.NAME.copper_closes", "date", N_("when the operator closes the copper network at this address")),
    Input("link.NAME.sessions", "sessions", N_("remote users connected when that use was measured"), 0),
)
APPLICATION_INPUTS: Final = (
    Input("application.NAME.where", "text", N_("where the application runs: site, datacentre or saas"), "site"),
    Input("application.NAME.profiles", "list", N_("profiles of the people who use the application")),
    Input("application.NAME.down_bps", "bit/s", N_("what one user receives from the application, busy-hour average")),
    Input("application.NAME.up_bps", "bit/s", N_("what one user sends to the application, busy-hour average")),
)
VOICE_INPUTS: Final = (
    Input("voice.NAME.rtt_ms", "ms", N_("round trip of voice on this path (site, homes…), probed in the busy hour")),
    Input("voice.NAME.jitter_ms", "ms", N_("jitter of voice on this path")),
    Input("voice.NAME.loss_percent", "%", N_("packets of voice lost on this path")),
    Input(
        "voice.NAME.reached", "share", N_("share of the places on this path (homes…) that reach the telephone service")
    ),
)
SHARE: Final = Input("share.RESOURCE", "share", N_("remote workers who use this resource (hybrid site)"), 1)
PUBLISHED: Final = (*INPUTS, *LINK_INPUTS, *APPLICATION_INPUTS, *VOICE_INPUTS, SHARE)
_BY_NAME: Final = {entry.name: entry for entry in PUBLISHED}
_FAMILY: Final = re.compile(r"(?P<family>link|application|voice)\.(?P<name>.+)\.(?P<what>[a-z_]+)")
_SHARE: Final = re.compile(r"share\.[a-z]+(\.[a-z]+)?")


def published(name: str) -> Input | None:
    """The input a name belongs to: itself, one of a link or application, the share of a resource, a gateway's part."""
    plain, _, part = name.partition("/")
    if part and plain in PARTED:
        return _BY_NAME[plain]
    if name in _BY_NAME and name != SHARE.name:
        return _BY_NAME[name]
    if _SHARE.fullmatch(name):
        return SHARE
    one = _FAMILY.fullmatch(name)
    return _BY_NAME.get(f"{one['family']}.NAME.{one['what']}") if one else None


def is_input(name: str) -> bool:
    """Whether [declared] may name it: a published input, or a fact that a device could have told."""
    fact = VOCABULARY.get(name)
    return published(name) is not None or (fact is not None and not fact.many)


PARTED: Final = ("vpn.sessions.licensed", "vpn.sessions.platform_max", "vpn.pool.addresses", "vpn.crypto_bps")
"""Inputs that are a sum over VPN gateways; each gateway's part is `NAME/DEVICE`."""

MODES: Final = ("full", "selective", "split")
PLACES: Final = ("site", "datacentre")
_NUMBER: Final = (int, float, Fraction)


def accept(name: str, value: Value) -> Value | Absent:
    """The value as the model computes with it (exact, shares from 0 to 1), ABSENT when it makes no sense for this name.

    A name outside the published ones passes as it is.
    """
    entry = published(name)
    if entry is None:
        return value
    if entry.unit == "text":
        words = MODES if name.endswith(".mode") else (*PLACES, "saas") if name.startswith("application.") else PLACES
        return value if value in words else ABSENT
    if entry.unit == "list":
        return value if isinstance(value, tuple) else (str(value),)
    if entry.unit == "yes or no":
        return value if isinstance(value, bool) else ABSENT
    if entry.unit == "date":
        return value if isinstance(value, dt.date) else ABSENT
    return _number(entry, value)


def _number(entry: Input, value: Value) -> int | Fraction | Absent:
    if isinstance(value, bool) or not isinstance(value, _NUMBER) or not math.isfinite(value):
        return ABSENT
    exact = Fraction(str(value)) if isinstance(value, float) else value
    if exact < 0 or (entry.unit == "share" and exact > 1 and entry is not SHARE):
        return ABSENT
    return int(exact) if isinstance(exact, Fraction) and exact.denominator == 1 else exact


def unit(name: str) -> str:
    """The unit of a name; a text, a list and a yes or no have none, nor has what is not published."""
    entry = published(name)
    found = entry.unit if entry else VOCABULARY[name].unit if name in VOCABULARY else ""
    return "" if found in ("text", "list", "yes or no", "date") else found


def table() -> str:
    """docs/inputs.md's table: every published input, its unit, default and meaning."""
    lines = ["| input | unit | default | meaning |", "|---|---|---|---|"]
    for entry in PUBLISHED:
        default = "" if isinstance(entry.default, Absent) else _plain(entry.default)
        lines.append(f"| `{entry.name}` | {entry.unit} | {default} | {entry.meaning} |")
    return "\n".join(lines) + "\n"


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Fraction):
        return str(float(value)) if value.denominator != 1 else str(value.numerator)
    if isinstance(value, dt.date | tuple):
        return ", ".join(value) if isinstance(value, tuple) else value.isoformat()
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else str(value)

"""The vendor pages: every recorded device tells exactly what stands beside it, and no recording tells an absurdity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor import facts
from auditor.collectors import rates
from auditor.collectors.captures import Capture, open_capture
from auditor.collectors.vendors import VENDORS, allowed, by_platform, every_line, every_oid
from auditor.collectors.vendors.asa_config import configuration
from auditor.collectors.vendors.asa_rules import exposed
from auditor.collectors.vendors.asa_shows import licences, sessiondb, version
from auditor.collectors.vendors.asterisk_files import database
from auditor.collectors.vendors.blocks import indented
from auditor.collectors.vendors.forti_shows import monitor
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Vendor
from auditor.collectors.vendors.standard import speed
from auditor.declared.sets import kind
from auditor.model import Device
from auditor.values import ABSENT
from tests.replay import replay, replay_folder, told

RECORDINGS = Path(__file__).parent / "recordings"
FOLDERS = sorted(path for path in RECORDINGS.glob("*/*") if path.is_dir())
SHARED = Path(__file__).parents[2] / "shared" / "recordings"
PAGES = (*VENDORS, GENERIC)
FASTEST = 400_000_000_000


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_a_recorded_device_tells_the_expected_facts(folder: Path, request: pytest.FixtureRequest) -> None:
    """Replaying a recording yields exactly the facts, gaps and conflicts written beside it."""
    found = json.loads(json.dumps(told(await replay_folder(folder))))
    beside = folder / "expected.json"
    if request.config.getoption("--update"):
        beside.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(beside.read_text(encoding="utf-8"))


def test_every_page_has_a_recording() -> None:
    """A page nobody replays could tell anything."""
    assert {page.platform for page in PAGES} <= {folder.parent.name for folder in FOLDERS}


# ---- the large recordings beside the project ----


def _absurd(device: Device) -> list[str]:
    """What no device can mean: a negative count, a share above 100 %, a port faster than any."""
    found = [problem.id for problem in device.problems if problem.id == "device.bug"]
    for reading in device.readings:
        if isinstance(reading.value, int | float) and reading.value < 0:
            found.append(f"{reading.key.name} = {reading.value}")
        if reading.key.unit == "%" and reading.value > 100:
            found.append(f"{reading.key.name} = {reading.value} %")
        if reading.key == facts.INTERFACES:
            fast = [row.name for row in reading.value if row.speed_bps is not ABSENT and row.speed_bps > FASTEST]
            found += fast + [row.name for row in reading.value if row.speed_bps == 0]
    return found


def _snmp_files() -> list[Path]:
    return sorted(SHARED.glob("snmp/*.snmprec"))


@pytest.mark.parametrize("path", _snmp_files() or [None], ids=lambda path: path.stem if path else "absent")
async def test_a_real_agent_tells_nothing_absurd(path: Path | None, shared: Path) -> None:
    """Every recorded agent goes through the page that recognises it."""
    assert path is not None
    assert not _absurd(await replay(open_capture(path), path.stem))


def _outputs() -> list[tuple[Vendor, str, Path]]:
    """Every recorded output of a command that a page asks; the two spellings of the exchange's console are one."""
    return [
        (page, command.line, path)
        for page in PAGES
        for command in page.commands
        for path in sorted((SHARED / "cli" / page.platform / _folder(command.line)).glob("*.txt"))
    ]


def _folder(line: str) -> str:
    return "_".join("".join(c if c.isalnum() or c in "-." else " " for c in line.replace("/usr/sbin/", "")).split())


@pytest.mark.parametrize(
    ("page", "line", "path"),
    _outputs() or [(GENERIC, "", Path())],
    ids=lambda value: value.stem if isinstance(value, Path) else None,
)
async def test_a_real_output_tells_nothing_absurd(page: Vendor, line: str, path: Path, shared: Path) -> None:
    """Every recorded output of the six platforms is read, whole and cut anywhere."""
    text = path.read_text(encoding="utf-8", errors="replace")
    for part in (text, text[: len(text) // 2], text[: len(text) // 3], ""):
        device = await replay(Capture(outputs={line: part}), path.stem, page.platform)
        assert not _absurd(device)


CONFIGURATIONS = [(page, path) for page in PAGES for path in sorted((SHARED / "configs" / page.platform).glob("*.cfg"))]


@pytest.mark.parametrize(
    ("page", "path"), CONFIGURATIONS or [(GENERIC, Path())], ids=lambda value: getattr(value, "stem", None)
)
async def test_a_real_configuration_tells_nothing_absurd(page: Vendor, path: Path, shared: Path) -> None:
    """Every recorded configuration is read, or said not to be understood."""
    text = path.read_text(encoding="utf-8", errors="replace")
    device = await replay(Capture(configuration=text), path.stem, page.platform)
    assert not _absurd(device)
    assert device.readings or device.gaps


# ---- absence is never proved by what was not seen ----

CONFIGURED = [
    folder for folder in FOLDERS if any((folder / f"{name}.txt").exists() for name in ("show", "show_running-config"))
]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("folder", CONFIGURED, ids=lambda path: path.parent.name)
async def test_a_cut_configuration_proves_no_absence(folder: Path, share: float) -> None:
    """Of a configuration that stops half-way no "none" is told: what follows could say the contrary."""
    text = next(path for path in folder.glob("show*.txt") if path.stem in ("show", "show_running-config")).read_text()
    lines = text.splitlines(keepends=True)
    cut = "".join(lines[: int(len(lines) * share)])
    whole = told(await replay(Capture(configuration=text), "box", folder.parent.name))["facts"]
    facts_ = told(await replay(Capture(configuration=cut), "box", folder.parent.name))["facts"]
    none = {name: value for name, value in facts_.items() if value in NONE and value != whole.get(name)}
    assert not none


IDLE = ("show voice voip-call active all",)  # OneOS lists the calls of now, and nothing besides
NONE: tuple[object, ...] = (0, False, [], "none", "no", "")


@pytest.mark.parametrize("page", VENDORS, ids=lambda page: page.platform)
def test_an_empty_answer_tells_nothing(page: Vendor) -> None:
    """Silence is not zero, for any command of any page but one whose idle answer is empty."""
    for command in page.commands:
        assert not command.read("").facts or command.line in IDLE, command.line


async def test_without_user_agents_nobody_counts_softphones() -> None:
    """An exchange whose database is refused leaves the sets unknown, though their number is told."""
    folder = RECORDINGS / "asterisk" / "16.28"
    outputs = dict(open_capture(folder).outputs)
    outputs.pop("usr_sbin_asterisk_-rx_database_show")
    device = await replay(Capture(outputs=outputs), "pbx", "asterisk")
    assert told(device)["facts"]["telephony.endpoints.total"] == 5
    assert told(device)["gaps"]["telephony.endpoints"] == "gap.not_exposed"


async def test_no_extension_and_no_address_of_a_set_is_kept() -> None:
    """The records of the exchange carry a pseudonym, and inside or outside instead of an address."""
    device = await replay_folder(RECORDINGS / "asterisk" / "16.28")
    (reading,) = [reading for reading in device.readings if reading.key == facts.TELEPHONY_ENDPOINTS]
    assert all(one.id.startswith("set-") and one.address is ABSENT for one in reading.value)


# ---- traps of real devices ----


def test_installed_licences_are_not_the_capacity_beside_them() -> None:
    """The column is found by its name, whatever its place; a configured limit below it counts."""
    head = "          Status : Capacity : Installed :  Limit\n"
    row = "AnyConnect Premium  :  ENABLED :  300 :  50 :  {limit}\n"
    assert licences(head + row.format(limit="NONE")).facts == {facts.VPN_SESSIONS_LICENSED: 50}
    assert licences(head + row.format(limit="30")).facts == {facts.VPN_SESSIONS_LICENSED: 30}
    swapped = "          Status : Installed : Capacity :  Limit\n"
    assert licences(swapped + "AnyConnect Premium : ENABLED : 50 : 300 : NONE\n").facts == {
        facts.VPN_SESSIONS_LICENSED: 50
    }
    assert licences(row.format(limit="NONE")).unparsed


def test_essentials_lifts_the_licence_to_the_platform() -> None:
    """With AnyConnect Essentials the two Premium seats of the factory are not the limit."""
    text = "AnyConnect Premium Peers : 2\nAnyConnect Essentials : Enabled\nTotal VPN Peers : 250\n"
    assert version(text).facts[facts.VPN_SESSIONS_LICENSED] == 250
    assert version(text.replace("Enabled", "Disabled")).facts[facts.VPN_SESSIONS_LICENSED] == 2


def test_zero_licences_on_one_unit_of_a_pair_is_no_licence_count() -> None:
    """The standby unit shows 0: the block of the cluster counts, and 0 alone tells nothing."""
    assert facts.VPN_SESSIONS_LICENSED not in version("AnyConnect Premium Peers : 0\n").facts


def test_site_to_site_tunnels_are_not_remote_users() -> None:
    """Sub-rows are in their parent already, and tunnels between sites are counted apart."""
    text = (RECORDINGS / "cisco_asa" / "asa5516-9.9" / "show_vpn-sessiondb.txt").read_text()
    assert sessiondb(text).facts[facts.VPN_SESSIONS_NOW] == 41
    assert sessiondb(text).facts[facts.VPN_TUNNELS_NOW] == 29


async def test_a_limit_of_zero_is_a_gap() -> None:
    """crasMaxSessionsSupportable 0 means no limit known, never nobody."""
    device = await replay(open_capture(RECORDINGS / "cisco_asa" / "asa5516-9.9" / "device.snmprec"))
    assert told(device)["gaps"]["vpn.sessions.platform_max"] == "gap.unlimited"


@pytest.mark.parametrize(
    ("entry", "service", "protocol"),
    [
        ("permit ip any any", "any", ABSENT),
        ("permit tcp any host 10.20.0.5", "any", "tcp"),
        ("permit tcp any object SERVER eq 3389", "rdp", "tcp"),
        ("permit udp any4 10.20.0.0 255.255.0.0 eq sip", "sip", "udp"),
        ("permit object-group UNKNOWN any host 10.20.0.5", "any", ABSENT),
        ("permit object-group RDP any host 10.20.0.5", "rdp", "tcp"),
        ("permit tcp any host 10.20.0.5 object-group PORTS", "rdp", "tcp"),
        ("permit tcp any gt 1023 host 10.20.0.5 range 3389 3389 log", "rdp", "tcp"),
    ],
)
def test_what_an_entry_lets_in_is_exposed(entry: str, service: str, protocol: Any) -> None:
    """Objects, groups and ranges are resolved; an entry without ports, or with unknown ones, opens all of them."""
    (row,) = exposed(indented(OUTSIDE.format(entry)))
    assert (row.service, row.protocol, row.to) == (service, protocol, "10.20.0.5")


@pytest.mark.parametrize(
    "entry",
    [
        "deny ip any any",
        "permit icmp any any",
        "permit tcp any any eq 22 inactive",
        "permit tcp any any eq 22 time-range PAST",
        "permit tcp any host 10.20.0.6 eq 22",
        "deny tcp any any eq 22\naccess-list OUT extended permit tcp any any eq 22",
    ],
)
def test_what_lets_nothing_in_exposes_nothing(entry: str) -> None:
    """A refusal, an echo, an entry that is off or expired, a host nothing publishes, a refusal in front."""
    assert not exposed(indented(OUTSIDE.format(entry)))


OUTSIDE = """\
interface GigabitEthernet1/1
 nameif outside
 security-level 0
time-range PAST
 absolute end 23:59 31 December 2015
object network SERVER
 host 10.20.0.5
object-group service RDP
 service-object tcp destination eq 3389
object-group service PORTS tcp
 port-object eq 3389
access-list OUT extended {}
object network SERVER
 nat (inside,outside) static 203.0.113.5
access-group OUT in interface outside
"""


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("nat (inside,outside) source static SERVER interface service S3389 S50000", ("rdp", 50000, "10.20.0.5")),
        ("nat (outside,inside) source static any any destination static OUTER SERVER", ("rdp", 3389, "10.20.0.5")),
        ("nat (inside,outside) source static SERVER SERVER destination static LAN LAN", None),
        ("nat (inside,outside) source static SERVER OUTER inactive", None),
        ("static (inside,outside) tcp interface 50000 10.20.0.5 3389 netmask 255.255.255.255", None),
    ],
)
def test_each_way_to_publish_a_host_is_followed(line: str, row: tuple[str, int, str] | None) -> None:
    """Manual translation both ways, by port and by address; an exemption and what is off publish nothing."""
    text = OUTSIDE.format("permit tcp any host 10.20.0.5 eq 3389").replace(
        " nat (inside,outside) static 203.0.113.5\n", ""
    )
    objects = """\
object network OUTER
 host 203.0.113.9
object service S3389
 service tcp source eq 3389
object service S50000
 service tcp source eq 50000
"""
    found = [(one.service, one.port, one.to) for one in exposed(indented(objects + text + line + "\n"))]
    assert found == ([row] if row else [])


def test_remote_users_without_a_filter_pass_every_list() -> None:
    """The factory setting lets them go anywhere: one rule says so, until it is switched off or a filter is set."""
    text = """\
ASA Version 9.12(4)
tunnel-group STAFF type remote-access
tunnel-group STAFF general-attributes
 default-group-policy GP
group-policy GP attributes
 vpn-idle-timeout 30
: end
"""
    (rule,) = configuration(text).facts[facts.FIREWALL_RULES]
    assert (rule.from_, rule.services, rule.action) == (("vpn:GP",), ("any",), "permit")
    off = text.replace(": end", "no sysopt connection permit-vpn\n: end")
    assert configuration(off).facts[facts.FIREWALL_RULES] == ()
    filtered = text.replace(" vpn-idle", " vpn-filter value F\n vpn-idle").replace(
        ": end", "access-list F extended permit tcp any host 10.0.0.1 eq 22\n: end"
    )
    (rule,) = configuration(filtered).facts[facts.FIREWALL_RULES]
    assert (rule.id, rule.from_) == ("F#1", ("vpn:GP",))


def test_a_session_row_that_is_missing_is_no_zero() -> None:
    """The rows must add up to the total; else nothing is counted."""
    text = (RECORDINGS / "cisco_asa" / "asa5516-9.9" / "show_vpn-sessiondb.txt").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("AnyConnect Client")]
    assert facts.VPN_SESSIONS_NOW not in sessiondb("\n".join(lines)).facts


async def test_a_shaper_that_no_interface_applies_shapes_nothing() -> None:
    """Only policies in use, and those nested in them, count as quality of service."""
    text = (RECORDINGS / "cisco_ios" / "isr4321-17.6" / "show_running-config.txt").read_text()
    applied = await replay(Capture(configuration=text), "box", "cisco_ios")
    assert told(applied)["facts"]["link.qos"] == "priority+shaper"
    other = text.replace(" service-policy output SHAPE-20M", " service-policy output VOICE-FIRST")
    beside = await replay(Capture(configuration=other), "box", "cisco_ios")
    assert told(beside)["facts"]["link.qos"] == "marking"


async def test_telnet_is_unknown_where_a_line_does_not_say() -> None:
    """The factory value of `transport input` depends on the release."""
    text = (RECORDINGS / "cisco_ios" / "isr4321-17.6" / "show_running-config.txt").read_text()
    device = await replay(Capture(configuration=text.replace(" transport input ssh\n", "")), "box", "cisco_ios")
    assert "access.telnet" in told(device)["gaps"]


async def test_management_is_unknown_without_the_administrators_trusted_hosts() -> None:
    """From where a FortiGate may be managed stands with its administrators."""
    text = (RECORDINGS / "fortinet" / "60f-7.0" / "show.txt").read_text()
    whole = await replay(Capture(configuration=text), "box", "fortinet")
    assert told(whole)["facts"]["access.management_from_internet"] == "open"
    start, end = text.index("config system admin"), text.index("config firewall address")
    without = await replay(Capture(configuration=text[:start] + text[end:]), "box", "fortinet")
    assert "access.management_from_internet" in told(without)["gaps"]


def test_no_session_is_zero_only_under_its_headers() -> None:
    """An SSL monitor without its headers is not an empty one."""
    headers = "SSL-VPN Login Users:\n Index   User    Auth Type\n\nSSL-VPN sessions:\n Index   User    Source IP\n"
    assert monitor(headers).facts[facts.VPN_SESSIONS_NOW] == 0
    assert not monitor("\n").facts


def test_a_high_speed_of_zero_is_unknown() -> None:
    """0 on an interface that is up means "not told", 4294967295 "look elsewhere"."""
    assert speed(0, ABSENT) is ABSENT
    assert speed(ABSENT, 4_294_967_295) is ABSENT
    assert speed(0, 110_162_000) == 110_162_000
    assert speed(8, 8_192_000) == 8_192_000
    assert speed(1000, 4_294_967_295) == 1_000_000_000


def test_a_call_sent_to_another_extension_does_not_reach_home() -> None:
    """Only a forward to an outside number does."""
    found = database("/CF/201 : 0612345678\n/CF/203 : 207\n2 results found.\n").facts[facts.TELEPHONY_ENDPOINTS]
    assert [(one.id, one.forwarded) for one in found] == [("201", True)]


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Yealink SIP-T46S 66.86.0.15", "desk"),
        ("Linphone iPhone/4.6.4", "softphone"),
        ("Cisco/SPA504G-7.6.2g", "desk"),
        ("Yealink W60B 77.83.0.85", "dect"),
        ("Grandstream HT812 1.0.41.5", "analogue"),
        ("Data collector", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_user_agent_tells_the_kind_of_set(agent: str, expected: str) -> None:
    """What nobody knows stays unknown."""
    assert kind(agent) == expected


# ---- what may be sent ----


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.platform)
def test_only_catalogued_lines_are_allowed(page: Vendor) -> None:
    """Every line of a page is allowed word for word; nothing is added behind or before it."""
    for line in every_line(page):
        assert allowed(line, page)
        for more in (f"{line} | redirect flash:x", f"{line}; reboot", f"{line}\nreload", f" {line}", f"{line} "):
            assert not allowed(more, page)
    for line in (
        "configure terminal",
        "reload",
        "write memory",
        "config system global",
        "sudo -s",
        "execute reboot",
        "",
    ):
        assert not allowed(line, page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.platform)
def test_the_list_of_objects_names_the_sampled_counters(page: Vendor) -> None:
    """What is read again and again for the rates is on the list of what is sent."""
    assert {rates.HC_IN, rates.HC_OUT, rates.IN_32, rates.OUT_32, rates.DISCONTINUITY} <= set(every_oid(page))


async def test_a_device_is_what_it_says_not_what_the_user_believes() -> None:
    """A declared platform does not win over what the device says of itself."""
    capture = open_capture(RECORDINGS / "cisco_asa" / "asa5516-9.9" / "device.snmprec")
    assert (await replay(capture, platform="cisco_ios")).vendor == "cisco_asa"
    assert by_platform("nonsense") is GENERIC

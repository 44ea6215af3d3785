"""Firewalls, VPN gateways, hosts and power supplies: who they are, and what they tell exactly."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from auditor import facts
from auditor.collectors.captures import open_capture
from auditor.collectors.redact import redact
from auditor.collectors.vendors import (
    bsd,
    find,
    forcepoint,
    pulse,
    sonic_config,
    sonicwall,
    sophos,
    sophos_console,
    stormshield,
    watchguard,
)
from auditor.collectors.vendors.page import Identity
from auditor.collectors.vendors.pf_config import configuration
from auditor.collectors.vendors.scalars import hundredths, limit, units
from auditor.values import ABSENT, Message
from tests.replay import replay, told

# ---- who answers ----


@pytest.mark.parametrize(
    ("description", "object_id", "platform"),
    [
        ("SonicWALL TZ 270W (SonicOS 7.0.1-5119)", "1.0.3.0.6.0.1.0", "sonicwall"),
        ("SonicWALL NSA 2650 (SonicOS Enhanced 6.5.4.7-83n)", "1.3.6.1.4.1.8741.1", "sonicwall"),
        ("SonicWall SMA 500v", "1.3.6.1.4.1.8741.6", "sonicwall_sma"),
        ("Linux localhost 5.15 #1 SMP x86_64", "1.3.6.1.4.1.2604.5", "sophos_sfos"),
        ("Linux localhost 3.14 #1 SMP x86_64", "1.3.6.1.4.1.21067.2", "sophos_sfos"),
        ("pfSense fw.home 2.4.4-RELEASE pfSense FreeBSD 11.2 amd64", "1.3.6.1.4.1.12325.1.1.2.1.1", "pfsense"),
        ("FreeBSD pfSense.home 12.3-STABLE RELENG_2_6_0 pfSense amd64", "1.3.6.1.4.1.8072.3.2.8", "pfsense"),
        ("FreeBSD OPNsense.localdomain 13.1 stable/22.7-n250268 SMP amd64", "1.3.6.1.4.1.8072.3.2.8", "opnsense"),
        ("FreeBSD mail 14.0-RELEASE releng/14.0-n265380 GENERIC amd64", "1.3.6.1.4.1.8072.3.2.8", "generic"),
        ("NS-BSD EVA1A10000 amd64", "1.3.6.1.4.1.8072.3.2.8", "stormshield"),
        ("SNS", "1.3.6.1.4.1.11256.1.20.11", "stormshield"),
        ("M470", "1.3.6.1.4.1.3097.1.5.63", "watchguard_fireware"),
        ("Barracuda CloudGen Firewall", "1.3.6.1.4.1.10704.1.10", "barracuda_ngfw"),
        ("Ivanti,Ivanti Connect Secure,ISA6000,22.7R2", "1.3.6.1.4.1.12532.260.1", "pulse_connect_secure"),
        ("Forcepoint NGFW Firewall/VPN", "1.3.6.1.4.1.1369.5.2", "forcepoint_ngfw"),
        ("VMware ESXi 6.7.0 build-8169922 VMware, Inc. x86_64", "1.3.6.1.4.1.6876.4.1", "vmware_esxi"),
        ("Hardware: AMD64 - Software: Windows Version 10.0 (Build 1)", "1.3.6.1.4.1.311.1.1.3.1.1", "windows"),
        ("APC Web/SNMP Management Card", "1.3.6.1.4.1.318.1.3.5.3", "ups"),
        ("Eaton Gigabit Network Card", "1.3.6.1.4.1.534.1", "ups"),
        ("Linux db 6.1.0 #1 SMP x86_64", "1.3.6.1.4.1.8072.3.2.10", "linux"),
    ],
)
def test_a_box_is_known_by_what_its_agent_says_of_it(description: str, object_id: str, platform: str) -> None:
    """sysObjectID and sysDescr decide together: either of them lies on some boxes."""
    assert find(Identity(description, object_id)).platform == platform


@pytest.mark.parametrize(
    ("description", "model", "version"),
    [
        ("Pulse Secure, LLC,Pulse Connect Secure,VMware-VA-DTE,8.2R5 (build 49363)", "VMware-VA-DTE", "8.2R5"),
        ("Juniper Networks,Inc,MAG-2600,7.4R9 (build 30611)", "MAG-2600", "7.4R9"),
        ("Ivanti,Ivanti Connect Secure,ISA6000,22.7R2.5 (build 3793)", "ISA6000", "22.7R2.5"),
    ],
)
def test_a_maker_with_a_comma_in_its_name_moves_no_column(description: str, model: str, version: str) -> None:
    """Model and version are counted from the end."""
    found = pulse.PULSE.scalars[1].read({"1.3.6.1.2.1.1.1.0": description.encode()}).facts
    assert (found[facts.IDENTITY_MODEL], found[facts.IDENTITY_OS_VERSION]) == (model, version)


# ---- traps ----


def test_a_share_of_memory_is_no_number_of_users() -> None:
    """iveMemoryUtil stands beside the users, and the tunnels of users are no tunnels between sites."""
    (_, _, counts) = pulse.PULSE.scalars
    found = counts.read({pulse.MEMORY: 76, pulse.CPU: 42}).facts
    assert facts.VPN_SESSIONS_NOW not in found
    assert facts.VPN_TUNNELS_NOW not in counts.keys
    assert counts.read({pulse.USERS: 0}).facts[facts.VPN_SESSIONS_NOW] == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [(b"125 Users", 125), (b"0 Users", Message("gap.unlimited")), (b"Unlimited", ABSENT), (250, 250), (-1, ABSENT)],
)
def test_a_licence_sent_as_text_is_its_number(value: bytes | int, expected: object) -> None:
    """0 means that no limit is stated, never that nobody may connect."""
    assert limit(value) == expected


def test_units_are_those_of_the_object() -> None:
    """Hundredths of a per cent, and kilobytes."""
    assert hundredths(1234) == 12.34
    assert hundredths(10_100) is ABSENT
    assert units(1024)(67_108_864) == 68_719_476_736
    assert units(1024)(0) is ABSENT


def test_clients_of_a_group_policy_are_no_tunnels_between_sites() -> None:
    """Two security associations of one tunnel are one tunnel; the Global VPN Client's are none."""
    peers = {"1": "198.51.100.7", "2": "198.51.100.7", "3": "203.0.113.5"}
    names = {"1": b"Siege", "2": b"Siege", "3": b"WAN GroupVPN"}
    (table,) = sonicwall.SONICWALL.tables[1:]
    assert table.read({sonicwall.PEER: peers, sonicwall.POLICY: names}).facts == {facts.VPN_TUNNELS_NOW: 1}
    assert not table.read({sonicwall.PEER: {}}).facts


def test_a_pair_of_endpoints_without_an_association_is_only_configured() -> None:
    """Mobile endpoints are users, static ones tunnels."""
    read = forcepoint.FORCEPOINT.tables[-1].read
    found = read({forcepoint.TYPE_4: {"1": 1, "2": 3, "3": 3}, forcepoint.SAS_4: {"1": 0, "2": 2, "3": 0}}).facts
    assert found == {facts.VPN_SESSIONS_NOW: 1, facts.VPN_TUNNELS_NOW: 0}


@pytest.mark.parametrize(("enabled", "state", "expected"), [(0, 3, "standalone"), (1, 3, "active"), (1, 1, "standby")])
def test_a_pair_that_is_switched_off_is_a_firewall_alone(enabled: int, state: int, expected: str) -> None:
    """sfosHAStatus disabled(0) wins over the state."""
    (question,) = [one for one in sophos.SOPHOS.scalars if sophos.HA_ENABLED in one.oids]
    assert question.read({sophos.HA_ENABLED: enabled, sophos.HA_STATE: state}).facts == {facts.HA_STATE: expected}


def test_a_state_that_the_mib_does_not_name_tells_nothing() -> None:
    """A new value of an enumeration is not "down"."""
    (question,) = [one for one in watchguard.WATCHGUARD.scalars if watchguard.HA in one.oids]
    assert facts.HA_STATE not in question.read({watchguard.HA: 42}).facts
    assert question.read({watchguard.HA: 8}).facts[facts.HA_STATE] == "standby"


def test_an_empty_table_of_clients_is_not_nobody() -> None:
    """Older versions do not have the table at all."""
    assert not stormshield.STORMSHIELD.tables[-1].read({stormshield.OPENVPN_USER: {}}).facts


# ---- the large recordings beside the project ----

OURS = (
    "sonicwall_sonicos7", "sonicwall_sma-400", "sophos-xg_xgs2100", "pfsense", "opnsense_vm", "ns-bsd_amd64",
    "fireware_m400", "barracudangfirewall", "pulse", "forcepoint_forcepoint-ngfw-330", "vmware-esxi",
    "windows_svr_2019_1809", "linux_supermicro", "linux_wireguard-v1",
)  # fmt: skip


@pytest.mark.parametrize("name", OURS)
async def test_a_real_gateway_is_who_its_row_says(name: str, shared: Path) -> None:
    """Vendor, model and version of the list of recordings; where the row has none, none is told."""
    with (shared / "recordings" / "snmp" / "MANIFEST.csv").open(encoding="utf-8") as lines:
        row = next(row for row in csv.DictReader(lines) if row["file"] == f"{name}.snmprec")
    found = told(await replay(open_capture(shared / "recordings" / "snmp" / f"{name}.snmprec"), name))["facts"]
    assert found["identity.vendor"] == row["vendor"]
    assert found.get("identity.model", "") == row["model"]
    version = row["os_version"] + ")" * (row["os_version"].count("(") - row["os_version"].count(")"))
    assert found.get("identity.os_version", "") == version
    if row["has_vpn_sessions"] == "no":
        assert not [key for key in found if key.startswith("vpn.sessions")]


async def test_the_counts_of_the_list_are_told_exactly(shared: Path) -> None:
    """Users and licence of the gateway, connections and their maximum, a peer of WireGuard that was just there."""

    async def of(name: str) -> dict[str, object]:
        return dict(told(await replay(open_capture(shared / "recordings" / "snmp" / f"{name}.snmprec")))["facts"])

    sma = await of("sonicwall_sma-400")
    assert (sma["vpn.sessions.now"], sma["vpn.sessions.licensed"]) == (28, 125)
    firewall = await of("sonicwall_sonicos7")
    assert (firewall["firewall.sessions.now"], firewall["firewall.sessions.max"]) == (573, 375_000)
    assert (await of("barracudangfirewall"))["firewall.sessions.now"] == 897
    assert (await of("pfsense"))["firewall.sessions.now"] == 140
    assert (await of("linux_wireguard-v1"))["vpn.sessions.now"] == 1


# ---- config.xml ----

HEAD = "<?xml version='1.0'?>\n"
SMALL = "<pfsense><system><hostname>fw</hostname></system><filter/></pfsense>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "<html></html>",
        HEAD + SMALL[:40],
        HEAD + SMALL.replace("</system>", "<"),
        HEAD + "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>" + SMALL.replace("fw", "&b;"),
        HEAD + '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + SMALL,
        HEAD + "<pfsense>" + "<a>" * 500 + "</a>" * 500 + "</pfsense>",
    ],
)
def test_what_no_firewall_writes_is_not_read(text: str) -> None:
    """Entities, other documents, endless nesting and a file cut off tell nothing, and are counted."""
    told_ = configuration(text)
    assert not told_.facts
    assert told_.unparsed or not text


def test_a_prompt_around_a_configuration_does_no_harm() -> None:
    """What stands before and behind the document is not part of it."""
    found = configuration(f"login: x\n{HEAD}{SMALL}<!-- OPNsense 24.7 -->\n[2.7.2][admin@fw]/root: ")
    assert found.facts[facts.IDENTITY_NAME] == "fw"
    assert found.facts[facts.FIREWALL_RULES] == ()


def test_redaction_leaves_a_configuration_readable() -> None:
    """A secret at the end of an element, or a word behind "password", does not take the end of the element with it."""
    text = HEAD + SMALL.replace("<filter/>", "<snmpd><enable/><rocommunity>public</rocommunity></snmpd>").replace(
        "<hostname>fw", "<descr>the password changed</descr>\n<hostname>fw"
    )
    found = configuration(redact(text, bsd.SECRETS)).facts
    assert found[facts.ACCESS_SNMP] == ("v2c-default",)
    assert found[facts.IDENTITY_NAME] == "fw"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.99])
def test_a_configuration_that_is_cut_off_proves_nothing(share: float) -> None:
    """What follows could publish anything."""
    text = (Path(__file__).parent / "recordings/pfsense/2.7-gateway/config.xml").read_text()
    assert not configuration(text[: int(len(text) * share)]).facts


def test_a_rule_that_floats_and_decides_at_once_is_tried_first() -> None:
    """A block of everything on top leaves nothing to be reached."""
    text = (Path(__file__).parent / "recordings/pfsense/2.7-gateway/config.xml").read_text()
    closed = text.replace("<address>192.0.2.66</address>", "<any></any>")
    told_ = configuration(closed).facts[facts.FIREWALL_EXPOSED]
    assert {row.rule for row in told_} == {"nat2", "ipsec"}, "what passes by itself meets no rule"


# ---- command lines ----


def test_sophos_console_tells_what_it_is_and_whether_it_is_one_of_two() -> None:
    """A firewall alone is no pair, and an unknown state tells nothing."""
    told_ = sophos_console.version(
        "Serial Number:          C0100ABCDE\nAppliance Model:        XGS136\n"
        "Firmware Version:       SFOS 20.0.2 MR-2-Build378\n"
    ).facts
    assert told_[facts.IDENTITY_OS_VERSION] == "20.0.2 MR-2-Build378"
    assert told_[facts.IDENTITY_MODEL] == "XGS136"
    assert sophos_console.pair(" HA Status | Disabled\n").facts == {facts.HA_STATE: "standalone"}
    assert sophos_console.pair("HA status | Enabled\nCurrent HA state | Auxiliary\n").facts[facts.HA_STATE] == "standby"
    assert not sophos_console.pair("HA status | Enabled\nCurrent HA state | Resyncing\n").facts
    opened = sophos_console.access("Appliance access is enabled.\n").facts
    assert opened == {facts.ACCESS_MANAGEMENT_FROM_INTERNET: "open"}
    assert not sophos_console.access("Appliance access is disabled.\n").facts


SONIC = (Path(__file__).parent / "recordings/sonicwall/7.0-gateway/show_current-config.txt").read_text()


@pytest.mark.parametrize("at", range(1, SONIC.count("\n"), 7))
def test_a_sonicwall_configuration_that_is_cut_off_tells_nothing_of_what_is_reached(at: int) -> None:
    """Only rules and translations to their end say what is published; whoever cut it may have cut a rule off."""
    text = "".join(SONIC.splitlines(keepends=True)[:at])
    found = sonic_config.configuration(text.rstrip("\n")).facts
    behind = SONIC.index("vpn policy group-vpn")
    assert facts.FIREWALL_EXPOSED not in found or len(text) > behind


def test_a_sonicwall_service_that_a_rule_opens_to_all_is_reached_by_all() -> None:
    """SonicOS adds the rules of its management by itself; without one that restricts it is open."""
    free = SONIC.replace("source address name Supplier\n    service name \"HTTPS Management\"",
                         "source address any\n    service name \"HTTPS Management\"")  # fmt: skip
    assert sonic_config.configuration(SONIC).facts[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == "restricted"
    assert sonic_config.configuration(free).facts[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == "open"
    shut = SONIC.replace(
        "    management https\n    no management ssh", "    no management https\n    no management ssh"
    )
    assert sonic_config.configuration(shut).facts[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == "no"


def test_sonicos_6_writes_a_phase_on_one_line_and_names_without_the_family() -> None:
    """`access-rule from WAN to LAN`, `proposal ike main encryption triple-des …`, objects on a line."""
    text = (
        'firmware-version "SonicOS Enhanced 6.2.3.1-19n"\nmodel "TZ 300"\n'
        "interface X1\n    ip-assignment WAN dhcp\n        exit\n    no management https\n    exit\n"
        "address-object ipv4 Server host 10.0.0.5 zone LAN\n"
        "access-rule from WAN to LAN action allow service name HTTPS\n    id 7\n    enable\n    source address any\n"
        '    service name HTTPS\n    destination address name "X1 IP"\n    exit\n'
        'nat-policy inbound X1 outbound any\n    id 3\n    enable\n    source any\n    destination name "X1 IP"\n'
        "    translated-destination name Server\n    service name HTTPS\n    translated-service original\n    exit\n"
        'vpn policy group-vpn "WAN GroupVPN"\n    enable\n    auth-method shared-secret\n        exit\n'
        "    proposal ike main encryption triple-des authentication md5 dh-group 2 lifetime 28800\n    exit\n"
    )
    found = sonic_config.configuration(text).facts
    assert [(row.service, row.to, row.rule) for row in found[facts.FIREWALL_EXPOSED]] == [("https", "10.0.0.5", "7")]
    offer = found[facts.VPN_PROPOSALS][0]
    assert (offer.use, offer.protocol, offer.encryption, offer.integrity) == ("remote", "ikev1", ("3des",), ("md5",))

"""Every recorded output and configuration beside the project is read, with the values that its index names."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import Ended, auditor

SILENT = {  # file: why nothing of it is a fact of ours
    "asterisk/asterisk_-rx_core_show_hints/ast16.txt": "hints are not registrations",
    "asterisk/asterisk_-rx_core_show_uptime/ast16.txt": "the program's uptime is not the device's",
    "asterisk/asterisk_-rx_manager_show_users/ast16.txt": "no check asks for the manager's users",
    "asterisk/asterisk_-rx_pjsip_show_aors/ast16.txt": "the endpoints and contacts tell the same",
    "asterisk/asterisk_-rx_pjsip_show_aor_3002/ast22.txt": "the endpoints and contacts tell the same",
    "asterisk/asterisk_-rx_pjsip_show_endpoint_201/ast16.txt": "one set of many, which does not say what it is",
    "asterisk/asterisk_-rx_pjsip_show_endpoint_202/ast16.txt": "one set of many, which does not say what it is",
    "asterisk/asterisk_-rx_pjsip_show_settings/ast22.txt": "no check asks for the timers of the stack",
    "cisco_ios/show_policy-map/ntc_show_policy-map.txt": "it shares bandwidth out, and neither shapes nor polices",
    "cisco_ios/batfish_voice.cfg": "fragments of a configuration, which is not whole",
}
TOLD: Mapping[str, Mapping[str, Any]] = {  # file: what its index says of it
    "asterisk/asterisk_-rx_core_show_channels/ast16.txt": {"telephony.calls.now": 2},
    "asterisk/asterisk_-rx_core_show_channels_count/ast16.txt": {"telephony.calls.now": 2, "telephony.calls.max": 60},
    "asterisk/asterisk_-rx_core_show_settings/ast16.txt": {"telephony.calls.max": 60},
    "asterisk/asterisk_-rx_pjsip_show_endpoints/ast16.txt": {"telephony.endpoints.total": 16},
    "asterisk/asterisk_-rx_pjsip_show_contacts/ast16.txt": {"telephony.contacts": 12},
    "asterisk/asterisk_-rx_pjsip_show_transport_transport-tls/ast16.txt": {"telephony.transports": ["tls"]},
    "asterisk/asterisk16_pjsip.cfg": {"telephony.transports": ["tcp", "tls", "udp"]},
    "asterisk/asterisk16_sip.cfg": {"telephony.transports": ["udp"]},
    "asterisk/asterisk_-rx_pjsip_show_transports/ast16.txt": {"telephony.transports": ["tcp", "tls", "udp"]},
    "cisco_asa/show_failover/genie_g2.txt": {"ha.state": "standalone"},
    "cisco_asa/show_failover/ntc_show_failover.txt": {"ha.state": "active"},
    "cisco_asa/show_version/ntc_show_version1.txt": {"identity.os_version": "9.5(2)204", "vpn.sessions.licensed": 2},
    "cisco_asa/show_version/ntc_show_version3.txt": {"vpn.sessions.licensed": 8},
    "cisco_asa/show_vpn-sessiondb/genie_g_2.txt": {
        "vpn.sessions.now": 127,
        "vpn.sessions.peak": 205,
        "vpn.sessions.platform_max": 5000,
    },
    "cisco_asa/show_vpn-sessiondb/genie_g_4.txt": {"vpn.sessions.now": 0},
    "cisco_asa/show_vpn-sessiondb/ntc_show_vpn-sessiondb.txt": {
        "vpn.sessions.now": 38,
        "vpn.sessions.peak": 442,
        "vpn.sessions.platform_max": 5000,
    },
    "cisco_asa/show_vpn-sessiondb_anyconnect/ntc_show_vpn-sessiondb_anyconnect1.txt": {"vpn.sessions.now": 2},
    "cisco_asa/show_vpn-sessiondb_anyconnect/ntc_show_vpn-sessiondb_anyconnect2.txt": {"vpn.sessions.now": 3},
    "cisco_ios/show_ephone_summary/cme_mixed.txt": {
        "telephony.endpoints.registered": 2,
        "telephony.endpoints.total": 3,
    },
    "cisco_ios/show_ip_http_server_status/ntc_show_ip_http_server_status.txt": {"access.http": True},
    "cisco_ios/show_ip_ssh/genie_g1.txt": {"access.ssh_version": "2"},
    "cisco_ios/show_telephony-service/cme_2901.txt": {"telephony.endpoints.max": 48},
    "fortinet/get_system_ha_status/ntc_get_system_ha_status_6.0_noha.txt": {"ha.state": "standalone"},
    "fortinet/get_system_ha_status/ntc_get_system_ha_status_6.4.txt": {"ha.state": "active"},
    "fortinet/get_system_status/ntc_get_system_status_7.4.8.txt": {
        "identity.model": "FortiGate-60F",
        "identity.os_version": "7.4.8",
    },
    "fortinet/get_vpn_ssl_monitor/v6.txt": {"vpn.sessions.now": 1},
    "fortinet/get_vpn_ssl_monitor/v7_tunnel.txt": {"vpn.sessions.now": 1, "vpn.sessions.tunnelled": 1},
    "fortinet/get_vpn_ssl_settings/80E.txt": {"vpn.idle_timeout": 300, "vpn.tls_minimum": "tlsv1.2"},
    "juniper_junos/show_security_ike_active-peer/ra.txt": {"vpn.sessions.now": 2},
    "juniper_junos/show_security_ike_active-peer/s2s.txt": {"vpn.sessions.now": 0, "vpn.tunnels.now": 2},
    "juniper_junos/show_system_license/oxidized_srx300.txt": {"vpn.sessions.licensed": 2},
    "linux/cat_etc_openvpn_openvpn-status.log/status_v2.txt": {"vpn.sessions.now": 5},
    "linux/ipsec_trafficstatus/libreswan_lease.txt": {"vpn.sessions.now": 1},
    "linux/swanctl_--list-sas/s2s.txt": {"vpn.sessions.now": 0, "vpn.tunnels.now": 1},
    "asterisk/asterisk_-rx_sip_show_registry/ast16.txt": {},
    "checkpoint_gaia/labval_gw1.cfg": {"access.telnet": False},
    "cisco_asa/batfish_webvpn.cfg": {"vpn.idle_timeout": 1800},
    "cisco_asa/ccp2_sample_01.cfg": {"access.snmp": ["v2c-default"]},
    "cisco_ios/batfish_lhr_border_02.cfg": {"access.telnet": True},
    "cisco_ios/ccp2_sample_01.cfg": {"access.telnet": True, "access.http": True},
    "fortinet/labval_first_basic.cfg": {
        "identity.os_version": "6.4.4",
        "identity.model": "FGVMK6",
        "identity.name": "d2_fw",
        "access.http": True,
        "access.telnet": False,
        "access.management_from_internet": "no",
        "ha.state": "standalone",
        "config.unsaved": False,
    },
    "fortinet/ssl_split_mfa.cfg": {"access.snmp": ["v2c-default"], "vpn.tunnel_mode": "split"},
    "fortinet/sudarshanvk_sample.cfg": {"access.http": True},
    "paloalto_panos/globalprotect_set.cfg": {"vpn.tunnel_mode": "split"},
}
POOLS = {  # file: the sizes of the pools that its index names
    "cisco_asa/ccp2_sample_01.cfg": {2},
    "cisco_asa/radius_anyconnect.cfg": {3},
    "fortinet/ipsec_dialup_vdom.cfg": {1022, 30},
    "fortinet/ssl_split_mfa.cfg": {11},
    "juniper_junos/secure_connect_set.cfg": {241},
    "cisco_asa/show_ip_local_pool_test1/genie_g.txt": {4},
}
POLICIES = {  # file: its policies in their order
    "fortinet/labval_first_basic.cfg": ["1"],
    "fortinet/sudarshanvk_sample.cfg": ["4", "5", "6", "11", "12", "10", "7", "8"],
}
EXPOSED: Mapping[str, set[int | str]] = {  # file: services or ports that its index says stand open
    "cisco_ios/ccp2_sample_01.cfg": {"ssh"},
    "fortinet/ssl_split_mfa.cfg": {"rdp"},
    "linux/iptables-save/gw1.txt": {"rdp"},
    "linux/nft_list_ruleset/gw1.txt": {22, 161},
    "mikrotik_routeros/dennyhalim_vpn.cfg": {1723, 1701},
}
LOGICAL = {"paloalto_panos/show_interface_all/ntc_show_interface_all.txt": ("ae5",)}  # shown without its hardware
FIELDS = {  # of ours: the fields of an expected parse that say the same
    "identity.os_version": ("version", "os", "junos_version"),
    "identity.name": ("hostname",),
    "identity.serial": ("serial", "serial_number"),
    "identity.model": ("model",),
}


def index(shared: Path) -> Iterator[tuple[str, Path, dict[str, str]]]:
    for kind in ("cli", "configs"):
        with (shared / "recordings" / kind / "INDEX.csv").open(encoding="utf-8") as stream:
            yield from ((kind, shared / "recordings" / kind / row["file"], row) for row in csv.DictReader(stream))


@cache
def inspected(path: Path, platform: str, command: str) -> Ended:
    words = ("--command", command) if command else ("--config",)
    return auditor("inspect", path, "--platform", platform, *words, "--json")


def read(kind: str, path: Path, row: Mapping[str, str]) -> Ended:
    shown = kind == "cli" or row["command"].startswith("cat /etc/")
    return inspected(path, row["platform"], row["command"] if shown else "")


def told(ended: Ended) -> dict[str, Any]:
    return {reading["key"]: reading["value"] for reading in ended.json["readings"]}


@pytest.mark.slow
def test_every_recording_of_the_index_is_read(shared: Path) -> None:
    """Each tells something but those that are named with a reason; none stops the reading or is misread."""
    seen = 0
    for kind, path, row in index(shared):
        ended = read(kind, path, row)
        seen += 1
        assert ended.code == (3 if row["file"] in SILENT and not told(ended) else 0), (row["file"], ended)
        said = [*ended.json.get("problems", ()), *(gap["reason"] for gap in ended.json["gaps"])]
        assert not [line for line in said if "product itself" in line or "cannot read (" in line], row["file"]
    assert seen >= 160


@pytest.mark.slow
def test_the_values_that_the_index_names_are_told(shared: Path) -> None:
    """Counts, states, pools and open ports, each as its row of the index puts it."""
    files = {row["file"]: told(read(kind, path, row)) for kind, path, row in index(shared)}
    for file, wanted in TOLD.items():
        assert wanted.items() <= {key: files[file].get(key) for key in wanted}.items(), (file, files[file])
    for file, sizes in POOLS.items():
        assert sizes <= {pool.get("addresses") for pool in files[file]["vpn.pools"]}, (file, files[file]["vpn.pools"])
    for file, ids in POLICIES.items():
        assert [rule["id"] for rule in files[file]["firewall.rules"]] == ids, file
    for file, ports in EXPOSED.items():
        rows = files[file]["firewall.exposed"]
        assert ports <= {row[part] for row in rows for part in ("port", "service") if part in row}, (file, rows)


@pytest.mark.slow
def test_an_expected_parse_beside_a_recording_agrees_with_ours(shared: Path) -> None:
    """Versions, names, serial numbers, interfaces and default routes, on the fields that we use."""
    compared = 0
    for kind, path, row in index(shared):
        beside = path.with_suffix(".yml")
        if not row["expected_parse"] or not beside.exists():
            continue
        parsed = yaml.safe_load(beside.read_text(encoding="utf-8"))
        rows = parsed.get("parsed_sample", []) if isinstance(parsed, dict) else parsed
        ours = told(read(kind, path, row))
        for key, names in FIELDS.items():
            theirs = {text for one in rows for name in names for text in _texts(one.get(name)) if text}
            if theirs and isinstance(mine := ours.get(key), str):
                assert any(mine in text or text in mine for text in theirs), (row["file"], key, mine, theirs)
                compared += 1
        if "interfaces" in ours:  # by the name that rules use, where there is one
            theirs = {text for one in rows for value in one.values() for text in _texts(value)}
            assert {port["name"] for port in ours["interfaces"]} <= theirs, row["file"]
            own = {name for one in rows for name in _texts(one.get("interface") or one.get("name"))}
            units = {name for name in own if "." in name}  # a unit is part of its port
            assert len(own - units) <= len(ours["interfaces"]) + len(LOGICAL.get(row["file"], ())), row["file"]
            compared += 1
        if "vpn.users" in ours:
            assert len(ours["vpn.users"]) == len(rows), row["file"]
            compared += 1
    assert compared >= 25


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else () if value is None else (str(value),)

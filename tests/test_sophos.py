"""Sophos Firewall: what an export of its configuration tells, and what of it is no proof of absence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor import facts
from auditor.collectors.redact import redact
from auditor.collectors.vendors.sophos_entities import configuration

EXPORT = (Path(__file__).parent / "recordings/sophos_sfos/xgs-21-entities/Entities.xml").read_text()


def told(text: str = EXPORT) -> Any:
    return configuration(redact(text)).facts


def opened(text: str) -> set[tuple[str, Any]]:
    return {(row.service, row.to) for row in told(text)[facts.FIREWALL_EXPOSED]}


def test_published_hosts_are_opened_by_rules_to_their_own_zone() -> None:
    """By the outer address and port, groups and translated services resolved; what is off or refused before is not."""
    assert opened(EXPORT) == {("rdp", "10.50.0.33"), ("https", "10.60.0.80"), ("https", "mail"), ("vpn", "self"),
                              ("https", "self")}  # fmt: skip
    elsewhere = EXPORT.replace("<DestinationZones><Zone>LAN</Zone>", "<DestinationZones><Zone>DMZ</Zone>")
    assert ("rdp", "10.50.0.33") not in opened(elsewhere)
    unrefused = EXPORT.replace("<Action>Drop</Action>", "<Action>Accept</Action>")
    assert ("http", "10.60.0.80") in opened(unrefused)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<HTTPS>Disable</HTTPS>", "<HTTPS>Enable</HTTPS>", "open"),
        ("<Host>Partner</Host>", "<Host>Any</Host>", "open"),
        ("<Action>accept</Action>", "<Action>drop</Action>", "no"),
        ("", "", "restricted"),
    ],
    ids=["zone", "anybody", "refused", "partner"],
)
def test_the_pages_are_reached_by_the_table_of_the_zone_and_its_exceptions(old: str, new: str, expected: str) -> None:
    """Open where everybody on the internet may, restricted where some hosts may."""
    assert told(EXPORT.replace(old, new))[facts.ACCESS_MANAGEMENT_FROM_INTERNET] == expected


def test_a_part_of_a_configuration_proves_no_absence() -> None:
    """An export holds what its maker chose: without zones nothing is told of doors, without rules of exposure."""
    rules = EXPORT.split("<FirewallRule")[0].split("<Zone")[0] + "<IPHost><Name>a</Name></IPHost></Configuration>"
    found = told(rules)
    assert not {facts.FIREWALL_RULES, facts.FIREWALL_EXPOSED, facts.ACCESS_MANAGEMENT_FROM_INTERNET, facts.ACCESS_SNMP,
                facts.ACCESS_TELNET, facts.ACCESS_LOGGING} & found.keys()  # fmt: skip
    assert not configuration(EXPORT[:-40]).facts


def test_a_published_web_server_is_no_rule_that_lets_everything_in() -> None:
    """Its rule names the port it listens on."""
    row = next(row for row in told()[facts.FIREWALL_RULES] if row.name == "Webmail")
    assert (row.services, row.destination) == (("tcp/8443",), ("203.0.113.20",))


def test_a_range_of_addresses_is_counted_whole_and_a_network_without_its_server() -> None:
    """Up to version 19.0 a range is leased, since then a network."""
    ranged = EXPORT.replace("<StartIP>10.81.0.0</StartIP>", "<StartIP>10.81.0.5</StartIP><EndIP>10.81.0.54</EndIP>")
    assert [row.addresses for row in told(ranged)[facts.VPN_POOLS]] == [50]
    assert [row.addresses for row in told()[facts.VPN_POOLS]] == [253]


def test_no_community_and_no_secret_of_an_export_is_kept() -> None:
    """A community stands in an element called Name."""
    kept = redact(EXPORT.replace(">public<", ">Zq1-Marker<").replace("Winter-2026", "Zq2-Marker"))
    assert "Marker" not in kept
    assert "deadbeef" not in kept
    assert "<Name>Shop</Name>" in kept

"""SonicOS: who is asked for passwords, a second factor, what is translated of IPv6, interfaces with a tag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors.sonic_config import configuration

TEXT = (Path(__file__).parent / "recordings/sonicwall/7.0-gateway/show_current-config.txt").read_text()
GROUP = 'user local\n    group "SSLVPN Services"\n        {0}\n        exit\n    exit\n'
SIX = """\
address-object ipv6 "Shop outside" host 2001:db8:1::80 zone WAN

address-object ipv6 Shop host 2001:db8:20::80 zone LAN

nat-policy ipv6 inbound X1 outbound any
    inbound X1
    outbound any
    source any
    translated-source original
    destination name "Shop outside"
    translated-destination name Shop
    service name HTTPS
    translated-service original
    enable
    exit

access-rule ipv6 from WAN to LAN action allow
    from WAN
    to LAN
    action allow
    source address any
    service name HTTPS
    destination address name "Shop outside"
    enable
    exit

"""


def told(*more: str, before: str = "access-rule ipv4") -> Any:
    head, found, rest = TEXT.partition(before)
    assert found
    one = configuration(head + "".join(more) + found + rest)
    assert one.unparsed == 0
    return one.facts


@pytest.mark.parametrize(
    ("line", "central", "methods"),
    [
        ("method ldap-local", "ldap", ("ldap", "local")),
        ("user-method radius", "radius", ("radius",)),
        ("method local", "none", ("local",)),
    ],
)
def test_users_are_asked_by_a_server_or_by_the_box_itself(line: str, central: str, methods: tuple[str, ...]) -> None:
    """In the order in which it asks them; without the setting nothing is told."""
    found = told(f"user authentication\n    {line}\n    exit\n", "ssl-vpn server\n    enable\n    exit\n")
    assert found[facts.ACCESS_CENTRAL_AUTHENTICATION] == central
    assert {one.group: one.methods for one in found[facts.VPN_AUTHENTICATION]}["SSL VPN"] == methods
    assert facts.ACCESS_CENTRAL_AUTHENTICATION not in told()


@pytest.mark.parametrize(
    ("line", "second"),
    [("one-time-password totp", True), ("no one-time-password", False), ("one-time-password disabled", False)],
)
def test_a_second_factor_is_one_that_the_group_of_remote_users_must_have(line: str, second: bool) -> None:
    """What is switched off is none."""
    found = told(
        "user authentication\n    method ldap\n    exit\n", GROUP.format(line), "ssl-vpn server\n    enable\n    exit\n"
    )
    methods = {one.group: one.methods for one in found[facts.VPN_AUTHENTICATION]}["SSL VPN"]
    assert ("otp" in methods) is second


def test_a_host_of_ipv6_that_a_policy_publishes_is_exposed() -> None:
    """By rules of its own version; those of IPv4 publish nothing of it."""
    rows = {(row.service, row.to) for row in told(SIX)[facts.FIREWALL_EXPOSED]}
    assert ("https", "2001:db8:20::80") in rows
    shut = told(SIX.replace("action allow", "action deny"))[facts.FIREWALL_EXPOSED]
    assert not [row for row in shut if ":" in str(row.to)]
    assert len(told(SIX)[facts.FIREWALL_NAT]) == len(told()[facts.FIREWALL_NAT]) + 1


def test_an_interface_with_a_tag_has_the_name_that_rules_give_it() -> None:
    """`interface X2 vlan 88` is X2:V88."""
    text = "interface X2 vlan 88\n    ip-assignment LAN static\n        ip 10.88.0.1 netmask 255.255.255.0\n"
    text += "        exit\n    exit\n\n"
    assert "X2:V88" in [row.name for row in told(text, before="interface X0")[facts.INTERFACES]]

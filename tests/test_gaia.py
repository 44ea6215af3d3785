"""Check Point Gaia: what a gateway tells, and what it leaves to its management server."""

from __future__ import annotations

import pytest

from auditor import facts
from auditor.collectors.vendors import find
from auditor.collectors.vendors.gaia import GAIA, cluster, configuration, licences, policy, routes, table, uptime
from auditor.collectors.vendors.page import Identity
from auditor.values import ABSENT, Message


@pytest.mark.parametrize(
    ("descr", "oid", "mine"),
    [
        ("Linux gw 2.6.18-92cpx86_64 #1 SMP", "1.3.6.1.4.1.8072.3.2.10", True),
        ("Linux CP1490 3.10.20-al-5.0-pr2 #1 SMP", "1.3.6.1.4.1.8072.3.2.10", True),
        ("Linux pbx 6.1.0-18-amd64 #1 SMP", "1.3.6.1.4.1.8072.3.2.10", False),
        ("anything", "1.3.6.1.4.1.2620.1.6.123.1.49", True),
    ],
)
def test_a_gateway_that_answers_as_net_snmp_is_known_by_its_kernel(descr: str, oid: str, mine: bool) -> None:
    """Another Linux is none."""
    assert (find(Identity(descr, oid)) is GAIA) is mine


def test_what_the_manager_holds_is_a_gap_with_that_reason() -> None:
    """Rules and communities of a VPN are not on the gateway: their absence says nothing."""
    for told in (
        configuration("set hostname gw\nset net-access telnet off\n"),
        policy("HOST POLICY DATE\nlocalhost P x\n"),
    ):
        assert told.missing[facts.FIREWALL_RULES] == Message("gap.manager")
        assert facts.FIREWALL_RULES not in told.facts


def test_snmp_is_what_its_agent_answers() -> None:
    """Off is none; v3 alone answers no community."""
    base = "set hostname gw\nset snmp community <secret:default> read-only\n"
    assert configuration(base + "set snmp agent off\n").facts[facts.ACCESS_SNMP] == ()
    assert configuration(base + "set snmp agent on\nset snmp agent-version any\n").facts[facts.ACCESS_SNMP] == (
        "v2c-default",
    )
    v3 = "set snmp agent on\nset snmp agent-version v3-Only\nadd snmp usm user a security-level authNoPriv\n"
    assert configuration(base + v3).facts[facts.ACCESS_SNMP] == ("v3-auth",)


def test_a_cut_configuration_is_silent_about_what_it_does_not_show() -> None:
    """No line about telnet is no telnet that is off."""
    assert set(configuration("set hostname gw").facts) == {facts.IDENTITY_NAME}


def test_licences_name_the_users_they_let_in() -> None:
    """The largest counts; the key is no feature."""
    text = "Host Expiration Features\n10.0.0.1 never CPSB-FW CPSB-MOB-5 CK-AA\n10.0.0.1 14Jan2027 CPSB-MOB-200\n"
    told = licences(text).facts
    assert told[facts.VPN_SESSIONS_LICENSED] == 200
    assert [row.feature for row in told[facts.SYSTEM_LICENCES]] == ["CPSB-FW", "CPSB-MOB-5", "CPSB-MOB-200"]
    assert not licences("Host Expiration Features\n").facts


def test_a_cluster_needs_another_member() -> None:
    """One that is down is none."""
    text = "1 (local)  10.0.0.1  100%  ACTIVE  a\n2  10.0.0.2  0%  {}  b\n"
    assert cluster(text.format("STANDBY")).facts == {facts.HA_STATE: "active"}
    assert cluster(text.format("DOWN")).facts == {facts.HA_STATE: "failed"}
    assert cluster("HA module not started.\n").facts == {facts.HA_STATE: "standalone"}
    assert not cluster("").facts


def test_tables_uptime_and_routes() -> None:
    """A table without its heading is no count, and no default route is no route that failed."""
    read = table(facts.VPN_SESSIONS_NOW, facts.VPN_SESSIONS_PEAK)
    head = "HOST NAME ID #VALS #PEAK #SLINKS\n"
    assert read(head + "localhost userc_users 118 12 40 0\n").facts == {
        facts.VPN_SESSIONS_NOW: 12, facts.VPN_SESSIONS_PEAK: 40,
    }  # fmt: skip
    assert not read("localhost userc_users 118 12 40 0\n").facts
    assert uptime(" 10:01:02 up 12 days,  3:04,  1 user\n").facts == {facts.SYSTEM_UPTIME: 1_047_840}
    assert routes("Codes: C - Connected\nC 10.0.0.0/8 is directly connected, eth1\n").facts == {}


PORTS = """set hostname gw
set interface eth0 comments "Operator A"
set interface eth0 state on
set interface eth0 ipv4-address 203.0.113.2 mask-length 29
add interface eth1 vlan 100
set interface eth1 state off
set interface eth1.100 ipv4-address 10.20.0.1 mask-length 24
set interface eth1.100 ipv6-address 2001:db8:20::1 mask-length 64
set static-route default nexthop gateway address 203.0.113.1 priority 1 on
set static-route default nexthop gateway address 198.51.100.1 priority 2 on
set static-route default nexthop gateway logical pppoe1 off
"""


def test_a_configuration_tells_its_interfaces_and_ways_out() -> None:
    """A next hop is behind the port whose network it is in; a way that is off is none."""
    found = configuration(PORTS).facts
    ports = {row.name: row for row in found[facts.INTERFACES]}
    assert (ports["eth0"].alias, ports["eth0"].addresses, ports["eth0"].admin_up) == (
        "Operator A",
        ("203.0.113.2",),
        True,
    )
    assert (ports["eth1.100"].kind, ports["eth1.100"].addresses) == ("vlan", ("10.20.0.1", "2001:db8:20::1"))
    assert ports["eth1"].admin_up is False
    ways = [(route.gateway, route.interface, route.metric) for route in found[facts.ROUTES_DEFAULT]]
    assert ways == [("203.0.113.1", "eth0", 1), ("198.51.100.1", ABSENT, 2)]

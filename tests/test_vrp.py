"""Huawei VRP: what its configuration and its answers tell, and what they do not prove."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.redact import redact
from auditor.collectors.vendors import vrp_acl, vrp_config
from auditor.collectors.vendors import vrp_shows as shown
from auditor.collectors.vendors.huawei import HUAWEI
from auditor.facts import Exposed, LinkQuality, LinkRate, Pool, Route, VpnService
from auditor.values import ABSENT
from tests.replay import redacted

WAN = (
    "interface GigabitEthernet0/0/1\n description WAN fibre\n ip address 198.51.100.2 255.255.255.252\n{0}#\n"
    "interface GigabitEthernet0/0/2\n ip address 10.20.0.1 255.255.0.0\n#\n"
    "ip route-static 0.0.0.0 0.0.0.0 198.51.100.1\n#\n"
)


def read(text: str = "", wan: str = "") -> dict[str, Any]:
    """What a whole configuration tells, by name."""
    told = vrp_config.configuration(f"[V200R010C10SPC700]\n#\n sysname ar-lyon\n#\n{WAN.format(wan)}{text}return\n")
    return {key.name: value for key, value in told.facts.items()}


def reached(text: str = "", wan: str = "") -> list[tuple[str, object, object]]:
    rows: tuple[Exposed, ...] = read(text, wan)["firewall.exposed"]
    return [(f"{row.service}/{row.port}", row.to, row.rule) for row in rows]


# ---- access lists ----


@pytest.mark.parametrize(
    ("text", "source", "destination", "services", "hits"),
    [
        ("rule 5 permit source 192.0.2.7 0 (94 matches)", "192.0.2.7", "any", "any", 94),
        ("rule 5 permit source 10.0.0.0 0.255.255.255", "10.0.0.0/8", "any", "any", ABSENT),
        ("rule 10 deny tcp destination 192.0.2.1 0 destination-port eq www (8 matches)", "any", "192.0.2.1",
         "tcp/80", 8),
        ("rule 15 deny tcp destination 192.0.2.0 0.0.0.255 destination-port range 50 80", "any", "192.0.2.0/24",
         "tcp/50-80", ABSENT),
        ("rule 20 permit ip", "any", "any", "any", ABSENT),
        ("rule 25 permit udp source-port eq 53 destination-port gt 1023", "any", "any", "udp/1024-65535", ABSENT),
        ("rule 30 permit 50", "any", "any", "esp", ABSENT),
    ],
)  # fmt: skip
def test_a_rule_is_told_in_the_normal_form(
    text: str, source: str, destination: str, services: str, hits: object
) -> None:
    """Wildcard bits become networks, names of ports numbers."""
    one = vrp_acl.entry("3000", text)
    assert one is not None
    rule = one.rule()
    assert (rule.source, rule.destination, rule.services, rule.hits) == ((source,), (destination,), (services,), hits)


@pytest.mark.parametrize("text", ['rule 5 description "permit all"', "step 5", "rule 5", ""])
def test_what_is_no_rule_is_none(text: str) -> None:
    """A description that looks like a rule permits nothing."""
    assert vrp_acl.entry("3000", text) is None


def test_a_list_without_rules_proves_its_heading_alone() -> None:
    """`0 rule` is an answer, not a form that was not understood."""
    told = shown.access_lists(
        " Total quantity of nonempty ACL number is 1 \n\nAdvanced ACL X 3999, 0 rule\nAcl's step is 5\n"
    )
    assert (told.facts, told.unparsed) == ({}, 0)


# ---- what the internet reaches ----

SERVER = " nat server protocol tcp global current-interface 8443 inside 10.20.0.8 3389\n"


def test_a_published_host_is_named_by_its_own_port() -> None:
    """What no line of a filter takes passes on a router."""
    assert reached(wan=SERVER) == [("rdp/8443", "10.20.0.8", "GigabitEthernet0/0/1")]


@pytest.mark.parametrize(
    ("rules", "open_"),
    [
        (" rule 5 deny tcp destination 10.20.0.8 0 destination-port eq 3389\n", False),
        (" rule 5 permit tcp source 203.0.113.0 0.0.0.255\n rule 10 deny ip\n", True),
        (" rule 5 deny tcp destination-port eq 22\n", True),
        (" rule 5 deny ip\n", False),
    ],
)
def test_a_filter_of_the_interface_decides_over_a_published_host(rules: str, open_: bool) -> None:
    """The list that the interface names, in its order."""
    found = reached(f"acl number 3001\n{rules}#\n", f"{SERVER} traffic-filter inbound acl 3001\n")
    assert bool(found) == open_


ZONES = (
    "firewall zone untrust\n set priority 5\n add interface GigabitEthernet0/0/1\n#\n"
    "firewall zone trust\n add interface GigabitEthernet0/0/2\n#\n"
)


@pytest.mark.parametrize(
    ("policy", "open_"),
    [
        ("security-policy\n rule name out\n  source-zone trust\n  action permit\n", False),
        ("security-policy\n default action permit\n", True),
        (
            "security-policy\n rule name web\n  source-zone untrust\n  destination-zone trust\n"
            "  destination-address 10.20.0.8 32\n  service protocol tcp destination-port 3389\n  action permit\n",
            True,
        ),
        (
            "security-policy\n rule name web\n  source-zone untrust\n  destination-zone trust\n  disable\n"
            "  action permit\n",
            False,
        ),
        ("security-policy\n rule name me\n  source-zone untrust\n  destination-zone local\n  action permit\n", False),
    ],
)
def test_the_policy_of_a_firewall_decides_by_zone(policy: str, open_: bool) -> None:
    """What no rule takes is refused; a rule to the box itself opens nothing behind it."""
    server = "nat server web protocol tcp global 198.51.100.2 8443 inside 10.20.0.8 3389\n#\n"
    found = [row for row in reached(f"{ZONES}{server}{policy}#\n") if row[1] != "self"]
    assert bool(found) == open_


def test_management_of_a_firewall_is_switched_on_for_each_interface() -> None:
    """`service-manage` of the outside interface, and a rule to the box itself."""
    rule = "security-policy\n rule name me\n  source-zone untrust\n  destination-zone local\n  action permit\n#\n"
    shut = read(f"{ZONES}{rule} stelnet server enable\n#\n")
    assert shut["access.management_from_internet"] == "no"
    opened = read(f"{ZONES}{rule} stelnet server enable\n#\n", " service-manage ssh permit\n")
    assert opened["access.management_from_internet"] == "open"


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ("stelnet server enable\n#\n", "open"),
        ("#\n", "no"),
        (
            "stelnet server enable\n#\nacl number 2000\n rule 5 permit source 203.0.113.0 0.0.0.255\n#\n"
            "user-interface vty 0 4\n acl 2000 inbound\n protocol inbound ssh\n#\n",
            "restricted",
        ),
    ],
)
def test_management_is_as_open_as_its_lines(lines: str, level: str) -> None:
    """A list on the lines for administrators restricts."""
    assert read(lines)["access.management_from_internet"] == level


# ---- remote access, routes, rates ----


def test_callers_get_the_pool_of_their_template_alone() -> None:
    """The pool of the office's DHCP counts no remote user."""
    told = read(
        "ip pool ra\n gateway-list 10.9.0.1\n network 10.9.0.0 mask 255.255.255.192\n#\n"
        "ip pool office\n network 10.20.0.0 mask 255.255.0.0\n#\ninterface Virtual-Template1\n"
        " remote address pool ra\n#\nl2tp-group 1\n allow l2tp virtual-template 1\n#\n"
        "aaa\n authentication-scheme default\n  authentication-mode radius local\n#\n"
        "ike peer u\n pre-shared-key cipher %^%#xyz%^%#\n ike-proposal 5\n version 1\n#\n"
        "ike proposal 5\n encryption-algorithm aes-256\n dh group14\n"
        " authentication-algorithm sha2-256\n sa duration 3600\n#\n"
        "ike proposal 9\n encryption-algorithm des\n#\n"
    )
    assert told["vpn.pools"] == (Pool("ra", network="10.9.0.0/26", addresses=61),)
    assert told["vpn.authentication"][0].methods == ("psk", "radius", "local")
    (offer,) = told["vpn.proposals"]
    assert (offer.protocol, offer.encryption, offer.integrity, offer.dh_groups, offer.lifetime_s) == (
        "ikev1", ("aes-256-cbc",), ("sha256",), (14,), 3600,
    )  # fmt: skip
    assert {(row.port, row.service) for row in told["firewall.exposed"]} == {(500, "vpn"), (4500, "vpn"), (1701, "vpn")}


def test_default_routes_name_the_interface_of_their_next_hop() -> None:
    """A dialer by its name, a lease by its interface, the preference as distance."""
    told = read(
        "interface Dialer1\n ip address ppp-negotiate\n#\ninterface GigabitEthernet0/0/3\n ip address dhcp-alloc\n#\n"
        "ip route-static 0.0.0.0 0.0.0.0 Dialer1 preference 100 description backup\n"
        "ip route-static vpn-instance v 0.0.0.0 0.0.0.0 10.1.1.1\nip route-static 10.0.0.0 8 NULL0\n#\n"
    )
    assert told["routes.default"] == (
        Route("0.0.0.0/0", "GigabitEthernet0/0/1", "198.51.100.1", "static", 60),
        Route("0.0.0.0/0", "Dialer1", ABSENT, "static", 100),
        Route("0.0.0.0/0", "GigabitEthernet0/0/3", ABSENT, "dhcp"),
    )


def test_shapers_and_limits_of_an_interface_are_rates() -> None:
    """kbit/s; what is limited for a list of addresses is no rate of the line."""
    told = read(wan=" qos gts cir 40000 cbs 1000000\n qos car inbound cir 90000\n qos car inbound acl 3001 cir 64\n")
    assert told["link.rates"] == (
        LinkRate("GigabitEthernet0/0/1", "shaper", up_bps=40_000_000),
        LinkRate("GigabitEthernet0/0/1", "policer", down_bps=90_000_000),
    )


def test_a_configuration_cut_short_claims_nothing_that_it_lacks() -> None:
    """Without its `return`, the rest may follow."""
    told = vrp_config.configuration(f"#\n sysname ar\n#\n{WAN.format('')}")
    assert not {"access.telnet", "firewall.exposed", "access.snmp"} & {key.name for key in told.facts}


def test_a_community_is_told_by_its_name_and_who_may_ask() -> None:
    """Redaction leaves its class; a list restricts it."""
    text = redacted(" snmp-agent community read public acl 2001\n snmp-agent group v3 ops privacy\n#\n", HUAWEI.secrets)
    assert read(text)["access.snmp"] == ("v2c-default", "v3-authpriv")


@pytest.mark.parametrize("line", ["read cipher %^%#Zx8k2vLt%^%#", "read Zx8k2vLt", "write simple Zx8k2vLt", "Zx8k2vLt"])
def test_a_community_is_replaced_and_its_way_is_kept(line: str) -> None:
    """`read` is no community, and what follows it is one."""
    kept = redact(f" snmp-agent community {line} acl 2001\n", HUAWEI.secrets)
    assert "Zx8k" not in kept
    assert ("read" in line) == ("read" in kept)
    assert redact(kept, HUAWEI.secrets) == kept


# ---- answers ----


def test_an_item_for_vpn_users_is_the_licensed_number() -> None:
    """What the licence allows for the portal is the limit; other items are licences only."""
    text = (
        " Active license    : flash:/lic.dat\n License state     : Normal\n\n Item name         : LIC-X\n"
        " Control value     : 1000\n Used value        : 12\n Description       : SSL VPN Concurrent Users\n"
        " Item name         : LIC-Y\n Control value     : 7\n Description       : Virtual Systems\n"
    )
    told = shown.licences(text).facts
    assert told[facts.VPN_SESSIONS_LICENSED] == 1000
    assert [one.feature for one in told[facts.SYSTEM_LICENCES]] == ["LIC-X", "LIC-Y"]


def test_first_phases_are_counted_not_guessed_to_be_people() -> None:
    """Only rows of phase 1 that are ready."""
    text = (
        "    Conn-ID  Peer            VPN   Flag(s)                Phase\n"
        "  ---------------------------------------------------------------\n"
        "      1369  192.0.2.1       0     RD|ST                  v1:2\n"
        "      1366  192.0.2.1       0     RD|ST                  v1:1\n"
        "      1400  192.0.2.9       0     RD                     v2:1\n"
        "      1401  192.0.2.8       0     NEG                    v2:1\n"
    )
    assert shown.ike(text).facts == {facts.VPN_IKE_SAS: 2}


def test_the_total_of_callers_proves_their_number() -> None:
    """`Total session = 2`."""
    assert shown.l2tp(" Total session = 2\n\n LocalSID  RemoteSID  LocalTID\n").facts[facts.VPN_SERVICES] == (
        VpnService("l2tp", 2),
    )


def test_the_last_result_of_a_probe_counts() -> None:
    """Earlier tests of the same entry are history."""
    text = (
        " NQA entry(admin, wan) :testflag is active ,testtype is icmp\n  1 . Test 1 result   The test is finished\n"
        "   Completion:success\n   Destination ip address:192.0.2.1\n   Min/Max/Average Completion Time: 31/46/99\n"
        "   Lost packet ratio: 40 %\n  2 . Test 2 result   The test is finished\n   Completion:success\n"
        "   Destination ip address:192.0.2.1\n   Min/Max/Average Completion Time: 3/6/5\n   Lost packet ratio: 0 %\n"
    )
    assert shown.probes(text).facts[facts.LINK_QUALITY] == (
        LinkQuality("192.0.2.1", rtt_ms=5.0, loss_percent=0.0, state="success"),
    )


def test_default_routes_of_the_table_are_told_with_what_is_in_use() -> None:
    """The second hop of a route has no network of its own."""
    text = (
        "Destination/Mask    Proto   Pre  Cost      Flags NextHop         Interface\n\n"
        "        0.0.0.0/0   Static  60   0          RD   198.51.100.1    GigabitEthernet0/0/1\n"
        "                    Static  60   0          R    203.0.113.1     Dialer1\n"
        "       10.0.0.0/8   Static  60   0          RD   10.1.1.1        GigabitEthernet0/0/2\n"
    )
    assert shown.routes(text).facts[facts.ROUTES_DEFAULT] == (
        Route("0.0.0.0/0", "GigabitEthernet0/0/1", "198.51.100.1", "static", 60, True),
        Route("0.0.0.0/0", "Dialer1", "203.0.113.1", "static", 60, False),
    )


def test_published_hosts_of_an_answer_are_those_of_the_configuration() -> None:
    """`current-interface/8443`, `10.20.0.8/3389`, `6(tcp)`."""
    text = (
        "  Nat Server Information:\n  Interface  : GigabitEthernet0/0/1\n"
        "    Global IP/Port     : current-interface/8443 (Real IP : 198.51.100.2)\n"
        "    Inside IP/Port     : 10.20.0.8/3389\n    Protocol : 6(tcp)\n    VPN instance-name  : ----\n"
        "    Acl number         : ----\n    Description : ----\n\n  Total :    1\n"
    )
    (one,) = shown.nat_servers(text).facts[facts.FIREWALL_NAT]
    assert (one.from_, one.redirected, one.services) == (
        ("GigabitEthernet0/0/1",),
        ("10.20.0.8", "3389"),
        ("tcp/8443",),
    )


# ---- what other boxes write ----

LOCAL = "security-policy\n rule name me\n  source-zone untrust\n  destination-zone local\n  action {}\n#\n"


@pytest.mark.parametrize(
    ("wan", "action", "level"),
    [
        (" service-manage ssh permit\n", "deny", "open"),
        (" undo service-manage enable\n", "permit", "open"),
        (" undo service-manage enable\n", "deny", "no"),
        (" service-manage ping permit\n", "permit", "no"),
    ],
)
def test_an_interface_manages_its_services_itself_or_leaves_them_to_the_policy(
    wan: str, action: str, level: str
) -> None:
    """Service management comes before the security policy, and is asked no more where it is switched off."""
    text = f"{ZONES}{LOCAL.format(action)} stelnet server enable\n#\n"
    assert read(text, wan)["access.management_from_internet"] == level


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ("ssh server permit interface GigabitEthernet0/0/2\n", "no"),
        ("ssh server permit interface GigabitEthernet0/0/1\n", "open"),
        ("ssh server permit interface all\n", "open"),
        ("ssh server-source -i GigabitEthernet0/0/2\n", "no"),
    ],
)
def test_a_service_answers_on_the_interfaces_that_it_is_bound_to(lines: str, level: str) -> None:
    """Of a router of later releases."""
    assert read(f" stelnet server enable\n#\n{lines}#\n")["access.management_from_internet"] == level


def test_a_rule_for_everybody_counts_behind_one_for_some() -> None:
    """The box is as open as the widest of the rules that let somebody in."""
    some = "security-policy\n rule name some\n  source-zone untrust\n  source-address 203.0.113.0 24\n  action permit\n"
    text = f"{ZONES}{some} rule name all\n  action permit\n#\n stelnet server enable\n#\n"
    assert read(text, " undo service-manage enable\n")["access.management_from_internet"] == "open"


def test_callers_of_a_scheme_get_its_pool_and_its_timer() -> None:
    """A pool of sections, and minutes without traffic."""
    told = read(
        "ip pool ra\n section 0 10.9.0.10 10.9.0.19\n section 1 10.9.0.30 10.9.0.39\n#\n"
        "aaa\n service-scheme callers\n  ip-pool ra\n  idle-cut 30 60\n #\n local-user audit password x\n#\n"
        "l2tp-group 1\n allow l2tp virtual-template 1\n#\n"
    )
    assert [row.addresses for row in told["vpn.pools"]] == [10, 10]
    assert (told["vpn.idle_timeout"], told["access.local_users"][0].total) == (1800, 1)


@pytest.mark.parametrize(("changed", "differs"), [("10:00:01", True), ("09:59:59", False)])
def test_what_runs_is_compared_with_what_was_saved(changed: str, differs: bool) -> None:
    """VRP 8 writes both times at the top; other releases compare the files themselves."""
    told = vrp_config.configuration(
        f"!Software Version V600R022C10SPC500\n!Last configuration was updated at 2026-11-20 {changed}+00:00 by audit\n"
        "!Last configuration was saved at 2026-11-20 10:00:00+00:00 by audit\n#\nsysname fw\n#\nreturn\n"
    ).facts
    assert HUAWEI.derive[facts.CONFIG_UNSAVED].make(told) is differs
    assert told[facts.CONFIG_SAVED_AT].isoformat() == "2026-11-20T10:00:00+00:00"
    same = " The current configuration is the same as the next startup configuration file.\n"
    assert shown.compared(same).facts == {facts.CONFIG_UNSAVED: False}
    assert shown.compared("Error: Too many parameters found at '^' position.").unparsed


def test_no_description_is_no_description() -> None:
    """A switch writes what its port does on the next line; a port that is down has no speed."""
    text = (
        "Eth-Trunk0 current state : DOWN\nLine protocol current state : DOWN\nDescription:\n"
        "Switch Port, Link-type : access(negotiated),\nCurrent BW: 0M, The Maximum Frame Length is 9216\n"
    )
    (row,) = shown.interfaces(text).facts[facts.INTERFACES]
    assert (row.alias, row.speed_bps) == (ABSENT, ABSENT)


def test_logs_that_are_switched_off_go_nowhere() -> None:
    """The factory keeps them in the box."""
    assert read(" undo info-center enable\n#\n")["access.logging"] == ()
    assert read()["access.logging"] == ("local",)


def test_the_mark_says_when_and_nothing_else() -> None:
    """Asked first and last."""
    text = "The time when system configuration has been changed lastly is:Nov 20 2026 10:00:00\n"
    assert HUAWEI.mark.read(text) == "Nov 20 2026 10:00:00"
    assert HUAWEI.mark.read("Error: Unrecognized command found at '^' position.") == ""


def test_static_translation_publishes_and_a_policy_shapes() -> None:
    """`nat static` of a router, and a traffic policy for all that passes."""
    text = (
        "acl number 3000\n rule 5 permit tcp destination 10.20.0.10 0 destination-port eq 3389\n rule 10 deny ip\n#\n"
        "traffic classifier all operator or\n if-match any\ntraffic behavior slow\n gts cir 20000 cbs 500000\n"
        "traffic policy line\n classifier all behavior slow\n#\n"
    )
    wan = (
        " nat static protocol tcp global current-interface 8080 inside 10.20.0.10 3389 netmask 255.255.255.255\n"
        " traffic-filter inbound acl 3000\n traffic-policy line outbound\n"
    )
    told = read(text, wan)
    assert [(row.id, row.redirected) for row in told["firewall.nat"]] == [("nat static 0", ("10.20.0.10", "3389"))]
    assert [(row.service, row.port) for row in told["firewall.exposed"]] == [("rdp", 8080)]
    assert told["link.rates"] == (LinkRate("GigabitEthernet0/0/1", "shaper", up_bps=20_000_000),)


def test_the_licence_of_a_firewall_is_a_line_for_each_function() -> None:
    """What TLS users are allowed, and what is off."""
    told = shown.licences(
        " Device ESN is: 2102350000\n The file activated is: hda1:/licence.dat\n"
        " The time when activated is: 2026/01/14 02:00:00\n"
        " NGFW SSL VPN Concurrent Users : 100\n IPS Update : Disabled; service expire time: 2026/01/30\n"
    ).facts
    assert told[facts.VPN_SESSIONS_LICENSED] == 100
    assert [(row.feature, row.state) for row in told[facts.SYSTEM_LICENCES]] == [
        ("NGFW SSL VPN Concurrent Users", "valid"), ("IPS Update", "missing"),
    ]  # fmt: skip
    assert shown.licences(" Device ESN is: 2102350000\n").unparsed

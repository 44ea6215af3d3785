"""config.xml of pfSense and OPNsense: lines, shapers, order of rules, groups of interfaces, aliases, VPN servers."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors import by_platform
from auditor.collectors.vendors.bsd import OPNSENSE, PFSENSE, queues, routes
from auditor.collectors.vendors.pf_config import configuration
from auditor.facts import LinkRate, Route
from auditor.values import ABSENT

PORTS = """\
<interfaces><wan><if>igb0</if><ipaddr>203.0.113.2</ipaddr><subnet>24</subnet><gateway>FIBRE</gateway><enable/></wan>
<lan><if>igb1</if><ipaddr>10.20.0.1</ipaddr><subnet>24</subnet><ipaddrv6>2001:db8:20::1</ipaddrv6><subnetv6>64</subnetv6>
<enable/></lan><opt1><if>igb2</if><descr>LTE</descr><ipaddr>dhcp</ipaddr><enable/></opt1>
<opt2><if>igb3</if><descr>Plant</descr><ipaddr>10.30.0.1</ipaddr><subnet>24</subnet><enable/></opt2></interfaces>
<gateways><defaultgw4>FIBRE</defaultgw4>
<gateway_item><interface>wan</interface><gateway>203.0.113.1</gateway><name>FIBRE</name></gateway_item>
<gateway_item><interface>opt2</interface><gateway>10.30.0.254</gateway><name>INNER</name></gateway_item></gateways>
"""


def told(*parts: str, of: str = "pfsense") -> Any:
    one = configuration(f"<?xml version='1.0'?><{of}>{PORTS}{''.join(parts)}</{of}>")
    assert one.unparsed == 0
    return one.facts


def rule(name: str, *more: str, action: str = "pass", way: str = "wan", port: str = "") -> str:
    where = (
        f"<destination><network>(self)</network><port>{port}</port></destination>"
        if port
        else "<destination><any/></destination>"
    )
    kind = "<protocol>tcp</protocol>" if port else ""
    return (f"<rule><tracker>{name}</tracker><type>{action}</type><interface>{way}</interface>{kind}"
            f"<source><any/></source>{where}{''.join(more)}</rule>")  # fmt: skip


def ids(found: Any) -> list[str]:
    return [row.id for row in found[facts.FIREWALL_RULES]]


def opened(found: Any) -> list[tuple[str, Any]]:
    return [(row.service, row.rule) for row in found[facts.FIREWALL_EXPOSED]]


# ---- lines ----


def test_default_routes_and_uplinks_stand_in_the_configuration() -> None:
    """The gateway that is set, and a line that a provider addresses; a way to an inner network is no default."""
    assert told()[facts.ROUTES_DEFAULT] == (
        Route("0.0.0.0/0", "igb0", "203.0.113.1", "static", active=True),
        Route("0.0.0.0/0", "igb2", protocol="dhcp"),
    )


def test_a_group_of_gateways_is_several_uplinks() -> None:
    """None of them is the one in use."""
    group = "<gateways><defaultgw4>BOTH</defaultgw4>"
    more = ("<gateway_item><interface>opt1</interface><gateway>dynamic</gateway><name>LTE_DHCP</name></gateway_item>"
            "<gateway_group><name>BOTH</name><item>FIBRE|1|address</item><item>LTE_DHCP|2|address</item></gateway_group>"
            "</gateways>")  # fmt: skip
    text = PORTS.replace("<gateways><defaultgw4>FIBRE</defaultgw4>", group).replace("</gateways>", more)
    found = configuration(f"<pfsense>{text}</pfsense>").facts[facts.ROUTES_DEFAULT]
    assert [(row.interface, row.active) for row in found] == [("igb0", ABSENT), ("igb2", ABSENT)]


def test_what_the_routing_table_shows_is_in_use_and_what_is_set_stands_by() -> None:
    """A line that a provider addresses is one line, whichever answer tells its gateway."""
    written = told()[facts.ROUTES_DEFAULT]
    shown = (Route("0.0.0.0/0", "igb2", "192.0.2.1", active=True),)
    for both in (routes(written, shown), routes(shown, written)):
        assert [(row.interface, row.gateway, row.protocol, row.active) for row in both] == [
            ("igb2", "192.0.2.1", "dhcp", True), ("igb0", "203.0.113.1", "static", False)
        ]  # fmt: skip


def test_the_networks_of_an_interface_are_those_of_the_rules_version() -> None:
    """`lan` in a rule of IPv6 is its IPv6 network."""
    net = "<source><network>lan</network></source>"
    rows = [f"<rule><type>pass</type><interface>lan</interface><ipprotocol>{family}</ipprotocol>{net}</rule>"
            for family in ("inet", "inet6", "inet46")]  # fmt: skip
    found = told("<filter>", *rows, "</filter>")[facts.FIREWALL_RULES]
    assert [row.source for row in found] == [
        ("10.20.0.0/24",), ("2001:db8:20::/64",), ("10.20.0.0/24", "2001:db8:20::/64")
    ]  # fmt: skip


# ---- shapers ----


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<shaper><queue><interface>wan</interface><bandwidth>45</bandwidth><bandwidthtype>Mb</bandwidthtype>"
         "<enabled>on</enabled></queue></shaper>", LinkRate("igb0", "shaper", up_bps=45_000_000)),
        ("<shaper><queue><interface>wan</interface><bandwidth>20</bandwidth><bandwidthtype>%</bandwidthtype></queue>"
         "</shaper>",
         None),
        ("<dnshaper>{down}{up}</dnshaper><filter><rule><type>match</type><interface>wan</interface><floating>yes</floating>"
         "<direction>out</direction><source><any/></source><destination><any/></destination>"
         "<dnpipe>upQ</dnpipe><pdnpipe>down</pdnpipe></rule></filter>",
         LinkRate("igb0", "shaper", 200_000_000, 40_500_000)),
        ("<dnshaper>{down}{up}</dnshaper><filter><rule><type>pass</type><interface>wan</interface><protocol>tcp</protocol>"
         "<source><any/></source><destination><any/></destination><dnpipe>down</dnpipe></rule></filter>", None),
        ("<OPNsense><TrafficShaper><pipes><pipe uuid='p'><enabled>1</enabled><bandwidth>90</bandwidth>"
         "<bandwidthMetric>Mbit</bandwidthMetric><mask>none</mask></pipe></pipes><queues><queue uuid='q'>"
         "<enabled>1</enabled><pipe>p</pipe></queue></queues><rules><rule><enabled>1</enabled><interface>wan</interface><proto>ip</proto>"
         "<source>10.20.0.0/24</source><destination>any</destination><direction>out</direction><target>q</target></rule>"
         "</rules></TrafficShaper></OPNsense>",
         LinkRate("igb0", "shaper", up_bps=90_000_000)),
    ],
    ids=["ALTQ", "a share", "limiters", "one protocol alone", "pipes"],
)  # fmt: skip
def test_a_shaper_bounds_the_line_that_everything_goes_through(text: str, expected: LinkRate | None) -> None:
    """Into the interface or out of it by the direction of the rule; what bounds a part of the traffic is no rate."""
    pipe = ("<queue><name>{0}</name><bandwidth><item><bw>{1}</bw><bwscale>Mb</bwscale><bwsched>none</bwsched></item>"
            "</bandwidth><mask>none</mask><enabled>on</enabled>{2}</queue>")  # fmt: skip
    made = text.format(
        down=pipe.format("down", "200", ""), up=pipe.format("up", "40.5", "<queue><name>upQ</name></queue>")
    )
    assert told(made).get(facts.LINK_RATES, ()) == ((expected,) if expected else ())


def test_the_queues_of_pf_are_read_by_their_roots() -> None:
    """A list without queues is understood, and tells no rate."""
    shown = "queue root_igb0 on igb0 bandwidth 45.50Mb priority 0 {qLink, qACK}\nqueue  qLink bandwidth 20%\n"
    assert queues(shown).facts == {facts.LINK_RATES: (LinkRate("igb0", "shaper", up_bps=45_500_000),)}
    assert queues("No queue in use\n").unparsed == 0
    assert queues("pfctl: /dev/pf: Permission denied\n").unparsed == 1


# ---- order ----


def test_floating_rules_decide_first_only_where_they_say_so() -> None:
    """One that does not decide at once counts last, and of several the last (filter.inc of pfSense)."""
    rows = (
        rule("1", "<floating>yes</floating>", action="block"),
        rule("2", "<floating>yes</floating>", port="443"),
        rule("3", port="22"),
        rule("4", "<floating>yes</floating><quick>yes</quick>", action="block", port="22"),
    )
    found = told("<filter>", *rows, "</filter>")
    assert ids(found) == ["4", "3", "2", "1"]
    assert opened(found) == [("https", "2")]


def test_rules_of_a_group_of_interfaces_count_for_its_members() -> None:
    """Before those of one interface, and after floating ones."""
    group = "<ifgroups><ifgroupentry><ifname>lines</ifname><members>wan opt1</members></ifgroupentry></ifgroups>"
    rows = rule("1", action="block", port="22") + rule("2", way="lines", port="22")
    assert opened(told(group, "<filter>", rows, "</filter>")) == [("ssh", "2")]
    assert opened(told(group.replace("wan ", ""), "<filter>", rows, "</filter>")) == [("ssh", "2")]
    assert opened(told(group.replace("wan opt1", "lan"), "<filter>", rows, "</filter>")) == []


def test_an_alias_that_is_fetched_keeps_its_name() -> None:
    """A list of addresses that is no part of the configuration is neither nobody nor everybody."""
    alias = "<aliases><alias><name>friends</name><type>urltable</type><address></address></alias></aliases>"
    row = rule("1", port="22").replace("<source><any/></source>", "<source><address>friends</address></source>")
    found = told(alias, f"<filter>{row}</filter>")
    assert found[facts.FIREWALL_RULES][0].source == ("friends",)
    assert [one.from_ for one in found[facts.FIREWALL_EXPOSED]] == ["friends"]
    assert found[facts.ACCESS_MANAGEMENT_FROM_INTERNET] in ("no", "restricted")


def test_what_leaves_is_translated_by_itself_unless_the_box_is_told_not_to() -> None:
    """By the mode; rules of an administrator are told where they count."""
    made = ("<rule><interface>wan</interface><source><network>10.20.0.0/24</network></source>"
            "<destination><any/></destination><target>203.0.113.9</target></rule>")  # fmt: skip
    seen = {}
    for mode in ("automatic", "hybrid", "advanced", "disabled"):
        rows = told(f"<nat><outbound><mode>{mode}</mode>{made}</outbound></nat>")[facts.FIREWALL_NAT]
        seen[mode] = [row.id for row in rows]
        assert all(row.kind == "dynamic" for row in rows)
    assert seen == {
        "automatic": ["automatic"],
        "hybrid": ["outbound1", "automatic"],
        "advanced": ["outbound1"],
        "disabled": [],
    }


def test_a_virtual_address_is_the_box_itself() -> None:
    """What a rule opens on an address that two boxes share reaches the box."""
    vip = "<virtualip><vip><mode>carp</mode><interface>wan</interface><subnet>203.0.113.5</subnet></vip></virtualip>"
    row = rule("1", port="22").replace("<network>(self)</network>", "<address>203.0.113.5</address>")
    found = told(vip, f"<filter>{row}</filter>")
    assert [(one.service, one.to) for one in found[facts.FIREWALL_EXPOSED]] == [("ssh", "self")]


# ---- VPN, administration ----


def test_mobile_users_are_led_to_the_network_of_the_interface_that_is_named() -> None:
    """`lan` in a second phase is its network."""
    text = ("<ipsec><client><enable/></client><phase1><ikeid>1</ikeid><mobile/><iketype>ikev2</iketype>"
            "<authentication_method>eap-tls</authentication_method></phase1><phase2><ikeid>1</ikeid><mobile/>"
            "<localid><type>lan</type></localid></phase2></ipsec>")  # fmt: skip
    found = told(text)
    assert found[facts.VPN_TUNNEL_ROUTES] == ("10.20.0.0/24",)
    assert found[facts.VPN_TUNNEL_MODE] == "split"


def test_a_server_that_must_not_negotiate_offers_its_one_cipher() -> None:
    """The list beside it is not offered; the oldest TLS is told where every server names one."""
    server = ("<openvpn><openvpn-server><mode>server_tls</mode><ncp_enable>disabled</ncp_enable>"
              "<data_ciphers>AES-256-GCM</data_ciphers><data_ciphers_fallback>BF-CBC</data_ciphers_fallback>"
              "<custom_options>tls-version-min 1.2</custom_options></openvpn-server></openvpn>")  # fmt: skip
    found = told(server)
    assert found[facts.VPN_PROPOSALS][0].encryption == ("bf-cbc",)
    assert found[facts.VPN_TLS_MINIMUM] == "tlsv1.2"


def test_several_servers_of_administrators_are_weighed_by_the_first_that_is_central() -> None:
    """The box's own list beside it changes nothing."""
    text = ("<system><webgui><authmode>Local Database,corp</authmode></webgui>"
            "<authserver><name>corp</name><type>ldap</type></authserver></system>")  # fmt: skip
    assert told(text, of="opnsense")[facts.ACCESS_CENTRAL_AUTHENTICATION] == "ldap"


@pytest.mark.parametrize("page", [PFSENSE, OPNSENSE], ids=lambda page: page.platform)
def test_both_pages_ask_pf_for_its_queues(page: Any) -> None:
    """In the list of what may be sent."""
    assert "pfctl -sq" in [row.line for row in by_platform(page.platform).asked]


# ---- redirections ----

SENT = (
    "<nat><rule><interface>wan</interface><protocol>tcp</protocol>{source}<destination><network>wanip</network>"
    "<port>{port}</port></destination><target>10.20.0.25</target><local-port>{local}</local-port>{more}</rule></nat>"
)
MAIL = "<aliases><alias><name>MAIL</name><type>port</type><address>25 587</address></alias></aliases>"


def sent(source: str = "<source><any/></source>", port: str = "443", local: str = "443", more: str = "") -> str:
    return SENT.format(source=source, port=port, local=local, more=more)


@pytest.mark.parametrize(
    "more", ["<pass>pass</pass>", "<pass>rule</pass>", "<associated-rule-id>pass</associated-rule-id>"]
)
def test_a_redirection_that_passes_opens_its_host_to_those_it_is_for(more: str) -> None:
    """Whichever way the versions write it; from a network alone where it names one."""
    found = told(sent(more=more))[facts.FIREWALL_EXPOSED]
    assert [(one.service, one.to, one.from_) for one in found] == [("https", "10.20.0.25", "any")]
    some = told(sent("<source><network>203.0.113.64/26</network></source>", more=more))[facts.FIREWALL_EXPOSED]
    assert [one.from_ for one in some] == ["203.0.113.64/26"]


def test_a_rule_for_everybody_opens_a_host_only_to_those_who_are_led_to_it() -> None:
    """The rule names the host; the redirection says for whom it is."""
    row = rule("1", port="443").replace("<network>(self)</network>", "<address>10.20.0.25</address>")
    narrow = sent("<source><address>198.51.100.7</address></source>")
    found = told(narrow, f"<filter>{row}</filter>")[facts.FIREWALL_EXPOSED]
    assert [(one.to, one.from_) for one in found] == [("10.20.0.25", "198.51.100.7")]
    assert [one.from_ for one in told(sent(), f"<filter>{row}</filter>")[facts.FIREWALL_EXPOSED]] == ["any"]


def test_a_list_of_ports_that_is_handed_on_keeps_each_port() -> None:
    """The same list on both sides moves nothing."""
    found = told(MAIL, sent(port="MAIL", local="MAIL", more="<pass>pass</pass>"))[facts.FIREWALL_EXPOSED]
    assert sorted((one.service, one.port) for one in found) == [("smtp", 25), ("smtp", 587)]


def test_what_only_allows_more_is_no_condition_of_a_rule() -> None:
    """A refusal that OPNsense writes with every setting it knows still closes what stands behind it."""
    more = "<allowopts>0</allowopts><tcpflags1/><sched/><os/>"
    rows = rule("1", more, action="block", port="22") + rule("2", port="22")
    found = told("<filter>", rows, "</filter>")
    assert found[facts.FIREWALL_RULES][0].conditions is ABSENT
    assert opened(found) == []


def test_where_no_interface_is_marked_all_of_them_count() -> None:
    """As the first versions wrote it: what a rule opens on their WAN is open."""
    text = PORTS.replace("<enable/>", "")
    found = configuration(f"<pfsense>{text}<filter>{rule('1', port='22')}</filter></pfsense>").facts
    assert opened(found) == [("ssh", "1")]
    assert [row.admin_up for row in found[facts.INTERFACES]][:2] == [True, True]


def test_a_connection_that_says_nothing_of_it_is_switched_on() -> None:
    """Only one that says so is off."""
    line = ("<OPNsense><Swanctl><Connections><Connection uuid='a'><proposals>aes256-sha256-modp2048</proposals>"
            "<remote_addrs>192.0.2.9</remote_addrs>{0}</Connection></Connections></Swanctl></OPNsense>")  # fmt: skip
    assert facts.VPN_PROPOSALS in told(line.format(""), of="opnsense")
    assert facts.VPN_PROPOSALS not in told(line.format("<enabled>0</enabled>"), of="opnsense")

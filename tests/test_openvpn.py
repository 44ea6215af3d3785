"""OpenVPN: clients with an address of version 6 alone, and how long its sessions may stand."""

from __future__ import annotations

import pytest

from auditor import facts
from auditor.collectors.vendors import openvpn
from auditor.facts import VpnService

STATUS = (
    "TITLE\tOpenVPN 2.6.3 x86_64-pc-linux-gnu\n"
    "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 Address\tBytes Received\n"
    "CLIENT_LIST\tann\t203.0.113.9:51234\t10.8.0.6\t\t1\n"
    "CLIENT_LIST\tbob\t203.0.113.7:1194\t\tfd00:8::5\t1\n"
    "CLIENT_LIST\tcarl\t203.0.113.8:1194\t\t\t1\n"
    "HEADER\tROUTING_TABLE\tVirtual Address\tCommon Name\tReal Address\n"
    "END\n"
)
SERVER = "port 1194\ndev tun\nca ca.crt\nserver 10.8.0.0 255.255.255.0\n"


def test_a_client_with_an_address_of_version_6_alone_is_connected() -> None:
    """One with neither has not finished; it is nobody yet."""
    assert openvpn.status(STATUS).facts[facts.VPN_SERVICES] == (VpnService("openvpn", 2, 0),)


@pytest.mark.parametrize(
    ("lines", "idle", "ends"),
    [
        ("", 0, 0),
        ("inactive 3600\n", 3600, 0),
        ('push "inactive 1800 1000"\n', 1800, 0),
        ("auth-gen-token 43200\n", 0, 43_200),
        ("auth-gen-token 0\n", 0, 0),
    ],
)
def test_a_server_that_says_nothing_of_time_ends_no_session(lines: str, idle: int, ends: int) -> None:
    """Of a file that was cut, silence says nothing."""
    whole = openvpn.configuration(SERVER + lines).facts
    assert (whole[facts.VPN_IDLE_TIMEOUT], whole[facts.VPN_MAX_SESSION]) == (idle, ends)
    cut = openvpn.configuration(SERVER[:-1]).facts
    assert not {facts.VPN_IDLE_TIMEOUT, facts.VPN_MAX_SESSION} & cut.keys()

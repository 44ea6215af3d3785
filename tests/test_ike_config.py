"""swanctl.conf and ipsec.conf: sections that borrow, forward secrecy, lifetimes, what several of them lead where."""

from __future__ import annotations

from typing import Any

import pytest

from auditor import facts
from auditor.collectors.vendors import ike_config
from auditor.values import ABSENT

BASE = """connections {
  staff : connections.base {
    pools = staff
    children {
      net { mark_in = 10 }
    }
  }
  base {
    version = 2
    proposals = aes256-sha256_96-ecp256
    rekey_time = 8h
    remote { auth = eap-radius }
    children {
      net {
        local_ts = 10.20.0.0/24
        esp_proposals = aes256gcm16-x25519
      }
    }
  }
}
pools {
  staff { addrs = 10.78.0.0/28 }
}
"""


def read(text: str) -> dict[Any, Any]:
    told = ike_config.swanctl(text)
    assert told.unparsed == 0
    return dict(told.facts)


def test_a_section_that_borrows_has_what_it_does_not_say() -> None:
    """`staff : connections.base`: its offers, its authentication, and its child's networks, under its own name."""
    found = read(BASE)
    assert [row.group for row in found[facts.VPN_AUTHENTICATION]] == ["staff", "base"]
    assert found[facts.VPN_TUNNEL_ROUTES] == ("10.20.0.0/24",)
    ike, esp = found[facts.VPN_PROPOSALS]
    assert (ike.integrity, ike.dh_groups, ike.pfs, ike.lifetime_s) == (("sha256",), (19,), ABSENT, 28_800)
    assert (esp.encryption, esp.pfs, esp.lifetime_s) == (("aes-256-gcm",), 31, 3600)


@pytest.mark.parametrize("lent", ["connections", "connections.staff", "nowhere.at.all"])
def test_a_section_borrows_from_none_that_it_is_in(lent: str) -> None:
    """Nor does one that is not there stop the reading."""
    found = read(BASE.replace("connections.base", lent))
    assert [row.group for row in found[facts.VPN_AUTHENTICATION]] == ["base"]


@pytest.mark.parametrize(
    ("said", "pfs"), [("aes128gcm16", 0), ("aes128-sha256-modp2048", 14), ("aes128-sha256-ecp384-modp2048", 14)]
)
def test_a_child_without_a_group_of_its_own_has_no_forward_secrecy(said: str, pfs: int) -> None:
    """strongSwan: the group stands in the offer of the child."""
    assert read(BASE.replace("aes256gcm16-x25519", said))[facts.VPN_PROPOSALS][-1].pfs == pfs


def test_a_connection_that_leads_everything_decides_the_mode() -> None:
    """Whatever stands before it."""
    more = BASE.replace(
        "  base {", "  whole { remote { auth = psk }\n children { all { local_ts = 0.0.0.0/0 } } }\n  base {"
    )
    assert read(BASE)[facts.VPN_TUNNEL_MODE] == "split"
    assert read(more)[facts.VPN_TUNNEL_MODE] == "full"


def test_a_connection_without_offers_is_read_all_the_same() -> None:
    """It has those of its version, which no file tells; none of its lines is counted as not understood."""
    told = ike_config.ipsec("conn office\n  left=203.0.113.2\n  right=198.51.100.7\n  auto=start\n")
    assert (told.unparsed, dict(told.facts)) == (0, {})

"""One interface table of a host that tells it over two doors."""

from __future__ import annotations

import pytest

from auditor.collectors.chosen import chosen
from auditor.collectors.vendors.doors import interfaces
from auditor.facts import Interface

SNMP = (
    Interface("lo", index=1, kind="loopback", in_bps=4_000_000),
    Interface("eth0", index=2, alias="WAN", addresses=("192.0.2.2",)),
)
SHELL = (
    Interface("lo", index=1, oper_up=True, addresses=("127.0.0.1", "::1")),
    Interface("eth0", index=2, alias="other", addresses=("192.0.2.2", "2001:db8::2")),
    Interface("wg0", addresses=("10.9.0.1",)),
)


def test_each_door_tells_what_the_other_lacks() -> None:
    """A row keeps what it says, gains what only the other says, and its addresses are those of both."""
    lo, eth0, wg0 = interfaces(SNMP, SHELL)
    assert (lo.kind, lo.in_bps, lo.oper_up, lo.addresses) == ("loopback", 4_000_000, True, ("127.0.0.1", "::1"))
    assert (eth0.alias, eth0.addresses) == ("WAN", ("192.0.2.2", "2001:db8::2"))
    assert wg0 == SHELL[2]


def test_nothing_depends_on_which_door_was_faster() -> None:
    """Unless both tell another value of the same field, which the first keeps."""
    one, other = (
        {row.name: (row.index, row.kind, row.in_bps, row.oper_up, row.addresses) for row in rows}
        for rows in (interfaces(SNMP, SHELL), interfaces(SHELL, SNMP))
    )
    assert one == other


@pytest.mark.parametrize("other", [Interface("x", index=9), Interface("port", index=8, physical=False)])
def test_the_loopback_is_sampled_last(other: Interface) -> None:
    """It is no link, but its rate is asked for where there is room."""
    loopback = Interface("lo", index=1, kind="loopback", alias="loopback")
    assert chosen((loopback, other), ()) == ((other.index, 1), None)

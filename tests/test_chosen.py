"""Which interfaces are sampled where a device has more of them than are read at once."""

from __future__ import annotations

from auditor.collectors.chosen import MOST, chosen
from auditor.facts import Interface, Route
from auditor.values import ABSENT

PORTS = tuple(
    Interface(f"Gi1/0/{n}", index=n, kind="ethernet", physical=True, oper_up=True, alias=f"desk {n}")
    for n in range(1, 49)
)
WAN = Interface("Dialer1", index=900, kind="ppp", physical=False, oper_up=True)


def test_every_interface_of_a_small_device_is_sampled() -> None:
    """Nothing is left out, and nothing said; a port that is down carries nothing."""
    down = Interface("Gi9", index=99, oper_up=False)
    indices, rest = chosen((*PORTS[: MOST - 1], WAN, down), ())
    assert sorted(indices) == [*range(1, MOST), 900]
    assert rest is None


def test_the_internet_link_is_sampled_whatever_its_place() -> None:
    """Behind 48 labelled ports the default route, the kind of line or the site file still puts it first."""
    for routes in ((Route("0.0.0.0/0", "Dialer1", ABSENT, "static"),), ()):
        indices, rest = chosen((*PORTS, WAN), routes)
        assert indices[0] == 900
        assert len(indices) == MOST
        assert rest is not None
        assert (rest.id, rest.values) == ("gap.not_sampled", {"most": MOST, "count": 49})


def test_the_link_that_the_site_file_names_comes_first() -> None:
    """Under its long or short name, before what the device's own routes say."""
    routes = (Route("0.0.0.0/0", "Dialer1", ABSENT, "static"),)
    indices, _ = chosen((*PORTS, WAN), routes, (), ("GigabitEthernet1/0/48",))
    assert indices[:2] == (48, 900)

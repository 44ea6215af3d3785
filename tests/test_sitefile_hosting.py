"""The site file's people by heads, servers and applications: what is read, and what is wrong with it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from auditor.sitefile import SiteFileError, parse
from auditor.values import ABSENT
from auditor.wording import texts
from tests.test_sitefile import GOOD

HOSTS = """
[[server]]
name = "rds-1"
role = "desktops"
device = "fw"
use = "light"
vcpu = 8
memory_gb = 64
cpu_p95 = 0.55
disk_ms = 7.5

[[server]]
name = "dc-1"
where = "datacentre"

[[application]]
name = "erp"
server = "dc-1"
profiles = ["office"]
down_bps = 60_000
depends_on = ["database", "dc-1"]

[[application]]
name = "database"
"""


def test_servers_and_applications_are_read_exactly() -> None:
    """Memory in gigabytes of 2^30 bytes; an application runs where its server stands, else on the site."""
    site = parse(GOOD + HOSTS)
    first, second = site.servers
    assert (first.role, first.device, first.use, first.vcpu) == ("desktops", "fw", "light", 8)
    assert (first.memory_bytes, first.cpu, first.memory, first.disk_ms) == (
        64 * 2**30, Fraction(11, 20), ABSENT, Fraction(15, 2),
    )  # fmt: skip
    assert (second.role, second.where, second.vcpu) == ("other", "datacentre", ABSENT)
    erp, database = site.applications
    assert (erp.where, erp.profiles, erp.down_bps, erp.up_bps) == ("datacentre", ("office",), 60_000, ABSENT)
    assert erp.depends_on == ("database", "dc-1")
    assert (database.where, database.profiles) == ("site", ("office", "vdi", "files"))


def test_a_server_is_told_by_the_device_of_its_name() -> None:
    """Without `device`, a target of the same name speaks for it."""
    (server,) = parse(GOOD + '\n[[server]]\nname = "rtr"\n').servers
    assert server.device == "rtr"


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (('device = "fw"', 'device = "fx"'), "server[0].device", "no device"),
        (('role = "desktops"', 'role = "desktop"'), "server[0].role", "none of"),
        (("memory_gb = 64", "memory_gb = -1"), "server[0].memory_gb", "out of range"),
        (("cpu_p95 = 0.55", "cpu_p95 = 55"), "server[0].cpu_p95", "between 0 and 1"),
        (("disk_ms = 7.5", "disk_ms = -7"), "server[0].disk_ms", "out of range"),
        (("vcpu = 8", "vcpus = 8"), "server[0].vcpus", "is “vcpu” meant"),
        (('name = "dc-1"', 'name = "rds-1"'), "server[1].name", "used twice"),
        (('server = "dc-1"', 'server = "dc-2"'), "application[0].server", "no server"),
        (('profiles = ["office"]', 'profiles = ["sales"]'), "application[0].profiles", "none of"),
        (('"database", "dc-1"', '"erp"'), "application[0].depends_on", "no other application"),
        (('"database", "dc-1"', '"nothing"'), "application[0].depends_on", "no other application"),
        (('name = "database"', 'name = "data base"'), "application[1].name", "not a usable name"),
    ],
)
def test_a_mistake_in_a_server_or_application_is_named(change: tuple[str, str], key: str, words: str) -> None:
    """The table, its number and the key are named, with the reason."""
    assert change[0] in HOSTS
    with pytest.raises(SiteFileError) as caught:
        parse(GOOD + HOSTS.replace(*change, 1))
    assert caught.value.key == key
    assert caught.value.line > 38
    assert words in texts("en").say(caught.value.reason)


@pytest.mark.parametrize(
    ("written", "shares"),
    [
        ("office = 72, vdi = 30, files = 8", (Fraction(72, 110), Fraction(30, 110), Fraction(8, 110))),
        ("office = 3", (1, 0, 0)),
        ("office = 1, vdi = 0, files = 0", (1, 0, 0)),
        ("office = 0.5, vdi = 0.5", (Fraction(1, 2), Fraction(1, 2), 0)),
    ],
)
def test_the_mix_is_exact_from_heads_or_from_shares(written: str, shares: tuple[Fraction, ...]) -> None:
    """Heads by profile become shares without a rounding."""
    site = parse(GOOD.replace("office = 0.60, vdi = 0.25, files = 0.15", written))
    assert tuple(site.people.profiles.get(name, 0) for name in ("office", "vdi", "files")) == shares
    assert sum(site.people.profiles.values()) == 1


@pytest.mark.parametrize("written", ["office = 0, vdi = 0", "office = 2, vdi = 0.5", "office = -1, vdi = 2"])
def test_a_mix_of_nobody_or_of_heads_and_shares_is_refused(written: str) -> None:
    """Nothing is guessed from a mix that does not add up."""
    with pytest.raises(SiteFileError) as caught:
        parse(GOOD.replace("office = 0.60, vdi = 0.25, files = 0.15", written))
    assert caught.value.line == 12

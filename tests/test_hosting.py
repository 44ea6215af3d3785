"""Servers and applications: what the site file and the hosts tell, and what moving an application does to the seats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from auditor import facts
from auditor.audit import judge
from auditor.capacity import assess
from auditor.model import Beyond, Device, Figure, Key, Origin, Reading
from auditor.planning.cures import Ladders, Trial, cure_of
from auditor.reports.phrases import beyond
from auditor.seats.figures import Inputs, with_changes
from auditor.seats.hosting import figures
from auditor.seats.inputs import gather
from auditor.seats.moves import lead_days, move, moves, together
from auditor.seats.profiles import demand_of
from auditor.seats.recount import Memo
from auditor.site import Application, Declared, People, Role, Server, Site, Tunnel
from auditor.values import ABSENT, Absent, Value
from auditor.wording import texts
from tests.worked import worked
from tests.worked_audit import worked_audit

AT = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)
GIB = 2**30


def site(*servers: Server, applications: tuple[Application, ...] = (), **more: Any) -> Site:
    return Site("s", "c", People(120, 110), servers=servers, applications=applications, **more)


def host(name: str, told: dict[Key[Any], Any]) -> Device:
    readings = tuple(Reading(key, value, name, AT, (f"get {key.name}",)) for key, value in told.items())
    return Device(name, Role.SERVER, "192.0.2.9", readings=readings)


def told(site: Site, *devices: Device) -> Mapping[str, Figure]:
    return {figure.name: figure for figure in figures(site, devices)}


def listed(*applications: Application, **changes: Value) -> dict[str, Figure]:
    """The worked site with these applications in its file."""
    return worked(**changes) | dict(told(site(applications=applications)))


def desktops(name: str, **more: Any) -> Server:
    return Server(name, "desktops", **more)


# ---- hosts ----


def test_the_hosts_add_up_measured_where_the_device_told_else_as_declared() -> None:
    """One host answers over HOST-RESOURCES, the other has only its line in the site file: the sum is declared."""
    servers = (desktops("rds-1", device="dev-1", vcpu=99), desktops("rds-2", vcpu=8, memory_bytes=64 * GIB))
    found = told(site(*servers), host("dev-1", {facts.HOST_CPUS: 8, facts.HOST_MEMORY: 32 * GIB}))
    assert (found["hosts.vcpu"].value, found["hosts.vcpu"].origin) == (16, Origin.DECLARED)
    assert found["hosts.vcpu"].sources == ("dev-1: get host.cpus", "site file")
    assert found["hosts.memory_bytes"].value == 96 * GIB
    assert found["hosts.count"].value == 2
    assert "hosts.sessions" not in found


def test_a_host_that_told_nothing_leaves_the_sum_unknown() -> None:
    """A total with one host silent is no total, and the reason names the host."""
    found = told(site(desktops("rds-1", vcpu=8), desktops("rds-2")))
    assert found["hosts.vcpu"].origin is Origin.UNKNOWN
    note = found["hosts.vcpu"].note
    assert note is not None
    assert note.values["server"] == "rds-2"


def test_sessions_of_the_hosts_are_measured() -> None:
    """What every host told of its open sessions adds up."""
    servers = (desktops("rds-1", device="dev-1"), desktops("rds-2", device="dev-2"))
    devices = (host("dev-1", {facts.HOST_SESSIONS: 11}), host("dev-2", {facts.HOST_SESSIONS: 9}))
    found = told(site(*servers), *devices)["hosts.sessions"]
    assert (found.value, found.origin) == (20, Origin.MEASURED)


def test_the_kind_of_work_sets_users_and_memory() -> None:
    """Light work fits six users on a processor, heavy two; a host weighs by its processors."""
    found = told(site(desktops("a", vcpu=12, use="light"), desktops("b", vcpu=4, use="heavy")))
    assert found["hosts.users_per_vcpu"].value == 5
    assert found["hosts.memory_per_user_bytes"].value == Fraction(7, 8) * 2 * GIB
    assert "hosts.users_per_vcpu" not in told(site(desktops("a", vcpu=12)))


def vdi(figures: dict[str, Figure]) -> tuple[int | Absent, Beyond]:
    found = next(r for r in assess(figures).resources if r.id == "hosts.vdi")
    return found.seats, found.beyond


@pytest.mark.parametrize(
    ("changes", "seats", "beyond"),
    [
        ({}, 204, Beyond.DEGRADES),  # processors: 0.8 x 16 x 4 / 0.25
        ({"hosts__count": 2, "hosts__memory_bytes": 106 * GIB}, 204, Beyond.DEGRADES),  # 51 users of memory
        ({"hosts__count": 2, "hosts__memory_bytes": 104 * GIB}, 200, Beyond.DEGRADES),  # 50 users of memory bind
        ({"hosts__count": 2, "hosts__memory_bytes": 4 * GIB}, 0, Beyond.DEGRADES),  # the systems take it all
        ({"hosts__licences": 40}, 160, Beyond.REFUSES),  # 40 CAL
        ({"hosts__licences": 60}, 204, Beyond.DEGRADES),
    ],
)
def test_desktops_carry_the_least_of_processors_memory_and_licences(
    changes: dict[str, Value], seats: int, beyond: Beyond
) -> None:
    """Beyond the processors desktops slow down; a licence that runs out refuses the next person."""
    assert vdi(worked(**changes)) == (seats, beyond)


def test_the_headline_says_refused_where_desktop_licences_bind() -> None:
    """What happens beyond the last seat follows what binds today."""
    assert assess(worked(hosts__licences=1)).headline.beyond is Beyond.REFUSES


@pytest.mark.parametrize(
    ("changes", "action", "raised"),
    [
        ({"hosts__vcpu": 8}, "cure.hosts", {"hosts.vcpu"}),
        (
            {"hosts__vcpu": 24, "hosts__count": 3, "hosts__memory_bytes": 30 * GIB},
            "cure.hosts",
            {"hosts.vcpu", "hosts.count", "hosts.memory_bytes"},
        ),
        ({"hosts__licences": 20}, "cure.desktops", {"hosts.licences"}),
        ({"hosts__licences": 20, "hosts__vcpu": 8}, "cure.hosts", {"hosts.vcpu", "hosts.licences"}),
    ],
)
def test_what_is_short_on_the_desktops_is_what_is_ordered(
    changes: dict[str, Value], action: str, raised: set[str]
) -> None:
    """Processors, memory, licences: the plan orders what lifts the hosts to everybody, margin included."""
    figures = worked(**changes)
    found = cure_of("HST-003", Trial.of(figures, Ladders(), Memo()), frozenset())
    assert found is not None
    cure, _ = found
    assert (cure.action.id, set(cure.changes)) == (action, raised)
    after = next(r for r in assess(with_changes(figures, cure.changes)).resources if r.id == "hosts.vdi")
    assert isinstance(after.seats, int)
    assert after.seats >= 132


def test_hosts_that_grow_on_demand_do_not_count() -> None:
    """Elastic hosts are no limit; nor are hosts nobody uses."""
    assert "hosts.vdi" not in {r.id for r in assess(worked(hosts__elastic=True)).resources}
    assert "hosts.vdi" in {r.id for r in assess(worked(hosts__elastic=False)).resources}


# ---- room on servers ----


def test_the_worst_server_speaks_for_the_room_that_is_left() -> None:
    """Days of supervision beat one sample of the same server; the worst one is named."""
    servers = (
        Server("erp", device="dev-1", cpu=Fraction(55, 100), disk_ms=Fraction(12)),
        Server("files", device="dev-2"),
        Server("old"),
    )
    devices = (host("dev-1", {facts.SYSTEM_CPU: 99.0}), host("dev-2", {facts.SYSTEM_CPU: 71.5}))
    found = told(site(*servers), *devices)
    assert (found["servers.cpu"].value, found["servers.cpu"].origin) == (Fraction(715, 1000), Origin.MEASURED)
    note = found["servers.cpu"].note
    assert note is not None
    assert (note.values["server"], note.values["silent"]) == ("files", ("old",))
    assert (found["servers.disk_ms"].value, found["servers.disk_ms"].origin) == (12, Origin.DECLARED)
    assert "servers.memory" not in found


# ---- where the applications run ----


def test_the_inventory_says_how_much_runs_elsewhere() -> None:
    """Hosted: out of the site. Elsewhere: away from where the tunnel ends; online services have no place there."""
    apps = (Application("erp", "site"), Application("mail", "saas"), Application("crm", "datacentre"))
    found = told(site(applications=apps))
    assert found["hosting.hosted"].value == Fraction(2, 3)
    assert found["hosting.elsewhere"].value == Fraction(1, 2)
    there = told(site(applications=apps, tunnel=Tunnel("full", (), "datacentre")))
    assert there["hosting.elsewhere"].value == Fraction(1, 2)
    online = told(site(applications=(Application("mail", "saas"),)))
    assert "hosting.elsewhere" not in online
    assert "hosting.hosted" not in told(site())


def test_applications_on_the_site_leave_the_worked_site_as_it_is() -> None:
    """Listing what runs here changes nothing, as long as its rates do not exceed the demand that is assumed."""
    apps = (Application("erp", down_bps=60_000, up_bps=20_000), Application("files", profiles=("files",)))
    assert assess(listed(*apps)).headline.seats == 15
    assert demand_of(Inputs(listed(*apps))) == demand_of(Inputs(worked()))


def test_an_application_shares_the_demand_of_its_profiles_by_its_rate() -> None:
    """Known rates count as they are, the others share what is left, and what nothing explains stays on the site."""
    apps = (
        Application("erp", "datacentre", profiles=("office",), down_bps=60_000, up_bps=20_000),
        Application("intranet", "saas", profiles=("office",)),
        Application("dms", "site", profiles=("office",)),
    )
    down = demand_of(Inputs(listed(*apps))).down
    office = Fraction(60, 100)
    assert down.hosted == office * 60_000
    assert down.apps == office * 45_000 + Fraction(25, 100) * 200_000 + Fraction(15, 100) * 1_000_000
    assert down.web == 45_000 + office * 45_000


def test_rates_above_the_default_replace_it_but_not_a_demand_somebody_knows() -> None:
    """An inventory that sums to more than the assumed 150 kbit/s is better knowledge; a measured demand is shared."""
    heavy = Application("cad", "datacentre", profiles=("office",), down_bps=300_000)
    light = Application("erp", "site", profiles=("office",), down_bps=100_000)
    assumed = demand_of(Inputs(listed(heavy, light))).down
    assert assumed.hosted == Fraction(60, 100) * 300_000
    known = demand_of(Inputs(listed(heavy, light, demand__office__apps_down_bps=200_000))).down
    assert known.hosted == Fraction(60, 100) * 150_000
    assert known.apps == Fraction(60, 100) * 50_000 + Fraction(25, 100) * 200_000 + Fraction(15, 100) * 1_000_000


def test_gather_knows_the_applications_of_the_site_file() -> None:
    """Their inputs have published names, and a declaration may give a rate the file lacks."""
    apps = (Application("erp", "datacentre", profiles=("office",)),)
    said = {"application.erp.down_bps": Declared(45_000, "integrator")}
    found = gather(site(applications=apps, declared=said), ())
    assert found["application.erp.where"].value == "datacentre"
    assert (found["application.erp.down_bps"].value, found["application.erp.down_bps"].unit) == (45_000, "bit/s")


# ---- moving one ----

ERP = Application("erp", profiles=("office",), down_bps=100_000, up_bps=30_000)


def test_an_application_moved_behind_a_tunnel_that_ends_here_is_a_detour() -> None:
    """The trombone: in from the datacentre and out again, so the site carries fewer people than today."""
    found = move(listed(ERP), (ERP,), "erp", "datacentre", "site")
    assert found.note.id == "move.trombone"
    # S_dn grows by what one worker receives (once more, without the tunnel's overhead), S_up by what one sends
    assert found.link_down == (14_000_000 - 6_081_416) // (502_323 + 60_000)
    assert found.link_up == (14_000_000 - 2_304_416) // (711_948 + 18_000)
    assert isinstance(found.gained, int)
    assert found.gained < 0


def test_an_application_moved_beside_the_end_of_the_tunnel_frees_the_access() -> None:
    """Where the tunnel ends in the datacentre only what the site's own servers exchange crosses the site."""
    found = move(listed(ERP), (ERP,), "erp", "datacentre", "datacentre")
    assert found.note.id == "move.beside"
    s_up = Fraction(11, 10) * (290_000 - 60_000) + 8_448
    assert found.link_up == (14_000_000 - 2_304_416) // s_up
    assert (found.seats, found.binding) == (44, ("link.up",))
    assert found.gained == 29


def test_those_connected_today_were_measured_with_the_application_here() -> None:
    """The base traffic is what it was: a move changes the demand to come, never the use that was measured."""
    figures = listed(ERP)
    today = assess(figures).directions["up/main"]
    moved = with_changes(figures, {"application.erp.where": "datacentre", "tunnel.ends": "datacentre"})
    later = assess(moved).directions["up/main"]
    assert (later.base, later.now) == (today.base, today.now)
    assert later.new < today.new


def test_an_online_service_leaves_as_far_as_the_tunnel_lets_it() -> None:
    """With a full tunnel an online service is a detour as well; with a split one it is gone."""
    full = move(listed(ERP), (ERP,), "erp", "saas")
    split = listed(ERP, tunnel__mode="split")
    assert full.gained is not ABSENT
    assert full.gained < 0
    assert isinstance(gained := move(split, (ERP,), "erp", "saas").gained, int)
    assert gained > 0


def test_what_an_application_depends_on_moves_with_it() -> None:
    """Directly or not, once each, a circle included; what runs elsewhere already stays where it is."""
    apps = (
        Application("erp", depends_on=("database", "srv-1")),
        Application("database", depends_on=("licences",)),
        Application("licences", depends_on=("erp", "mail")),
        Application("mail", "saas"),
        Application("alone"),
    )
    assert together(apps, "erp") == ("erp", "database", "licences")
    assert together(apps, "alone") == ("alone",)
    found = move(listed(*apps), apps, "erp", "datacentre", "site")
    assert found.moves_with == ("database", "licences")


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, (30, 60)),
        ({"hosting__saturation": Fraction(3, 2)}, (45, 90)),
        ({"hosting__migration_high_days": 61}, (30, 61)),
    ],
)
def test_a_migration_takes_longer_when_the_teams_are_busy(changes: dict[str, Value], days: tuple[int, int]) -> None:
    """30 to 60 days in normal times, half as much again in a crisis."""
    assert lead_days(worked(**changes)) == days


def test_busy_teams_stretch_the_migrations_of_the_plan() -> None:
    """Where moving servers is the remedy, the action takes the longer time; others keep theirs."""
    said = {"hosting.saturation": Declared(Fraction(3, 2), "host"), "hosting.hosted": Declared(Fraction(0), "me")}
    answers = {"HST-004": Declared("bad", "me"), "HST-007": Declared("bad", "me")}
    busy = site(declared=said, answers=answers)
    found = judge(busy, (), id="a", at=AT, window=60)
    leads = {one.id: one.lead_days for one in found.findings}
    assert (leads["HST-001"], leads["HST-004"], leads["HST-007"]) == ((45, 90), (45, 90), (10, 10))
    planned = {action.closes[0]: action.lead_days for action in found.plan}
    assert planned["HST-004"] == (45, 90)


def test_every_application_on_the_site_is_tried_each_way() -> None:
    """To the datacentre with the tunnel's end here and there, and as an online service; those elsewhere are not."""
    apps = (ERP, Application("mail", "saas"))
    found = moves(listed(*apps), apps)
    assert [(one.application, one.to, one.ends) for one in found] == [
        ("erp", "datacentre", "site"),
        ("erp", "datacentre", "datacentre"),
        ("erp", "saas", "site"),
    ]
    assert moves(worked(), ()) == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hosts__licences": 2}, "Beyond that, the next person finds no virtual desktop licence."),
        ({"hosts__vcpu": 1}, "Beyond that, virtual desktops slow down for everybody."),
    ],
)
def test_the_summary_says_refused_or_slow_as_it_is(changes: dict[str, Value], said: str) -> None:
    """The sentence after the headline follows what binds on the desktops."""
    head = assess(worked(**changes)).headline
    assert head.binding == ("hosts.vdi",)
    assert beyond(replace(worked_audit(), headline=head), texts("en")) == said

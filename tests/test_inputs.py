"""From the site file and what devices told to the inputs of the model, each with its origin."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from auditor import facts
from auditor.capacity import assess
from auditor.facts import Endpoint, Interface, LinkRate, Pool, Trunk
from auditor.model import Device, Figure, Gap, Key, Origin, Reading
from auditor.parameters import accept
from auditor.seats.inputs import INPUTS, SENTENCES, gather, is_input, table
from auditor.site import Declared, Link, People, Role, Site, Tunnel
from auditor.values import ABSENT, Absent, Message, Value
from auditor.wording import texts
from tests.worked import MEASURED

AT = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)
WAN = Interface("GigabitEthernet0/0", in_peak_bps=10_100_000, out_peak_bps=8_000_000, window_s=60.0, default_route=True)
LAN = Interface("GigabitEthernet0/1", in_peak_bps=1, out_peak_bps=2, window_s=60.0)


def device(name: str, role: Role, told: dict[Key[Any], Any], gaps: tuple[Key[Any], ...] = (), **more: Any) -> Device:
    readings = tuple(Reading(key, value, name, AT, (f"show {key.name}",)) for key, value in told.items())
    gone = tuple(Gap(key, name, Message("gap.no_answer")) for key in gaps)
    return Device(name, role, "192.0.2.1", readings=readings, gaps=gone, **more)


def router(*rows: Interface, rates: tuple[LinkRate, ...] = ()) -> Device:
    told: dict[Key[Any], Any] = {facts.INTERFACES: rows}
    return device("rtr", Role.ROUTER, told | ({facts.LINK_RATES: rates} if rates else {}))


def gateway(name: str = "fw", licensed: int = 50, **more: Any) -> Device:
    pools = (Pool(f"pool-{name}", addresses=62),)
    told: dict[Key[Any], Any] = {
        facts.VPN_SESSIONS_NOW: 8,
        facts.VPN_SESSIONS_LICENSED: licensed,
        facts.VPN_SESSIONS_PLATFORM_MAX: 250,
        facts.VPN_POOLS: pools,
        facts.VPN_TUNNEL_MODE: "full",
        facts.FIREWALL_SESSIONS_MAX: 50_000,
        facts.FIREWALL_SESSIONS_PEAK: 12_000,
    }
    return device(name, Role.FIREWALL, told, **more)


def phones() -> Device:
    sets = (
        *(Endpoint(f"s{n}", "softphone", forwarded=True) for n in range(20)),
        *(Endpoint(f"d{n}", "desk", registered=True, from_inside=False) for n in range(8)),
        *(Endpoint(f"f{n}", "desk", registered=True, from_inside=True, forwarded=True) for n in range(15)),
        *(Endpoint(f"o{n}", "desk", registered=True, from_inside=True, forwarded=False) for n in range(53)),
    )
    return device("pbx", Role.PBX, {facts.TELEPHONY_ENDPOINTS: sets})


MAIN = Link("main", "rtr", committed_down_bps=20_000_000, committed_up_bps=20_000_000)
DECLARED: dict[str, Value] = {
    "people.equipment": 110,
    "homes.share": Fraction(82, 100),
    "demand.video_down_bps": 2_000_000,
    "demand.video_up_bps": 1_000_000,
    "vpn.crypto_bps": 150_000_000,
    "nat.addresses": 1,
    "telephony.channels.max": 15,
    "hosts.vcpu": 16,
}


def site(*links: Link, declared: dict[str, Value] | None = None, **more: Any) -> Site:
    people = People(
        120,
        110,
        profiles={"office": Fraction(60, 100), "vdi": Fraction(25, 100), "files": Fraction(15, 100)},
        video_share=Fraction(40, 100),
        phone_share=Fraction(80, 100),
    )
    said = {name: Declared(value, "IT manager") for name, value in (DECLARED | (declared or {})).items()}
    return Site("Rennes", "Atelier", people, links=links or (MAIN,), declared=said, **more)


def test_the_worked_site_from_its_devices() -> None:
    """What router, firewall and telephone system tell, beside the site file, makes 15 of 110 (13 to 19)."""
    figures = gather(site(), [router(LAN, WAN), gateway(), phones()])
    for name, value in MEASURED.items():
        assert (figures[name].value, figures[name].origin) == (value, Origin.MEASURED), name
    head = assess(figures).headline
    assert (head.seats, head.required, head.low, head.high) == (15, 110, 13, 19)
    assert (head.binding, head.close, head.bounds) == (("link.down",), ("link.up",), ("~",))
    assert figures["vpn.sessions.licensed"].sources == ("fw: show vpn.sessions.licensed",)
    window = next(reason for reason in head.bound_reasons if reason.id == "note.window")
    assert window.values["seconds"] == 60


def test_every_figure_that_is_printed_has_its_unit_and_its_default() -> None:
    """Defaults are figures of their own, marked assumed; nothing else is."""
    figures = gather(site(), [])
    for entry in INPUTS:
        figure = figures.get(entry.name)
        if figure is not None and figure.origin is Origin.ASSUMED:
            assert figure.value == entry.default
        if figure is not None and entry.unit not in ("text", "list", "yes or no"):
            assert figure.unit == entry.unit
    assert figures["demand.office.apps_down_bps"].origin is Origin.ASSUMED
    assert "vpn.sessions.licensed" not in figures


@pytest.mark.parametrize(
    ("row", "id"),
    [
        (WAN, "note.interface_route"),
        (Interface("ge-0/0/1", alias="WAN to operator", in_peak_bps=1, out_peak_bps=1), "note.interface_alias"),
        (Interface("port7", addresses=("8.8.8.8/30",), in_peak_bps=1, out_peak_bps=1), "note.interface_address"),
    ],
)
def test_the_interface_of_a_link_is_found_and_the_reason_told(row: Interface, id: str) -> None:
    """Default route, else a label, else the only public address."""
    figure = gather(site(), [router(LAN, row)])["link.main.interface"]
    assert figure.value == row.name
    assert figure.note is not None
    assert figure.note.id == id


def test_a_declared_interface_may_be_abbreviated() -> None:
    """Gi0/0 in the site file is GigabitEthernet0/0 of the router; the site's download is what comes in there."""
    figures = gather(site(replace(MAIN, interface="Gi0/0")), [router(LAN, WAN)])
    assert figures["link.main.used_down_bps"].value == 10_100_000
    assert figures["link.main.used_up_bps"].value == 8_000_000


def test_an_interface_that_does_not_exist_is_said_so() -> None:
    """No other interface is taken in its place."""
    figure = gather(site(replace(MAIN, interface="Gi9/9")), [router(LAN, WAN)])["link.main.used_down_bps"]
    assert figure.origin is Origin.UNKNOWN
    assert figure.note is not None
    assert figure.note.id == "note.interface_missing"


def test_two_candidates_are_no_answer() -> None:
    """Two labelled interfaces: nobody guesses."""
    rows = [Interface(name, alias="internet", in_peak_bps=1, out_peak_bps=1) for name in ("a0", "a1")]
    assert gather(site(), [router(*rows)])["link.main.used_up_bps"].origin is Origin.UNKNOWN


def test_a_contract_beats_what_the_router_is_set_to() -> None:
    """Contract, then shaper, then bandwidth; the port's speed never."""
    port = replace(WAN, speed_bps=100_000_000)
    rates = (LinkRate(port.name, "bandwidth", 50_000_000, 50_000_000), LinkRate(port.name, "shaper", up_bps=30_000_000))
    bare = Link("main", "rtr")
    assert gather(site(), [router(port, rates=rates)])["link.main.committed_up_bps"].value == 20_000_000
    figures = gather(site(bare), [router(port, rates=rates)])
    assert figures["link.main.committed_up_bps"].value == 30_000_000
    assert figures["link.main.committed_down_bps"].value == 50_000_000
    declared: dict[str, Value] = {"link.main.committed_up_bps": 25_000_000}
    figure = gather(site(bare, declared=declared), [router(port, rates=rates)])["link.main.committed_up_bps"]
    assert (figure.value, figure.origin) == (25_000_000, Origin.DECLARED)
    assert figure.note == Message("note.measured_too", {"measured": 30_000_000})
    unset = gather(site(bare), [router(port)])["link.main.committed_up_bps"]
    assert unset.origin is Origin.UNKNOWN


def test_a_best_effort_access_is_not_taken_at_its_word() -> None:
    """Half of the advertised rate, approximate, until the rate really available is declared."""
    ftth = replace(MAIN, medium="FTTH", committed_down_bps=1_000_000_000, committed_up_bps=500_000_000)
    figures = gather(site(ftth), [router(WAN), gateway(), phones()])
    assert figures["link.main.committed_up_bps"].value == 250_000_000
    assert "note.advertised" in [reason.id for reason in assess(figures).headline.bound_reasons]
    real: dict[str, Value] = {"link.main.committed_up_bps": 400_000_000}
    assert gather(site(ftth, declared=real), [router(WAN)])["link.main.committed_up_bps"].value == 400_000_000


def test_the_best_use_of_a_link_wins() -> None:
    """A history of days, then what is declared, then the window; sessions of another hour are not n0."""
    devices = [router(WAN), gateway()]
    declared: dict[str, Value] = {"link.main.used_down_bps": 12_000_000}
    figures = gather(site(declared=declared), devices)
    used = figures["link.main.used_down_bps"]
    assert (used.value, used.note) == (12_000_000, Message("note.measured_too", {"measured": 10_100_000}))
    assert (figures["link.main.sessions"].value, figures["link.main.sessions"].origin) == (0, Origin.ASSUMED)
    history = [Figure("link.main.used_down_bps", 11_000_000, Origin.MEASURED, "bit/s")]
    assert gather(site(declared=declared), devices, history)["link.main.used_down_bps"].value == 11_000_000


def test_sessions_counted_at_another_hour_are_not_taken() -> None:
    """A resumed audit counts sessions hours after the rates: 0, and said so."""
    late = gateway()
    late = replace(late, readings=tuple(replace(r, at=AT + dt.timedelta(hours=3)) for r in late.readings))
    figure = gather(site(), [router(WAN), late])["link.main.sessions"]
    assert (figure.value, figure.note) == (0, Message("note.sessions_zero"))


def test_a_backup_link_has_no_sessions() -> None:
    """Those connected are on the main link."""
    backup = Link("4g", "rtr", "GigabitEthernet0/1", use="backup", committed_down_bps=1, committed_up_bps=1)
    figures = gather(site(MAIN, backup), [router(WAN, LAN), gateway()])
    assert (figures["link.main.sessions"].value, figures["link.4g.sessions"].value) == (8, 0)


def test_a_measure_beats_what_is_declared_and_both_are_told() -> None:
    """The licence that the gateway tells, with the number somebody stated in its note."""
    figure = gather(site(declared={"vpn.sessions.licensed": 100}), [gateway()])["vpn.sessions.licensed"]
    assert (figure.value, figure.origin) == (50, Origin.MEASURED)
    assert figure.note == Message("note.declared_too", {"declared": "100", "by": ("IT manager",)})


@pytest.mark.parametrize("pairs", [("b", "a"), ("b", ""), ("cluster", "cluster")])
def test_members_of_a_pair_count_once(pairs: tuple[str, str]) -> None:
    """Whether the two name each other, one names the other, or both a common label."""
    figures = gather(site(), [gateway("a", pair=pairs[0]), gateway("b", pair=pairs[1])])
    assert figures["vpn.sessions.licensed"].value == 50
    assert (figures["vpn.gateways"].value, figures["vpn.pair"].value) == (2, True)


def test_gateways_add_up_and_the_largest_may_fail() -> None:
    """Two gateways are a total and two parts; without the larger, the other's licences remain."""
    links = (MAIN, replace(MAIN, name="second", interface="GigabitEthernet0/1"))
    figures = gather(
        site(*links, declared={"vpn.crypto_bps/a": 100_000_000, "vpn.crypto_bps/b": 50_000_000}),
        [router(replace(WAN, in_peak_bps=0, out_peak_bps=0), LAN), gateway("a", 30), gateway("b", 4), phones()],
    )
    capacity = assess(figures)
    assert [capacity.seats(id) for id in ("vpn.licence", "vpn.licence/a", "vpn.licence/b")] == [34, 30, 4]
    assert capacity.headline.seats_after_largest_failure == 4


def test_a_silent_gateway_makes_the_total_unknown() -> None:
    """Half a total is not a total, whether the box left a gap or did not answer at all; its twin may be silent."""
    gap = device("b", Role.FIREWALL, {facts.VPN_SESSIONS_NOW: 1}, gaps=(facts.VPN_SESSIONS_LICENSED,))
    dead = device("b", Role.FIREWALL, {}, problems=(Message("gap.no_answer"),))
    for other in (gap, dead):
        figure = gather(site(), [gateway("a"), other])["vpn.sessions.licensed"]
        assert figure.origin is Origin.UNKNOWN
        assert figure.note == Message("note.silent", {"device": "b"})
        twin = gather(site(), [gateway("a", pair="b"), other])["vpn.sessions.licensed"]
        assert (twin.value, twin.origin) == (50, Origin.MEASURED)


def test_a_router_without_vpn_does_not_hide_the_gateway() -> None:
    """Only a box that should tell it makes the total unknown."""
    asked = device("rtr2", Role.ROUTER, {}, gaps=(facts.VPN_SESSIONS_LICENSED,))
    assert gather(site(), [gateway(), asked])["vpn.sessions.licensed"].value == 50


def test_a_person_is_counted_on_one_set() -> None:
    """A softphone with a forward is one way home; desk phones at the site are none."""
    figures = gather(site(), [phones(), replace(phones(), name="pbx2")])
    assert [figures[f"telephony.{name}"].value for name in ("softphones", "phones_at_home", "forwards")] == [20, 8, 15]


def test_channels_come_from_the_trunks() -> None:
    """The channels of each trunk add up; a trunk that does not tell makes them unknown."""
    trunks = (Trunk("a", channels=10), Trunk("b", channels=5))
    told = device("pbx", Role.PBX, {facts.TELEPHONY_TRUNKS: trunks})
    bare = replace(site(), declared={})
    assert gather(bare, [told])["telephony.channels.max"].value == 15
    half = device("pbx", Role.PBX, {facts.TELEPHONY_TRUNKS: (*trunks, Trunk("c"))})
    assert gather(bare, [half])["telephony.channels.max"].origin is Origin.UNKNOWN
    assert gather(site(), [half])["telephony.channels.max"].value == 15


def test_forwards_told_as_a_count_alone_may_overlap() -> None:
    """The answer is then at most what it says."""
    sets = tuple(Endpoint(f"s{n}", "softphone") for n in range(4))
    told = device("pbx", Role.PBX, {facts.TELEPHONY_ENDPOINTS: sets, facts.TELEPHONY_FORWARDING: 3})
    figures = gather(site(), [told])
    assert figures["telephony.forwards"].value == 3
    phone_sets = next(r for r in assess(figures).resources if r.id == "telephony.sets")
    assert phone_sets.bounds == ("<=",)


@pytest.mark.parametrize(
    ("profiles", "office"), [({"vdi": Fraction(1)}, 0), ({"vdi": Fraction(1, 2), "files": Fraction(1, 2)}, 0)]
)
def test_a_mix_without_office_workers_has_none(profiles: dict[str, Fraction], office: int) -> None:
    """The default of a mix never adds itself to a declared one."""
    one = replace(site(), people=People(10, 10, profiles=profiles))
    figures = gather(one, [])
    assert figures["people.profile.office"].value == office
    assert sum(Fraction(str(figures[f"people.profile.{p}"].value)) for p in ("office", "vdi", "files")) == 1


@pytest.mark.parametrize("bad", ["plenty", True, -1, 82, float("nan")])
def test_a_declared_value_that_makes_no_sense_is_left_out(bad: Value) -> None:
    """It neither crashes nor counts; its place says so."""
    figure = gather(site(declared={"homes.share": bad}), [])["homes.share"]
    assert figure.origin is Origin.UNKNOWN
    assert figure.note is not None
    assert figure.note.id == "note.not_usable"
    assert assess(gather(site(declared={"people.phone_share": bad}), [])).headline.seats == 90


def test_shares_are_exact() -> None:
    """0.29 is 29 hundredths, not the nearest binary number: floor(0.29 x 100) is 29."""
    assert accept("homes.share", 0.29) == Fraction(29, 100)
    hundred = replace(site(declared={"homes.share": 0.29}), people=People(100, 100))
    assert assess(gather(hundred, [])).seats("homes") == 29


@pytest.mark.parametrize(
    ("mode", "told", "value", "note"),
    [
        ("", "split", "split", None),
        ("full", "full", "full", None),
        ("full", "split", "full", "note.tunnel_differs"),
    ],
)
def test_the_tunnel_mode(mode: Any, told: str, value: str, note: str | None) -> None:
    """The site file's, else the gateway's; a contradiction is told."""
    one = device("fw", Role.FIREWALL, {facts.VPN_TUNNEL_MODE: told})
    figure = gather(site(tunnel=Tunnel(mode)), [one])["tunnel.mode"]
    assert figure.value == value
    assert (figure.note.id if figure.note else None) == note


def test_nothing_told_is_unknown_everywhere() -> None:
    """A site without a device and without declarations has no headline, and no crash."""
    bare = Site("x", "x", People(10, 10), links=(Link("main", "rtr"),))
    head = assess(gather(bare, [])).headline
    assert head.seats is ABSENT
    assert head.bounds[0] == "<="


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("link.fibre.1.used_down_bps", True),
        ("share.homes", True),
        ("share.vpn.licence", True),
        ("ups.minutes", True),
        ("vpn.crypto_bps/fw-2", True),
        ("interfaces", False),
        ("link.NAME.speed_bps", False),
        ("people.mood", False),
    ],
)
def test_the_names_a_site_file_may_declare(name: str, known: bool) -> None:
    """Published inputs, parts of gateways, and facts; nothing else."""
    assert is_input(name) is known


def test_a_link_may_have_a_dot_in_its_name() -> None:
    """fibre.1 is a link like another."""
    dotted = replace(MAIN, name="fibre.1")
    capacity = assess(gather(site(dotted), [router(WAN), gateway(), phones()]))
    assert capacity.headline.seats == 15


def test_every_note_has_words() -> None:
    """No figure carries a note that nobody could say."""
    dead = device("rtr", Role.ROUTER, {}, problems=(Message("gap.no_answer"),))
    for devices in ([], [dead], [router(WAN), gateway(), phones()], [router(LAN)]):
        for figure in gather(site(), devices).values():
            if figure.note and not figure.note.id.startswith("gap."):
                assert figure.note.id in SENTENCES, figure.note.id


def test_the_table_of_inputs_is_up_to_date() -> None:
    """docs/inputs.md holds what `table` generates."""
    page = (Path(__file__).parents[1] / "docs" / "inputs.md").read_text(encoding="utf-8")
    assert table() in page
    assert not any(isinstance(entry.default, Absent) and not entry.unit for entry in INPUTS)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_input_of_a_site_has_a_meaning(language: str) -> None:
    """What a report lists among its inputs is said in words, those of links and of the site itself among them."""
    say = texts(language)
    link = Link("main", "rtr", "wan0", committed_down_bps=20_000_000, committed_up_bps=20_000_000)
    port = Interface("wan0", index=2, kind="ethernet", in_bps=1_000_000, out_bps=500_000, window_s=60.0)
    device = Device(
        "rtr", Role.ROUTER, "192.0.2.1", readings=(Reading(facts.INTERFACES, (port,), "rtr", WHEN, ("x",)),)
    )
    found = gather(Site("s", "c", People(10, 10), links=(link,)), [device])
    assert {"site.architecture", "link.main.use", "link.main.carries", "link.main.interface"} <= found.keys()
    assert [name for name in found if say.input(name) == name] == []


WHEN = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)

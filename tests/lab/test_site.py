"""One audit of one site of real machines, compared with what those machines say of themselves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.commands import ENGLISH, Ended
from tests.daemons import AUTH_WORDS, PRIV_WORDS
from tests.lab import keeper, site
from tests.lab.conftest import PASSWORD
from tests.lab.gateway import PATH, ROOT_LINES
from tests.lab.keeper import PROJECT, Lab, programs
from tests.lab.recording import (
    READING,
    Asked,
    Passed,
    busiest_second,
    capture,
    decoded,
    most_open,
    most_outstanding,
    passed,
)
from tests.lab.test_faults import meanwhile
from tests.traced import Traced, strace, traced

pytestmark = [pytest.mark.lab, pytest.mark.slow]
WINDOW: Final = 12
TABLES: Final = (("ip", "netns", "list"), ("ip", "-o", "link"), ("nft", "list", "tables"), ("ip", "rule"))
SNMP, SSH = (
    {"router": site.ROUTER, "ups": site.UPS},
    {"router": site.ROUTER, "gateway": site.GATEWAY, "pbx": site.EXCHANGE},
)
GENTLE_PER_S: Final = 10
"""A pause of a tenth of a second stands between two requests under --gentle."""


def traces() -> dict[str, str]:
    """What a site could leave on the machine: namespaces, interfaces, tables, mounts, accounts, temporary files."""
    told = {" ".join(words): _said(*words) for words in TABLES}
    told["mounts"] = "\n".join(
        line for line in Path("/proc/self/mountinfo").read_text().splitlines() if "pytest" not in line
    )
    told["accounts"] = "\n".join(
        line for line in Path("/etc/passwd").read_text().splitlines() if "auditlab" not in line
    )
    told["folders"] = "\n".join(
        sorted(str(path) for top in ("/run", "/mnt", "/home", "/etc") for path in Path(top).iterdir())
    )
    return told


def _said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, encoding="utf-8", check=False).stdout


def belonging(state: Path) -> set[str]:
    """The processes of this machine that name the folder of the site, or its work folder, in their command lines."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(state) in words or str(keeper.INSIDE) in words or "tests.lab.traffic" in words:
            found.add(words)
    return found


@dataclass(frozen=True, slots=True)
class Visit:
    """One audit of the site: what it told, what was sent, what the machines saw, and what it cost them."""

    ended: Ended
    asked: tuple[Asked, ...]
    packets: tuple[Passed, ...]
    octets: bytes
    load: Mapping[str, float]
    seen: Mapping[str, Any]
    """Lines typed and sshd's log, of this audit alone."""

    @property
    def devices(self) -> dict[str, dict[str, Any]]:
        return {
            row["name"]: {one["key"]: one["value"] for one in row["readings"]} for row in self.ended.json["devices"]
        }


@dataclass(frozen=True, slots=True)
class Day:
    """The site file, the first audit under strace, a gentle one, and the truth told between the two."""

    folder: Path
    listed: frozenset[str]
    truth: dict[str, Any]
    first: Visit
    gentle: Visit
    wrote: Traced

    @property
    def variable(self) -> list[str]:
        """The listed lines with a variable part, as regular expressions."""
        some = [re.escape(line) for line in self.listed if re.search("NAME|STATUS-FILE", line)]
        return [line.replace("NAME", r"[\w@.-]+").replace(r"STATUS\-FILE", r"/[\w@./-]+") for line in some]

    def lists(self, line: str) -> bool:
        """Whether `auditor sends` printed the line, a word in capitals standing for the name of a file or of a set."""
        return line in self.listed or any(re.fullmatch(one, line) for one in self.variable)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(f"/var/lib/auditor-lab-{os.getpid()}")


@pytest.fixture(scope="module")
def before() -> dict[str, str]:
    return traces()


@pytest.fixture(scope="module")
def lab(state: Path, before: dict[str, str], exchange_root: Path) -> Iterator[Lab]:
    """The site, brought up over what a killed `up` left behind."""
    needed = (*site.NEEDED, "strace", "tshark", "vtysh")
    if missing := programs(needed, PATH):
        pytest.skip(f"not installed: {', '.join(missing)}")
    try:
        _killed(state, exchange_root)
        yield keeper.up(state, exchange_root)
    finally:
        keeper.down(state)


def _killed(state: Path, exchange: Path) -> None:
    """`python -m tests.lab up`, killed while the site is half up: its namespaces and daemons live on."""
    words = [sys.executable, "-m", "tests.lab", "up"]
    known = {"AUDITOR_LAB_STATE": str(state), "AUDITOR_LAB_EXCHANGE": str(exchange)}
    with subprocess.Popen(words, cwd=PROJECT, env={**os.environ, **known}, stdout=subprocess.DEVNULL) as script:
        for _ in range(200):
            half = keeper.running(state)
            if half and Path(f"/proc/{half.first}/root/run/netns/labr1").exists():
                break
            time.sleep(0.05)
        time.sleep(1)
        script.send_signal(signal.SIGKILL)
    assert keeper.running(state) is not None
    assert not (state / "ready").exists()


def visit(
    lab: Lab,
    folder: Path,
    name: str,
    *words: object,
    before: list[str] | None = None,
    during: Callable[[], None] = lambda: None,
) -> Visit:
    """`auditor audit` from the auditor's desk, recorded on the switch of the LAN; `during` happens meanwhile."""
    out, log = folder / f"out-{name}", folder / f"{name}.pcapng"
    command = [sys.executable, "-m", "auditor", "audit", str(folder / "site.toml"), "--accept-new", "--json", "--out",
               str(out), *map(str, words)]  # fmt: skip
    already, spent = lab.ask("tests.lab.truth", "seen"), lab.ask("tests.lab.truth", "load")
    with capture(log, "tcp port 22 or udp port 161", "br0", lab.at_desk()), meanwhile(during):
        done = subprocess.run(
            lab.at_desk(*(before or []), *command), stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
            timeout=150, check=False, cwd=folder,
            env={**os.environ, **ENGLISH, **site.SECRETS, "AUDITOR_HOME": str(folder / "home"),
                 "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
    ended = Ended(done.returncode, done.stdout, done.stderr)
    assert ended.code == 0, ended
    now, load = lab.ask("tests.lab.truth", "seen"), lab.ask("tests.lab.truth", "load")
    seen = {
        "typed": {host: lines[len(already["typed"][host]) :] for host, lines in now["typed"].items()},
        "sshd": {host: text[len(already["sshd"][host]) :] for host, text in now["sshd"].items()},
        "root": now["root"][len(already["root"]) :],
    }
    cost = {daemon: load[daemon] - spent[daemon] for daemon in load}
    return Visit(ended, tuple(decoded(log, (161,))), tuple(passed(log)), log.read_bytes(), cost, seen)


@pytest.fixture(scope="module")
def day(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Day:
    folder = tmp_path_factory.mktemp("site")
    (folder / "site.toml").write_text(site.site_file())
    listing = _said(sys.executable, "-m", "auditor", "sends", str(folder / "site.toml"))
    first = visit(lab, folder, "first", "--window", WINDOW, before=strace(folder / "strace"))
    truth = lab.ask("tests.lab.truth")
    gentle = visit(lab, folder, "gentle", "--window", 3, "--gentle")
    sys.stdout.write(json.dumps(truth) + "\n")
    listed = frozenset(line.strip() for line in listing.splitlines())
    return Day(folder, listed, truth, first, gentle, traced(folder / "strace", folder))


# ---- the figures ----


def test_every_device_was_read_whole(day: Day) -> None:
    rows = {row["name"]: (row["status"], row["problems"], row["unparsed"]) for row in day.first.ended.json["devices"]}
    assert rows == dict.fromkeys(("router", "gateway", "pbx", "ups"), ("done", [], [])), rows


def test_the_router_is_what_frr_and_tc_say_it_is(day: Day) -> None:
    """The default route that BGP brought is the one in use, the second line stands by; the port's speed is no rate."""
    told, true = day.first.devices["router"], day.truth["devices"]["router"]
    assert told["identity.name"] == true["identity.name"]
    routes = told["routes.default"]
    used = [{key: row[key] for key in ("interface", "gateway", "protocol")} for row in routes if row["active"]]
    assert used == true["routes.default"]
    assert [row["interface"] for row in routes if not row["active"]] == ["wan1"]
    assert set(true["bgp.peers"].values()) == {"Established"}
    assert (told["link.rates"], told["system.cpu"]) == (true["link.rates"], true["system.cpu"])
    assert {row["name"]: [one for one in row["addresses"] if ":" not in one] for row in told["interfaces"]} == (
        true["interfaces"]
    )


def test_the_rates_are_those_that_the_kernel_counts(day: Day) -> None:
    """Three per cent, for counters that the agent renews every few seconds."""
    told, true = day.first.devices["router"], day.truth["devices"]["router"]["traffic"]
    (wan,) = [row for row in told["interfaces"] if row["name"] == "wan0"]
    assert wan["out_bps"] == pytest.approx(true["up_bps"], rel=0.03)
    assert wan["in_bps"] == pytest.approx(true["down_bps"], rel=0.03)
    assert true["up_bps"] == pytest.approx(site.SENT["up"], rel=0.03)


def test_sessions_pools_and_offers_are_those_of_the_programs(day: Day) -> None:
    told, true = day.first.devices["gateway"], day.truth["devices"]["gateway"]
    assert told["identity.name"] == true["identity.name"]
    assert {row["service"]: row["now"] for row in told["vpn.services"]} == true["vpn.services"]
    assert told["vpn.sessions.now"] == true["vpn.sessions.now"]
    pools = {row["name"]: {key: row[key] for key in ("addresses", "used") if key in row} for row in told["vpn.pools"]}
    assert pools == true["vpn.pools"]
    for protocol, encryption in true["vpn.proposals"].items():
        offered = [row["encryption"] for row in told["vpn.proposals"] if row["protocol"] == protocol]
        assert encryption in offered, (protocol, offered)
    assert {row["protocol"] for row in told["vpn.proposals"]} == true["vpn.proposals"].keys()
    assert told["vpn.tunnel_mode"] == true["vpn.tunnel_mode"]


def test_rules_and_exposures_are_those_of_the_packet_filter(day: Day) -> None:
    """Each rule by the handle that nft gave it, and the desktop behind the redirection among what is reached."""
    told, true = day.first.devices["gateway"], day.truth["devices"]["gateway"]
    handles = [row["id"].partition("#")[2] for row in told["firewall.rules"]]
    assert [int(one) for one in handles if one != "policy"] == true["firewall.rules"]
    reached = sorted([row["service"], row["port"], row["to"], row["from"]] for row in told["firewall.exposed"])
    assert reached == true["firewall.exposed"]
    routes = [{key: row[key] for key in ("interface", "gateway")} for row in told["routes.default"]]
    assert routes == true["routes.default"]


def test_the_exchange_and_the_ups_are_what_they_say_they_are(day: Day) -> None:
    """Sets, registrations and calls; minutes and load."""
    told, true = day.first.devices, day.truth["devices"]
    keys = [key for key in true["pbx"] if "." in key]
    assert {key: told["pbx"][key] for key in keys} == {key: true["pbx"][key] for key in keys}
    assert {key: told["ups"][key] for key in true["ups"]} == true["ups"]


def test_the_headline_follows_from_the_truth(day: Day) -> None:
    """People at once and what binds, computed a second time from what the machines say."""
    headline, true = day.first.ended.json["headline"], day.truth["headline"]
    seats = {row["id"]: row.get("seats") for row in day.first.ended.json["resources"]}
    for name, (low, high) in true["resources"].items():
        assert low <= seats[name] <= high, name
    assert headline["seats"] == true["seats"]
    assert headline["binding"] == true["binding"]
    low, high = true["seats_data_only"]
    assert low <= headline["seats_data_only"] <= high


def test_one_device_alone_tells_what_the_audit_told(lab: Lab, day: Day) -> None:
    """The device JSON of `auditor inspect` holds the figures that the audit JSON holds."""
    words = [sys.executable, "-m", "auditor", "inspect", "--site", str(day.folder / "site.toml"), "--device", "gateway",
             "--window", "3", "--json"]  # fmt: skip
    done = subprocess.run(
        lab.at_desk(*words), stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60, check=True,
        env={**os.environ, **ENGLISH, **site.SECRETS, "AUDITOR_HOME": str(day.folder / "home")},
    )  # fmt: skip
    told = {one["key"]: one["value"] for one in json.loads(done.stdout)["readings"]}
    audit = day.first.devices["gateway"]
    moving = {"interfaces", "system.clock", "system.uptime", "system.memory", "firewall.rules"}  # hits are counted
    assert told.keys() == audit.keys()
    assert {key: told[key] for key in told.keys() - moving} == {key: audit[key] for key in told.keys() - moving}


# ---- what was sent ----


@pytest.mark.parametrize("manner", ["first", "gentle"])
def test_only_listed_objects_were_read_and_none_was_set(day: Day, manner: str) -> None:
    """Every PDU on the LAN, those under seal too, is a GET, GETNEXT or GETBULK below an OID of `auditor sends`."""
    seen: Visit = getattr(day, manner)
    roots = [line for line in day.listed if re.fullmatch(r"\d+(\.\d+)+", line)]
    asked = [one for one in seen.asked if one.names]
    assert len([one for one in asked if one.user == "strong"]) > 10
    assert {one.version for one in asked} == {"1", "3"}, "v2c is 1 on the wire"
    assert {one.kind for one in seen.asked} <= READING.keys()
    strange = {name for one in asked for name in one.names if not any(f"{name}.".startswith(f"{r}.") for r in roots)}
    assert not strange


@pytest.mark.parametrize("manner", ["first", "gentle"])
def test_only_listed_lines_reached_the_shells_and_only_listed_ones_were_run_as_root(day: Day, manner: str) -> None:
    """As the shells of router, gateway and exchange noted them, and sudo in its own log."""
    seen: Visit = getattr(day, manner)
    told = {row["request"] for row in seen.ended.json["evidence"] if row["method"] == "ssh"}
    for host, lines in seen.seen["typed"].items():
        typed = set(lines) - {"exit"}
        assert len(typed) > 10, host
        assert not {line for line in typed if not day.lists(line)}
        assert {line for line in typed if not line.startswith("export ")} <= told
    ran = set(seen.seen["root"])
    assert len(ran) > 8
    assert ran <= {line.replace("\\", "") for line in ROOT_LINES} | {"list"}, ran


def test_the_recording_holds_no_secret_but_the_community(day: Day) -> None:
    """The v2c community is in the clear, as its protocol has it: the recording sees what is there to see."""
    for seen in (day.first, day.gentle):
        assert site.COMMUNITY.encode() in seen.octets
        assert not [one for one in (PASSWORD, AUTH_WORDS, PRIV_WORDS) if one.encode() in seen.octets]
        assert not [one for one in (PASSWORD, AUTH_WORDS, PRIV_WORDS) if one in seen.ended.out + seen.ended.err]


# ---- how gently ----


@pytest.mark.parametrize("manner", ["first", "gentle"])
def test_a_device_is_asked_one_thing_at_a_time(day: Day, manner: str) -> None:
    """At no moment two connections to one sshd, nor two requests that wait at one agent; one login a device."""
    seen: Visit = getattr(day, manner)
    assert {name: most_outstanding(seen.packets, address) for name, address in SNMP.items()} == dict.fromkeys(SNMP, 1)
    assert {name: most_open(seen.packets, address) for name, address in SSH.items()} == dict.fromkeys(SSH, 1)
    logins = {name: text.count(f"Accepted password for {site.ACCOUNT}") for name, text in seen.seen["sshd"].items()}
    assert logins == dict.fromkeys(SSH, 1)


def test_the_load_on_the_daemons_is_told_and_bounded(day: Day) -> None:
    """Requests, lines and processor seconds; under --gentle no agent gets more than ten requests in a second."""
    for name, seen in (("audit", day.first), ("gentle audit", day.gentle)):
        spent = ", ".join(f"{daemon} {seconds:.2f} s" for daemon, seconds in seen.load.items())
        lines = {host: len(typed) for host, typed in seen.seen["typed"].items()}
        fast = {host: busiest_second(seen.packets, address) for host, address in SNMP.items()}
        sys.stdout.write(
            f"{name}: {len(seen.asked)} SNMP requests, at most {fast} in a second; lines typed {lines}; {spent}\n"
        )
        assert len(seen.asked) < 1_000
        assert all(count < 80 for count in lines.values()), lines
    assert all(busiest_second(day.gentle.packets, address) <= GENTLE_PER_S for address in SNMP.values())


# ---- a bad day ----


@pytest.fixture(scope="module")
def bad(lab: Lab, day: Day) -> tuple[Visit, Visit, float]:
    """An audit during which the router reboots and its line is cut, then one that resumes; the seconds of the first."""

    def reboot() -> None:
        words = lab.inside(sys.executable, "-m", "tests.lab.site", "reboot", "8")
        subprocess.run(words, check=True, cwd=PROJECT, timeout=100)

    began = time.monotonic()
    first = visit(lab, day.folder, "bad", "--window", 8, during=reboot)
    seconds = time.monotonic() - began
    return first, visit(lab, day.folder, "resumed", "--window", 8, "--resume"), seconds


def test_a_router_that_reboots_during_the_audit_is_read_in_part_and_nothing_is_invented(
    bad: tuple[Visit, Visit, float], day: Day
) -> None:
    """In the middle of its shell: it ends in time and says what it lacks; what it does tell is what is true."""
    first, _, seconds = bad
    rows = {row["name"]: row for row in first.ended.json["devices"]}
    assert seconds < 100
    assert {name for name, row in rows.items() if row["status"] == "done"} == {"gateway", "pbx", "ups"}
    assert rows["router"]["problems"]
    told, true = first.devices["router"], day.truth["devices"]["router"]
    assert told.keys() < day.first.devices["router"].keys()
    assert re.search(r"without an answer: [1-9]\d", " ".join(rows["router"]["problems"])), (
        "those never asked any more too"
    )
    assert any("was cut while asking" in gap["reason"] for gap in rows["router"]["gaps"])
    assert told.get("link.rates", true["link.rates"]) == true["link.rates"]
    assert told.get("identity.name", true["identity.name"]) == true["identity.name"]
    for row in told.get("interfaces", ()):
        assert row.get("out_bps", 0) <= site.SENT["up"] * 1.05, "no rate across the reboot"


def test_resume_reads_what_the_reboot_took(bad: tuple[Visit, Visit, float], day: Day) -> None:
    """The router alone is asked again, and tells all that it told on the good day."""
    first, resumed, _ = bad
    rows = {row["name"]: row["status"] for row in resumed.ended.json["devices"]}
    assert rows == dict.fromkeys(rows, "done"), resumed.ended.json["devices"]
    assert resumed.devices["router"].keys() == day.first.devices["router"].keys()
    assert resumed.devices["router"]["link.rates"] == day.truth["devices"]["router"]["link.rates"]
    assert resumed.devices["gateway"] == first.devices["gateway"]
    assert not resumed.seen["typed"]["gateway"]
    assert not resumed.seen["typed"]["pbx"]


# ---- what is left ----


def test_nothing_was_written_but_the_store_the_report_and_the_cache(day: Day) -> None:
    """As strace saw it, of every process and thread; no other program was started."""
    places = (day.folder / "home", day.folder / "out-first", Path("/dev/null"))
    assert day.wrote.processes > 2, "the threads of the collection too"
    assert any(path.suffix == ".sqlite" for path in day.wrote.writes)
    assert any(path.suffix == ".pdf" for path in day.wrote.writes)
    assert not day.wrote.written_outside(places)
    assert {Path(one).name for one in day.wrote.programs} == {Path(sys.executable).name}


def test_when_the_site_is_down_nothing_of_it_remains(lab: Lab, day: Day, before: dict[str, str]) -> None:
    """No process, namespace, interface, mount, table, account or file; run last, for it ends the site."""
    assert belonging(lab.state), "it was up"
    assert keeper.down(lab.state)
    assert not belonging(lab.state)
    assert not lab.state.exists()
    after = traces()
    assert not {name: new for name in before if (new := set(after[name].splitlines()) - set(before[name].splitlines()))}
    assert not keeper.down(lab.state), "a second time there is nothing to do"

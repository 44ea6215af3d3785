"""Whole conversations over SSH with a device of each platform: its list alone is sent, and each mishap is a gap."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from auditor import desk, facts
from auditor.codec import device_from_json
from auditor.collectors.allowed import FAREWELLS, Allowed
from auditor.collectors.hostkeys import HostKeyFile, accept_new
from auditor.collectors.interrogate import Collected, Manner, interrogate
from auditor.collectors.redact import redact
from auditor.collectors.shells import shell
from auditor.collectors.ssh import Pace, SshStation
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import Credential, Secret, ShellDoor
from auditor.collectors.vendors import VENDORS, by_platform
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Mark, Vendor
from auditor.model import Device
from auditor.reports.export import device_json
from auditor.site import SshAccess, Target
from auditor.values import Message
from auditor.wording import texts
from tests.fake_ssh import FakeDevice

RECORDINGS = Path(__file__).parent / "recordings"
PROMPTS = {
    "cisco_asa": "fw/pri/act# ",
    "cisco_ftd": "> ",
    "fortinet": "FGT60F (root) # ",
    "paloalto_panos": "admin@PA-440(active)> ",
    "juniper_junos": "{primary:node0}\r\naudit@srx> ",
    "checkpoint_gaia": "gw1> ",
    "mikrotik_routeros": "[audit@MikroTik] > ",
    "huawei": "<AR1220>",
    "vyos": "vyos@vyos:~$ ",
    "ubiquiti_edgerouter": "ubnt@edge:~$ ",
    "sophos_sfos": "console> ",
    "pfsense": "[2.7.2-RELEASE][root@fw.example]/root: ",
    "cisco_ucos": "admin:",
}
PAGES = [page for page in VENDORS if any(row.live for row in page.commands)]
REFUSED = {"linux": "sudo: a password is required", "cisco_ios": "Command authorization failed."}


@dataclass
class Visit:
    """A station, the pinned keys, and the key of its pseudonyms."""

    station: SshStation
    keys: HostKeyFile
    key: str = "one"
    transcripts: list[Transcript] = field(default_factory=list)

    def pseudonym(self, name: str) -> str:
        return hashlib.sha256((self.key + name).encode()).hexdigest()[:12]

    async def ask(self, device: FakeDevice, platform: str, page: Vendor | None = None) -> Device:
        """Everything that the page of a platform knows to ask, or a page given in its place."""
        known = "" if page else platform
        target = Target("box", "127.0.0.1", platform=known, ssh=SshAccess("audit", "main", device.port))
        transcript = Transcript("box")

        async def open_shell(vendor: Vendor) -> ShellDoor:
            return await self.station.open(
                target,
                Credential(Secret(device.password)),
                None,
                vendor,
                self.keys,
                transcript,
                lambda text: redact(text, vendor.secrets),
            )

        collected = Collected(target, transcript, Manner(pseudonym=self.pseudonym), vendor=page or GENERIC)
        return await interrogate(target, snmp=None, shell=open_shell, collected=collected)


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with SshStation(Pace(line_s=3, total_s=60)) as station:
        yield Visit(station, HostKeyFile(tmp_path / "known_hosts", accept_new))


@pytest.fixture
async def short(tmp_path: Path) -> AsyncIterator[Visit]:
    """A station that gives a whole conversation a second and a half."""
    async with SshStation(Pace(line_s=1, total_s=1.5)) as station:
        yield Visit(station, HostKeyFile(tmp_path / "known_hosts", accept_new))


def answers(page: Vendor) -> dict[str, str]:
    """What was recorded of a platform, by the line that asks for it; a blank answer to what was not."""
    names = {path.stem: path.read_text() for path in sorted(RECORDINGS.glob(f"{page.platform}/*/*.txt"))}
    told = {}
    for line in (*page.session, *(row.line for row in page.asked)):
        stem = "_".join("".join(sign if sign.isalnum() or sign in "-." else " " for sign in line).split())
        text = names.get(stem, names.get(stem.lower(), ""))
        told[line] = text.rstrip("\n").rpartition("\n{primary")[0] or text.rstrip("\n")
    return told


def played(vendor: Vendor, **how: Any) -> FakeDevice:
    """A device of a platform that notes every line outside its page's list."""
    row, allowed = shell(vendor.platform), Allowed.of(vendor)
    banner, menu = "", next((reply for asks, reply in row.greets if reply not in ("n", "cli", "clish")), "")
    if menu:
        banner = "Select Menu Number [0-7]: " if menu == "4" else "Enter an option: "

    def expected(line: str) -> bool:
        return allowed.permits(line) or line == menu or line in FAREWELLS

    prompt = PROMPTS.get(vendor.platform, "box# ")
    given = {"answers": answers(vendor), "banner": banner, "menu": menu, **how}
    return FakeDevice(prompt, expected=expected, **given)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.platform)
@pytest.mark.slow
async def test_a_device_is_sent_the_list_of_its_page_and_nothing_else(page: Vendor, visit: Visit) -> None:
    """From the first line to the goodbye, whatever its answers call for."""
    with played(page) as device:
        found = await visit.ask(device, page.platform)
        assert device.gone.wait(5)
    assert device.strangers == []
    assert {row.line for row in page.asked if not row.pattern} <= set(device.commands)
    assert not [problem for problem in found.problems if problem.id == "device.bug"]


SITE = """\
[site]
name = "Try"
client = "Try SA"

[people]
headcount = 10
eligible = 10

[[device]]
name = "box"
address = "192.0.2.1"
platform = "%s"
ssh = { user = "audit", credential = "main" }
"""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.platform)
@pytest.mark.slow
async def test_whatever_a_device_received_was_announced(page: Vendor, visit: Visit, tmp_path: Path) -> None:
    """What `auditor sends` prints for a platform is all that comes, menus and goodbyes included."""
    file = tmp_path / "site.toml"
    file.write_text(SITE % page.platform)
    listed = [line.strip() for line in desk.sends(file, texts("en"))]
    known = {word for line in listed for word in (line, line.split(" where a menu")[0])}
    with played(page) as device:
        await visit.ask(device, page.platform)
    patterns = [row.pattern for row in page.asked if row.pattern]
    sent = [line for line in device.commands if not any(re.fullmatch(one, line) for one in patterns)]
    assert len(sent) > 2
    assert not set(sent) - known


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.platform)
async def test_a_long_banner_a_refusal_and_an_endless_answer_cost_their_facts_alone(page: Vendor, short: Visit) -> None:
    """Each is a gap with its reason; the conversation goes on, and ends in time."""
    asked = [row for row in page.commands if row.live and row.keys and not row.pattern]
    alone = [row for row in asked if not any({*row.keys} & {*other.keys} for other in asked if other is not row)]
    first, last = asked[0], (alone or asked)[-1]  # whose facts no other question is asked for
    refusal = REFUSED.get(shell(page.platform).driver, "Permission denied: not authorized")
    said = answers(page) | {first.line: refusal}
    banner = "\r\n".join(f"* line {n} of the notice *" for n in range(200)) + "\r\n"
    with played(page, answers=said, hang_at=last.line if last is not first else "") as device:
        device.banner = banner + device.banner
        found = await short.ask(device, page.platform)
    assert device.strangers == []
    reasons = {gap.reason.id for gap in found.gaps}
    told = {reading.key.name for reading in found.readings}
    assert "ssh.rejected" in reasons or {key.name for key in first.keys} <= told
    if last is not first:
        assert reasons & {"ssh.timeout", "ssh.total"} or {key.name for key in last.keys} <= told


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.platform)
async def test_a_session_cut_in_an_answer_keeps_what_was_told_before(page: Vendor, visit: Visit) -> None:
    """What was not asked any more is a gap that says so."""
    asked = [row for row in page.commands if row.live and row.keys and not row.pattern]
    cut = asked[len(asked) // 2]
    with played(page, answers=answers(page) | {cut.line: "half an answer " * 40}, cut_at=cut.line) as device:
        found = await visit.ask(device, page.platform)
    assert device.strangers == []
    names = {key.name for row in asked[len(asked) // 2 :] for key in row.keys}
    names -= {reading.key.name for reading in found.readings}
    assert names <= {gap.key.name for gap in found.gaps}
    assert not [problem for problem in found.problems if problem.id == "device.bug"]


def hurried(page: Vendor, seconds: float = 0.5) -> Vendor:
    """The same page for a device that has little time for each answer; each fact is asked for once."""
    told: set[Any] = set()
    rows = []
    for row in page.commands:
        if row.live and row.keys and not row.pattern and not told & {*row.keys}:
            rows.append(replace(row, seconds=seconds, follow=None))
            told |= {*row.keys}
    return replace(page, commands=tuple(rows[:6]), mark=Mark(), derive={})


RENAMED = ("cisco_asa", "cisco_ios", "fortinet", "paloalto_panos", "juniper_junos", "mikrotik_routeros", "linux")


@pytest.mark.slow
@pytest.mark.parametrize("page", [by_platform(name) for name in RENAMED], ids=RENAMED)
async def test_a_prompt_that_changes_under_us_costs_one_answer(page: Vendor, visit: Visit) -> None:
    """Somebody renames the device: the answer before the new prompt is a gap that says so, the next ones are read."""
    quick = hurried(page)
    first, *others = quick.commands
    with played(quick, rename_at=first.line, renamed="elsewhere# ") as device:
        found = await visit.ask(device, page.platform, quick)
    assert device.strangers == []
    (line,) = [line for line in found.evidence if line.request == first.line]
    assert line.text == ""
    gaps = {gap.key: gap.reason for gap in found.gaps}
    told = {reading.key for reading in found.readings}  # another answer may tell it too
    for key in set(first.keys) - told:
        assert (gaps[key].id, gaps[key].values["seen"]) == ("ssh.moved", "elsewhere#")
    assert [line for line in device.commands if line in {row.line for row in others}] == [row.line for row in others]


FORBIDDEN = {
    "cisco_asa": "Command authorization failed",
    "cisco_ios": "Command authorization failed.",
    "fortinet": "Command fail. Return code -37",
    "paloalto_panos": "Server error : user is not authorized to perform this operation",
    "juniper_junos": "error: permission denied: configuration",
    "checkpoint_gaia": "NMSHST0025  User does not have permission to run this command",
    "mikrotik_routeros": "not enough permissions (9)",
    "huawei": "Error: You do not have permission to run the command or the command is incomplete.",
    "linux": "sudo: a password is required",
    "vyos": "-vbash: Permission denied",
}


@pytest.mark.parametrize("platform", FORBIDDEN)
async def test_an_account_that_may_not_look_is_told_so_for_each_fact(platform: str, visit: Visit) -> None:
    """In each platform's own words: a gap that names the question, marked as refused, never an empty answer."""
    page = hurried(by_platform(platform), 5)
    said = dict.fromkeys((row.line for row in page.commands), FORBIDDEN[platform])
    with played(page, answers=answers(page) | said) as device:
        found = await visit.ask(device, platform, page)
    assert device.strangers == []
    wanted = {key: row.line for row in page.commands for key in row.keys}
    gaps = {gap.key: gap for gap in found.gaps}
    for key, line in wanted.items():
        assert gaps[key].reason == Message("ssh.rejected", {"target": "box", "question": line})
        assert gaps[key].refused
    assert len(wanted) >= 2


async def test_sixty_paged_lines_of_a_fortigate_arrive_and_nothing_is_set(visit: Visit) -> None:
    """Its console pages by factory setting: a space takes each page on."""
    rows = "\n".join(f"line {n}" for n in range(60))
    page = by_platform("fortinet")
    with played(
        page, answers=answers(page) | {"show": rows}, page=20, mark="--More-- ", erase="\r         \r"
    ) as device:
        found = await visit.ask(device, "fortinet")
    assert device.strangers == []
    assert not [line for line in device.commands if line.startswith(("config", "set "))]
    (line,) = [line for line in found.evidence if line.request == "show"]
    assert line.text == rows


# ---- personal data ----

USER = """\
Session Type: AnyConnect

Username     : m.durand               Index        : 7033
Assigned IP  : 10.99.0.11             Public IP    : 198.51.100.20
Protocol     : AnyConnect-Parent SSL-Tunnel
Group Policy : GP-STAFF               Tunnel Group : STAFF
"""


async def test_users_of_a_vpn_are_pseudonyms_in_everything_that_is_kept(visit: Visit) -> None:
    """The same person is the same one in facts and evidence, another client's key makes another of them."""
    page = by_platform("cisco_asa")
    seen = []
    for visit.key in ("one", "two"):
        with played(page, answers=answers(page) | {"show vpn-sessiondb anyconnect": USER}) as device:
            found = await visit.ask(device, "cisco_asa")
        kept = "\n".join([*(line.text for line in found.evidence), str(found.readings)])
        assert "m.durand" not in kept
        assert "198.51.100.20" not in kept
        (users,) = [reading.value for reading in found.readings if reading.key == facts.VPN_USERS]
        assert users[0].id == visit.pseudonym("m.durand")
        assert users[0].id in kept.replace(str(found.readings), "")
        seen.append(users[0].id)
    assert seen[0] != seen[1]


# ---- the proof that nothing was changed ----

SUM = "5e 8f 1a 00 c3 d2 90 4b 6a 77 e1 3f 22 9c d0"
CHECKSUM = "Cryptochecksum: 571d01b7 b08342e3 5db838e9 acec00f6"


@pytest.mark.parametrize(("after", "same"), [("", True), (CHECKSUM.replace("571d", "aaaa"), False)])
async def test_the_mark_of_a_configuration_is_asked_first_and_last(after: str, same: bool, visit: Visit) -> None:
    """Equal or not is kept with the device, and survives its JSON."""
    page = by_platform("cisco_asa")
    later = {"show checksum": after} if after else {}
    with played(page, answers=answers(page) | {"show checksum": CHECKSUM}, later=later) as device:
        found = await visit.ask(device, "cisco_asa")
    commands = [line for line in device.commands if line not in page.session]
    assert (commands[0], commands[-2:]) == ("show checksum", ["show checksum", "exit"])
    (mark,) = found.untouched
    assert (mark.source, mark.same) == ("show checksum", same)
    published = device_json(found, texts("en"))
    assert published["untouched"][0]["same"] is same
    assert device_from_json(published).untouched == found.untouched


@pytest.mark.parametrize(
    ("platform", "said", "mark"),
    [
        ("cisco_asa", "Cryptochecksum: 571d01b7 b08342e3 5db838e9 acec00f6", "571d01b7 b08342e3 5db838e9 acec00f6"),
        ("fortinet", f"debugzone\nglobal: 8a {SUM}\nroot: 02 {SUM}\nall: 92 {SUM}\n", f"92 {SUM}"),
        (
            "juniper_junos",
            "0   2026-11-20 09:31:02 CET by l.petit via cli\n1   2026-11-19 10:00:00 CET",
            "09:31:02",
        ),
        ("vyos", "0   2026-11-20 09:31:02 by l.petit via cli\n1   2026-11-19 10:00:00 by vyos via cli", "09:31:02"),
        ("ubiquiti_edgerouter", "0   2026-11-20 09:31:02 by l.petit via gui", "2026-11-20 09:31:02"),
        (
            "paloalto_panos",
            "Enqueued              Dequeued  ID  PositionInQ  Type  Status Result Completed\n----\n"
            "2026/11/20 09:31:02   09:31:02  41               Commit  FIN  OK 09:31:44\n"
            "2026/11/21 10:00:00   10:00:00  42               Downld  FIN  OK 10:00:09\n"
            "2026/11/01 08:00:00   08:00:00  3                AutoCom FIN  OK 08:02:10\n",
            "job 41 of 2026/11/20 09:31:02",
        ),
        (
            "mikrotik_routeros",
            "Flags: U - undoable, R - redoable, F - floating-undo\n"
            "  ACTION                          BY       POLICY\nU filter rule added               l.petit  write\n",
            "1 changes, SHA-256 ",
        ),
        ("pfsense", "1795500000\n", "1795500000"),
        ("opnsense", "1795500000\n", "1795500000"),
        ("cisco_ios", "! Last configuration change at 09:14:07 CET Mon Nov 23 2026 by l.petit", "CET Mon Nov 23 2026"),
    ],
)
def test_a_mark_says_when_and_not_who(platform: str, said: str, mark: str) -> None:
    """A time or a check sum of the configuration; no answer to another question is taken for one."""
    page = by_platform(platform)
    assert mark in page.mark.read(said)
    assert "petit" not in page.mark.read(said)
    assert page.mark.read("% Invalid input detected") == page.mark.read("") == ""


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ("juniper_junos", "0   2026-11-20 09:31:02 CET by l.petit via cli"),
        ("cisco_ios", "! Last configuration change at 09:14:07 CET Mon Nov 23 2026 by l.petit"),
        ("mikrotik_routeros", "  ACTION           BY       POLICY\nU rule added       l.petit  write"),
    ],
)
async def test_who_changed_a_configuration_is_a_pseudonym(platform: str, said: str, visit: Visit) -> None:
    """Also in the evidence of the mark."""
    page = by_platform(platform)
    with played(page, answers=answers(page) | {page.mark.line: said}) as device:
        found = await visit.ask(device, platform)
    kept = [line.text for line in found.evidence if line.request == page.mark.line]
    assert len(kept) >= 2  # Junos is asked the same line for what it proves besides
    assert all("petit" not in text and visit.pseudonym("l.petit") in text for text in kept)


PROVING = {
    "cisco_asa", "cisco_ftd", "cisco_ios", "fortinet", "paloalto_panos", "juniper_junos", "mikrotik_routeros", "huawei",
    "vyos", "ubiquiti_edgerouter", "pfsense", "opnsense", "checkpoint_gaia", "linux", "stormshield",
}  # fmt: skip


def test_every_platform_that_tells_a_change_proves_that_there_was_none() -> None:
    """The others are said to have given no mark: SonicOS tells none."""
    assert {page.platform for page in PAGES if page.mark.line or page.mark.oid} == PROVING


async def test_a_device_without_a_mark_proves_nothing(visit: Visit) -> None:
    """An answer that is none is not kept as one."""
    page = by_platform("cisco_asa")
    with played(page) as device:
        found = await visit.ask(device, "cisco_asa")
    assert found.untouched == ()

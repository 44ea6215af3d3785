"""A session that is cut half-way: what was not asked any more is missing because of it, and is counted."""

from __future__ import annotations

from auditor import facts
from auditor.collectors.interrogate import Collected, Manner, interrogate
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import NoAnswer, ShellDoor
from auditor.collectors.vendors.linux import COMMANDS, LINUX
from auditor.collectors.vendors.page import Vendor
from auditor.model import Evidence
from auditor.site import SshAccess, Target
from auditor.values import Message

ANSWERS = {"cat /etc/os-release": 'ID=debian\nPRETTY_NAME="Debian 12"\n', "uname -n": "rtr-1\n"}


class Cut:
    """A Linux router that answers two lines, and is rebooted while it reads the third."""

    def __init__(self) -> None:
        self.lines = list[str]()

    async def show(self, command: str) -> str:
        self.lines.append(command)
        if command.startswith("stat "):
            return ""
        if command not in ANSWERS:
            raise NoAnswer(Message("ssh.lost", {"target": "router", "question": command}))
        return ANSWERS[command]

    async def adopt(self, vendor: Vendor) -> None: ...

    def evidence(self) -> tuple[Evidence, ...]:
        return ()

    async def close(self) -> None: ...


async def test_what_a_cut_session_left_is_missing_because_of_it_and_counted() -> None:
    """Nothing more is asked, and the gaps of the shell say why."""
    session = Cut()

    async def open_(vendor: Vendor) -> ShellDoor:
        return session

    target = Target("router", "127.0.0.1", platform="linux", ssh=SshAccess("audit", "x"))
    device = await interrogate(
        target, snmp=None, shell=open_, collected=Collected(target, Transcript("router"), Manner())
    )
    lines = [row.line for row in COMMANDS]
    assert session.lines[1:] == lines[:3], "behind the mark of its configuration"
    assert {reading.key for reading in device.readings} >= {facts.IDENTITY_NAME, facts.IDENTITY_OS_VERSION}
    reasons = {gap.key: gap.reason.id for gap in device.gaps}
    assert reasons[facts.INTERFACES] == reasons[facts.VPN_SESSIONS_NOW] == "ssh.lost"
    (problem,) = device.problems
    plain = [row for row in LINUX.commands if row.live and not row.pattern]
    assert (problem.id, problem.values["count"]) == ("device.unanswered", len(plain) - 2)

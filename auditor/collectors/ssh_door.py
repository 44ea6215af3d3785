"""One SSH conversation: the lines of a vendor page, asked one at a time, cleaned, redacted, recorded."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from auditor.clean import line as one_line
from auditor.collectors import redact as redaction
from auditor.collectors.allowed import ENABLE, Allowed, Guard, NotAllowed
from auditor.collectors.shells import Cut, Disclaimer, Late, Manners, Moved, NotEnabled, TooLong, shell
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import CollectError, Denied, Garbled, NoAnswer, Secret
from auditor.collectors.vendors import greetings
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Vendor
from auditor.model import Evidence
from auditor.values import Message

if TYPE_CHECKING:
    from auditor.collectors.ssh import SshStation, Wire

T = TypeVar("T")

_GRACE_S: Final = 5.0  # beyond a thread's own deadline, before its connection is cut under it


class Refused(Denied):
    """The device refuses a secret: its account is not tried again in this run."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What an SSH server said of itself before any login: its identification line, host key and algorithms."""

    banner: str
    host_key: str
    kex: tuple[str, ...] = ()
    host_keys: tuple[str, ...] = ()
    ciphers: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """The protocol versions offered: "2", or "1,2" (SSH-1.99, RFC 4253 section 5.1)."""
        return "1,2" if self.banner.startswith("SSH-1.99") else "2"

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Key exchanges, host key algorithms and ciphers, each once."""
        return tuple(dict.fromkeys((*self.kex, *self.host_keys, *self.ciphers)))

    def text(self) -> str:
        """The evidence, one line each."""
        return "\n".join((
            f"identification: {self.banner}",
            f"host key: {self.host_key}",
            f"key exchanges: {', '.join(self.kex)}",
            f"host key algorithms: {', '.join(self.host_keys)}",
            f"ciphers: {', '.join(self.ciphers)}",
        ))  # fmt: skip


class SshDoor:
    """One device; see ShellDoor for what it promises."""

    def __init__(
        self,
        station: SshStation,
        wire: Wire,
        enable: Secret | None,
        transcript: Transcript,
        redact: Callable[[str], str],
    ) -> None:
        self._station, self._wire, self._enable = station, wire, enable
        self._transcript, self._redact = transcript, redact
        self._secrets: tuple[str, ...] = ()
        self._allowed = Allowed()
        self._shell: Manners | None = None
        self._turn = asyncio.Lock()
        self._ends = time.monotonic() + station.pace.total_s

    @property
    def offered(self) -> Offered:
        """What the server offers, for the facts about SSH itself (its source is the evidence "ssh")."""
        return self._wire.offered

    @property
    def greeting(self) -> str:
        """The banner and message of the day, redacted, without the prompt."""
        return self._hide(self._wire.notice + (self._shell.greeting if self._shell else ""))

    # ---- before the first question ----

    async def settle(self, vendor: Vendor | None) -> None:
        """Open the command line, read up to its prompt, and set what the vendor page sets for a session."""
        page = None if vendor is GENERIC else vendor
        self._allowed = Allowed.of(page) if page else Allowed(greetings=greetings())
        self._secrets = page.secrets if page else ()
        platform = page.platform if page else self._wire.target.platform
        replies = tuple(reply for _, reply in shell(platform).greets)
        guard, seconds = Guard(self._allowed, self._enable, replies), self._station.pace.prompt_s
        late = self._wire.say("ssh.no_shell", user=self._wire.access.user)
        self._shell = await self._thread(lambda: self._wire.open_shell(platform, guard), seconds, late)
        await self._thread(lambda: self._find_prompt(seconds), seconds + _GRACE_S, late)
        if page:
            await self._prepare()

    async def adopt(self, vendor: Vendor) -> None:
        """From now on the lines of this page may be sent, and its words of refusal count; its session lines are."""
        async with self._turn:
            self._driver.shell = shell(vendor.platform)
            self._allowed, self._secrets = Allowed.of(vendor), vendor.secrets
            self._driver.guard.allowed = self._allowed
            await self._prepare()

    def _find_prompt(self, seconds: float) -> None:
        try:
            self._driver.find_prompt_within(seconds)
        except Late as late:
            user, seen = self._wire.access.user, self._brief(late.seen)
            raise NoAnswer(self._wire.say("ssh.no_prompt", user=user, seconds=round(seconds), seen=seen)) from late
        except Disclaimer as notice:
            raise Denied(self._wire.say("ssh.disclaimer")) from notice
        except TooLong as endless:
            raise Garbled(self._wire.say("ssh.too_long", question="")) from endless
        except Cut as cut:
            raise NoAnswer(self._wire.say("ssh.no_shell", user=self._wire.access.user)) from cut

    async def _prepare(self) -> None:
        """Privileges where the site file names them, then the session lines; an unknown one does no harm."""
        if self._enable is not None:
            secret, seconds = self._enable, self._station.pace.line_s
            async with self._station.turn((self._wire.access.enable, ENABLE), self._wire):
                await self._thread(lambda: self._raise_privilege(secret, seconds), 3 * seconds)
        for line in self._allowed.session:
            seconds = self._station.pace.line_s
            try:
                await self._thread(functools.partial(self._ask, line, seconds), seconds + _GRACE_S)
            except NoAnswer as error:  # it pages or wraps, which costs more than it hides; a hung-up session is another
                if error.message.id not in ("ssh.timeout", "ssh.moved"):
                    raise

    def _raise_privilege(self, secret: Secret, seconds: float) -> None:
        started, sent = time.monotonic(), True
        try:
            sent = self._driver.raise_privilege(secret, seconds)
        except NotEnabled as refused:
            raise Refused(self._wire.say("ssh.enable_refused")) from refused
        except Late as late:
            raise self._late(ENABLE, seconds) from late
        except Cut as cut:
            raise NoAnswer(self._wire.say("ssh.lost", question=ENABLE)) from cut
        except TooLong as endless:
            self._wire.cut()
            raise Garbled(self._wire.say("ssh.too_long", question=ENABLE)) from endless
        finally:
            if sent:
                self._transcript.add("ssh", ENABLE, seconds=time.monotonic() - started, size=0, text="")

    # ---- questions ----

    async def show(self, command: str) -> str:
        """The redacted output of one allow-listed command, without echo, prompt, pager marks or terminal escapes.

        It ends with an end of line: the sign that it was read to its end (see `trees.ended`). Raises Denied
        `ssh.not_allowed` with nothing sent, or `ssh.rejected` where rights are missing; NoAnswer when the device does
        not know the command, takes too long or hangs up.
        """
        if not self._allowed.asks(command):
            raise Denied(self._wire.say("ssh.not_allowed", question=command))
        async with self._turn:
            row = self._allowed.command(command)
            seconds = min(row.seconds if row else self._station.pace.line_s, self._left())
            if seconds <= 0:
                total = round(self._station.pace.total_s)
                raise NoAnswer(self._wire.say("ssh.total", question=command, seconds=total))
            text, refusal = await self._thread(
                lambda: self._ask(command, seconds), seconds + _GRACE_S, self._late(command, seconds).message
            )
        if refusal is not None:
            raise refusal(self._wire.say("ssh.rejected", question=command))
        return f"{text}\n"

    def _ask(self, line: str, seconds: float) -> tuple[str, type[CollectError] | None]:
        """One line and its answer, cleaned, redacted, recorded, and the kind of refusal where it is one.

        What was sent is recorded whatever came of it.
        """
        started, text = time.monotonic(), ""
        try:
            said = self._driver.ask(line, seconds)
            text = self._hide(said)
        except Moved as moved:
            raise NoAnswer(self._wire.say("ssh.moved", question=line, seen=self._brief(moved.seen))) from moved
        except Late as late:
            raise self._late(line, seconds) from late
        except Cut as cut:
            raise NoAnswer(self._wire.say("ssh.lost", question=line)) from cut
        except TooLong as endless:
            self._wire.cut()
            raise Garbled(self._wire.say("ssh.too_long", question=line)) from endless
        except NotAllowed as refused:
            raise Denied(self._wire.say("ssh.not_allowed", question=line)) from refused
        finally:
            taken = time.monotonic() - started
            self._transcript.add("ssh", line, seconds=taken, size=self._driver.size, text=text)
        return text, self._driver.refusal(said)

    def evidence(self) -> tuple[Evidence, ...]:
        """What was sent and answered so far."""
        return self._transcript.evidence()

    async def close(self) -> None:
        """Say goodbye where the device waits for a line, and hang up."""
        try:
            if self._shell is not None and self._shell.ready and self._wire.alive():
                await self._thread(self._shell.leave, _GRACE_S)
                self._transcript.add("ssh", self._shell.shell.farewell, seconds=0.0, size=0, text="")
        except CollectError:
            pass  # it is gone already
        finally:
            self._station.drop(self._wire)

    # ---- helpers ----

    @property
    def _driver(self) -> Manners:
        assert self._shell is not None
        return self._shell

    async def _thread(self, work: Callable[[], T], seconds: float, late: Message | None = None) -> T:
        return await self._station.thread(work, self._wire, seconds, late)

    def _left(self) -> float:
        return self._ends - time.monotonic()

    def _late(self, line: str, seconds: float) -> NoAnswer:
        return NoAnswer(self._wire.say("ssh.timeout", question=line, seconds=round(seconds, 1)))

    def _hide(self, text: str) -> str:
        return redaction.redact(self._redact(text), self._secrets)

    def _brief(self, text: str) -> str:
        return one_line(self._hide(text))[:60]

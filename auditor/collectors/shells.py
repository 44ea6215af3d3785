"""How each platform's command line is spoken to: mixins that stand before netmiko's drivers and hold them to a list."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import Any, ClassVar, Final

from auditor.collectors.allowed import ENABLE, Guard
from auditor.collectors.terminal import (
    answer,
    decode,
    echoed,
    last_line,
    looks_like_prompt,
    paused,
    prompt_shape,
    render,
)
from auditor.collectors.transport import Secret

MOST: Final = 16 * 1024 * 1024
"""The longest answer that is read, in bytes."""

_QUIET_S: Final = 0.3  # without an echo, a prompt counts once nothing follows it for this long
_SILENCE_S: Final = 3.0  # how long a device may take to show itself before an empty line is sent
_WRITE_S: Final = 10.0
_GOODBYE_S: Final = 1.0


class Cut(Exception):
    """The session ended under us."""


class Late(Exception):
    """No prompt within the time; `seen` is the last line, `size` the bytes read."""

    def __init__(self, seen: str = "", size: int = 0) -> None:
        super().__init__(seen)
        self.seen, self.size = seen, size


class TooLong(Exception):
    """An answer beyond all measure; reading stopped."""


class NotEnabled(Exception):
    """The device refuses the enable secret. It was given once."""


class Disclaimer(Exception):
    """The device wants a notice accepted before it shows a prompt: that is for a person to do."""


class Channel:
    """What netmiko's drivers write to and read from: the one place where bytes leave, and each write is checked.

    Reading waits for data instead of polling, and tells the end of the session from silence, which netmiko's own does
    not. Octets come one to a character (latin-1) and are decoded once the answer is whole.
    """

    def __init__(self, conn: Any, guard: Guard) -> None:
        self._conn, self._guard = conn, guard

    def write_channel(self, out_data: str) -> None:
        """Write what the guard lets pass; raises NotAllowed, Cut."""
        self._guard.check(out_data)
        try:
            self._conn.settimeout(_WRITE_S)
            self._conn.sendall(out_data.encode())
        except OSError as error:
            raise Cut from error

    def wait(self, seconds: float) -> str:
        """The next data, "" when none came within the time; raises Cut at the end of the session."""
        try:
            self._conn.settimeout(max(seconds, 0.001))
            data: bytes = self._conn.recv(65536)
        except TimeoutError:
            return ""
        except OSError as error:
            raise Cut from error
        if not data:
            raise Cut
        return data.decode("latin-1")

    def read_channel(self) -> str:
        """What has come so far, without waiting."""
        found = ""
        while self._conn.recv_ready():
            found += self.wait(0.001)
        return found

    read_buffer = read_channel


class Manners:
    """A netmiko driver that prepares its session from the vendor page alone and reads answers to the prompt.

    Nothing of the driver's own preparation, paging or clean-up runs; what else it might write meets the guard.
    """

    driver: ClassVar[str] = "generic"
    farewell: ClassVar[str] = "exit"
    unknown: ClassVar[str] = r"(?i)(?:invalid|unknown|unrecognized|incomplete) (?:input|command|action)|syntax error"
    forbidden: ClassVar[str] = r"(?i)permission denied|not authori[sz]ed|authori[sz]ation failed|access denied"

    # of netmiko's driver
    RETURN: str
    remote_conn: Any
    remote_conn_pre: Any
    channel: Any

    guard: Guard
    greeting: str = ""
    size: int = 0
    _prompt: re.Pattern[str] = re.compile(r"(?!)")
    _bare: bool = True  # a prompt of one sign could be a line of output: it counts once nothing follows it
    _privileged: bool = False
    _behind: bool = False
    _known: bool = False

    def converse(self, transport: Any, conn: Any, guard: Guard) -> None:
        """Take an authenticated transport and its open channel, and read up to the prompt."""
        self.remote_conn_pre, self.remote_conn, self.guard = transport, conn, guard
        self._open()  # type: ignore[attr-defined]

    @property
    def ready(self) -> bool:
        """Whether the device waits for a line: not in the middle of an answer, nor at a question for a password."""
        return self._known and not self._behind

    def leave(self) -> None:
        """Say goodbye and hang up."""
        self.disconnect()  # type: ignore[attr-defined]

    # ---- in the place of the driver's own ----

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:
        """The connection was made, its host key checked and the account tried once, before this driver existed."""
        self.channel = Channel(self.remote_conn, self.guard)

    def _try_session_preparation(self, force_data: bool = True) -> None:
        self.session_preparation()

    def session_preparation(self) -> None:
        """Only look: what is set for the session comes line by line from the vendor page."""

    def disable_paging(self, *args: Any, **kwargs: Any) -> str:
        return ""

    def cleanup(self, command: str = "") -> None:
        """Say goodbye, and let the device hang up: a connection closed under it may keep its session for a while."""
        ends = time.monotonic() + _GOODBYE_S
        self.channel.write_channel(self.farewell + self.RETURN)
        with suppress(Cut):
            while (left := ends - time.monotonic()) > 0:
                self.channel.wait(left)

    # ---- the prompt ----

    def find_prompt_within(self, seconds: float) -> None:
        """Read the greeting, and learn the prompt: the last line that an empty line brings back the same."""
        ends = time.monotonic() + seconds
        raw = self._greeting(ends)
        before = last_line(raw)
        while True:
            self.channel.write_channel(self.RETURN)
            more = self._read_prompt(ends, raw)
            now = last_line(more)
            if before and prompt_shape(now).fullmatch(before):
                break
            before = now
        self._learn(now)
        self.greeting = render(decode(raw)).rpartition("\n")[0].strip()

    def _greeting(self, ends: float) -> str:
        raw = ""
        while not looks_like_prompt(last_line(raw)):
            more = self.channel.wait(min(_SILENCE_S, max(0.0, ends - time.monotonic())))
            if not more:
                break
            raw = self._page(raw + more, more)
            if len(raw) > MOST:
                raise TooLong
        if re.search(r"to accept\b", raw[-400:], re.IGNORECASE) and not looks_like_prompt(last_line(raw)):
            raise Disclaimer
        return raw

    def _read_prompt(self, ends: float, seen: str) -> str:
        raw = ""
        while "\n" not in raw or not looks_like_prompt(last_line(raw)):
            left = ends - time.monotonic()
            if left <= 0:
                raise Late(last_line(raw) or last_line(seen), len(seen) + len(raw))
            raw += self.channel.wait(left)
            if len(raw) > MOST:
                raise TooLong
        return raw

    def _learn(self, prompt: str) -> None:
        self._prompt = prompt_shape(prompt)
        self._bare, self._known = len(prompt) < 3, True
        self._privileged = prompt.endswith("#")

    # ---- questions ----

    def ask(self, line: str, seconds: float) -> str:
        """The output of one line; raises NotAllowed, Late, Cut, TooLong. `size` tells the bytes read."""
        if self._behind:
            self._read_answer("", seconds)  # the prompt of a question that was given up
            self._behind = False
        self.channel.read_channel()
        self.channel.write_channel(line + self.RETURN)
        return answer(self._read_answer(line, seconds), line)

    def _read_answer(self, line: str, seconds: float) -> str:
        """All that follows a line up to the prompt; pager marks are answered with a space and left out."""
        ends, raw, heard, self.size = time.monotonic() + seconds, "", not line, 0
        while True:
            left = ends - time.monotonic()
            at_prompt = self._prompt.fullmatch(last_line(raw)) is not None
            more = self.channel.wait(min(left, _QUIET_S) if at_prompt else left) if left > 0 else ""
            if not more:
                if at_prompt and "\n" in raw:
                    return raw
                self._behind = True
                raise Late(last_line(raw), self.size)
            self.size += len(more)
            raw = self._page(raw + more, more)
            heard = heard or echoed(render(decode(raw[: 4 * len(line) + 1024])), line) > 0
            if heard and not self._bare and "\n" in raw and self._prompt.fullmatch(last_line(raw)):
                return raw
            if self.size > MOST:
                raise TooLong

    def _page(self, raw: str, more: str) -> str:
        """The text without the pager's mark it ends with, once a space has asked for the next page."""
        if not more or not paused(last_line(raw)):
            return raw
        self.channel.write_channel(" ")
        return raw[: raw.rfind("\n") + 1]

    def rejected(self, output: str) -> re.Match[str] | None:
        """The words with which the device says that it does not know a line, or does not allow it."""
        if output.count("\n") > 5:
            return None
        return re.search(self.forbidden, output, re.MULTILINE) or re.search(self.unknown, output, re.MULTILINE)

    def denies(self, output: str) -> bool:
        """Whether what was rejected is a matter of rights."""
        return re.search(self.forbidden, output, re.MULTILINE) is not None

    # ---- privileges ----

    def raise_privilege(self, secret: Secret, seconds: float) -> bool:
        """`enable`, where the prompt is not privileged yet, whether it was sent; raises NotEnabled."""
        if self._privileged:
            return False
        ends, self._behind = time.monotonic() + seconds, True
        self.channel.write_channel(ENABLE + self.RETURN)
        last = self._until_asked(ends)
        if self._asks_password(last):
            self.channel.write_channel(secret.reveal() + self.RETURN)
            last = self._until_asked(ends)
        if not (self._is_prompt(last) and last.endswith("#")):
            raise NotEnabled
        self._behind, self._privileged = False, True
        return True

    def _until_asked(self, ends: float) -> str:
        """The last line, once it is a prompt or asks for a password."""
        raw, last = "", ""
        while "\n" not in raw or not (self._is_prompt(last) or self._asks_password(last)):
            left = ends - time.monotonic()
            if left <= 0:
                raise Late(last, len(raw))
            raw += self.channel.wait(left)
            last = last_line(raw)
        return last

    def _is_prompt(self, line: str) -> bool:
        return self._prompt.fullmatch(line) is not None

    @staticmethod
    def _asks_password(line: str) -> bool:
        return re.fullmatch(r"(?i).*password\s*:", line) is not None


class Cisco(Manners):
    """IOS and IOS-XE."""

    driver = "cisco_ios"
    unknown = r"^% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized)"
    forbidden = r"(?i)authorization failed|^% ?(?:access denied|permission denied|not authorized)"


class CiscoAsa(Cisco):
    """ASA: netmiko's preparation would enter configuration mode to widen the terminal, and `login` without a secret."""

    driver = "cisco_asa"
    unknown = r"^(?:ERROR: )?% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized)"


class Fortinet(Manners):
    """FortiOS: netmiko's would set the console's output mode in the configuration, and back; pages are answered."""

    driver = "fortinet"
    unknown = r"^(?:Unknown action|command parse error|Command fail\. Return code -(?:61|1)\b)"
    forbidden = r"(?i)permission denied|^Command fail\. Return code -37\b"


class Linux(Manners):
    """A shell on a host."""

    driver = "linux"
    unknown = r"(?i)(?:command )?not found$|no such (?:file|command)|unknown (?:operation|command|option)"
    forbidden = r"(?i)permission denied|operation not permitted|a password is required|not in the sudoers"


MANNERS: Final[dict[str, type[Manners]]] = {
    "cisco_ios": Cisco,
    "cisco_xe": Cisco,
    "cisco_asa": CiscoAsa,
    "fortinet": Fortinet,
    "linux": Linux,
    "asterisk": Linux,
}


def manners(platform: str) -> type[Manners]:
    """How a platform is spoken to; any other is read by its prompt alone."""
    return MANNERS.get(platform, Manners)

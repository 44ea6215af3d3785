"""How each platform's command line is spoken to: a table, and the mixin that holds netmiko's drivers to a list."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

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
from auditor.collectors.transport import CollectError, Denied, NoAnswer, Secret

MOST: Final = 16 * 1024 * 1024
"""The longest answer that is read, in bytes."""

_QUIET_S: Final = 0.3  # without an echo, a prompt counts once nothing follows it for this long
_SILENCE_S: Final = 3.0  # how long a device may take to show itself before an empty line is sent
_WRITE_S: Final = 10.0
_GOODBYE_S: Final = 1.0
_FORBIDDEN: Final = (
    r"(?i)permission denied|not (?:authori[sz]ed|permitted)|authori[sz]ation failed|access denied"
    r"|(?:insufficient|not enough|no|missing) (?:privileges?|permissions?|rights)"
    r"|do(?:es)? not have (?:\w+ ){0,2}(?:privileges?|permissions?|rights)"
)


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


class Moved(Late):
    """The device waits at a prompt that is not the one it had: what it answered cannot be told from what it did."""


@dataclass(frozen=True, slots=True)
class Shell:
    """One platform's command line. What is set for a session stands on the vendor page, as what is asked does.

    `driver` is netmiko's device type. `unknown` and `forbidden` match the words that reject a line; `prompt` the
    prompts that do not end in one of `> # $ %`; `above` a line shown before each prompt. `greets` are questions asked
    before the first prompt, with the one answer each gets: the way to the command line through a menu, or "no".
    `login` is what a user name takes to make the session plain.
    """

    driver: str = "generic"
    unknown: str = (
        r"(?i)(?:invalid|unknown|unrecognized|incomplete|ambiguous) (?:input|command|action|keyword)|syntax error"
    )
    forbidden: str = _FORBIDDEN
    farewell: str = "exit"
    prompt: str = ""
    above: str = ""
    greets: tuple[tuple[str, str], ...] = ()
    login: str = ""


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

    shell: Shell = Shell()

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
    _moved: bool = False
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
        self.channel.write_channel(self.shell.farewell + self.RETURN)
        with suppress(Cut):
            while (left := ends - time.monotonic()) > 0:
                self.channel.wait(left)

    # ---- the prompt ----

    def find_prompt_within(self, seconds: float) -> None:
        """Read the greeting, and learn the prompt: the last line that an empty line brings back the same."""
        ends = time.monotonic() + seconds
        raw = self._greeting(ends) if not self._known else ""
        before = last_line(raw)
        while True:
            self.channel.write_channel(self.RETURN)
            more = self._read_prompt(ends, raw)
            now = last_line(more)
            if before and prompt_shape(now).fullmatch(before):
                break
            before = now
        self._learn(now)
        self.greeting = self.greeting or render(decode(raw)).rpartition("\n")[0].strip()

    def _greeting(self, ends: float) -> str:
        raw = ""
        while not self._settled(last_line(raw)):
            more = self.channel.wait(min(_SILENCE_S, max(0.0, ends - time.monotonic())))
            if not more:
                break
            raw = self._page(raw + more, more)
            if len(raw) > MOST:
                raise TooLong
        if re.search(r"to accept\b", raw[-400:], re.IGNORECASE) and not self._looks_like_prompt(last_line(raw)):
            raise Disclaimer
        return raw

    def _settled(self, line: str) -> bool:
        """Whether a last line is the prompt we want; a question of the platform's greeting gets its one answer."""
        reply = next((reply for asks, reply in self.shell.greets if re.fullmatch(asks, line)), "")
        if reply and self.guard.greets(reply):
            self.channel.write_channel(reply + self.RETURN)
            return False
        return self._looks_like_prompt(line)

    def _looks_like_prompt(self, line: str) -> bool:
        return looks_like_prompt(line) or bool(self.shell.prompt and re.fullmatch(self.shell.prompt, line))

    def _read_prompt(self, ends: float, seen: str) -> str:
        raw = ""
        while "\n" not in raw or not self._looks_like_prompt(last_line(raw)):
            left = ends - time.monotonic()
            if left <= 0:
                raise Late(last_line(raw) or last_line(seen), len(seen) + len(raw))
            raw += self.channel.wait(left)
            if len(raw) > MOST:
                raise TooLong
        return raw

    def _learn(self, prompt: str) -> None:
        self.guard.greeted()
        self._prompt = prompt_shape(prompt)
        self._bare, self._known = len(prompt) < 3, True
        self._privileged = prompt.endswith("#")

    # ---- questions ----

    def ask(self, line: str, seconds: float) -> str:
        """The output of one line; raises NotAllowed, Late, Cut, TooLong. `size` tells the bytes read."""
        if self._moved:
            self._find_again(seconds)
        if self._behind:
            self._read_answer("", seconds)  # the prompt of a question that was given up
            self._behind = False
        self.channel.read_channel()
        self.channel.write_channel(line + self.RETURN)
        return answer(self._read_answer(line, seconds), line, self.shell.above)

    def _find_again(self, seconds: float) -> None:
        """Learn the prompt anew, where the device showed another in the place of its own."""
        self.find_prompt_within(seconds)
        self._moved = self._behind = False

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
                self._moved = "\n" in raw and self._looks_like_prompt(last_line(raw))
                raise (Moved if self._moved else Late)(last_line(raw), self.size)
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

    def refusal(self, output: str) -> type[CollectError] | None:
        """Denied where an answer says that rights are missing, NoAnswer where it says that the line is not known."""
        if output.count("\n") > 5:
            return None
        if re.search(self.shell.forbidden, output, re.MULTILINE):
            return Denied
        return NoAnswer if re.search(self.shell.unknown, output, re.MULTILINE) else None

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
            if len(raw) > MOST:
                raise TooLong
        return last

    def _is_prompt(self, line: str) -> bool:
        return self._prompt.fullmatch(line) is not None

    @staticmethod
    def _asks_password(line: str) -> bool:
        return re.fullmatch(r"(?i).*password\s*:", line) is not None


# ---- the platforms ----

_CISCO: Final = r"^(?:ERROR: )?% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Unrecognized)"
_NO: Final = ((r"(?i).*[\[(]y/n[\])]\s*:?", "n"),)  # a change of password, a warning: nothing is agreed to
_VYATTA: Final = r"(?i)(?:invalid|incomplete|ambiguous) command|is not valid\b|command not found"
_UNIX: Final = (
    r"(?i)(?:command )?not found$|no such (?:file|command)|unknown (?:operation|command|option)"
    r"|not been booted with systemd|cannot talk to daemon"
)
_UNIX_FORBIDDEN: Final = r"(?i)permission denied|operation not permitted|a password is required|not in the sudoers"
_FREEBSD_MENU: Final = ((r"(?i)\s*enter an option:", "8"),)  # pfSense's and OPNsense's console: 8 is the shell

_IOS: Final = Shell(
    "cisco_ios", _CISCO, r"(?i)authorization failed|^% ?(?:access denied|permission denied|not authorized)"
)
# netmiko's would enter configuration mode to widen the terminal, and `login` without a secret.
_ASA: Final = Shell("cisco_asa", _CISCO, r"(?i)authorization failed|^(?:ERROR: )?% ?(?:access|permission) denied")
# netmiko's would set the console's output mode in the configuration, and back; pages are answered.
_FORTIOS: Final = Shell(
    "fortinet",
    r"^(?:Unknown action|command parse error|Command fail\. Return code -(?:61|1)\b)",
    r"(?i)permission denied|^Command fail\. Return code -37\b",
)
_PANOS: Final = Shell("paloalto_panos", r"(?i)^\s*(?:invalid syntax|unknown command|server error)", _FORBIDDEN)
_JUNOS: Final = Shell(
    "juniper_junos",
    r"(?i)^\s*(?:unknown command|syntax error|error: (?:command is not valid|syntax error)|missing argument)",
    _FORBIDDEN,
    above=r"\{[\w:.-]+\}",
    greets=((r"[^\n]*[%#]", "cli"),),  # a shell: the command line is one word away
)
_GAIA: Final = Shell(
    "checkpoint_gaia",
    r"^\s*(?:CLINFR0(?:3[0-9]{2})\b|NMS\w* +Invalid)|(?i:invalid command|incomplete command)",
    _FORBIDDEN,
    greets=((r"\[Expert@[^\n]*\]#", "clish"),),
)
_ROUTEROS: Final = Shell(
    "mikrotik_routeros",
    r"(?i)^\s*(?:bad command name|syntax error|expected (?:end of )?command|no such (?:command|item)|input does not)",
    r"(?i)not enough permissions|no permission",
    farewell="/quit",
    greets=_NO,
    login="+ct511w4098h",  # no colours, dumb, this wide and high, RouterOS manual, console login process
)
# netmiko's would answer yes to a warning, which saves the configuration.
_VRP: Final = Shell(
    "huawei",
    r"^\s*Error: ?(?:Unrecognized|Incomplete|Ambiguous|Too many|Wrong)",
    r"(?i)error: ?(?:no permission|you do not have permission|insufficient)|not authorized",
    farewell="quit",
    greets=_NO,
)
_LINUX: Final = Shell("linux", _UNIX, _UNIX_FORBIDDEN)
_SFOS: Final = Shell("sophos_sfos", greets=((r"(?i)\s*select menu number.*", "4"),))
_CUCM: Final = Shell(
    unknown=r"(?i)^\s*(?:no valid command entered|executed command unsuccessfully|incomplete command)",
    prompt=r"admin:",
)

# The command line of administrators without a shell; the shell of `admin` would ask for the password a second time.
_NSRPC: Final = Shell(
    unknown=rf"{_UNIX}|^2\d\d code=\w+ msg=",
    forbidden=r"(?i)^2\d\d code=\w+ msg=.*(?:level|privilege|right|not allowed)|permission denied",
    farewell="quit",
)

SHELLS: Final[Mapping[str, Shell]] = MappingProxyType({
    "cisco_ios": _IOS,
    "cisco_xe": _IOS,
    "cisco_xr": _IOS,
    "cisco_asa": _ASA,
    "cisco_ftd": Shell("cisco_ftd", rf"{_CISCO}|^Syntax error"),
    "fortinet": _FORTIOS,
    "paloalto_panos": _PANOS,
    "juniper_junos": _JUNOS,
    "checkpoint_gaia": _GAIA,
    "mikrotik_routeros": _ROUTEROS,
    "huawei": _VRP,
    "huawei_vrp": _VRP,
    "vyos": Shell("vyos", _VYATTA),
    "ubiquiti_edgerouter": Shell("ubiquiti_edgerouter", _VYATTA),
    "sophos_sfos": _SFOS,
    "sonicwall": Shell(unknown=r"(?i)^%? ?(?:error|no matching command)"),
    "stormshield": _NSRPC,
    "watchguard_fireware": Shell("watchguard_fireware", r"(?i)^%? ?(?:unrecognized|unknown|invalid|incomplete|error)"),
    "pfsense": Shell("linux", _UNIX, _UNIX_FORBIDDEN, prompt=r"\[[^\]\n]*\]\[[^\]\n]*\][^\n]*:", greets=_FREEBSD_MENU),
    "opnsense": Shell("linux", _UNIX, _UNIX_FORBIDDEN, greets=_FREEBSD_MENU),
    "linux": _LINUX,
    "asterisk": _LINUX,
    "freeswitch": _LINUX,
    "cisco_ucos": _CUCM,
    "oneaccess_oneos": Shell("oneaccess_oneos", r"(?i)^\s*%? ?(?:syntax error|unknown|invalid|incomplete)"),
    "teldat_cit": Shell(
        "teldat_cit", r"(?i)^\s*(?:cli error|bad command|unrecognized)", prompt=r"[^\n]*[*+>#$]", farewell="logout"
    ),
    "zyxel_os": Shell("zyxel_os", r"(?i)^%? ?(?:\(after|unknown|invalid|incomplete|retval = -)"),
})  # fmt: skip
"""Every platform with a way of its own; any other is read by its prompt alone, and nothing is set on it."""


def shell(platform: str) -> Shell:
    """How a platform is spoken to."""
    return SHELLS.get(platform, Shell())

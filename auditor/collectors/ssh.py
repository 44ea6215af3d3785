"""The SSH door: connection, host key and login on paramiko, drivers of netmiko; the only file that knows either."""

from __future__ import annotations

import asyncio
import base64
import errno
import functools
import hashlib
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, TypeAlias, TypeVar

from auditor.clean import line as one_line
from auditor.clean import plain
from auditor.collectors.allowed import Guard
from auditor.collectors.shells import Manners, shell
from auditor.collectors.ssh_door import Offered, Refused, SshDoor
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import Credential, Denied, HostKeys, NoAnswer, Unreachable
from auditor.collectors.vendors.page import Vendor
from auditor.site import SshAccess, Target
from auditor.values import Message, Value

T = TypeVar("T")

Account: TypeAlias = tuple[str, str]
"""What a refusal is remembered by: the name of the credential (or the agent's key) and the user."""

LEGACY: Final[Mapping[str, Sequence[str]]] = {
    "kex": ("diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"),
    "keys": ("ssh-rsa",),
    "pubkeys": ("ssh-rsa",),
}
"""What rests on SHA-1: switched off unless the site file marks the device as legacy."""

_BY_KEY_TYPE: Final = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}
_WIDTH, _HEIGHT = 511, 1000  # wide and high enough for most devices neither to wrap nor to page


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard devices are asked over SSH: devices at once, and seconds for each phase and for a whole conversation."""

    in_flight: int = 10
    connect_s: float = 5.0
    banner_s: float = 10.0
    login_s: float = 20.0
    prompt_s: float = 20.0
    line_s: float = 20.0
    total_s: float = 900.0


class SshStation:
    """The place all devices are asked from: `async with SshStation() as station: door = await station.open(…)`.

    It belongs to one event loop. It remembers which accounts were refused: none is tried twice in a run.
    """

    def __init__(self, pace: Pace = Pace()) -> None:
        self.pace = pace
        self._pool = ThreadPoolExecutor(pace.in_flight + 4, "ssh")  # a few threads may still be ending
        self._slots = asyncio.Semaphore(pace.in_flight)
        self._wires: set[Wire] = set()
        self._turns: dict[Account, asyncio.Lock] = {}
        self._refused: dict[Account, str] = {}

    async def __aenter__(self) -> SshStation:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cut every conversation now; what waits in a thread ends within a second."""
        for wire in tuple(self._wires):
            wire.cut()
        self._wires.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def open(
        self,
        target: Target,
        credential: Credential | None,
        enable: Credential | None,
        vendor: Vendor | None,
        hostkeys: HostKeys,
        transcript: Transcript,
        redact: Callable[[str], str],
    ) -> SshDoor:
        """A door to a device that let us in and shows its prompt; raises CollectError when it does not.

        Without a vendor only the greetings of the pages may be asked, until `adopt` says whose page it is.
        """
        access = target.ssh
        if access is None or not (access.agent or (credential and credential.secret.reveal())):
            raise Denied(Message("credential.withheld", {"target": target.name}))
        wire = Wire(self.pace, target, access, shell(vendor.platform if vendor else target.platform).login)
        self._wires.add(wire)
        try:
            await self._introduce(wire, hostkeys, transcript)
            await self._log_in(wire, credential)
            door = SshDoor(self, wire, enable.secret if enable else None, transcript, redact)
            await door.settle(vendor)
        except BaseException:
            self.drop(wire)
            raise
        return door

    async def _introduce(self, wire: Wire, hostkeys: HostKeys, transcript: Transcript) -> None:
        """Connect and check the host key; the account stays unused until the key is one that is pinned."""
        self._skip_refused(wire.account, wire)
        address, port = wire.target.address, wire.access.port
        known = await self.thread(lambda: hostkeys.known(address, port))
        for _ in range(2):
            await self._handshake(wire, known)
            if known:
                break
            print_ = wire.offered.host_key
            if not await self.thread(lambda key=print_: hostkeys.accept(address, port, key)):  # type: ignore[misc]
                raise Denied(wire.say("ssh.key_unknown", fingerprint=print_))
            known = (print_,)
            if wire.alive():  # a person may take longer to compare a fingerprint than a device waits for a login
                break
        started, offered = wire.started, wire.offered
        text = plain(offered.text())
        transcript.add("ssh", "ssh", seconds=time.monotonic() - started, size=len(text.encode()), text=text)

    async def _handshake(self, wire: Wire, known: tuple[str, ...]) -> None:
        await wire.dial()
        seconds = self.pace.banner_s + self.pace.login_s
        await self.thread(lambda: wire.exchange_keys(known), wire, seconds, wire.say("ssh.no_banner", port=wire.port))
        if known and wire.offered.host_key not in known:
            raise Denied(wire.say("ssh.key_changed", fingerprint=wire.offered.host_key, known=known))

    async def _log_in(self, wire: Wire, credential: Credential | None) -> None:
        """One attempt, one account at a time: a refusal here must be known before the next device tries it."""
        async with self.turn(wire.account, wire):
            late = wire.say("ssh.no_login_answer", user=wire.access.user, seconds=round(self.pace.login_s))
            await self.thread(lambda: wire.log_in(credential), wire, 2 * self.pace.login_s, late)

    @asynccontextmanager
    async def turn(self, account: Account, wire: Wire) -> AsyncIterator[None]:
        """The time in which an account may be tried; it is Denied where the account was refused before."""
        async with self._turns.setdefault(account, asyncio.Lock()):
            self._skip_refused(account, wire)
            try:
                yield
            except Refused:
                self._refused[account] = wire.target.name
                raise

    def _skip_refused(self, account: Account, wire: Wire) -> None:
        if other := self._refused.get(account):
            raise Denied(wire.say("ssh.account_skipped", user=account[1], other=other))

    async def thread(
        self,
        work: Callable[[], T],
        wire: Wire | None = None,
        seconds: float | None = None,
        late: Message | None = None,
    ) -> T:
        """Run blocking work in a thread of the station; cancelling, or time running out, cuts its wire to end it."""
        async with self._slots:
            try:
                async with asyncio.timeout(seconds):
                    return await asyncio.get_running_loop().run_in_executor(self._pool, work)
            except TimeoutError as error:
                self.drop(wire)
                raise NoAnswer(late or Message("gap.no_answer")) from error
            except asyncio.CancelledError:
                self.drop(wire)
                raise

    def drop(self, wire: Wire | None) -> None:
        """Cut a wire and forget it."""
        if wire is not None:
            wire.cut()
            self._wires.discard(wire)


class Wire:
    """The connection to one device, from the socket to its command line. Its work blocks, in a thread of the station.

    `cut` may be called from any thread at any time: what blocks then ends at once.
    """

    def __init__(self, pace: Pace, target: Target, access: SshAccess, plain_login: str = "") -> None:
        self.pace, self.target, self.access = pace, target, access
        self._login = access.user + plain_login
        self.port = access.port
        self.account: Account = (f"agent {access.key}" if access.agent else access.credential, access.user)
        self.offered = Offered("", "")
        self.notice = ""
        self.started = time.monotonic()
        self._sock: socket.socket | None = None
        self._transport: Any = None
        self._agent: Any = None

    def say(self, id: str, **values: Value) -> Message:
        return Message(id, {"target": self.target.name, **values})

    # ---- to the device ----

    async def dial(self) -> None:
        """Connect; raises Unreachable."""
        self.cut()
        self._transport, self.started = None, time.monotonic()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.pace.connect_s):
                found = await loop.getaddrinfo(self.target.address, self.port, type=socket.SOCK_STREAM)
                self._sock = await _first(found)
        except OSError as error:  # TimeoutError is one
            if error.errno == errno.ECONNREFUSED:
                raise Unreachable(self.say("ssh.closed", port=self.port)) from error
            raise Unreachable(self.say("unreachable")) from error

    def exchange_keys(self, known: Sequence[str]) -> None:
        """Speak SSH up to the host key, no further; raises NoAnswer, Denied."""
        import paramiko

        transport = self._transport = _listener()(
            self._sock, disabled_algorithms=None if self.access.legacy else LEGACY
        )
        transport.banner_timeout, transport.auth_timeout = self.pace.banner_s, self.pace.login_s
        self._prefer(transport, known)
        try:
            transport.start_client(timeout=self.pace.banner_s + self.pace.login_s)
            key = transport.get_remote_server_key()
        except paramiko.ssh_exception.IncompatiblePeer as error:
            id = "ssh.incompatible" if self.access.legacy else "ssh.algorithms"
            raise Denied(self.say(id)) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise self._no_handshake(error) from error
        heard = transport.heard
        self.offered = Offered(
            banner=one_line(transport.remote_version),
            host_key=fingerprint(key.get_name(), key.asbytes()),
            kex=_names(heard.get("kex_algo_list", ())),
            host_keys=_names(heard.get("server_key_algo_list", ())),
            ciphers=_names(heard.get("server_encrypt_algo_list", ())),
        )

    @staticmethod
    def _prefer(transport: Any, known: Sequence[str]) -> None:
        """Ask for the kind of key that is pinned first, so that a device with several shows the one we know."""
        options = transport.get_security_options()
        first = [name for print_ in known for name in _BY_KEY_TYPE.get(print_.split()[0], (print_.split()[0],))]
        first = [name for name in first if name in options.key_types]
        options.key_types = [*first, *(name for name in options.key_types if name not in first)]

    def _no_handshake(self, error: Exception) -> NoAnswer:
        """A silence or another protocol is one thing, a door shut in our face another."""
        silent = isinstance(error.__context__, TimeoutError) or "existing session" in str(error)
        if silent or "Indecipherable" in str(error) or "Invalid SSH banner" in str(error):
            return NoAnswer(self.say("ssh.no_banner", port=self.port))
        return NoAnswer(self.say("ssh.hung_up"))

    # ---- in ----

    def log_in(self, credential: Credential | None) -> None:
        """One method, one attempt; raises Refused, and NoAnswer where the device leaves it open."""
        import paramiko

        methods = self._methods()
        if methods is None:
            return
        try:
            more = self._try(methods, credential)
        except (paramiko.SSHException, EOFError, OSError) as error:
            if "timeout" in str(error).lower():
                raise NoAnswer(self._no_login()) from error
            # also where it hung up: whoever does that after a password may well count it
            raise Refused(self.say("ssh.denied", user=self.access.user)) from error
        if more:
            raise Denied(self.say("ssh.second_factor", user=self.access.user))
        self.notice = plain((self._transport.get_banner() or b"").decode("utf-8", "replace"))

    def _methods(self) -> tuple[str, ...] | None:
        """What the device lets this user try, asked as OpenSSH's own client asks; None when it needs nothing."""
        import paramiko

        try:
            self._transport.auth_none(self._login)
        except paramiko.BadAuthenticationType as answer:
            return tuple(answer.allowed_types)
        except (paramiko.SSHException, EOFError, OSError) as error:
            late = "timeout" in str(error).lower()
            raise NoAnswer(self._no_login() if late else self.say("ssh.hung_up")) from error
        return None

    def _try(self, methods: Sequence[str], credential: Credential | None) -> Sequence[str]:
        """The one attempt; what the device wants on top of it."""
        transport, user = self._transport, self._login
        if self.access.agent and "publickey" in methods:
            return transport.auth_publickey(user, self._agent_key()) or ()
        if credential is not None and not self.access.agent:
            words = credential.secret.reveal()
            if "password" in methods:
                return transport.auth_password(user, words, fallback=False) or ()
            if "keyboard-interactive" in methods:
                return transport.auth_interactive(user, _one_answer(words)) or ()
        names = tuple(one_line(name)[:40] for name in methods[:6])
        raise Denied(self.say("ssh.no_method", user=self.access.user, methods=names))

    def _agent_key(self) -> Any:
        """The one key of the agent that the site file names; no other is offered: each would be a failed login."""
        import paramiko

        wanted = self.access.key.split()[-1] if self.access.key else ""
        try:
            self._agent = paramiko.Agent()
            keys = self._agent.get_keys()
        except (paramiko.SSHException, OSError) as error:
            raise Denied(self.say("ssh.agent_key", key=wanted)) from error
        for key in keys:
            if fingerprint("", key.asbytes()).strip() == wanted:
                return key
        raise Denied(self.say("ssh.agent_key", key=wanted))

    def _no_login(self) -> Message:
        return self.say("ssh.no_login_answer", user=self.access.user, seconds=round(self.pace.login_s))

    def open_shell(self, platform: str, guard: Guard) -> Manners:
        """The command line, with netmiko's driver of the platform before it; raises NoAnswer."""
        import paramiko

        try:
            conn = self._transport.open_session(timeout=self.pace.prompt_s)
            conn.get_pty("vt100", _WIDTH, _HEIGHT)
            conn.invoke_shell()
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise NoAnswer(self.say("ssh.no_shell", user=self.access.user)) from error
        driver: Manners = _driver(platform)(
            host=self.target.address,
            port=self.port,
            username=self.access.user,
            device_type=platform or "generic",
            disabled_algorithms=dict(LEGACY),  # not empty: FortiOS's driver would put a list of its own there
            ssh_strict=True,
            auto_connect=False,
        )
        driver.converse(self._transport, conn, guard)
        return driver

    # ---- out ----

    def alive(self) -> bool:
        return self._transport is not None and bool(self._transport.is_active())

    def cut(self) -> None:
        """Hang up now, whatever is under way."""
        if self._sock is not None:
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)
            if self._transport is None:
                self._sock.close()
        if self._agent is not None:
            self._agent.close()
            self._agent = None


async def _first(found: Sequence[Any]) -> socket.socket:
    """A socket connected to the first address that takes the connection."""
    refused: OSError = OSError("no address")
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a page asked for must not wait for an ACK
        try:
            await asyncio.get_running_loop().sock_connect(sock, address)
        except OSError as error:
            sock.close()
            refused = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise refused


def fingerprint(kind: str, blob: bytes) -> str:
    """A public key as OpenSSH prints it: `ssh-ed25519 SHA256:…`."""
    print_ = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return f"{kind} SHA256:{print_}"


def _names(offered: Sequence[str]) -> tuple[str, ...]:
    """Names of algorithms as a device sent them, without the signs that are none (extensions)."""
    plain_names = (one_line(name)[:64] for name in offered[:100])
    return tuple(name for name in plain_names if name and not name.startswith(("ext-info-", "kex-strict-")))


def _one_answer(words: str) -> Callable[[str, str, Sequence[tuple[str, bool]]], list[str]]:
    """A handler of keyboard-interactive that answers one hidden question, once."""
    left = [words]

    def handler(title: str, instructions: str, prompts: Sequence[tuple[str, bool]]) -> list[str]:
        import paramiko

        if not prompts:
            return []
        if len(prompts) != 1 or prompts[0][1] or not left:
            raise paramiko.AuthenticationException("more is asked than one password")
        return [left.pop()]

    return handler


@functools.cache
def _listener() -> Any:
    """paramiko's transport, which also keeps what the server offers; imported at the first connection."""
    import paramiko

    logging.getLogger("paramiko").addHandler(logging.NullHandler())  # else its tracebacks land on the terminal

    class Listener(paramiko.Transport):
        heard: Mapping[str, Sequence[str]] = {}

        def _really_parse_kex_init(self, m: Any, ignore_first_byte: bool = False) -> Any:
            parsed = super()._really_parse_kex_init(m, ignore_first_byte)  # type: ignore[misc]
            if not ignore_first_byte:
                self.heard = {name: tuple(value) for name, value in parsed.items() if isinstance(value, list)}
            return parsed

    return Listener


@functools.cache
def _driver(platform: str) -> Any:
    """netmiko's driver of a platform behind our manners; netmiko is imported at the first login."""
    from netmiko.ssh_dispatcher import CLASS_MAPPER

    row = shell(platform)
    return type(f"ReadOnly_{row.driver}", (Manners, CLASS_MAPPER[row.driver]), {"shell": row})

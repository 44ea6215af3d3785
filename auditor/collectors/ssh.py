"""The SSH door: netmiko's drivers held to a list of read-only lines; the only file that knows netmiko and paramiko."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import Credential, HostKeys
from auditor.collectors.vendors.page import Vendor
from auditor.model import Evidence, Target


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard devices are asked over SSH: devices at once, and seconds for each phase and for a whole conversation."""

    in_flight: int = 10
    connect_s: float = 5.0
    banner_s: float = 10.0
    login_s: float = 20.0
    prompt_s: float = 15.0
    total_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Offered:
    """What an SSH server said of itself before any login: its identification line, host key and algorithms."""

    banner: str
    host_key: str
    kex: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]

    @property
    def version(self) -> str:
        """The protocol versions offered: "2", or "1,2" (SSH-1.99)."""
        return "1,2" if self.banner.startswith("SSH-1.99") else "2"

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Key exchanges, host key algorithms and ciphers, each once."""
        return tuple(dict.fromkeys((*self.kex, *self.host_keys, *self.ciphers)))


class SshStation:
    """The place all devices are asked from: `async with SshStation() as station: door = await station.open(…)`."""

    def __init__(self, pace: Pace = Pace()) -> None:
        self.pace = pace

    async def __aenter__(self) -> SshStation:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cut every conversation now; what waits in a thread ends within a second."""
        raise NotImplementedError

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
        raise NotImplementedError


class SshDoor:
    """One device; see ShellDoor for what it promises."""

    @property
    def offered(self) -> Offered:
        """What the server offers, for the facts about SSH itself (its source is the evidence "ssh")."""
        raise NotImplementedError

    @property
    def greeting(self) -> str:
        """The banner and message of the day, redacted, without the prompt."""
        raise NotImplementedError

    async def adopt(self, vendor: Vendor) -> None:
        """From now on the lines of this page may be sent; its session lines are sent at once."""
        raise NotImplementedError

    async def show(self, command: str) -> str:
        """The redacted output of one allow-listed command, without echo, prompt, pager marks or terminal escapes."""
        raise NotImplementedError

    def evidence(self) -> tuple[Evidence, ...]:
        """What was sent and answered so far."""
        raise NotImplementedError

    async def close(self) -> None:
        """Say `exit` and hang up."""
        raise NotImplementedError

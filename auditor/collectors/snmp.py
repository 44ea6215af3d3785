"""The SNMP door: one pysnmp engine for all devices, numeric OIDs, reading only; the only file that knows pysnmp."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final

from pyasn1.type import univ
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    Udp6TransportTarget,
    UdpTransportTarget,
    UsmUserData,
    bulk_cmd,
    get_cmd,
    next_cmd,
)
from pysnmp.proto import errind, rfc1902, rfc1905

from auditor.collectors.oids import children, number, record, refused_subtree
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import (
    CollectError,
    Credential,
    Denied,
    Garbled,
    NoAnswer,
    Oid,
    SnmpDoor,
    SnmpValue,
    Unreachable,
)
from auditor.model import Evidence, Message, SnmpAccess, Target

HELLO: Final = ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0")
"""sysDescr, sysObjectID, sysUpTime: the cheap first request that decides whether a device is asked at all."""

KNOCK: Final = "SNMPv3 engine discovery"
"""The one datagram without an OID: sent once, after a first silence, to tell a dead device from a wrong credential."""

AUTHENTICATION: Final = {
    "md5": config.USM_AUTH_HMAC96_MD5,
    "sha1": config.USM_AUTH_HMAC96_SHA,
    "sha224": config.USM_AUTH_HMAC128_SHA224,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
PRIVACY: Final = {
    "des": config.USM_PRIV_CBC56_DES,
    "aes128": config.USM_PRIV_CFB128_AES,
    "aes192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "aes256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "aes192c": config.USM_PRIV_CFB192_AES,  # pysnmp's plain name is the Reeder extension, the one Cisco uses
    "aes256c": config.USM_PRIV_CFB256_AES,
}

_TOO_BIG, _NO_SUCH_NAME, _NO_ACCESS, _AUTHORIZATION = 1, 2, 6, 16
_PER_PDU: Final = 20
_COLUMNS: Final = 4
# An SNMPv3 engine discovery (RFC 3414, section 4): a Get-Request without variable, user or key, that agents report on.
_DISCOVERY: Final = bytes.fromhex(
    "303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400"
    "301204000400a00c020237f00201000201003000"
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard devices are asked: seconds and attempts per request, requests in flight, and the longest column."""

    timeout_s: float = 2.0
    retries: int = 1
    in_flight: int = 50
    per_device: int = 2
    repetitions: int = 25
    rows: int = 20_000


class _Silence(Exception):
    """A request that got no answer at all."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """One response: its error status (0 when there is none), the 1-based index of the culprit, and its bindings."""

    status: int
    index: int
    bindings: tuple[tuple[Oid, Any], ...]


class SnmpStation:
    """The place all devices are asked from: `async with SnmpStation() as station: door = await station.open(…)`.

    It belongs to one event loop. Requests of all its doors share one socket and one limit: more than about fifty at
    once overflow a default receive buffer, and the loss looks like dead devices.
    """

    def __init__(self, pace: Pace = Pace()) -> None:
        self.pace = pace
        self.slots = asyncio.Semaphore(pace.in_flight)
        self._engines: list[tuple[Any, dict[str, tuple[str, str, Credential]]]] = []
        self._keys: dict[tuple[str, str, Credential], tuple[Any, Any]] = {}

    async def __aenter__(self) -> SnmpStation:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the sockets now; requests still waiting end with their task."""
        for engine, _ in self._engines:
            engine.close_dispatcher()
        self._engines.clear()
        self._keys.clear()

    async def open(self, target: Target, credential: Credential, transcript: Transcript) -> SnmpDoor:
        """A door to a device that has just answered its first request; raises CollectError when it does not."""
        access = target.snmp
        if access is None:
            raise Denied(Message("credential.withheld", {"target": target.name}))
        if not credential.secret.reveal() and (access.version != "3" or access.auth):
            raise Denied(Message("credential.missing", {"name": access.credential}))
        try:
            peer = await self._peer(target, access)
            auth = self._auth(access, credential)
        except PySnmpError as error:
            raise Unreachable(Message("unreachable", {"target": target.name})) from error
        door = _Door(self, self._engine(access, credential), target, access, auth, peer, transcript)
        await door.greet()
        return door

    async def _peer(self, target: Target, access: SnmpAccess) -> Any:
        """The transport address; pysnmp's own retries stay at 0, as it would also repeat refused log-ins."""
        kind = Udp6TransportTarget if ":" in target.address else UdpTransportTarget
        return await kind.create((target.address, access.port), timeout=self.pace.timeout_s, retries=0)

    def _auth(self, access: SnmpAccess, credential: Credential) -> Any:
        if access.version != "3":
            return CommunityData(credential.secret.reveal(), mpModel=0 if access.version == "1" else 1)
        if not access.auth:
            return UsmUserData(access.user)  # noqa: S509 - as the site file says; a check reports it
        authentication, privacy = self._master_keys(access, credential)
        return UsmUserData(
            access.user,
            authKey=authentication,
            privKey=privacy,
            authProtocol=AUTHENTICATION[access.auth],
            privProtocol=PRIVACY[access.priv] if access.priv else None,
            authKeyType=config.USM_KEY_TYPE_MASTER,
            privKeyType=config.USM_KEY_TYPE_MASTER,
        )

    def _master_keys(self, access: SnmpAccess, credential: Credential) -> tuple[Any, Any]:
        """The hashes of both passphrases, a megabyte each, made once per credential."""
        wanted = (access.auth, access.priv, credential)
        if wanted not in self._keys:
            protocol = AUTHENTICATION[access.auth]
            own = config.AUTH_SERVICES[protocol].hash_passphrase(credential.secret.reveal().encode())
            second = None
            if access.priv:
                words = (credential.privacy or credential.secret).reveal().encode()
                second = config.PRIV_SERVICES[PRIVACY[access.priv]].hash_passphrase(protocol, words)
            self._keys[wanted] = own, second
        return self._keys[wanted]

    def _engine(self, access: SnmpAccess, credential: Credential) -> Any:
        """The shared engine; another one only for a user name that has different keys on another device.

        pysnmp knows users by name: a second set of keys would replace the first under the requests in flight.
        """
        keys = (access.auth, access.priv, credential)
        for engine, users in self._engines:
            if access.version != "3" or users.setdefault(access.user, keys) == keys:
                return engine
        engine = SnmpEngine()
        self._engines.append((engine, {access.user: keys} if access.version == "3" else {}))
        return engine


class _Door:
    """One device; see SnmpDoor for what it promises."""

    def __init__(
        self,
        station: SnmpStation,
        engine: Any,
        target: Target,
        access: SnmpAccess,
        auth: Any,
        peer: Any,
        transcript: Transcript,
    ) -> None:
        self._station, self._engine, self._target, self._access = station, engine, target, access
        self._auth, self._peer, self._transcript = auth, peer, transcript
        self._slots = asyncio.Semaphore(station.pace.per_device)
        self._repetitions = station.pace.repetitions
        self._columns = _COLUMNS

    # ---- what a door offers ----

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        self._check(oids)
        found: dict[Oid, SnmpValue] = {}
        for start in range(0, len(oids), _PER_PDU):
            found.update(await self._get(tuple(oids[start : start + _PER_PDU])))
        return found

    async def walk(self, roots: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        self._check(roots)
        found: dict[Oid, SnmpValue] = {}
        left = list(dict.fromkeys(roots))
        while left:
            group, left = tuple(left[: self._columns]), left[self._columns :]
            found.update(await self._recorded(group, self._table(group)))
        return found

    def evidence(self) -> tuple[Evidence, ...]:
        return self._transcript.evidence()

    async def close(self) -> None:
        """Nothing is held open: SNMP has no session, and the socket belongs to the station."""

    # ---- the first request ----

    async def greet(self) -> None:
        """Ask who is there; between two attempts find out what a silence means."""
        await self._recorded(HELLO, self._hello())

    async def _hello(self) -> Mapping[Oid, SnmpValue]:
        alive = False
        for attempt in range(self._station.pace.retries + 1):
            try:
                return await self._read(HELLO, attempts=1)
            except _Silence:
                if attempt == 0:
                    alive = await self._knock()
        raise self._silent(alive)

    async def _knock(self) -> bool:
        """Whether anything answers at that port: a plain connected socket, unlike pysnmp's, hears ICMP refusals."""
        family, address = (socket.AF_INET6 if ":" in self._target.address else socket.AF_INET), self._peer
        loop = asyncio.get_running_loop()
        self._transcript.add("snmp", KNOCK, seconds=0.0, size=0, text="")
        with socket.socket(family, socket.SOCK_DGRAM) as plain:
            plain.setblocking(False)
            try:
                await loop.sock_connect(plain, address.transport_address)
                await loop.sock_sendall(plain, _DISCOVERY)
                async with asyncio.timeout(self._station.pace.timeout_s):
                    return bool(await loop.sock_recv(plain, 65535))
            except TimeoutError:
                return False
            except OSError as error:
                if error.errno == errno.ECONNREFUSED:
                    raise Unreachable(self._say("snmp.closed", port=self._access.port)) from error
                raise Unreachable(self._say("unreachable")) from error

    def _silent(self, alive: bool) -> CollectError:
        """What to say of a device that answered nothing; an agent that speaks SNMPv3 at all shows that it is there."""
        if not alive:
            return Unreachable(self._say("snmp.silent"))
        if self._access.version == "3":
            return Denied(self._say("snmp.wrong_privacy", user=self._access.user))
        return Denied(self._say("snmp.wrong_community"))

    # ---- instances ----

    async def _get(self, oids: tuple[Oid, ...]) -> Mapping[Oid, SnmpValue]:
        return await self._recorded(oids, self._instances(oids))

    async def _instances(self, oids: tuple[Oid, ...]) -> Mapping[Oid, SnmpValue]:
        try:
            return await self._read(oids, attempts=self._station.pace.retries + 1)
        except _Silence as silence:
            raise self._stopped(oids) from silence

    async def _read(self, oids: tuple[Oid, ...], attempts: int) -> Mapping[Oid, SnmpValue]:
        """One Get-Request; smaller ones when the answer is too big, without the culprit where SNMPv1 names one."""
        if not oids:
            return {}
        answer = await self._ask(get_cmd, oids, attempts)
        if answer.status == _TOO_BIG and len(oids) > 1:
            half = len(oids) // 2
            return {**await self._read(oids[:half], attempts), **await self._read(oids[half:], attempts)}
        if answer.status == _NO_SUCH_NAME and 1 <= answer.index <= len(oids):
            return await self._read(oids[: answer.index - 1] + oids[answer.index :], attempts)
        self._refuse(answer, oids)
        wanted = set(oids)
        if not {oid for oid, _ in answer.bindings} <= wanted or len(answer.bindings) < len(oids):
            raise Garbled(self._say("snmp.garbled", question=_question(oids)))
        values = ((oid, self._value(oid, raw)) for oid, raw in answer.bindings)
        return {oid: value for oid, value in values if value is not None}

    # ---- tables ----

    async def _table(self, roots: tuple[Oid, ...]) -> Mapping[Oid, SnmpValue]:
        """Columns read side by side until each has ended; an error is never taken for an end."""
        columns = [_Column(root, self._station.pace.rows, at=root) for root in roots]
        try:
            while left := [column for column in columns if not column.ended]:
                await self._rows(left)
        except _Silence as silence:
            raise self._stopped(roots) from silence
        return {oid: value for column in columns for oid, value in column.rows.items()}

    async def _rows(self, columns: list[_Column]) -> None:
        """The next rows of these columns, from one response."""
        columns = columns[: self._columns]
        at = tuple(column.at for column in columns)
        one_by_one = self._access.version == "1"
        answer = await self._ask(next_cmd if one_by_one else self._bulk, at, self._station.pace.retries + 1)
        if answer.status == _TOO_BIG and self._shrink(len(columns)):
            return
        if answer.status == _NO_SUCH_NAME and 1 <= answer.index <= len(columns):  # SNMPv1: this column has ended
            columns[answer.index - 1].ended = True
            return
        self._refuse(answer, at)
        if not answer.bindings:
            raise Garbled(self._say("snmp.garbled", question=_question(at)))
        for place, (oid, raw) in enumerate(answer.bindings):
            self._take(columns[place % len(columns)], oid, raw)

    def _take(self, column: _Column, oid: Oid, raw: Any) -> None:
        """Put one binding into its column, or see that the column has ended, loops or has no end."""
        if column.ended:
            return
        if isinstance(raw, rfc1905.EndOfMibView) or not children(oid, column.root):
            column.ended = True
            return
        if number(oid) <= number(column.at):
            raise Garbled(self._say("snmp.loop", question=column.root))
        column.at = oid
        value = self._value(oid, raw)
        if value is not None:
            column.rows[oid] = value
        column.seen += 1
        if column.seen > column.limit:
            raise Garbled(self._say("snmp.too_long", question=column.root, rows=column.limit))

    def _shrink(self, columns: int) -> bool:
        """Ask for less from now on; False when there is nothing left to take away."""
        if self._repetitions > 1:
            self._repetitions //= 2
            return True
        self._columns = 1
        return columns > 1

    async def _bulk(self, engine: Any, auth: Any, peer: Any, context: Any, *bindings: Any, **options: Any) -> Any:
        return await bulk_cmd(engine, auth, peer, context, 0, self._repetitions, *bindings, **options)

    # ---- one request ----

    async def _ask(self, command: Callable[..., Any], oids: tuple[Oid, ...], attempts: int) -> _Answer:
        """One request and its response; raises _Silence after `attempts` without one. Refusals are never repeated."""
        for attempt in range(attempts):
            async with self._slots, self._station.slots:
                answer = await self._send(command, oids)
            if answer is not None:
                return answer
            if command == self._bulk and attempt == 0:  # a large reply may be lost in fragments: ask for less
                self._repetitions = min(self._repetitions, 10)
        raise _Silence

    async def _send(self, command: Callable[..., Any], oids: tuple[Oid, ...]) -> _Answer | None:
        """Send one PDU; None when nothing came back in time."""
        bindings = [ObjectType(ObjectIdentity(oid)) for oid in oids]
        try:
            # pysnmp answers a timeout itself, after up to five messages in v3; the outer limit is for a reply that
            # breaks its state machine, whose caller would wait for ever
            async with asyncio.timeout(6 * self._station.pace.timeout_s + 1):
                trouble, status, index, found = await command(
                    self._engine, self._auth, self._peer, ContextData(), *bindings, lookupMib=False
                )
        except TimeoutError:
            return None
        except PySnmpError as error:
            raise Garbled(self._say("snmp.garbled", question=_question(oids))) from error
        if isinstance(trouble, errind.RequestTimedOut):
            return None
        if trouble:
            raise self._trouble(trouble, oids)
        return _Answer(int(status), int(index), tuple((str(oid), value) for oid, value in found))

    def _trouble(self, trouble: Any, oids: tuple[Oid, ...]) -> CollectError:
        """What pysnmp calls an error indication, in our own tree."""
        user = self._access.user
        if isinstance(trouble, errind.WrongDigest | errind.AuthenticationFailure | errind.AuthenticationError):
            return Denied(self._say("snmp.wrong_digest", user=user))
        if isinstance(trouble, errind.UnknownUserName | errind.UnknownSecurityName):
            return Denied(self._say("snmp.unknown_user", user=user))
        if isinstance(trouble, errind.DecryptionError):
            return Denied(self._say("snmp.wrong_privacy", user=user))
        if isinstance(trouble, errind.UnsupportedSecurityLevel):
            return Denied(self._say("snmp.level", user=user))
        return Garbled(self._say("snmp.garbled", question=_question(oids)))

    def _refuse(self, answer: _Answer, oids: tuple[Oid, ...]) -> None:
        """Raise what an error status means, if there is one."""
        if answer.status in (_NO_ACCESS, _AUTHORIZATION):
            raise Denied(self._say("snmp.no_access"))
        if answer.status:
            raise Garbled(self._say("snmp.garbled", question=_question(oids)))

    def _value(self, oid: Oid, raw: Any) -> SnmpValue | None:
        """The plain value; None for noSuchObject, noSuchInstance, endOfMibView and the Null of SNMPv1."""
        if isinstance(raw, rfc1905.NoSuchObject | rfc1905.NoSuchInstance | rfc1905.EndOfMibView | univ.Null):
            return None
        if isinstance(raw, rfc1902.IpAddress):
            return ".".join(str(octet) for octet in raw.asOctets())
        if isinstance(raw, univ.ObjectIdentifier):
            return str(raw)
        if isinstance(raw, univ.OctetString):
            return bytes(raw.asOctets())
        try:
            return int(raw)
        except (TypeError, ValueError, PySnmpError) as error:
            raise Garbled(self._say("snmp.garbled", question=oid)) from error

    # ---- words and evidence ----

    async def _recorded(self, oids: tuple[Oid, ...], question: Any) -> Mapping[Oid, SnmpValue]:
        """Ask, and keep what was asked and answered, failures included."""
        started = time.monotonic()
        text = "# cancelled"
        try:
            values: Mapping[Oid, SnmpValue] = await question
            text = "\n".join(record(oid, value) for oid, value in values.items())
        except CollectError as error:
            text = f"# {error.message.id}"
            raise
        finally:
            seconds = time.monotonic() - started
            self._transcript.add("snmp", ",".join(oids), seconds=seconds, size=len(text.encode()), text=text)
        return values

    def _stopped(self, oids: tuple[Oid, ...]) -> NoAnswer:
        return NoAnswer(self._say("snmp.timeout", question=_question(oids)))

    def _say(self, id: str, **values: str | int) -> Message:
        return Message(id, {"target": self._target.name, **values})

    def _check(self, oids: Sequence[Oid]) -> None:
        """Our own mistake, not the device's: tables that hold communities and keys are never asked for."""
        for oid in oids:
            if refused_subtree(oid):
                raise ValueError(f"{oid} holds secrets")


@dataclass(slots=True)
class _Column:
    """A column being walked: where it stands, what it held, whether it has ended."""

    root: Oid
    limit: int
    at: Oid
    rows: dict[Oid, SnmpValue] = field(default_factory=dict)
    seen: int = 0
    ended: bool = False


def _question(oids: Sequence[Oid]) -> str:
    """The OIDs of a request as a sentence names them."""
    return ", ".join(oids[:3]) + (" …" if len(oids) > 3 else "")

"""The SNMP station: one pysnmp engine for all devices, reading only; with snmp_wire, all that knows pysnmp."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, TypeAlias

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.entity import config
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import CommunityData, Udp6TransportTarget, UdpTransportTarget, UsmUserData
from pysnmp.proto import errind
from pysnmp.proto.api import v2c
from pysnmp.proto.proxy.rfc2576 import v2_to_v1

from auditor.collectors.accounts import Accounts
from auditor.collectors.ber import BerError, Response, bindings
from auditor.collectors.oids import number
from auditor.collectors.snmp_door import GENTLE as GENTLE
from auditor.collectors.snmp_door import HELLO as HELLO
from auditor.collectors.snmp_door import Answer, Door, Kind, Nonsense, Refused, Silence
from auditor.collectors.snmp_door import Pace as Pace
from auditor.collectors.snmp_wire import EarV4, EarV6, Peers, Wire, engine
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import Credential, Denied, Oid, SnmpDoor, Unreachable
from auditor.site import SnmpAccess, Target
from auditor.values import Message

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

DEFAULT: Final = Pace()

_PDUS: Final[Mapping[str, Any]] = {
    "get": v2c.GetRequestPDU,
    "next": v2c.GetNextRequestPDU,
    "bulk": v2c.GetBulkRequestPDU,
}
_LEVELS: Final = {"noAuthNoPriv": 1, "authNoPriv": 2, "authPriv": 3}
_LEARNT: Final = (errind.NotInTimeWindow, errind.UnknownEngineID)
_DISCOVERIES: Final = 4
_REFUSALS: Final[tuple[tuple[tuple[type, ...], str], ...]] = (
    ((errind.WrongDigest, errind.AuthenticationFailure, errind.AuthenticationError), "snmp.wrong_digest"),
    ((errind.UnknownUserName, errind.UnknownSecurityName), "snmp.unknown_user"),
    ((errind.DecryptionError,), "snmp.wrong_privacy"),
    ((errind.UnsupportedSecurityLevel,), "snmp.level"),
    ((errind.NotInTimeWindow,), "snmp.not_in_time_window"),
    ((errind.UnknownEngineID,), "snmp.unknown_engine"),
)
_Keys: TypeAlias = tuple[str, str, Credential]


@dataclass(slots=True)
class _Engine:
    """An engine of pysnmp, its wire and peers, and whose keys it holds for each SNMPv3 user."""

    engine: Any
    wire: Wire
    peers: Peers
    users: dict[str, _Keys] = field(default_factory=dict)
    families: set[tuple[int, ...]] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    def know(self, auth: Any) -> None:
        """Tell the engine of a community or user, once."""
        if auth.securityName in self.known:
            return
        self.known.add(auth.securityName)
        if isinstance(auth, CommunityData):
            config.add_v1_system(
                self.engine, auth.communityIndex, auth.communityName, None, b"", b"", auth.securityName
            )
            return
        config.add_v3_user(
            self.engine, auth.userName, auth.authentication_protocol, auth.authentication_key, auth.privacy_protocol,
            auth.privacy_key, securityName=auth.securityName, authKeyType=auth.authKeyType,
            privKeyType=auth.privKeyType,
        )  # fmt: skip


class SnmpStation:
    """The place all devices are asked from: `async with SnmpStation() as station: door = await station.open(…)`.

    It belongs to one event loop. Requests of all its doors share one socket and one limit: more than about fifty at
    once overflow a default receive buffer, and the loss looks like dead devices. It remembers which SNMPv3 accounts
    were refused: see `Accounts`.
    """

    def __init__(self, pace: Pace = DEFAULT) -> None:
        self.pace = pace
        self.room = asyncio.Semaphore(pace.in_flight)
        self._engines: list[_Engine] = []
        self._keys: dict[_Keys, tuple[Any, Any]] = {}
        self._accounts = Accounts()

    async def __aenter__(self) -> SnmpStation:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the sockets now; requests still waiting end with their task."""
        for one in self._engines:
            one.engine.close_dispatcher()
        self._engines.clear()
        self._keys.clear()

    async def open(self, target: Target, credential: Credential, transcript: Transcript) -> SnmpDoor:
        """A door to a device that has just answered its first request; raises CollectError when it does not."""
        access = target.snmp
        if access is None:
            raise Denied(Message("credential.withheld", {"target": target.name}))
        if not credential.secret.reveal() and (access.version != "3" or access.auth):
            raise Denied(Message("credential.missing", {"name": access.credential}))
        if access.version != "3":
            return await self._greeted(target, access, credential, transcript)
        async with self._accounts.turn((access.user, access.credential), target.name):
            return await self._greeted(target, access, credential, transcript)

    async def _greeted(
        self, target: Target, access: SnmpAccess, credential: Credential, transcript: Transcript
    ) -> SnmpDoor:
        try:
            peer = await self._peer(target, access)
            line = _Line(self, self._engine(access, credential), self._auth(access, credential), peer)
        except (PySnmpError, OSError) as error:
            raise Unreachable(Message("unreachable", {"target": target.name})) from error
        door = Door(line, self.pace, target, access, transcript)
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

    def _engine(self, access: SnmpAccess, credential: Credential) -> _Engine:
        """The shared engine; another one only for a user name that has different keys on another device.

        pysnmp knows users by name: a second set of keys would replace the first under the requests in flight.
        """
        keys = (access.auth, access.priv, credential)
        for one in self._engines:
            if access.version != "3" or one.users.setdefault(access.user, keys) == keys:
                return one
        one = _Engine(*engine(), {access.user: keys} if access.version == "3" else {})
        self._engines.append(one)
        return one


class _Line:
    """The way to one device on an engine; see snmp_door.Line."""

    def __init__(self, station: SnmpStation, one: _Engine, auth: Any, peer: Any) -> None:
        self._station, self._one = station, one
        self.address: tuple[str, int] = peer.transport_address
        self._domain, ear = (udp6.DOMAIN_NAME, EarV6) if ":" in self.address[0] else (udp.DOMAIN_NAME, EarV4)
        if self._domain not in one.families:
            config.add_transport(one.engine, self._domain, ear(one.wire).open_client_mode())
            one.families.add(self._domain)
        one.know(auth)
        (text,) = one.engine.get_mib_builder().import_symbols("SNMP-FRAMEWORK-MIB", "SnmpAdminString")
        self._security = (
            auth.message_processing_model,
            auth.security_model,
            text(auth.securityName),
            _LEVELS[auth.security_level],
        )
        self._context = text(b"")

    def odd(self) -> tuple[str, str]:
        return self._one.wire.odd(self.address)

    async def ask(self, kind: Kind, oids: Sequence[Oid], repetitions: int) -> Answer:
        """One request, when there is room for it on the socket."""
        async with self._station.room:
            response = await self._sent(kind, oids, repetitions)
        most = len(oids) * (repetitions if kind == "bulk" else 1)
        try:
            found = bindings(response.bindings, most)
        except BerError as error:
            raise Nonsense from error
        return Answer(response.status, response.index, found, len(response.bindings))

    async def _sent(self, kind: Kind, oids: Sequence[Oid], repetitions: int) -> Response:
        future: asyncio.Future[tuple[Any, Response | None]] = asyncio.get_running_loop().create_future()
        pdu = _pdu(kind, oids, repetitions, first=self._security[0] == 0)
        try:
            self._send(pdu, future, _DISCOVERIES)
            # pysnmp answers a timeout itself, after up to five messages in v3; the outer limit is for a reply that
            # breaks its state machine, whose caller would wait for ever
            async with asyncio.timeout(6 * self._station.pace.timeout_s + 1):
                trouble, response = await future
        except TimeoutError:
            raise Silence from None
        except PySnmpError as error:
            raise Nonsense from error
        if isinstance(trouble, errind.RequestTimedOut):  # a restarted agent may drop what is not for its new engine
            self._one.peers.forget(self._domain, self.address)
        return _told(trouble, response, int(v2c.apiPDU.get_request_id(pdu)) if self._security[0] == 3 else None)

    def _send(self, pdu: Any, future: asyncio.Future[tuple[Any, Response | None]], left: int) -> None:
        """Send a PDU; again, where SNMPv3 had to learn of the agent's engine or clock first (RFC 3414, section 4)."""
        known = self._one.peers.knows(self._domain, self.address)

        def answered(*told: Any) -> None:
            status = told[9]  # of the arguments of processResponsePdu (RFC 3412, section 4.1.2), errors alone
            trouble = status and status["errorIndication"]
            if future.done():
                return
            if known and isinstance(trouble, errind.UnknownEngineID):  # not the one that was discovered: a restart
                self._one.peers.forget(self._domain, self.address)
            if isinstance(trouble, _LEARNT) and left:
                self._send(pdu, future, left - 1)
            else:
                future.set_result((trouble, None if trouble else self._one.wire.response))

        engine = self._one.engine
        ticks = self._station.pace.timeout_s / engine.transport_dispatcher.get_timer_resolution()
        engine.message_dispatcher.send_pdu(
            engine, self._domain, self.address, *self._security, None, self._context, int(self._security[0] > 0), pdu,
            True, ticks, answered,
        )  # fmt: skip


def _pdu(kind: Kind, oids: Sequence[Oid], repetitions: int, *, first: bool) -> Any:
    """The PDU of a request, in the form of SNMPv1 where it is for the `first` version."""
    null = v2c.Null("")
    pdu, api = _PDUS[kind](), v2c.apiBulkPDU if kind == "bulk" else v2c.apiPDU
    api.set_defaults(pdu)
    if kind == "bulk":
        api.set_non_repeaters(pdu, 0)
        api.set_max_repetitions(pdu, repetitions)
    api.set_varbinds(pdu, [(number(oid), null) for oid in oids])
    return v2_to_v1(pdu) if first else pdu


def _told(trouble: Any, response: Response | None, id: int | None) -> Response:
    """The response to the request of this id (None: it was looked at already), or what pysnmp's error means."""
    if isinstance(trouble, errind.RequestTimedOut):
        raise Silence
    for kinds, sentence in _REFUSALS:
        if isinstance(trouble, kinds):
            raise Refused(sentence)
    if trouble or response is None or id not in (None, response.id):
        raise Nonsense(str(trouble))
    return response

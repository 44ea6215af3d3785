"""Between the socket and pysnmp: lets in only answers to what was asked, and keeps their bindings away from pyasn1.

Decoding the bindings is most of what a walk costs in pysnmp. Each response reaches it with an empty list of bindings;
the encoded ones are read by `ber` instead. pysnmp keeps retries, engine discovery, keys, time windows and timers.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from pysnmp.carrier.asyncio.dgram.udp import UdpAsyncioTransport
from pysnmp.carrier.asyncio.dgram.udp6 import Udp6AsyncioTransport
from pysnmp.entity.engine import SnmpEngine
from pysnmp.proto import errind
from pysnmp.proto.error import StatusInformation
from pysnmp.proto.mpmod.rfc3412 import SnmpV3MessageProcessingModel
from pysnmp.proto.secmod.rfc3414.service import SnmpUSMSecurityModel

from auditor.collectors import ber

Address: TypeAlias = tuple[str, int]

RECEIVE_BUFFER: Final = 4 << 20  # octets; replies that find no room are lost, and look like dead devices
_REMEMBERED_S: Final = 120.0  # questions without an answer are forgotten


class Wire:
    """What is on its way on one engine: the questions asked, and the answer that pysnmp is being told of.

    `response` is the one of the message that pysnmp handles at this moment: its callbacks run before the next message.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.response: ber.Response | None = None
        self.whole = b""
        self._asked: dict[tuple[int, int], tuple[Address, float]] = {}
        self._odd: dict[Address, tuple[str, str]] = {}

    def __len__(self) -> int:
        """How many questions wait for an answer."""
        return len(self._asked)

    def sent(self, message: bytes, address: Any) -> None:
        """Remember a question, and forget those that will not be answered any more."""
        now = self._clock()
        while self._asked and now - next(iter(self._asked.values()))[1] > _REMEMBERED_S:
            del self._asked[next(iter(self._asked))]
        self._asked[ber.asked(message)] = _place(address), now

    def let_in(self, message: bytes, address: Any) -> bytes:
        """What pysnmp may see of a message that came in, nothing of one that nobody asked for."""
        place = _place(address)
        try:
            answer = ber.answer(message)
        except ber.BerError as error:
            self._note(place, "snmp.garbled", str(error))
            return b""
        asked = self._asked.get((answer.version, answer.id))
        if asked is None:
            return b""
        if asked[0] != place:
            self._note(
                asked[0], "snmp.other_address", place[0] if place[0] != asked[0][0] else f"{place[0]}:{place[1]}"
            )
            return b""
        del self._asked[answer.version, answer.id]
        self.whole, self.response = message, answer.response
        return answer.octets

    def decrypted(self, plain: bytes) -> bytes:
        """The same for the scoped PDU that an encrypted message held."""
        self.response, bare = ber.scoped_pdu(plain)
        return bare

    def _note(self, place: Address, what: str, detail: str) -> None:
        """Remember what was odd about an address, if it is one that was asked."""
        if any(address == place for address, _ in self._asked.values()):
            self._odd[place] = what, detail

    def odd(self, place: Address) -> tuple[str, str]:
        """Why answers of this address were dropped since the last call: a message id and a detail, or two ""."""
        return self._odd.pop(_place(place), ("", ""))


def _place(address: Any) -> Address:
    """Host and port; IPv6 addresses of sockets have more to them."""
    return str(address[0]), int(address[1])


class _Ear:
    """The two ends of a transport: what pysnmp sends is remembered, what comes in is looked at first."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.wire = wire

    def connection_made(self, transport: Any) -> None:
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        super().connection_made(transport)  # type: ignore[misc]

    def send_message(self, message: bytes, address: Any) -> None:
        self.wire.sent(message, address)
        super().send_message(message, address)  # type: ignore[misc]

    def datagram_received(self, message: bytes, address: Any) -> None:
        """pysnmp itself would put this off to the next turn of the loop; the answer at hand must be this one's."""
        inside = self.wire.let_in(message, address)
        if inside and self._callback_function is not None:  # type: ignore[attr-defined]
            self._callback_function(self, address, inside)  # type: ignore[attr-defined]
        self.wire.response = None


class EarV4(_Ear, UdpAsyncioTransport):  # type: ignore[misc]
    """The transport of all IPv4 devices."""


class EarV6(_Ear, Udp6AsyncioTransport):  # type: ignore[misc]
    """The transport of all IPv6 devices."""


class _Privacy:
    """A privacy protocol of pysnmp that keeps back the bindings of what it decrypts."""

    def __init__(self, service: Any, wire: Wire) -> None:
        self._service, self._wire = service, wire

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    def decrypt_data(self, key: Any, parameters: Any, data: Any) -> bytes:
        try:
            return self._wire.decrypted(self._service.decrypt_data(key, parameters, data))
        except ber.BerError:  # the wrong key gives noise
            raise StatusInformation(errorIndication=errind.decryptionError) from None


class _Usm(SnmpUSMSecurityModel):  # type: ignore[misc]
    """pysnmp's own, which has to check the digest of the message as it came."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        services = SnmpUSMSecurityModel.PRIV_SERVICES  # shared by all engines: this one gets its own
        self.PRIV_SERVICES = {id: _Privacy(service, wire) for id, service in services.items()}

    def process_incoming_message(self, *given: Any) -> Any:
        *before, _, message = given
        return super().process_incoming_message(*before, self._wire.whole, message)


class Peers(SnmpV3MessageProcessingModel):  # type: ignore[misc]
    """pysnmp's own, which keeps the engine of an address for five minutes, whatever that address reports by then."""

    def knows(self, domain: Any, address: Any) -> bool:
        """Whether the engine behind this address was discovered."""
        return self.get_peer_engine_info(domain, address)[0] is not None

    def forget(self, domain: Any, address: Any) -> None:
        """Discover the engine behind this address again; its clock comes with it (RFC 3414, section 4)."""
        place = (domain, address)
        if self._SnmpV3MessageProcessingModel__engineIdCache.pop(place, None) is None:
            return
        for due in self._SnmpV3MessageProcessingModel__engineIdCacheExpQueue.values():
            if place in due:
                due.remove(place)  # or the timer would look for it in vain


def engine() -> tuple[Any, Wire, Peers]:
    """An engine of pysnmp, its wire and peers; transports are registered when the first device of a kind is asked."""
    made, wire, peers = SnmpEngine(), Wire(), Peers()
    made.security_models[3] = _Usm(wire)
    made.message_processing_subsystems[3] = peers
    return made, wire, peers

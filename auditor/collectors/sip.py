"""The SIP door: whether a telephone service answers from here, and how well; one bounded series, never a retry.

Only the host and port that the site file (or the person) names are contacted: one name looked up, one of its addresses,
one connection (a second one where the first finds a certificate that is not trusted), so many OPTIONS, one a second.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
import socket
import ssl
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

from auditor.clean import line as one_line
from auditor.collectors.interrogate import Collected
from auditor.collectors.sip_words import Question, Reply, Series, framed, meddled, reply, told, written
from auditor.collectors.vendors.page import Told
from auditor.facts import TELEPHONY_SERVICE, SipService
from auditor.model import Asking
from auditor.site import SipAccess
from auditor.values import ABSENT, Absent

CONNECTIONS: Final = 5
"""Connections in a row where no question is asked: their times are the round trips."""
MOST_MESSAGES: Final = 200
"""Messages read in one series; a peer that sends more is no longer listened to."""
MOST_OCTETS: Final = 1 << 20
UNTRUSTED: Final = {
    9: "not-yet-valid", 10: "expired", 18: "self-signed", 19: "self-signed", 20: "unknown-issuer",
    21: "unknown-issuer", 62: "another-name", 64: "another-name",
}  # fmt: skip
"""Why a certificate is not trusted, by OpenSSL's number (X509_V_ERR_…, x509_vfy.h); others keep OpenSSL's words."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two questions, for a connection, and after the last question for what is still on its way."""

    between_s: float = 1.0
    connect_s: float = 5.0
    last_s: float = 2.0


async def ask(collected: Collected, access: SipAccess, pace: Pace = Pace()) -> None:
    """Ask the service of a target, and keep what it told with its evidence."""
    target = collected.target
    host = target.address
    request = asked(host, access)
    collected.manner.emit(Asking(target.name, request, 0, 1))
    await collected.manner.turn()
    begun = time.monotonic()
    series = await measure(host, access, pace)
    text = "\n".join(written(series))
    line = collected.transcript.add("sip", request, seconds=time.monotonic() - begun, size=len(text), text=text)
    collected.take(Told({TELEPHONY_SERVICE: (told(target.name, access, host, series),)}), (line.request,))


def asked(host: str, access: SipAccess) -> str:
    """What is sent, in one line: the evidence names it, and `auditor sends` lists it."""
    place = f"{f'[{host}]' if ':' in host else host}:{access.port}"
    if not access.questions:
        return f"{CONNECTIONS} x connect {access.transport} {place}"
    return f"{access.questions} x OPTIONS sip:{place};transport={access.transport}"


async def measure(host: str, access: SipAccess, pace: Pace = Pace()) -> Series:
    """One series from here to a service; every failure is a state of it."""
    try:
        async with asyncio.timeout(pace.connect_s):
            found = await asyncio.get_running_loop().getaddrinfo(host, access.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        return Series("unresolved")
    address = str(found[0][4][0])
    try:
        if access.transport == "udp":
            return await _over_udp(host, address, access, pace)
        return await _over_stream(host, address, access, pace)
    except ConnectionRefusedError:
        return Series("refused")
    except (TimeoutError, OSError):
        return Series("silent")


def service(name: str, access: SipAccess, host: str, series: Series) -> SipService:
    """What a series tells of a service."""
    return told(name, access, host, series)


# ---- the questions of a series ----


@dataclass
class _Asked:
    """The questions that were sent, when, and the first final answer to each."""

    question: Question
    count: int
    pace: Pace
    sent: dict[int, float] = field(default_factory=dict)
    answers: dict[int, tuple[int, float]] = field(default_factory=dict)
    first: Reply | None = None
    messages: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, data: bytes) -> None:
        """Take a message in: a final answer to a question that was sent and not yet answered, else nothing."""
        self.messages += 1
        if self.messages > MOST_MESSAGES:
            self.done.set()
            return
        found = reply(data, self.question)
        if found is None or found.code < 200 or found.number not in self.sent or found.number in self.answers:
            return
        self.answers[found.number] = (found.code, (time.monotonic() - self.sent[found.number]) * 1000)
        self.first = self.first or found
        if len(self.answers) == self.count:
            self.done.set()

    async def send(self, write: Callable[[bytes], None]) -> None:
        """All questions, a pause between two; ends when all are answered, or a while after the last."""
        for number in range(1, self.count + 1):
            if self.done.is_set():
                return
            self.sent[number] = time.monotonic()
            write(self.question.text(number))
            last = number == self.count
            try:
                async with asyncio.timeout(self.pace.last_s if last else self.pace.between_s):
                    await self.done.wait()
            except TimeoutError:
                continue

    def series(self, local: str, peer: str, *, clear: bool) -> Series:
        """What came; what is encrypted on its way nobody between can rewrite."""
        answers = tuple(self.answers.get(number, ABSENT) for number in self.sent)
        nat, alg = meddled(self.question, self.first, local, peer) if self.first and clear else (ABSENT, ABSENT)
        return Series("answers" if self.answers else "open", answers, nat=nat, alg=alg)


def _question(host: str, transport: str, local: tuple[str, int]) -> Question:
    address = f"[{local[0]}]" if ":" in local[0] else local[0]
    return Question(host, transport, f"{address}:{local[1]}", secrets.token_hex(12), f"z9hG4bK{secrets.token_hex(6)}")


# ---- UDP ----


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.asked: _Asked | None = None
        self.refused = False

    def datagram_received(self, data: bytes, addr: object) -> None:
        if self.asked is not None:
            self.asked.heard(data)

    def error_received(self, exc: Exception) -> None:
        self.refused = self.refused or isinstance(exc, ConnectionRefusedError)
        if self.refused and self.asked is not None:
            self.asked.done.set()


async def _over_udp(host: str, address: str, access: SipAccess, pace: Pace) -> Series:
    """A connected socket: nobody but the address that was asked is heard."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(_Datagrams, remote_addr=(address, access.port))
    try:
        local = transport.get_extra_info("sockname")[:2]
        asked = protocol.asked = _Asked(_question(host, "udp", local), access.questions, pace)
        await asked.send(transport.sendto)
    finally:
        transport.close()
    if not asked.answers:
        return Series("refused" if protocol.refused else "silent", (ABSENT,) * len(asked.sent))
    return asked.series(str(local[0]), address, clear=True)


# ---- TCP and TLS ----


async def _over_stream(host: str, address: str, access: SipAccess, pace: Pace) -> Series:
    """Connect, look at the certificate, ask; where nothing is asked, connect a few times more."""
    reader, writer, took = await _connected(address, access.port, pace)
    try:
        secured = Series("open")
        if access.transport == "tls":
            try:
                secured = await _secured(writer, host, pace)
            except ssl.SSLCertVerificationError as error:
                fault = UNTRUSTED.get(error.verify_code) or one_line(error.verify_message or "?")[:120]
                writer.close()
                reader, writer, _ = await _connected(address, access.port, pace)
                secured = replace(await _secured(writer, host, pace, trusting=True), certificate_fault=fault)
        if access.questions:
            series = await _asked_over(reader, writer, host, address, access, pace)
            return replace(
                secured, state=series.state, answers=series.answers, connects=(took,), nat=series.nat, alg=series.alg,
                loss_percent=series.loss_percent,
            )  # fmt: skip
    except (ssl.SSLError, ConnectionError, TimeoutError):
        return Series("tls" if access.transport == "tls" else "open", connects=(took,))
    finally:
        writer.close()
    return replace(secured, connects=(took, *await _more(address, access.port, pace)))


async def _more(address: str, port: int, pace: Pace) -> tuple[float, ...]:
    """The times of further connections, closed at once."""
    times = []
    for _ in range(CONNECTIONS - 1):
        await asyncio.sleep(pace.between_s)
        try:
            _, writer, took = await _connected(address, port, pace)
        except OSError:  # a time-out is one, too
            break
        writer.close()
        times.append(took)
    return tuple(times)


async def _connected(address: str, port: int, pace: Pace) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, float]:
    begun = time.monotonic()
    async with asyncio.timeout(pace.connect_s):
        reader, writer = await asyncio.open_connection(address, port, limit=1 << 16)
    return reader, writer, (time.monotonic() - begun) * 1000


async def _secured(writer: asyncio.StreamWriter, host: str, pace: Pace, *, trusting: bool = False) -> Series:
    """The connection under TLS, with its version and certificate; nothing secret is ever sent over it."""
    context = ssl.create_default_context()
    if trusting:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(pace.connect_s):
        await writer.start_tls(context, server_hostname=host)
    secure = writer.get_extra_info("ssl_object")
    name, ends = _certificate(secure.getpeercert(binary_form=True))
    return Series("open", tls=secure.version() or ABSENT, certificate=name, certificate_ends=ends)


def _certificate(der: bytes | None) -> tuple[str | Absent, dt.date | Absent]:
    """The first name a certificate stands for, and its last day."""
    from cryptography import x509

    if not der:
        return ABSENT, ABSENT
    try:
        found = x509.load_der_x509_certificate(der)
        ends = found.not_valid_after_utc.date()
    except ValueError:
        return ABSENT, ABSENT
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        text = next(iter(names.get_values_for_type(x509.DNSName)), "")
    except (x509.ExtensionNotFound, ValueError):
        text = ""
    return one_line(text)[:120] or ABSENT, ends


async def _asked_over(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, address: str, access: SipAccess, pace: Pace
) -> Series:
    """The questions over a connection, answers read beside them until it ends or sends what is no answer."""
    local = writer.get_extra_info("sockname")[:2]
    asked = _Asked(_question(host, access.transport, local), access.questions, pace)
    listening = asyncio.create_task(_listen(reader, asked))
    try:
        await asked.send(writer.write)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    series = asked.series(str(local[0]), address, clear=access.transport == "tcp")
    return replace(series, loss_percent=_sent_again(writer.get_extra_info("socket")))


async def _listen(reader: asyncio.StreamReader, asked: _Asked) -> None:
    data, octets = b"", 0
    try:
        while octets < MOST_OCTETS and (more := await reader.read(1 << 14)):
            octets += len(more)
            data += more
            while True:
                message, data = framed(data)
                if message is None:
                    break
                asked.heard(message)
    except (ValueError, OSError, ssl.SSLError):
        pass  # what is no answer ends the series; what was heard before stands
    asked.done.set()


_TCP_INFO: Final = 11
_RETRANSMITTED, _SEGMENTS = 100, 136


def _sent_again(connection: socket.socket | None) -> float | Absent:
    """TCP segments that had to be sent again, in %; Linux tells it (struct tcp_info: total_retrans, segs_out)."""
    if connection is None or sys.platform != "linux":
        return ABSENT
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 192)
    except OSError:
        return ABSENT
    if len(told) < _SEGMENTS + 4:
        return ABSENT
    again, segments = (struct.unpack_from("=I", told, place)[0] for place in (_RETRANSMITTED, _SEGMENTS))
    return 100 * again / segments if segments and again <= segments else ABSENT

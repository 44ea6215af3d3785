"""A SIP service on loopback that answers OPTIONS as it is told: over UDP, TCP or TLS, well, badly or not at all."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

Answers = Callable[[bytes, int], Sequence[bytes]]
"""What is sent back to the n-th message that came (from 1)."""


def ok(data: bytes, number: int, status: str = "200 OK", received: str = "", by: str = "", call: str = "") -> bytes:
    """A reply that repeats what RFC 3261 (8.2.6.2) says; `received`, `by`, `call` change its Via and Call-ID."""
    lines = [
        line for line in data.decode().split("\r\n") if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")
    ]
    via = next(line for line in lines if line.startswith("Via"))
    sent_by = via.split()[2].partition(";")[0]
    changed = (via.replace(sent_by, by) if by else via) + (f";received={received}" if received else "")
    lines = [
        changed if line == via else f"Call-ID: {call}" if call and line.startswith("Call-ID") else line
        for line in lines
    ]
    return "\r\n".join([f"SIP/2.0 {status}", *lines, "Content-Length: 0", "", ""]).encode()


def always(status: str = "200 OK") -> Answers:
    return lambda data, number: [ok(data, number, status, received="127.0.0.1")]


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, answers: Answers, heard: list[bytes]) -> None:
        self.answers, self.heard = answers, heard

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        for answer in self.answers(data, len(self.heard)):
            self.transport.sendto(answer, addr)


@asynccontextmanager
async def over_udp(answers: Answers, heard: list[bytes] | None = None) -> AsyncIterator[int]:
    """The port of a service over UDP."""
    told = heard if heard is not None else []
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(answers, told), local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


@asynccontextmanager
async def over_tcp(answers: Answers, heard: list[bytes] | None = None, tls: Path | None = None) -> AsyncIterator[int]:
    """The port of a service over TCP, or over TLS with the certificate and key of a file."""
    told = heard if heard is not None else []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.readuntil(b"\r\n\r\n"):
                told.append(data)
                for answer in answers(data, len(told)):
                    writer.write(answer)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def certificate(folder: Path, name: str, ends: dt.datetime) -> Path:
    """A self-signed certificate of a name, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - dt.timedelta(days=90))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "service.pem"
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path

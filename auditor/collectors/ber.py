"""SNMP messages as octets (RFC 3416, 3417 section 8): strict reading of what a network sent; standard library alone.

Only what SNMP uses of BER is known: definite lengths of at most four octets, and the types of SMIv2. Whatever does not
fit its container exactly is a BerError; nothing is guessed, and no structure nests deeper than SNMP's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final, TypeAlias

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
RESPONSE, REPORT = 0xA2, 0xA8

_MOST_PARTS: Final = 128  # sub-identifiers of an OID (RFC 2578, section 3.5)
_NO_BINDINGS: Final = b"\x30\x00"


class BerError(ValueError):
    """Octets that are no SNMP message, or not the one they should be."""


class Missing(Enum):
    """What stands in a binding instead of a value; the numbers are the tags."""

    UNSPECIFIED = 0x05
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_VIEW = 0x82


Bound: TypeAlias = int | bytes | str | Missing
"""The value of a binding: integers of all kinds, octets, an OID or IpAddress as dotted text, or why there is none."""


@dataclass(frozen=True, slots=True)
class Response:
    """The body of a response: request-id, error status, 1-based index of the culprit, and the bindings, encoded."""

    id: int
    status: int
    index: int
    bindings: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A message that came in: version 0, 1 or 3; its id (msgID in version 3, request-id before).

    `response` is None for the reports and the encrypted messages of version 3; `octets` is the message with its list of
    bindings emptied, or as it was where it has none in clear.
    """

    version: int
    id: int
    response: Response | None
    octets: bytes


# ---- elements ----


def element(octets: bytes, at: int, end: int) -> tuple[int, int, int]:
    """The element at `at`: its tag, and where its contents begin and end, all within `end`."""
    if at + 2 > end:
        raise BerError("cut short")
    tag, length = octets[at], octets[at + 1]
    at += 2
    if tag & 0x1F == 0x1F:
        raise BerError("a tag of several octets")
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or at + size > end:
            raise BerError("a length that SNMP does not use")
        length = int.from_bytes(octets[at : at + size])
        at += size
    if length > end - at:
        raise BerError("longer than what holds it")
    return tag, at, at + length


def _typed(octets: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Where the contents of an element of this very type begin and end."""
    found, start, stop = element(octets, at, end)
    if found != tag:
        raise BerError(f"type {found:#x} instead of {tag:#x}")
    return start, stop


def wrapped(tag: int, contents: bytes) -> bytes:
    """An element; the shortest length that fits."""
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    width = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | width)) + size.to_bytes(width) + contents


def integer(contents: bytes) -> int:
    """A signed integer of at most eight octets."""
    if not 1 <= len(contents) <= 8:
        raise BerError("an integer of no or too many octets")
    return int.from_bytes(contents, signed=True)


def _unsigned(width: int) -> Callable[[bytes], int]:
    """Counters, gauges and ticks of `width` octets; agents that forget the leading zero octet mean them unsigned."""

    def read(contents: bytes) -> int:
        if len(contents) == width:
            return int.from_bytes(contents)
        if not 1 <= len(contents) <= 9 or contents[0] & 0x80:
            raise BerError("an unsigned integer that is negative, or of too many octets")
        value = int.from_bytes(contents)
        if value >> (8 * width):
            raise BerError("an unsigned integer out of its range")
        return value

    return read


def oid(contents: bytes) -> str:
    """An object identifier as dotted text; of no octet at all, as some agents send it, 0.0."""
    cut = len(contents) - 1
    while cut > 0 and contents[cut - 1] & 0x80:
        cut -= 1
    if cut <= 0:
        return _dotted(contents) if contents else "0.0"
    return f"{_dotted(contents[:cut])}.{_part(contents[cut:])}"


@lru_cache(maxsize=8192)  # neighbours in a table differ in their last number only
def _dotted(contents: bytes) -> str:
    parts: list[int] = []
    start = 0
    for at, octet in enumerate(contents):
        if not octet & 0x80:
            parts.append(_part(contents[start : at + 1]))
            start = at + 1
    if start != len(contents) or len(parts) >= _MOST_PARTS:
        raise BerError("an object identifier that does not end")
    first = min(parts[0] // 40, 2)  # X.690, section 8.19.4: the first two numbers share an octet
    return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))


def _part(octets: bytes) -> int:
    """One number of an object identifier, seven bits an octet."""
    if len(octets) == 1 and octets[0] < 0x80:
        return octets[0]
    if not 1 <= len(octets) <= 5 or octets[0] == 0x80 or octets[-1] & 0x80:
        raise BerError("a number of an object identifier that is too long, padded or cut")
    value = 0
    for octet in octets:
        value = value << 7 | octet & 0x7F
    if value >> 32:
        raise BerError("a number of an object identifier beyond 32 bits")
    return value


def _address(contents: bytes) -> str:
    if len(contents) != 4:
        raise BerError("an IpAddress of other than four octets")
    return ".".join(map(str, contents))


def _missing(tag: int) -> Callable[[bytes], Missing]:
    def read(contents: bytes) -> Missing:
        if contents:
            raise BerError("contents where there is no value")
        return Missing(tag)

    return read


_READ: Final[Mapping[int, Callable[[bytes], Bound]]] = {
    INTEGER: integer,
    OCTETS: bytes,
    OID: oid,
    0x40: _address,
    0x41: _unsigned(4),  # Counter32
    0x42: _unsigned(4),  # Gauge32, Unsigned32
    0x43: _unsigned(4),  # TimeTicks
    0x44: bytes,  # Opaque
    0x45: bytes,  # NsapAddress, historic
    0x46: _unsigned(8),  # Counter64
    0x47: _unsigned(4),  # UInteger32, historic
    **{item.value: _missing(item.value) for item in Missing},
}


def bindings(octets: bytes, most: int) -> list[tuple[str, Bound]]:
    """The name and value of each binding of an encoded list, in its order; more than `most` are an error."""
    found: list[tuple[str, Bound]] = []
    at, end = 0, len(octets)
    while at < end:
        start, at = _typed(octets, at, end, SEQUENCE)
        begin, stop = _typed(octets, start, at, OID)
        tag, value, last = element(octets, stop, at)
        read = _READ.get(tag)
        if read is None or last != at:
            raise BerError(f"a value of unknown type {tag:#x}" if read is None else "more than a name and a value")
        found.append((oid(octets[begin:stop]), read(octets[value:last])))
        if len(found) > most:
            raise BerError("more bindings than were asked for")
    return found


# ---- messages ----


class _Cursor:
    """Reads the elements of a container one after the other."""

    __slots__ = ("at", "end", "octets")

    def __init__(self, octets: bytes) -> None:
        self.octets, self.at, self.end = octets, 0, len(octets)

    def any(self) -> tuple[int, bytes]:
        """Tag and contents of the next element."""
        tag, start, self.at = element(self.octets, self.at, self.end)
        return tag, self.octets[start : self.at]

    def take(self, tag: int) -> bytes:
        """The contents of the next element, which is of this type."""
        start, self.at = _typed(self.octets, self.at, self.end, tag)
        return self.octets[start : self.at]

    def close(self) -> None:
        if self.at != self.end:
            raise BerError("more than there should be")


def asked(message: bytes) -> tuple[int, int]:
    """Version and id of a message of our own."""
    version, id, _, _, _ = _frame(message)
    return version, id


def answer(message: bytes) -> Answer:
    """A response or report of any version; what stands after its end is not looked at, as no peer of an agent does."""
    version, id, head, tag, contents = _frame(message)
    if version != 3:
        response, pdu = _emptied(tag, contents)
        if response is None:
            raise BerError("neither a response nor a report")
        return Answer(version, id, response, wrapped(SEQUENCE, head + pdu))
    if tag == OCTETS:
        return Answer(version, id, None, message)
    response, scoped = scoped_pdu(wrapped(SEQUENCE, contents))
    return Answer(version, id, response, wrapped(SEQUENCE, head + scoped) if response else message)


def scoped_pdu(plain: bytes) -> tuple[Response | None, bytes]:
    """The response in a scoped PDU of version 3, and the same without its bindings; padding after it is let be.

    A report has no response and stays whole: it is for the security model.
    """
    cursor = _Cursor(_Cursor(plain).take(SEQUENCE))
    cursor.take(OCTETS)  # contextEngineID
    cursor.take(OCTETS)  # contextName
    context = cursor.octets[: cursor.at]
    tag, contents = cursor.any()
    cursor.close()
    if tag == REPORT:
        return None, plain
    response, pdu = _emptied(tag, contents)
    if response is None:
        raise BerError("neither a response nor a report")
    return response, wrapped(SEQUENCE, context + pdu)


def _frame(message: bytes) -> tuple[int, int, bytes, int, bytes]:
    """Version, id, the elements before the PDU, and the PDU (of version 3: the scoped one), as tag and contents."""
    cursor = _Cursor(_Cursor(message).take(SEQUENCE))
    version = integer(cursor.take(INTEGER))
    if version not in (0, 1, 3):
        raise BerError("an unknown version")
    id = _header(cursor.take(SEQUENCE)) if version == 3 else 0
    cursor.take(OCTETS)  # the community, or msgSecurityParameters
    head = cursor.octets[: cursor.at]
    tag, contents = cursor.any()
    cursor.close()
    if version != 3:
        id = integer(_Cursor(contents).take(INTEGER))
    elif tag not in (SEQUENCE, OCTETS):
        raise BerError("neither a scoped PDU nor an encrypted one")
    return version, id, head, tag, contents


def _header(contents: bytes) -> int:
    """msgID of msgGlobalData, whose other fields are size, flags and security model (RFC 3412, section 6)."""
    cursor = _Cursor(contents)
    id = integer(cursor.take(INTEGER))
    for tag in (INTEGER, OCTETS, INTEGER):
        cursor.take(tag)
    cursor.close()
    return id


def _emptied(tag: int, contents: bytes) -> tuple[Response | None, bytes]:
    """A response and its PDU with an empty list of bindings; None for any other PDU."""
    if tag != RESPONSE:
        return None, b""
    cursor = _Cursor(contents)
    id, status, index = (integer(cursor.take(INTEGER)) for _ in range(3))
    fields = cursor.octets[: cursor.at]
    found = Response(id, status, index, cursor.take(SEQUENCE))
    cursor.close()
    return found, wrapped(RESPONSE, fields + _NO_BINDINGS)

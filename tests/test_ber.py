"""The reader of SNMP messages: equal to the stock decoder on what is well-formed, and an error on all else."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import univ
from pysnmp.error import PySnmpError
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import v1, v2c

from auditor.collectors import ber
from auditor.collectors.ber import BerError, Bound, Missing

NAME = "1.3.6.1.2.1.2.2.1.10.7"

# ---- messages made by another hand ----


def message(rows: list[tuple[Any, Any]], status: int = 0, index: int = 0, id: int = 77, version: Any = v2c) -> bytes:
    """A response of SNMPv1 or v2c, encoded by pyasn1."""
    pdu = version.GetResponsePDU()
    version.apiPDU.set_defaults(pdu)
    version.apiPDU.set_request_id(pdu, id)
    version.apiPDU.set_error_status(pdu, status)
    version.apiPDU.set_varbinds(pdu, rows)
    version.apiPDU.set_error_index(pdu, index)
    whole = version.Message()
    version.apiMessage.set_defaults(whole)
    version.apiMessage.set_community(whole, "public")
    version.apiMessage.set_pdu(whole, pdu)
    return bytes(encoder.encode(whole))


def scoped(rows: list[tuple[Any, Any]], kind: Any = v2c.GetResponsePDU) -> bytes:
    """A scoped PDU of SNMPv3, encoded by pyasn1."""
    pdu = kind()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_request_id(pdu, 78)
    v2c.apiPDU.set_varbinds(pdu, rows)
    context = encoder.encode(univ.OctetString("engine")) + encoder.encode(univ.OctetString(""))
    return ber.wrapped(ber.SEQUENCE, context + encoder.encode(pdu))


def version_3(data: bytes, id: int = 99) -> bytes:
    header = b"".join(encoder.encode(part) for part in (univ.Integer(id), univ.Integer(65507)))
    header += encoder.encode(univ.OctetString(hexValue="04")) + encoder.encode(univ.Integer(3))
    return ber.wrapped(
        ber.SEQUENCE,
        encoder.encode(univ.Integer(3))
        + ber.wrapped(ber.SEQUENCE, header)
        + encoder.encode(univ.OctetString("parameters"))
        + data,
    )


def read(whole: bytes, most: int = 100) -> list[tuple[str, Bound]]:
    answer = ber.answer(whole)
    assert answer.response is not None
    return ber.bindings(answer.response.bindings, most)


VALUES: list[tuple[Any, Bound]] = [
    (rfc1902.Integer32(-(2**31)), -(2**31)),
    (rfc1902.Integer32(2**31 - 1), 2**31 - 1),
    (rfc1902.OctetString(b""), b""),
    (rfc1902.OctetString(b"\x00\xff" * 3000), b"\x00\xff" * 3000),
    (rfc1902.ObjectIdentifier("1.3.6.1.4.1.9.1.4294967295.0.128"), "1.3.6.1.4.1.9.1.4294967295.0.128"),
    (rfc1902.ObjectIdentifier("0.0"), "0.0"),
    (rfc1902.ObjectIdentifier("2.999.3"), "2.999.3"),
    (rfc1902.IpAddress("192.0.2.255"), "192.0.2.255"),
    (rfc1902.Counter32(2**32 - 1), 2**32 - 1),
    (rfc1902.Gauge32(0), 0),
    (rfc1902.TimeTicks(2**31), 2**31),
    (rfc1902.Opaque(b"\x9f\x78\x04"), b"\x9f\x78\x04"),
    (rfc1902.Counter64(2**64 - 1), 2**64 - 1),
    (rfc1905.noSuchObject, Missing.NO_SUCH_OBJECT),
    (rfc1905.noSuchInstance, Missing.NO_SUCH_INSTANCE),
    (rfc1905.endOfMibView, Missing.END_OF_VIEW),
    (v2c.Null(""), Missing.UNSPECIFIED),
]


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=lambda value: type(value).__name__)
def test_every_type_of_value_is_read(value: Any, expected: Bound) -> None:
    """Each type of SMIv2 at its limits, and what stands where there is no value."""
    assert read(message([(NAME, value)])) == [(NAME, expected)]


def test_the_names_of_a_table_are_read() -> None:
    """Long indices, large numbers and neighbours, in their order."""
    names = [f"1.3.6.1.2.1.4.24.4.1.1.{index}" for index in ("0.0.0.0.0", "10.0.128.1.300", "4294967295", "1", "127")]
    assert [name for name, _ in read(message([(name, rfc1902.Integer32(1)) for name in names]))] == names


def test_an_error_keeps_its_status_and_index() -> None:
    """pysnmp forgets the index when the list of bindings is empty; the reader has both before that."""
    answer = ber.answer(message([(NAME, v1.Null(""))], status=2, index=1, version=v1))
    assert answer.response is not None
    assert (answer.version, answer.id, answer.response.status, answer.response.index) == (0, 77, 2, 1)


def test_the_rest_of_a_message_stays_whole() -> None:
    """What is handed on differs in its list of bindings alone, which is empty."""
    rows = [(NAME, rfc1902.OctetString(b"x" * 300))]
    assert ber.answer(message(rows)).octets == message([])
    assert ber.answer(version_3(scoped(rows))).octets == version_3(scoped([]))
    found, bare = ber.scoped_pdu(scoped(rows) + b"\x00" * 7)  # DES pads what it encrypts
    assert bare == scoped([])
    assert found is not None
    assert ber.bindings(found.bindings, 1) == [(NAME, b"x" * 300)]


def test_reports_and_encrypted_messages_are_handed_on() -> None:
    """They are for the security model, which needs them as they came."""
    report = version_3(scoped([("1.3.6.1.6.3.15.1.1.4.0", rfc1902.Counter32(1))], v2c.ReportPDU))
    secret = version_3(ber.wrapped(ber.OCTETS, b"\x00" * 100))
    for whole in (report, secret):
        answer = ber.answer(whole)
        assert (answer.version, answer.id, answer.response, answer.octets) == (3, 99, None, whole)


@pytest.mark.parametrize("kind", [v2c.GetRequestPDU, v2c.GetBulkRequestPDU, v2c.SNMPv2TrapPDU, v2c.InformRequestPDU])
def test_nobody_asks_us_anything(kind: Any) -> None:
    """A request or trap sent to our socket is no answer, in clear or scoped."""
    pdu = kind()
    (v2c.apiBulkPDU if kind is v2c.GetBulkRequestPDU else v2c.apiPDU).set_defaults(pdu)
    whole = v2c.Message()
    v2c.apiMessage.set_defaults(whole)
    v2c.apiMessage.set_pdu(whole, pdu)
    with pytest.raises(BerError):
        ber.answer(bytes(encoder.encode(whole)))
    if kind is not v2c.GetBulkRequestPDU:
        with pytest.raises(BerError):
            ber.answer(version_3(scoped([], kind)))


# ---- what is not well-formed ----

BAD_VALUES = {
    "an integer of no octet": "0200",
    "an integer of nine octets": "0209 000000000000000001",
    "a counter beyond 32 bits": "4105 0100000000",
    "a counter below zero": "4101 ff",
    "a counter of ten octets": "410a 00000000000000000001",
    "a Counter64 beyond 64 bits": "4609 010000000000000000",
    "an address of three octets": "4003 c00002",
    "an address of sixteen octets": "4010 " + "00" * 16,
    "an OID that does not end": "0602 2b86",
    "an OID with padding": "0603 2b8001",
    "an OID number beyond 32 bits": "0607 2b 90ffffff7f 01",
    "an OID number of six octets": "0608 2b 818080808001 01",
    "an exception with contents": "8001 00",
    "a NULL with contents": "0501 00",
    "an unknown type": "4800",
    "a tag of several octets": "1f8101 00",
    "a constructed string": "2403 040161",
    "an indefinite length": "0480 6161 0000",
    "a length of five octets": "0485 0000000001 61",
    "a reserved length": "04ff 61",
    "a value longer than its binding": "0405 6161",
    "a value of four gigabytes": "0484 ffffffff 61",
}


def bound(value: str) -> bytes:
    """One binding with this value, in hex."""
    name = encoder.encode(univ.ObjectIdentifier(NAME))
    return ber.wrapped(ber.SEQUENCE, name + bytes.fromhex(value.replace(" ", "")))


@pytest.mark.parametrize("value", BAD_VALUES.values(), ids=BAD_VALUES)
def test_a_value_that_cannot_be_is_an_error(value: str) -> None:
    """Never a number that the agent did not mean."""
    with pytest.raises(BerError):
        ber.bindings(bound(value), 10)


def test_counters_without_their_leading_zero_are_unsigned() -> None:
    """Some agents send four or eight octets with the top bit set; every walker reads them as large, not negative."""
    assert ber.bindings(bound("4104 ffffffff"), 1) == [(NAME, 2**32 - 1)]
    assert ber.bindings(bound("4608 8000000000000000"), 1) == [(NAME, 2**63)]
    assert ber.bindings(bound("0600"), 1) == [(NAME, "0.0")]


@pytest.mark.parametrize(
    "octets",
    [
        b"\x30\x03\x06\x01\x2b",  # a name without a value
        b"\x30\x00",
        b"\x31\x05\x06\x01\x2b\x05\x00",  # a SET
        b"\x30\x07\x06\x01\x2b\x05\x00\x05\x00",  # three parts
        b"\x30",
        b"\x30\x06\x06\x01\x2b\x05\x00",  # longer than the list
        b"\x30\x05\x04\x01\x2b\x05\x00",  # a name that is a string
    ],
)
def test_a_binding_that_is_none_is_an_error(octets: bytes) -> None:
    """A name and a value, in a sequence, and nothing more."""
    with pytest.raises(BerError):
        ber.bindings(octets, 10)


def test_more_bindings_than_asked_for_are_an_error() -> None:
    """A full datagram of them costs no more than a look at the first ones."""
    flood = bound("0500") * 3000
    begun = time.perf_counter()
    with pytest.raises(BerError, match="more bindings"):
        ber.bindings(flood, 100)
    assert time.perf_counter() - begun < 0.1


def test_every_truncation_is_an_error() -> None:
    """A message that was cut anywhere is no message."""
    for whole in (message([(NAME, value) for value, _ in VALUES[4:]]), version_3(scoped([(NAME, VALUES[0][0])]))):
        assert ber.answer(whole)
        for cut in range(len(whole)):
            with pytest.raises(BerError):
                ber.answer(whole[:cut])


def test_deep_nesting_is_not_followed() -> None:
    """A thousand sequences in one another end at the first that should be something else."""
    whole = b""
    for _ in range(1000):
        whole = ber.wrapped(ber.SEQUENCE, whole)
    with pytest.raises(BerError):
        ber.answer(whole)


# ---- thousands of messages ----

number = st.integers(0, 2**32 - 1)
names = st.lists(number, max_size=12).map(lambda tail: ".".join(map(str, (1, 3, 6, 1, *tail))))
values: st.SearchStrategy[Any] = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(rfc1902.Integer32),
    st.binary(max_size=200).map(rfc1902.OctetString),
    names.map(rfc1902.ObjectIdentifier),
    st.binary(min_size=4, max_size=4).map(rfc1902.IpAddress),
    number.map(rfc1902.Counter32),
    number.map(rfc1902.Gauge32),
    number.map(rfc1902.TimeTicks),
    st.integers(0, 2**64 - 1).map(rfc1902.Counter64),
    st.sampled_from([rfc1905.noSuchObject, rfc1905.noSuchInstance, rfc1905.endOfMibView]),
)
rows = st.lists(st.tuples(names, values), max_size=8)
ids = st.integers(-(2**31), 2**31 - 1)
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)


def stock(whole: bytes) -> list[tuple[str, Bound]]:
    """What pysnmp's own decoder reads in a v2c message."""
    decoded, _ = decoder.decode(whole, asn1Spec=v2c.Message())
    found = v2c.apiPDU.get_varbinds(v2c.apiMessage.get_pdu(decoded))
    return [(str(name), plain(value)) for name, value in found]


def plain(value: Any) -> Bound:
    for kind, missing in (
        (rfc1905.NoSuchObject, Missing.NO_SUCH_OBJECT),
        (rfc1905.NoSuchInstance, Missing.NO_SUCH_INSTANCE),
        (rfc1905.EndOfMibView, Missing.END_OF_VIEW),
    ):
        if isinstance(value, kind):
            return missing
    if isinstance(value, rfc1902.IpAddress):
        return ".".join(map(str, value.asNumbers()))
    if isinstance(value, univ.ObjectIdentifier):
        return str(value)
    return bytes(value.asOctets()) if isinstance(value, univ.OctetString) else int(value)


@settings(max_examples=400, deadline=None, suppress_health_check=QUIET)
@given(rows, ids)
def test_well_formed_messages_are_read_as_the_stock_decoder_reads_them(found: list[tuple[str, Any]], id: int) -> None:
    """Name by name and value by value."""
    whole = message(found, id=id)
    assert read(whole) == stock(whole)
    assert ber.answer(whole).id == id == ber.asked(whole)[1]


def survives(whole: bytes) -> bool:
    """Whether it was read; anything but an answer or a BerError is a failure."""
    try:
        answer = ber.answer(whole)
        if answer.response is not None:
            ber.bindings(answer.response.bindings, 1000)
    except BerError:
        return False
    return True


@settings(max_examples=1000, deadline=None, suppress_health_check=QUIET)
@given(st.binary(max_size=400))
def test_random_octets_do_no_harm(octets: bytes) -> None:
    """An error or an answer, at once, whatever the octets; also where the outer frames are right."""
    survives(octets)
    survives(ber.wrapped(ber.SEQUENCE, octets))
    head = bytes.fromhex("020101 0406 7075626c6963")
    body = bytes.fromhex("020101 020100 020100") + ber.wrapped(ber.SEQUENCE, octets)
    survives(ber.wrapped(ber.SEQUENCE, head + ber.wrapped(ber.RESPONSE, body)))
    survives(version_3(ber.wrapped(ber.SEQUENCE, octets)))


change = st.tuples(
    st.sampled_from(["flip", "drop", "double", "insert", "cut"]), st.integers(0, 10**6), st.binary(max_size=6)
)


def mutated(whole: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    for kind, where, octets in changes:
        at = where % (len(whole) or 1)
        whole = {
            "flip": whole[:at] + bytes([whole[at] ^ (1 << where % 8)]) + whole[at + 1 :] if whole else whole,
            "drop": whole[:at] + whole[at + 1 :],
            "double": whole[:at] + whole[at : at + 20] * 2 + whole[at + 20 :],
            "insert": whole[:at] + octets + whole[at:],
            "cut": whole[:at],
        }[kind]
    return whole


@settings(max_examples=1200, deadline=None, suppress_health_check=QUIET)
@given(rows, st.lists(change, min_size=1, max_size=4), st.booleans())
def test_mutated_messages_do_no_harm(
    found: list[tuple[str, Any]], changes: list[tuple[str, int, bytes]], third: bool
) -> None:
    """Bits flipped, octets lost, doubled or slipped in: an error, or the very values that the stock decoder reads."""
    whole = mutated(version_3(scoped(found)) if third else message(found), changes)
    if not survives(whole):
        return
    assert ber.answer(ber.answer(whole).octets).id == ber.answer(whole).id
    if ber.answer(whole).version == 1:
        with contextlib.suppress(PyAsn1Error, PySnmpError):  # it refuses more, such as a counter with its top bit set
            assert read(whole, 1000) == stock(whole)

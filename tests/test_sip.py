"""A hosted telephone service asked over SIP: what it answers, how well, and what stands in between."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.sip import MOST_MESSAGES, Pace, asked, measure, service
from auditor.collectors.sip_words import MOST_HEAD, Question, Reply, framed, meddled, reply, written
from auditor.declared.homesip import count, declarations, lines
from auditor.declared.homesip import written as home_file
from auditor.facts import SipService
from auditor.site import SipAccess
from auditor.values import ABSENT
from auditor.wording import texts
from tests.commands import auditor
from tests.sip_service import always, certificate, ok, over_tcp, over_udp

QUICK = Pace(between_s=0.01, connect_s=2, last_s=0.1)
ASKED = Question("sip.operator.example", "udp", "192.168.1.20:40000", "a1b2c3d4e5f6a7b8", "z9hG4bKfeed")


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def told(port: int, transport: Any = "udp", questions: int = 5, host: str = "127.0.0.1") -> SipService:
    access = SipAccess(transport, port, questions)
    return service("operator", access, host, await measure(host, access, QUICK))


# ---- what is sent ----


def test_a_question_names_nobody() -> None:
    """OPTIONS of RFC 3261, 11.1: an anonymous sender, no Contact, no body, no account."""
    text = ASKED.text(7).decode()
    assert text.startswith("OPTIONS sip:sip.operator.example SIP/2.0\r\n")
    assert "From: <sip:anonymous@anonymous.invalid>" in text
    assert not re.search(r"(?im)^(contact|authorization|proxy-authorization|p-asserted-identity):", text)
    assert text.endswith("Content-Length: 0\r\n\r\n")


async def test_so_many_questions_are_sent_and_not_one_more() -> None:
    """A service that stays silent is not asked again; over TCP on one connection."""
    for transport, place in (("udp", over_udp), ("tcp", over_tcp)):
        heard: list[bytes] = []
        async with place(lambda data, number: [], heard) as port:
            found = await told(port, transport)
        assert len(heard) == 5
        assert {line.split(b" ")[0] for line in heard} == {b"OPTIONS"}
        assert (found.answered, found.asked) == (0, 5)
        assert found.state == ("silent" if transport == "udp" else "open")


# ---- what is heard ----


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized", "404 Not Found", "405 Method Not Allowed"])
async def test_whatever_it_answers_it_is_there(transport: str, status: str) -> None:
    """A refusal of the question is an answer: with its code, round trip and jitter; nothing was lost."""
    async with (over_udp if transport == "udp" else over_tcp)(always(status)) as port:
        found = await told(port, transport)
    assert (found.state, found.code) == ("answers", int(status[:3]))
    assert (found.asked, found.answered, found.loss_percent) == (5, 5, 0)
    assert isinstance(found.rtt_ms, float)
    assert isinstance(found.rtt_p95_ms, float)
    assert 0 <= found.rtt_ms <= found.rtt_p95_ms < 1000
    assert isinstance(found.jitter_ms, float)


async def test_what_is_lost_over_udp_is_counted() -> None:
    """Every second question stays without an answer; an answer that comes twice counts once."""
    answers = lambda data, number: [ok(data, number, received="127.0.0.1")] * 2 if number % 2 else []  # noqa: E731
    async with over_udp(answers) as port:
        found = await told(port, questions=10)
    assert (found.answered, found.loss_percent) == (5, 50)


async def test_a_closed_port_refuses_and_an_unknown_name_is_said() -> None:
    """ICMP or RST at once; and a name that does not exist."""
    assert (await told(free_port(socket.SOCK_DGRAM))).state == "refused"
    assert (await told(free_port(socket.SOCK_STREAM), "tcp")).state == "refused"
    assert (await told(5060, host="no-such-name.invalid")).state == "unresolved"


async def test_a_certificate_is_told_and_why_it_is_not_trusted(tmp_path: Path) -> None:
    """Name, last day, version of TLS; the questions go on, for they hold no secret."""
    file = certificate(tmp_path, "sip.operator.example", dt.datetime(2030, 5, 4, tzinfo=dt.UTC))
    async with over_tcp(always(), tls=file) as port:
        found = await told(port, "tls")
    assert (found.state, found.answered) == ("answers", 5)
    assert (found.certificate, found.certificate_ends) == ("sip.operator.example", dt.date(2030, 5, 4))
    assert found.tls == "TLSv1.3"
    assert found.loss_percent == (0 if sys.platform == "linux" else ABSENT)
    assert found.certificate_fault == "self-signed"
    assert "il est autosigné." in "\n".join(texts("fr").say(line) for line in lines(found))
    assert found.alg is ABSENT, "what is encrypted nobody rewrites"


async def test_a_port_that_speaks_no_tls_is_told_apart() -> None:
    """A clear-text answer to a TLS greeting."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        found = await told(server.sockets[0].getsockname()[1], "tls")
    assert (found.state, found.answered) == ("tls", 0)


async def test_without_questions_connections_are_timed() -> None:
    """As on port 443: five, closed at once, nothing sent."""
    heard: list[bytes] = []
    async with over_tcp(always(), heard) as port:
        found = await told(port, "tcp", 0)
    assert not heard
    assert (found.state, found.asked, found.loss_percent) == ("open", 0, ABSENT)
    assert isinstance(found.rtt_ms, float)
    assert isinstance(found.jitter_ms, float)


# ---- what is hostile ----

HOSTILE: tuple[tuple[str, Any], ...] = (
    ("octets", lambda data, number: [b"\x00\xff" * 400]),
    ("somebody else's answer", lambda data, number: [ok(data, number, call="0000")]),
    ("trying for ever", lambda data, number: [ok(data, number, "100 Trying")]),
    ("a head without an end", lambda data, number: [b"SIP/2.0 200 OK\r\n" + b"X: y\r\n" * 3000]),
    ("a body of a gigabyte", lambda data, number: [b"SIP/2.0 200 OK\r\nContent-Length: 1000000000\r\n\r\n"]),
    ("a question of its own", lambda data, number: [data]),
    ("a storm", lambda data, number: [ok(data, number, "180 Ringing")] * (MOST_MESSAGES + 50)),
    ("no CSeq", lambda data, number: [re.sub(rb"CSeq[^\n]+\n", b"", ok(data, number))]),
)  # fmt: skip


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("name", "answers"), HOSTILE, ids=[name for name, _ in HOSTILE])
async def test_what_is_no_answer_is_none(transport: str, name: str, answers: Any) -> None:
    """It ends in its time, with nothing invented."""
    async with (over_udp if transport == "udp" else over_tcp)(answers) as port, asyncio.timeout(5):
        found = await told(port, transport)
    assert found.answered == 0
    assert found.state in ("silent", "open")
    assert found.code is ABSENT


@given(st.binary(max_size=3000))
def test_octets_nobody_thought_of_are_no_answer_of_ours(data: bytes) -> None:
    """And a stream of them is cut or waited for, never more than its bounds."""
    assert reply(data, ASKED) is None
    assert reply(b"SIP/2.0 200 OK\r\n" + data, ASKED) is None
    try:
        message, rest = framed(data)
    except ValueError:
        return
    assert len(message or b"") + len(rest) <= len(data)


def test_a_head_that_is_too_long_is_refused() -> None:
    """Before its end has come, too."""
    with pytest.raises(ValueError, match="head"):
        framed(b"SIP/2.0 200 OK\r\nX: " + b"y" * MOST_HEAD)


def test_answers_cut_anywhere_are_put_together() -> None:
    """A stream has no borders (RFC 3261, 18.3)."""
    two = ok(ASKED.text(1), 1) + b"\r\n\r\n" + ok(ASKED.text(2), 2)
    found, data = [], b""
    for place in range(0, len(two), 7):
        data += two[place : place + 7]
        message, data = framed(data)
        found += [reply(message, ASKED)] if message else []
    assert [one.number for one in found if one] == [1, 2]


# ---- what stands between ----

VIA = ";branch=z9hG4bKfeed1;rport=40000"
HERE, THERE = "192.168.1.20", "198.51.100.9"
ABROAD = "9.9.9.9"


@pytest.mark.parametrize(
    ("by", "via", "peer", "expected"),
    [
        ("192.168.1.20:40000", f"{VIA};received=80.14.2.3", ABROAD, (True, False)),
        ("192.168.1.20:40000", VIA, ABROAD, (True, True)),
        ("192.168.1.20:40000", f"{VIA};received=192.168.1.20", ABROAD, (True, True)),
        ("80.14.2.3:1024", f"{VIA};received=80.14.2.3", ABROAD, (True, True)),
        ("192.168.1.20:40000", ";branch=z9hG4bKother;received=80.14.2.3", ABROAD, (True, True)),
        ("192.168.1.20:40000", VIA, "192.168.9.9", (ABSENT, False)),
        ("192.168.1.20:40000", f"{VIA};received=192.168.1.20", "192.168.9.9", (False, False)),
        ("", "", ABROAD, (ABSENT, ABSENT)),
    ],
)
def test_a_rewritten_via_betrays_an_alg(by: str, via: str, peer: str, expected: tuple[Any, Any]) -> None:
    """A NAT alone leaves our Via as it was and shows in `received`; an ALG changes it, or hides the NAT."""
    assert meddled(ASKED, Reply(1, 200, by, via, 1), HERE, peer) == expected


def test_a_second_via_is_somebody_elses() -> None:
    """A proxy takes its own away before it answers."""
    again = Reply(1, 200, "192.168.1.20:40000", f"{VIA};received=80.14.2.3", 2)
    assert meddled(ASKED, again, HERE, ABROAD) == (True, True)


async def test_an_alg_is_found_on_the_way() -> None:
    """Our Via came back with another sender."""
    async with over_udp(lambda data, number: [ok(data, number, by="80.14.2.3:1024")]) as port:
        assert (await told(port)).alg is True
    async with over_udp(always()) as port:
        assert (await told(port)).alg is False


# ---- the command, at home and in the firm ----


def home(place: str, rtt: float, state: str = "answers", host: str = "sip.operator.example") -> bytes:
    figures: dict[str, Any] = {"rtt_ms": rtt, "jitter_ms": 2.0, "loss_percent": 0.0} if state == "answers" else {}
    one = SipService("sip", host, 5061, "tls", state, 20, 20, **figures)
    return home_file(one, place, dt.date(2026, 11, 20)).encode()


def test_homes_are_counted_once_each_with_median_and_95th_percentile() -> None:
    """Nineteen good homes and one bad; a home that asked twice counts with its later file."""
    files = [(f"{n}.json", home(f"p{n}", 10.0 + n)) for n in range(19)]
    files += [("x.json", home("p19", 400.0)), ("y.json", home("p0", 10.0)), ("z.json", b"{}")]
    files += [("o.json", home("q", 1.0, host="elsewhere.example"))]
    found = count(files)
    said = declarations(found)
    assert len(found.homes) == 20
    assert [name for name, _ in found.bad] == ["z.json", "o.json"]
    assert said["voice.homes.reached"].value == 1
    assert said["voice.homes.p50.rtt_ms"].value == 19.5
    assert said["voice.homes.p95.rtt_ms"].value == 28
    assert "20 files, SHA-256" in said["voice.homes.p50.rtt_ms"].document


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_any_file_of_a_home_is_read_or_left_out(data: bytes) -> None:
    assert len(count([("f.json", data)]).bad) == 1


SITE = """
[site]
name = "S"
client = "C"
networks = ["10.0.0.0/8"]
[people]
headcount = 10
eligible = 10
[[device]]
name = "operator"
address = "127.0.0.1"
sip = {{ transport = "tcp", port = {port}, questions = 3 }}
"""


def test_the_homes_of_a_site_are_written_into_its_file(tmp_path: Path) -> None:
    """One command for all their files; TEL-008 then rates the path of the homes."""
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(port=5061).replace("127.0.0.1", "sip.operator.example"))
    folder = tmp_path / "homes"
    folder.mkdir()
    for n in range(10):
        (folder / f"{n}.json").write_bytes(home(f"p{n}", 20.0, "answers" if n else "refused"))
    ended = auditor("probe", "homes", site, folder)
    assert ended.code == 0, ended
    assert "Homes: 10; reach the service: 9" in ended.out
    assert '"voice.homes.reached" = { value = 0.9' in site.read_text()
    assert "refus" not in site.read_text()
    (tmp_path / "bad.json").write_text("[]")
    assert "No file could be counted" in auditor("probe", "homes", site, tmp_path / "bad.json").err


@pytest.mark.parametrize("target", ["", "a b", "tls://", "http://x", "udp://x:99999", "x:0", "x;y", "sip:alice@x"])
def test_what_is_no_service_is_one_line(target: str) -> None:
    ended = auditor("probe", "sip", target)
    assert "expected" in ended.fault() or ended.code == 2


def test_nothing_listens_is_exit_3(tmp_path: Path) -> None:
    """Said in words, and as the file that a home writes; the file is never overwritten."""
    port = free_port(socket.SOCK_STREAM)
    out = tmp_path / "home.json"
    ended = auditor("probe", "sip", f"tcp://127.0.0.1:{port}", "--questions", 1, "--out", out)
    assert ended.code == 3
    assert "refuses connections" in ended.out
    kept = json.loads(out.read_text())
    assert kept.keys() == {"schema", "place", "day", "service"}
    assert kept["service"]["state"] == "refused"
    assert auditor("probe", "sip", f"tcp://127.0.0.1:{port}", "--out", out, "--questions", 1).code == 2


def test_what_an_audit_will_ask_is_listed_before(tmp_path: Path) -> None:
    """`auditor sends` names the service, its port and how many questions; without the table nothing is asked."""
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(port=5070))
    assert "3 x OPTIONS sip:127.0.0.1:5070;transport=tcp" in auditor("sends", site).out
    site.write_text(SITE.format(port=5070).replace("sip =", "# sip ="))
    assert "OPTIONS" not in auditor("sends", site).out
    assert asked("sip.example", SipAccess("tls", 443, 0)) == "5 x connect tls sip.example:443"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('{ transport = "sctp" }', "sctp"), ('{ questions = 61 }', "60"), ('{ port = 70000 }', "65535"),
        ('{ transport = "udp", questions = 0 }', "question"), ('{ user = "bob" }', "user"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_is_one_line(tmp_path: Path, table: str, said: str) -> None:
    site = tmp_path / "site.toml"
    site.write_text(re.sub(r"sip = .*", f"sip = {table}", SITE))
    assert said in auditor("sends", site).fault()


@pytest.fixture
def operator() -> Iterator[tuple[int, list[bytes]]]:
    """A service that runs beside the test, in a thread of its own: its port, and what it was sent."""
    loop, heard, ready = asyncio.new_event_loop(), list[bytes](), threading.Event()
    stop = asyncio.Event()
    ports: list[int] = []

    async def live() -> None:
        async with over_tcp(always("404 Not Found"), heard) as port:
            ports.append(port)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()))
    thread.start()
    ready.wait(5)
    yield ports[0], heard
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@pytest.mark.slow
def test_an_audit_asks_the_service_and_shows_it(tmp_path: Path, operator: tuple[int, list[bytes]]) -> None:
    """One fact with its evidence, judged by TEL-008; the transcript of the report lists the question, once."""
    port, heard = operator
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(port=port))
    ended = auditor("audit", site, "--window", 3, "--json", "--out", tmp_path / "report")
    assert ended.code == 0, ended
    assert len(heard) == 3
    (device,) = ended.json["devices"]
    (row,) = next(one["value"] for one in device["readings"] if one["key"] == "telephony.service")
    assert (row["state"], row["code"], row["answered"], row["loss_percent"]) == ("answers", 404, 3, 0)
    (line,) = ended.json["evidence"]
    assert (line["method"], line["request"]) == ("sip", f"3 x OPTIONS sip:127.0.0.1:{port};transport=tcp")
    judged = next(one for one in ended.json["findings"] if one["id"] == "TEL-008")
    assert judged["verdict"] == "pass"
    others = [one["id"] for one in ended.json["findings"] if one["evidence"] and one["id"] != "TEL-008"]
    assert not [id for id in others if line["id"] in str(id)]


def test_the_evidence_holds_figures_alone() -> None:
    """Not our addresses: what is kept says states, codes and times."""
    from auditor.collectors.sip_words import Series

    text = "\n".join(written(Series("answers", ((200, 12.34), ABSENT), (3.0,), nat=True, alg=False)))
    assert text == "state: answers\nconnect: 3.0 ms\nnat: True\nalg: False\n1: 200 12.3 ms\n2: no answer"

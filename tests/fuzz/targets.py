"""Every parser that reads octets from outside: what feeds it, which errors may leave it, and where its seeds are."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from auditor import clean, codec, filters, lists, sitefile
from auditor.bundles import container, contents
from auditor.bundles.container import BundleError
from auditor.collectors import ber, captures, graphs, inventory, moments, ranges, redact, sip_words, snmp_wire, terminal
from auditor.collectors.allowed import Allowed, Guard
from auditor.collectors.captures import CaptureError
from auditor.collectors.hostkeys import HostKeyFile, refuse
from auditor.collectors.shells import Channel, Cut, Disclaimer, Late, Manners, NotEnabled, TooLong, shell
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import Denied, Secret
from auditor.collectors.vendors import VENDORS, blocks, find, trees
from auditor.collectors.vendors.page import Identity, Told, Vendor
from auditor.declared import (
    branding,
    homesip,
    people,
    phonelist,
    questionnaire,
    siteedit,
    siteforms,
    staffcsv,
    tailoring,
)
from auditor.declared.brand import Logo
from auditor.facts import SipService
from auditor.model import Device, Figure
from auditor.reports import logo
from auditor.reports.csvfiles import harmless
from auditor.seats import inputs
from auditor.site import PhoneList, Site
from auditor.vault import MAGIC, Vault, VaultError, _Header
from tests.mutating import families

HERE: Final = Path(__file__).parents[1]
RECORDINGS: Final = HERE / "recordings"
SVG: Final = "http://www.w3.org/2000/svg"
TODAY: Final = dt.date(2026, 11, 24)
BEGUN: Final = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)

Feed = Callable[[bytes], object]
Seeds = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Target:
    """One parser: `feed` hands it octets, `declared` are the only errors that may leave it."""

    feed: Feed
    declared: tuple[type[Exception], ...] = ()
    seeds: Seeds = tuple

    def __call__(self, octets: bytes) -> None:
        """Feed it; raises whatever is not declared."""
        try:
            self.feed(octets)
        except self.declared:
            return


def text_of(octets: bytes) -> str:
    """Octets as a door hands them on: decoded, without escapes and control characters."""
    return clean.plain(clean.decode(octets))


@cache
def scratch() -> Path:
    """A folder for what is read from files, gone with the process."""
    holder = tempfile.TemporaryDirectory(prefix="auditor-fuzz-")
    _HELD.append(holder)
    return Path(holder.name)


_HELD: Final[list[tempfile.TemporaryDirectory[str]]] = []


def by_file(read: Callable[[Path], object], name: str) -> Feed:
    """A parser that takes a path."""

    def feed(octets: bytes) -> object:
        path = scratch() / name
        path.write_bytes(octets)
        return read(path)

    return feed


def recorded(pattern: str, most: int = 8) -> Seeds:
    """Files of the recordings, the smaller ones first."""
    return lambda: [path.read_bytes() for path in sorted(RECORDINGS.glob(pattern), key=_size)[:most]]


def _size(path: Path) -> int:
    return path.stat().st_size


def said(*texts: str) -> Seeds:
    return lambda: [text.encode() for text in texts]


# ---- SNMP ----


def _message(octets: bytes) -> None:
    found = ber.answer(octets)
    if found.response is not None:
        ber.bindings(found.response.bindings, 100)


def _scoped(octets: bytes) -> None:
    found, _ = ber.scoped_pdu(octets)
    if found is not None:
        ber.bindings(found.bindings, 100)


def _wire(octets: bytes) -> None:
    wire = snmp_wire.Wire()
    wire.sent(_ANSWER, ("192.0.2.1", 161))
    wire.let_in(octets, ("192.0.2.1", 161))
    wire.odd(("192.0.2.1", 161))


def _pdu(tag: int, fields: bytes, rows: bytes) -> bytes:
    return ber.wrapped(tag, fields + ber.wrapped(ber.SEQUENCE, rows))


_ROW: Final = ber.wrapped(ber.SEQUENCE, bytes.fromhex("06082b06010201010100") + ber.wrapped(ber.OCTETS, b"Linux fw"))
_RESPONSE: Final = _pdu(ber.RESPONSE, bytes.fromhex("02014d020100020100"), _ROW)
_ANSWER: Final = ber.wrapped(ber.SEQUENCE, bytes.fromhex("020101") + ber.wrapped(ber.OCTETS, b"public") + _RESPONSE)
_SCOPED: Final = ber.wrapped(
    ber.SEQUENCE, ber.wrapped(ber.OCTETS, b"engine") + ber.wrapped(ber.OCTETS, b"") + _RESPONSE
)

# ---- what devices print ----


class _Conn:
    """A channel on which a device says what it was told to, a piece at a time, and then hangs up."""

    def __init__(self, octets: bytes) -> None:
        self._left = octets

    def settimeout(self, seconds: float) -> None:
        """It never waits."""

    def sendall(self, octets: bytes) -> None:
        """Whatever the guard lets pass."""

    def recv_ready(self) -> bool:
        return False

    def recv(self, most: int) -> bytes:
        piece, self._left = self._left[:700], self._left[700:]
        return piece


class _Driver(Manners):
    RETURN = "\n"


def _session(octets: bytes) -> None:
    """A whole conversation: the greeting, the prompt, one question."""
    page = VENDORS[octets[0] % len(VENDORS)] if octets else VENDORS[0]
    driver, allowed = _Driver(), Allowed.of(page)
    driver.shell = shell(page.platform)
    driver.guard = Guard(allowed, Secret("enable"), tuple(reply for _, reply in driver.shell.greets))
    driver.channel = Channel(_Conn(octets[1:]), driver.guard)
    driver.find_prompt_within(5)
    with suppress(NotEnabled, Late):
        driver.raise_privilege(Secret("enable"), 5)
    driver.refusal(driver.ask(next(iter(page.commands)).line if page.commands else "exit", 5))


def _terminal(octets: bytes) -> None:
    raw = octets.decode("latin-1")
    text = terminal.render(terminal.decode(raw))
    assert not any(sign < " " and sign not in "\n\t" for sign in text)
    last = terminal.last_line(raw)
    terminal.paused(last)
    if terminal.looks_like_prompt(last):
        terminal.prompt_shape(last)
    terminal.answer(raw, "show version")


def _redacted(octets: bytes) -> None:
    page = VENDORS[octets[0] % len(VENDORS)] if octets else VENDORS[0]
    text = redact.redact(text_of(octets[1:]), page.secrets)
    Transcript("fw").add("ssh", "show run", seconds=0.1, size=len(octets), text=text)


def _recognised(octets: bytes) -> None:
    text = text_of(octets)
    find(Identity(sys_descr=text, sys_object_id="1.3.6.1.4.1.9", greeting=text))
    for page in VENDORS:
        page.recognise_shell(text)


def _tree(octets: bytes) -> None:
    text = text_of(octets)
    for read in (trees.statements, trees.set_lines, trees.braces, trees.routeros, blocks.indented, blocks.fortios):
        read(text)
    trees.ended(text)
    blocks.looks_whole(text)


def _page(page: Vendor) -> Feed:
    """The first octet says which of the page's questions the rest answers."""

    def feed(octets: bytes) -> None:
        row = page.commands[octets[0] % len(page.commands)] if octets else page.commands[0]
        text = text_of(octets[1:])
        told = row.read(text)
        assert isinstance(told, Told)
        assert told.unparsed >= 0
        if row.follow is not None:
            tuple(row.follow(text))

    return feed


def _agent(page: Vendor) -> Feed:
    """Values of any type at the objects that a page asks for, taken from the octets one after the other."""

    def feed(octets: bytes) -> None:
        values = _values(octets)
        for scalars in page.scalars:
            assert isinstance(scalars.read({oid: next(values) for oid in scalars.oids if next(values)}), Told)
        for table in page.tables:
            roots = (*table.roots, *table.more)
            columns = {root: {str(at): next(values) for at in range(3)} if next(values) else {} for root in roots}
            assert isinstance(table.read(columns), Told)

    return feed


def _values(octets: bytes) -> Iterator[Any]:
    at = 0
    while True:
        head = octets[at] if at < len(octets) else 0
        size = head >> 3
        body, at = octets[at + 1 : at + 1 + size], at + 1 + size
        kinds: tuple[Any, ...] = (
            body, int.from_bytes(body or b"\0", "big"), ".".join(map(str, body)) or "0.0", -len(body),
            head, b"", body * 40, body.hex(),
        )  # fmt: skip
        yield kinds[head & 7]


def _seeds_of(page: Vendor) -> Seeds:
    lines = [row.line for row in page.commands]

    def seeds() -> Iterator[bytes]:
        answers = [answer for family in families().values() for answer in family]
        for answer in answers:
            line = answer.name.rpartition(" (")[0]
            if line in lines and answer.read == page.commands[lines.index(line)].read:
                yield bytes((lines.index(line),)) + answer.text[:4000].encode()

    return seeds


def _device_pages() -> Iterator[tuple[str, Target]]:
    for page in VENDORS:
        if page.commands:
            yield f"page.{page.name}", Target(_page(page), (), _seeds_of(page))
        if page.scalars or page.tables:
            yield f"agent.{page.name}", Target(_agent(page))


# ---- files ----


def _beside(path: Path) -> None:
    """`device.toml` in a folder with one answer."""
    (path.parent / "show_clock.txt").write_text("12:00")
    for other in path.parent.iterdir():
        if other.name not in ("show_clock.txt", path.name):
            other.unlink()
    captures.open_capture(path.parent)


def _parts(octets: bytes) -> None:
    """The same octets in the place of each part of a bundle in turn; the others are those of a small one."""
    for name in ("facts.json", "decisions.json", "history.json", "lists.json", "audit.json", "site.json"):
        contents.contents_of({**_GOOD, name: octets}, Path("b.zip"))


_GOOD: Final[Mapping[str, bytes]] = {
    "facts.json": b"[]", "decisions.json": b'{"day": "2026-11-24", "edits": []}', "history.json": b"[]",
    "lists.json": b"[]", "site.toml": b'[site]\nname = "x"\n',
}  # fmt: skip


def _bundle() -> Iterable[bytes]:
    manifest = container.manifest_of(_GOOD, {"version": "1.0"})
    yield container.packed(_GOOD, manifest)


def _saved(octets: bytes) -> None:
    try:
        data = json.loads(octets)
    except RecursionError:
        return
    for read in (codec.device_from_json, codec.audit_from_json):
        try:
            read(data)
        except ValueError:
            continue
    for kind in (Site, Device, Figure):
        try:
            codec.from_plain(kind, data)
        except ValueError:
            continue


def _site_forms(octets: bytes) -> None:
    place, _, text = octets.decode("utf-8", "replace").partition("\n")
    field = siteforms.field_at(place)
    siteforms.changed(_SITE, place, siteforms.value_of(field, text))


_SITE: Final = """[site]
name = "Rennes"
client = "Dupont"
[people]
headcount = 12
eligible = 10
[[device]]
name = "fw"
address = "192.0.2.1"
"""


def _known_hosts(path: Path) -> None:
    HostKeyFile(path, refuse).known("192.0.2.1", 22)


def _vault(octets: bytes) -> None:
    """A file as it is, or, after a "1", a header with a sum that fits: what the sum does not keep away."""
    path, line = scratch() / "vault", octets[1:].replace(b"\n", b" ")
    whole = MAGIC + line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n00\n" + b"x" * 40
    path.write_bytes(whole if octets[:1] == b"1" else octets[1:])
    path.chmod(0o600)
    Vault(path).names()


_SERVICE: Final = codec.to_plain(SipService("sip", "sip.example", 5061, "tls", "answers"))
_ASKED: Final = sip_words.Question("sip.example", "udp", "192.0.2.1:5060", "call-of-ours", "z9hG4bKours")
_REPLIED: Final = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours1;received=198.51.100.7;rport=5060\r\n"
    b"Call-ID: call-of-ours\r\nCSeq: 1 OPTIONS\r\nContent-Length: 3\r\n\r\nabc"
)


def _sip(octets: bytes) -> None:
    """A datagram, and the same as a stream."""
    left = octets
    for _ in range(50):
        whole, left = sip_words.framed(left)
        if whole is None:
            break
        sip_words.reply(whole, _ASKED)
    if (found := sip_words.reply(octets, _ASKED)) is not None:
        sip_words.meddled(_ASKED, found, "192.0.2.1", "198.51.100.1")


def _answers(octets: bytes) -> None:
    number, text = (octets[0] if octets else 0), octets[1:].decode("utf-8", "replace")
    asked = _questions()
    questionnaire.value_of(asked[number % len(asked)], text, {}, TODAY)


@cache
def _questions() -> tuple[questionnaire.Question, ...]:
    return questionnaire.questions(sitefile.parse(_SITE, "site.toml", inputs.is_input), TODAY)


def _words(octets: bytes) -> None:
    """What the pages read out of a line: services, addresses, moments."""
    text = text_of(octets)
    filters.service(text)
    filters.span_of(text)
    filters.addresses(text.split())
    one, _, two = text.partition(" ")
    filters.network(one, two)
    clean.whole(text)
    clean.line(text)
    lists.version(text)
    assert harmless(text)[:1] not in tuple("=+-@")


def _moments(octets: bytes) -> None:
    text = text_of(octets)
    if moments.dated(text):
        moments.span(text, moments.order_of([text]), dt.UTC)


def _svg(octets: bytes) -> None:
    logo.drawable(Logo("l.svg", "svg", octets))


def _pixels(octets: bytes) -> None:
    logo.drawable(Logo("l.png", "png", octets))


def _decoded(parse: Callable[[str], object]) -> Feed:
    return lambda octets: parse(octets.decode("utf-8", "replace"))


TARGETS: Final[Mapping[str, Target]] = {
    "snmp.message": Target(_message, (ber.BerError,), lambda: [_ANSWER]),
    "snmp.scoped": Target(_scoped, (ber.BerError,), lambda: [_SCOPED]),
    "snmp.wire": Target(_wire, (), lambda: [_ANSWER]),
    "ssh.session": Target(
        _session, (Late, Cut, TooLong, Disclaimer),
        lambda: [b"\0Welcome\r\nfw# \r\nfw# \r\nfw# show version\r\nup 3 days\r\n--More--\r\nfw# ",
                 b"\x03\x1b[2Jfw> \x1b[K\r\nfw> \r\nfw> x\r\ny\r\nfw> "],
    ),
    "terminal": Target(_terminal, (), said("show version\r\nup\x08\x08 12\x1b[3D days\r\n--More--\r        \rfw# ")),
    "redact": Target(_redacted, (), recorded("*/*/*.cfg")),
    "recognise": Target(_recognised, (), said("Cisco IOS Software, Version 15.8(3)M", "JunOS", "FortiOS v7.0.14")),
    "trees": Target(_tree, (), recorded("*/*/*.cfg")),
    **dict(_device_pages()),
    "sip": Target(_sip, (ValueError,), lambda: [_REPLIED, _REPLIED * 3]),
    "sip.home": Target(
        lambda octets: homesip.count([("a.json", octets)]), (),
        said(json.dumps({"schema": homesip.SCHEMA, "place": "x", "day": "2026-11-24", "service": _SERVICE})),
    ),
    "capture.snmprec": Target(
        by_file(captures.open_capture, "device.snmprec"), (CaptureError,), recorded("*/*/*.snmprec", 4)
    ),
    "capture.walk": Target(
        by_file(captures.open_capture, "device.walk"), (CaptureError,),
        said('.1.3.6.1.2.1.1.1.0 = STRING: "Linux"\n.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 1A\n'),
    ),
    "capture.text": Target(by_file(captures.open_capture, "show_version.txt"), (CaptureError,)),
    "capture.device": Target(
        by_file(_beside, "device.toml"),
        (CaptureError,),
        said('name = "fw"\nrole = "firewall"\n'),
    ),
    "bundle.file": Target(by_file(container.read, "b.zip"), (BundleError,), _bundle),
    "bundle.parts": Target(_parts, (BundleError,), lambda: [b"[]", b"{}", b'[{"name": "fw"}]']),
    "saved.json": Target(_saved, (ValueError,), said('{"schema": "auditor/device/1", "name": "fw", "readings": []}')),
    "site": Target(
        _decoded(lambda text: sitefile.parse(text, "site.toml", inputs.is_input)), (sitefile.SiteFileError,),
        lambda: [path.read_bytes() for path in sorted((HERE / "sites").glob("*.toml"))[:6]],
    ),
    "site.edit": Target(
        _decoded(lambda text: siteedit.edited(text, siteedit.Change(people={"headcount": 12}))),
        (sitefile.SiteFileError,),
        lambda: [_SITE.encode()],
    ),
    "site.form": Target(_site_forms, (siteforms.FieldError, sitefile.SiteFileError), said("site.name\nRennes")),
    "answers": Target(_answers, (questionnaire.NotAnAnswer,), said("\x012", "\x0212 %", "\x03yes", "\x0410 Mbit/s")),
    "staff": Target(
        lambda octets: people.count(octets, TODAY), (staffcsv.StaffFileError,),
        said("matricule;télétravail;profil\n1;oui;bureautique\n", 'id,eligible\n"a""b",yes\n'),
    ),
    "phones": Target(
        lambda octets: phonelist.count(octets, PhoneList("teams", "cloud")), (staffcsv.StaffFileError,),
        said("Display Name,Line URI,Device\nA,tel:+33,Yealink T46\n"),
    ),
    "graphs": Target(
        lambda octets: graphs.read(octets, graphs.How(dt.UTC)), (graphs.GraphError,),
        said('"Date","In (bit/s)","Out (bit/s)"\n"2026-11-20 10:00","1,5","2"\n"2026-11-20 10:05","3","4"\n'),
    ),
    "inventory.csv": Target(
        by_file(inventory.read, "i.csv"),
        (inventory.InventoryError,),
        said("name;address;role\nfw;192.0.2.1;firewall\n"),
    ),
    "inventory.ini": Target(
        by_file(inventory.read, "hosts"), (inventory.InventoryError,),
        said("[routers]\nr[01:03] ansible_host=192.0.2.1\n[all:vars]\nansible_user=a\n"),
    ),
    "inventory.yaml": Target(
        by_file(inventory.read, "i.yml"), (inventory.InventoryError,),
        said("all:\n  hosts:\n    fw: {ansible_host: 192.0.2.1}\n", "a: &a [x]\nb: *a\n"),
    ),
    "inventory.json": Target(
        by_file(inventory.read, "i.json"), (inventory.InventoryError,),
        said('[{"name": "fw", "primary_ip4": {"address": "192.0.2.1/24"}}]', '{"_meta": {"hostvars": {}}}'),
    ),
    "inventory.nmap": Target(
        by_file(inventory.read, "i.xml"), (inventory.InventoryError,),
        said('<nmaprun><host><address addr="192.0.2.1" addrtype="ipv4"/></host></nmaprun>'),
    ),
    "known_hosts": Target(
        by_file(_known_hosts, "known_hosts"), (Denied,), said("# x\n192.0.2.1 ssh-ed25519 SHA256:" + "A" * 43 + "\n")
    ),
    "vault": Target(
        _vault,
        (VaultError,),
        lambda: [b"0auditor-vault/1\n{}\n00\n00\n", b"1" + _Header(b"s" * 16, b"n" * 12).encode()]
    ),
    "lists": Target(
        _decoded(lambda text: lists.parse(text, TODAY)), (lists.ListError,),
        said('{"schema": "auditor/support/1", "as_of": "2026-11-01", "source": "x", "branches": [], "models": []}',
             '{"dateReleased": "2026-11-01", "vulnerabilities": [{"cveID": "CVE-2024-1"}]}'),
    ),
    "profile": Target(
        _decoded(tailoring.parse),
        (sitefile.SiteFileError,),
        said('by = "A"\non = 2026-11-24\n[weights]\n"VPN-002" = 2\n'),
    ),
    "brand": Target(
        _decoded(lambda text: branding.parse(text, scratch() / "brand.toml")), (sitefile.SiteFileError,),
        said('[consultant]\nname = "A"\n[colours]\nmain = "#123456"\n[cover.text]\nen = "x"\n'),
    ),
    "logo.svg": Target(
        _svg, (logo.LogoError,),
        said(f'<svg xmlns="{SVG}" width="9" height="9"><path d="M0 0L9 9"/><text x="1">a</text></svg>'),
    ),
    "logo.png": Target(_pixels, (logo.LogoError,)),
    "words": Target(_words, (), said("tcp/443", "10.0.0.1-10.0.0.9", "192.0.2.1 255.255.255.0", "v7.0.14 build0601")),
    "moments": Target(_moments, (ValueError,), said("20/11/2026 10:00:00 - 10:05:00", "1795500000")),
    "ranges": Target(
        _decoded(lambda text: ranges.declared(text.split(), ("10.0.0.0/8",))), (ranges.RangeError,),
        said("10.20.0.0/24 10.20.0.1-9"),
    ),
}  # fmt: skip

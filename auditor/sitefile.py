"""The site file: reads a site's TOML into a Site, and says in one line what is wrong with it and where."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import tomllib
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from auditor import tables
from auditor.clean import line as one_line
from auditor.declared.quiet import Hours
from auditor.declared.sets import KINDS as SETS
from auditor.seats import homes
from auditor.site import (
    Application,
    Declared,
    Link,
    People,
    PhoneList,
    Role,
    Server,
    SipAccess,
    Site,
    SnmpAccess,
    SshAccess,
    Target,
    Tunnel,
)
from auditor.tables import TOO_LONG, Bad, Table, kind_of
from auditor.tables import line_of as line_of
from auditor.values import ABSENT, N_, Absent, Message, Value

MAX_BYTES: Final = 4 << 20
PROFILES: Final = ("office", "vdi", "files")
AUTH: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
PRIV: Final = ("des", "aes128", "aes192", "aes256", "aes192c", "aes256c")
_SECRETS: Final = re.compile(r"pass(word|wd|phrase)?|secret|community|token|auth_?key|priv_?key|private_?key|psk", re.I)


class SiteFileError(ValueError):
    """A site file that cannot be used: file, line (0 when unknown), key and reason, as one message."""

    def __init__(self, path: str, line: int, key: str, reason: Message) -> None:
        super().__init__(f"{path}:{line}: {key}: {reason.id}")
        self.path, self.line, self.key, self.reason = path, line, one_line(key)[:TOO_LONG], reason


def read(path: Path, is_input: Callable[[str], bool] = lambda name: True) -> tuple[Site, str]:
    """The site of a file and the file's text; `is_input` tells which names [declared] may hold."""
    text = text_of(path)
    return parse(text, str(path), is_input), text


def text_of(path: Path, most: int = MAX_BYTES) -> str:
    """The text of a file that people write, of at most so many bytes. Raises SiteFileError."""
    try:
        if path.stat().st_size > most:
            raise SiteFileError(str(path), 0, "", Message("site.too_big"))
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SiteFileError(str(path), 0, "", Message("site.not_utf8", {"position": error.start})) from None
    except OSError as error:
        why = error.strerror or "?"
        raise SiteFileError(str(path), 0, "", Message("site.unreadable", {"why": why})) from None


def parse(text: str, name: str = "site.toml", is_input: Callable[[str], bool] = lambda name: True) -> Site:
    """The site of a TOML text; every figure exact. Raises SiteFileError."""
    try:
        data = tomllib.loads(text, parse_float=Fraction)
    except (tomllib.TOMLDecodeError, ValueError) as error:
        found = re.search(r"line (\d+)", str(error))
        reason = Message("site.not_toml", {"why": one_line(str(error))[:TOO_LONG]})
        raise SiteFileError(name, int(found.group(1)) if found else 0, "", reason) from None
    except RecursionError:
        raise SiteFileError(name, 0, "", Message("site.too_deep")) from None
    try:
        _refuse_secrets(data, "")
        return _site(Table(data, ""), is_input)
    except Bad as bad:
        raise SiteFileError(name, line_of(text, bad.key), bad.key, bad.reason) from None


def _refuse_secrets(data: object, path: str) -> None:
    """Refuse any key that names a secret: credentials are always names, resolved elsewhere."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            here = f"{path}.{key}".lstrip(".")
            if _SECRETS.fullmatch(str(key)) and not path.startswith(("declared", "answers")):
                raise Bad(here, "site.secret")
            _refuse_secrets(value, here)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            _refuse_secrets(value, f"{path}[{index}]")


def _site(top: Table, is_input: Callable[[str], bool]) -> Site:
    head = top.table("site", required=True)
    targets = _targets(top.tables("device"))
    plan = top.table("plan")
    site = Site(
        name=head.text("name"),
        client=head.text("client"),
        language=head.word("language", ("en", "fr"), "en"),
        timezone=_timezone(head),
        networks=_networks(head),
        architecture=head.word("architecture", ("site", "hybrid", "cloud"), "site"),
        profile=head.text("profile", ""),
        people=_people(top.table("people", required=True)),
        links=_links(top.tables("link"), {target.name for target in targets}),
        targets=targets,
        tunnel=_tunnel(top.table("tunnel")),
        declared=_declared(top.table("declared"), is_input),
        answers=_declared(top.table("answers"), lambda name: bool(re.fullmatch(r"[A-Z]{3}-\d{3}", name))),
        plan_start=plan.get("start", dt.date, ABSENT),
        plan_ladders=_ladders(plan.table("ladders")),
        servers=(servers := _servers(top.tables("server"), {target.name for target in targets})),
        applications=_applications(top.tables("application"), servers),
        phones=_phones(top.table("phones")),
        sets=_sets(top.table("sets")),
        quiet=_quiet(top.table("audit")),
    )
    for table in (head, plan, top):
        table.end()
    counted = homes.stated(site.declared, site.people.eligible)
    site = replace(site, declared=MappingProxyType({**site.declared, **counted}))
    if not site.name or not site.client:
        raise Bad("site.name" if not site.name else "site.client", "site.empty")
    return site


LADDERS: Final = ("link_bps", "vpn_licences", "vpn_sessions", "vpn_addresses", "vpn_engine_bps")
"""The ladders of the plan that a site may change: the steps its operator, vendor or integrator sells."""


def _ladders(table: Table) -> Mapping[str, tuple[int, ...]]:
    """Each ladder as whole numbers above 0, rising."""
    found: dict[str, tuple[int, ...]] = {}
    for name in LADDERS:
        steps = cast(list[object], table.get(name, list, []))
        if name not in table.data:
            continue
        whole = [step for step in steps if isinstance(step, int) and not isinstance(step, bool) and 0 < step < 10**13]
        if not whole or len(whole) != len(steps) or any(low >= high for low, high in pairwise(whole)):
            raise Bad(table.at(name), "site.ladder")
        found[name] = tuple(whole)
    table.end()
    return MappingProxyType(found)


def _quiet(table: Table) -> str:
    text = table.text("quiet", "")
    table.end()
    if text and Hours.of(text) is None:
        raise Bad("audit.quiet", "site.hours", found=text)
    return text


def _timezone(head: Table) -> str:
    name = head.text("timezone", "UTC")
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise Bad("site.timezone", "site.timezone", found=name) from None
    return name


def _networks(head: Table) -> tuple[str, ...]:
    found = []
    for text in head.strings("networks"):
        try:
            found.append(str(ipaddress.ip_network(text)))
        except ValueError as error:
            raise Bad("site.networks", "site.network", found=text, why=str(error)) from None
    return tuple(found)


def _people(table: Table) -> People:
    headcount, eligible = table.count("headcount"), table.count("eligible")
    assert isinstance(headcount, int)
    assert isinstance(eligible, int)
    if eligible > headcount:
        raise Bad("people.eligible", "site.eligible", eligible=eligible, headcount=headcount)
    concurrency = table.share("concurrency", Fraction(1))
    assert isinstance(concurrency, Fraction)
    shares = table.table("profiles")
    profiles = _profiles(shares)
    people = People(
        headcount=headcount,
        eligible=eligible,
        concurrency=concurrency,
        profiles=MappingProxyType(profiles if shares.data else {"office": Fraction(1)}),
        video_share=table.share("video_share", ABSENT),
        phone_share=table.share("phone_share", ABSENT),
    )
    table.end()
    return people


def _profiles(table: Table) -> dict[str, Fraction]:
    """The mix as exact shares, from shares that sum to 1 or from whole numbers of people."""
    counted = bool(table.data) and all(type(value) is int for value in table.data.values())
    found: dict[str, Fraction] = {}
    for name in PROFILES:
        value = table.count(name, 0) if counted else table.share(name, Fraction(0))
        found[name] = Fraction(cast("int | Fraction", value))
    table.end()
    total = sum(found.values(), Fraction(0))
    if table.data and (not total or (not counted and total != 1)):
        raise Bad("people.profiles", "site.profiles", total=total)
    return {name: share / total for name, share in found.items()} if total else found


def _servers(tables: list[Table], devices: set[str]) -> tuple[Server, ...]:
    servers: list[Server] = []
    for table in tables:
        name, device = table.text("name"), table.text("device", "")
        if device and device not in devices:
            raise Bad(table.at("device"), "site.no_device", found=device)
        memory = table.get("memory_gb", Fraction, ABSENT)
        server = Server(
            name=name,
            role=table.word("role", ("desktops", "files", "database", "applications", "other"), "other"),
            where=table.word("where", ("site", "datacentre"), "site"),
            device=device or (name if name in devices else ""),
            use=table.word("use", ("light", "medium", "heavy", "power"), ""),
            vcpu=table.count("vcpu", ABSENT, 10**6),
            memory_bytes=_bytes(table, memory),
            cpu=table.share("cpu_p95", ABSENT),
            memory=table.share("memory_p95", ABSENT),
            disk_ms=_positive(table, "disk_ms"),
        )
        table.end()
        _name(table, server.name, [other.name for other in servers])
        servers.append(server)
    return tuple(servers)


def _bytes(table: Table, gigabytes: Fraction | Absent) -> int | Absent:
    """Memory as the people who buy it count it: a gigabyte of 2^30 bytes."""
    if isinstance(gigabytes, Absent):
        return ABSENT
    if not 0 < gigabytes <= 10**6:
        raise Bad(table.at("memory_gb"), "site.range", found=gigabytes, top=10**6)
    return int(gigabytes * 2**30)


def _positive(table: Table, key: str) -> Fraction | Absent:
    value = table.get(key, Fraction, ABSENT)
    if not isinstance(value, Absent) and not 0 <= value <= 10**6:
        raise Bad(table.at(key), "site.range", found=value, top=10**6)
    return value


def _applications(tables: list[Table], servers: tuple[Server, ...]) -> tuple[Application, ...]:
    """The applications; one that names its server runs where that stands."""
    places = {server.name: server.where for server in servers}
    found: list[Application] = []
    for table in tables:
        server = table.text("server", "")
        if server and server not in places:
            raise Bad(table.at("server"), "site.no_server", found=server)
        profiles = table.strings("profiles", PROFILES)
        if wrong := next((name for name in profiles if name not in PROFILES), ""):
            raise Bad(table.at("profiles"), "site.word", found=wrong, words=PROFILES)
        application = Application(
            name=table.text("name"),
            where=table.word("where", ("site", "datacentre", "saas"), places.get(server, "site")),
            server=server,
            profiles=profiles,
            down_bps=table.count("down_bps", ABSENT),
            up_bps=table.count("up_bps", ABSENT),
            depends_on=table.strings("depends_on"),
        )
        table.end()
        _name(table, application.name, [other.name for other in found])
        found.append(application)
    _known_needs(tables, found, set(places))
    return tuple(found)


def _known_needs(tables: list[Table], applications: list[Application], servers: set[str]) -> None:
    known = servers | {application.name for application in applications}
    for table, application in zip(tables, applications, strict=True):
        for name in application.depends_on:
            if name not in known or name == application.name:
                raise Bad(table.at("depends_on"), "site.no_need", found=name)


def _links(tables: list[Table], devices: set[str]) -> tuple[Link, ...]:
    links: list[Link] = []
    for table in tables:
        device = table.text("device", "")
        if device and device not in devices:
            raise Bad(table.at("device"), "site.no_device", found=device)
        link = Link(
            name=table.text("name"),
            device=device,
            interface=table.text("interface", ""),
            use=table.word("use", ("active", "backup"), "active"),
            carries=table.strings("carries", ("vpn", "internet")),
            medium=table.text("medium", ""),
            committed_down_bps=table.count("committed_down_bps", ABSENT),
            committed_up_bps=table.count("committed_up_bps", ABSENT),
            repair_hours=table.count("repair_hours", ABSENT),
        )
        table.end()
        _name(table, link.name, [other.name for other in links])
        links.append(link)
    return tuple(links)


def _targets(tables: list[Table]) -> tuple[Target, ...]:
    targets: list[Target] = []
    for table in tables:
        target = Target(
            name=table.text("name"),
            address=table.text("address"),
            role=Role(table.word("role", tuple(Role), "other")),
            platform=table.text("platform", ""),
            pair=table.text("pair", ""),
            snmp=_snmp(table.table("snmp")) if "snmp" in table.data else None,
            ssh=_ssh(table.table("ssh")) if "ssh" in table.data else None,
            sip=_sip(table.table("sip")) if "sip" in table.data else None,
        )
        table.taken |= {"snmp", "ssh", "sip"}
        table.end()
        _name(table, target.name, [other.name for other in targets])
        if not re.fullmatch(r"[A-Za-z0-9._:%-]{1,255}", target.address):
            raise Bad(table.at("address"), "site.address", found=target.address)
        targets.append(target)
    return tuple(targets)


def _name(table: Table, name: str, taken: Sequence[str]) -> None:
    """A name is used in keys, file names and reports: short and plain, and once only."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", name):
        raise Bad(table.at("name"), "site.name", found=name)
    if name in taken:
        raise Bad(table.at("name"), "site.twice", found=name)


def _snmp(table: Table) -> SnmpAccess:
    version = table.word("version", ("1", "2c", "3"))
    access = SnmpAccess(
        version=version,
        credential=table.text("credential", "" if version == "3" else None),
        port=_port(table, 161),
        user=table.text("user", None if version == "3" else ""),
        auth=table.word("auth", AUTH, ""),
        priv=table.word("priv", PRIV, ""),
    )
    table.end()
    if access.priv and not access.auth:
        raise Bad(table.at("priv"), "site.priv_without_auth")
    if access.auth and not access.credential:
        raise Bad(table.at("credential"), "site.missing")
    return access


def _ssh(table: Table) -> SshAccess:
    agent = bool(table.get("agent", bool, False))
    access = SshAccess(
        user=table.text("user"),
        credential=table.text("credential", "" if agent else None),
        port=_port(table, 22),
        enable=table.text("enable", ""),
        legacy=bool(table.get("legacy", bool, False)),
        agent=agent,
        key=table.text("key", None if agent else ""),
    )
    table.end()
    return access


def _sip(table: Table) -> SipAccess:
    """How a telephone service is asked; on 443, which speaks no SIP, connections alone are counted."""
    transport = table.word("transport", ("udp", "tcp", "tls"), "tls")
    port = _port(table, 5061 if transport == "tls" else 5060)
    questions = table.count("questions", 0 if port == 443 else 20, MOST_QUESTIONS)
    assert isinstance(questions, int)
    table.end()
    if transport == "udp" and not questions:
        raise Bad(table.at("questions"), "site.no_question")
    return SipAccess(transport, port, questions)


MOST_QUESTIONS: Final = 60
"""A minute of questions, one a second."""


def _port(table: Table, default: int) -> int:
    port = table.count("port", default, 65535)
    assert isinstance(port, int)
    return port


PHONE_FIELDS: Final = (
    "person", "number", "licence", "softphone", "device", "outside", "address", "forward", "active",
)  # fmt: skip
"""What a column of an export of telephone users may say."""


def _phones(table: Table) -> tuple[PhoneList, ...]:
    """The exports of telephone services, by the name of the service."""
    found: list[PhoneList] = []
    for name in table.data:
        row = table.table(name)
        _name(row, name, [other.name for other in found])
        columns = row.table("columns")
        one = PhoneList(
            name=name,
            where=row.word("where", ("cloud", "site")),
            file=row.text("file", ""),
            columns=MappingProxyType({field: columns.text(field) for field in PHONE_FIELDS if field in columns.data}),
            licences=row.strings("licences"),
        )
        columns.taken |= set(PHONE_FIELDS)
        columns.end()
        row.end()
        found.append(one)
    return tuple(found)


def _sets(table: Table) -> Mapping[str, tuple[str, ...]]:
    """Words of user agents and models, by the kind of set they show."""
    found = {kind: table.strings(kind) for kind in SETS if kind in table.data}
    for kind, words in found.items():
        if any(not word.replace("*", "").strip() for word in words):
            raise Bad(table.at(kind), "site.set_word")
    table.taken |= set(SETS)
    table.end()
    return MappingProxyType(found)


def _tunnel(table: Table) -> Tunnel:
    tunnel = Tunnel(
        mode=table.word("mode", ("full", "selective", "split"), ""),
        bypass=table.strings("bypass"),
        ends=table.word("ends", ("site", "datacentre"), "site"),
    )
    table.end()
    return tunnel


def _declared(table: Table, known: Callable[[str], bool]) -> Mapping[str, Declared]:
    """Each entry is a table with value, by, on, document, or the bare value."""
    found: dict[str, Declared] = {}
    for name, entry in table.data.items():
        path = f"{table.path}.{name}"
        if not known(name):
            raise Bad(path, "site.no_input")
        row = Table(entry if isinstance(entry, dict) else {"value": entry}, path)
        found[name] = Declared(
            value=_value(row, path),
            by=row.text("by", ""),
            on=row.get("on", dt.date, ABSENT),
            document=row.text("document", ""),
        )
        row.end()
    return MappingProxyType(found)


def _value(row: Table, path: str) -> Value:
    value: object = row.get("value", object)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(one_line(item) for item in value)
    if isinstance(value, str):
        return row.text("value")
    if isinstance(value, bool | int | Fraction | dt.date):
        return value
    raise Bad(path, "site.kind", wanted="a number", found=kind_of(value))


SENTENCES: Mapping[str, str] = {
    **tables.SENTENCES,
    "site.at": N_("{file}, line {line:raw}, {key}: {reason}"),
    "site.at_file": N_("{file}: {reason}"),
    "site.at_key": N_("{file}, {key}: {reason}"),
    "site.unreadable": N_("the file cannot be read ({why})."),
    "site.not_utf8": N_("the file is not UTF-8 text (byte {position:raw})."),
    "site.too_big": N_("the file is larger than 4 MB: is it a site file?"),
    "site.no_question": N_("without a question nothing is heard over UDP: write how many (1 to 60), or tcp or tls."),
    "site.too_deep": N_("the file nests too deeply."),
    "site.not_toml": N_("this is not valid TOML ({why})."),
    "site.secret": N_("a secret must not stand in the site file; give the name of a credential instead."),
    "site.timezone": N_("“{found}” is not a time zone such as Europe/Paris."),
    "site.network": N_("“{found}” is not a network such as 10.20.0.0/16 ({why})."),
    "site.eligible": N_("{eligible} eligible people out of {headcount} is not possible."),
    "site.profiles": N_("the shares of the profiles must sum to 1, not {total:2}."),
    "site.no_server": N_("no server of this file is called “{found}”."),
    "site.no_need": N_("no other application or server of this file is called “{found}”."),
    "site.no_device": N_("no device of this file is called “{found}”."),
    "site.name": N_("“{found}” is not a usable name: letters, digits, dot, dash and underscore only."),
    "site.empty": N_("this name is empty."),
    "site.set_word": N_("a word of a user agent or model is expected, with “*” for anything beside it."),
    "site.twice": N_("the name “{found}” is used twice."),
    "site.address": N_("“{found}” is not an IP address or a host name."),
    "site.priv_without_auth": N_("SNMPv3 privacy needs authentication: give auth as well."),
    "site.no_input": N_("no input of the model has this name (docs/inputs.md lists them)."),
}

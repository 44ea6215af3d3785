"""Lists of devices that people already have: nmap, CSV, Ansible, Nornir, NetBox and LibreNMS exports, as entries.

A list says where devices are and what they may be; secrets in it are never taken, and what is encrypted is refused.
"""

from __future__ import annotations

import csv
import ipaddress
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from auditor.clean import line as one_line
from auditor.collectors.vendors import called
from auditor.site import Role, SnmpAccess, SshAccess
from auditor.values import N_, Message, Value

MOST_OCTETS: Final = 16 << 20
MOST_HOSTS: Final = 4096
SNMP_CREDENTIAL, SSH_CREDENTIAL = "snmp-main", "ssh-main"

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?")
_SECRET: Final = re.compile(r"pass(word|wd|phrase)?$|secret|community|token|private_key|auth_?pass|crypto_?pass", re.I)
_WORDS: Final[tuple[tuple[Role, re.Pattern[str]], ...]] = tuple(
    (role, re.compile(rf"(^|[^a-z])({words})s?([^a-z]|$)"))
    for role, words in (
        (Role.UPS, "ups|onduleur|power"),
        (Role.SBC, "sbc|session border controller"),
        (Role.PBX, "i?pbx|voip|voice|telephony|telephonie|call manager|phone system"),
        (Role.VPN, "vpn|vpn gateway|remote access"),
        (Role.FIREWALL, "firewall|fw|pare-?feu|utm"),
        (Role.ROUTER, "router|routeur|rtr|cpe|wan|edge|wan edge"),
        (Role.SERVER, "server|serveur|srv|hypervisor|linux|windows"),
    )
)


class InventoryError(ValueError):
    """A list that cannot be used; `message` says what and where."""

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id)
        self.message = Message(id, values)


@dataclass(frozen=True, slots=True)
class Entry:
    """A device of a list: a plain name, an address, and what else the list says; "" and None where it does not."""

    name: str
    address: str
    role: Role = Role.OTHER
    platform: str = ""
    snmp: SnmpAccess | None = None
    ssh: SshAccess | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a list held: the tool it is from, its devices, and what was left out and why."""

    kind: str
    entries: tuple[Entry, ...]
    left_out: tuple[Message, ...] = ()


@dataclass
class Gathering:
    """Entries as they are found: names made plain and unique, addresses checked, reasons kept."""

    entries: dict[str, Entry] = field(default_factory=dict)
    left_out: list[Message] = field(default_factory=list)
    _addresses: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        name: str,
        address: str,
        *,
        words: Iterable[str] = (),
        platforms: Iterable[str] = (),
        snmp: SnmpAccess | None = None,
        ssh: SshAccess | None = None,
    ) -> None:
        """Keep one device: `words` may tell its role, `platforms` what it runs."""
        shown, place = one_line(name or address)[:80], clean_address(address)
        if not place:
            self.leave("inventory.no_address", name=shown)
            return
        if place in self._addresses:
            self.leave("inventory.twice", name=shown, other=self._addresses[place])
            return
        if len(self.entries) >= MOST_HOSTS:
            raise InventoryError("inventory.too_many", limit=MOST_HOSTS)
        plain = self._unique(plain_name(name) or plain_name(place))
        platform = next(filter(None, map(called, platforms)), "")
        self._addresses[place] = plain
        self.entries[plain] = Entry(plain, place, role_of([*words, *platforms, name]), platform, snmp, ssh)

    def leave(self, id: str, **values: Value) -> None:
        """Note what was left out, each reason once."""
        message = Message(id, values)
        if message not in self.left_out:
            self.left_out.append(message)

    def secrets(self, name: str, keys: Iterable[str]) -> None:
        """Say once which fields of a device hold secrets, and are not taken."""
        if found := tuple(sorted({one_line(key)[:40] for key in keys if _SECRET.search(key)})):
            self.leave("inventory.secret", name=one_line(name)[:80], fields=found)

    def _unique(self, name: str) -> str:
        if name not in self.entries:
            return name
        return next(
            found for n in range(2, MOST_HOSTS + 2) if (found := f"{name[:57]}-{n}") not in self.entries
        )  # fmt: skip

    def done(self, kind: str) -> Inventory:
        if not self.entries and not self.left_out:
            raise InventoryError("inventory.empty", kind=kind)
        return Inventory(kind, tuple(self.entries.values()), tuple(self.left_out))


# ---- names, addresses, roles ----


def clean_address(text: str) -> str:
    """An IP address without its mask, or a host name; "" for neither."""
    text = text.strip().strip("[]")
    try:
        return str(ipaddress.ip_interface(text).ip)
    except ValueError:
        return text if _HOST.fullmatch(text) and not re.fullmatch(r"[\d.]+", text) else ""


def plain_name(text: str) -> str:
    """A name as site files take them, made of this one; "" where nothing is left of it."""
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_).strip("-._")[:63]
    return plain if _NAME.fullmatch(plain) else ""


def role_of(words: Iterable[str]) -> Role:
    """What a device does for the site, by the words others use for it; the first that says so."""
    for word in words:
        plain = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))
        for role, pattern in _WORDS:
            if pattern.search(plain.replace("_", " ")):
                return role
    return Role.OTHER


def port_of(text: str, default: int) -> int:
    """A port, the default where there is none; raises InventoryError for anything else."""
    if not text:
        return default
    if not re.fullmatch(r"\d{1,5}", text) or not 1 <= int(text) <= 65535:
        raise InventoryError("inventory.port", value=one_line(text)[:40])
    return int(text)


def ssh_of(user: str, port: str) -> SshAccess | None:
    """SSH access for a user, with the name of a credential to fill in."""
    plain = one_line(user)[:64]
    return SshAccess(plain, SSH_CREDENTIAL, port_of(port, 22)) if plain else None


def snmp_of(version: str, user: str, port: str, auth: str = "", priv: str = "") -> SnmpAccess | None:
    """SNMP access of a version, with the name of a credential to fill in; None where the list does not say one."""
    plain = version.lower().removeprefix("v")
    if plain in ("1", "2c", "2"):
        return SnmpAccess("1" if plain == "1" else "2c", SNMP_CREDENTIAL, port_of(port, 161))
    if plain == "3" and user:
        return SnmpAccess("3", SNMP_CREDENTIAL, port_of(port, 161), one_line(user)[:64], auth, priv)
    return None


# ---- reading ----


def read(path: Path) -> Inventory:
    """The devices of a list of any known kind; raises InventoryError."""
    octets = _octets(path)
    text = _decoded(octets)
    start = text.lstrip()
    if start.startswith("$ANSIBLE_VAULT"):
        raise InventoryError("inventory.vault_file", line=1)
    if start.startswith("<"):
        from auditor.collectors.inventory_nmap import nmap

        return nmap(octets)
    if re.match(r"\{|\[\s*[\[{\"\]]", start):
        return _json(text)
    if path.suffix.lower() in (".yml", ".yaml") or start.startswith("---"):
        from auditor.collectors.inventory_yaml import hosts_yaml

        return hosts_yaml(text, path.parent)
    if re.search(r"^\[[\w.:-]+\]\s*([#;].*)?$", text, re.M):
        from auditor.collectors.inventory_ansible import ini

        return ini(text, path.parent)
    return _table(text)


def _octets(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            octets = stream.read(MOST_OCTETS + 1)
    except OSError as error:
        raise InventoryError("inventory.unreadable", why=error.strerror or "?") from None
    if len(octets) > MOST_OCTETS:
        raise InventoryError("inventory.too_big", size=MOST_OCTETS >> 20)
    return octets


def _decoded(octets: bytes) -> str:
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return octets.decode("utf-16", errors="replace")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", errors="replace")


# ---- tables ----

_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "hostname", "host", "device", "sysname", "nom", "equipement", "dns name"),
    "address": ("address", "ip", "ip address", "primary ip", "primary ip4", "primary ipv4", "ipv4", "mgmt ip",
                "management ip", "management address", "adresse", "adresse ip", "ansible host", "fqdn"),
    "role": ("role", "device role", "function", "fonction", "group", "groupe", "category"),
    "platform": ("platform", "os", "network os", "plateforme", "systeme", "device type", "netmiko type"),
    "type": ("type", "model", "hardware", "modele", "materiel", "manufacturer", "vendor"),
    "status": ("status", "statut", "state"),
    "user": ("user", "username", "ssh user", "login", "utilisateur"),
    "port": ("port", "ssh port"),
    "snmp": ("snmp", "snmp version", "snmpver"),
    "snmp user": ("snmp user", "authname"),
    "snmp port": ("snmp port",),
}  # fmt: skip
_GONE: Final = ("offline", "decommissioning", "decommissioned", "planned", "inventory", "failed", "retired")


def _table(text: str) -> Inventory:
    """A delimited table with a heading."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    mark = max(";\t,|", key=first.count)
    try:
        rows = [(number, cells) for number, cells in enumerate(csv.reader(lines, delimiter=mark), 1) if any(cells)]
    except csv.Error as error:
        raise InventoryError("inventory.not_a_table", why=one_line(str(error))[:120]) from None
    heading = rows[0][1] if rows else []
    columns = _heading(heading)
    if "address" not in columns and "name" not in columns:
        raise InventoryError("inventory.columns", found=tuple(one_line(cell)[:40] for cell in heading[:6]))
    found = Gathering()
    for _, cells in rows[1:]:
        row = {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}
        found.secrets(row.get("name", ""), (name for name, cell in zip(heading, cells, strict=False) if cell))
        _row(found, row)
    return found.done("csv")


def _heading(cells: Sequence[str]) -> dict[str, int]:
    """Which column is which, by the names people give them."""
    plain = []
    for cell in cells:
        ascii_ = unicodedata.normalize("NFKD", cell).encode("ascii", "ignore").decode()
        plain.append(" ".join(re.sub(r"[_\s./-]+", " ", ascii_).lower().split()))
    found: dict[str, int] = {}
    for name, spellings in _COLUMNS.items():
        for spelling in spellings:
            if spelling in plain and plain.index(spelling) not in found.values():
                found[name] = plain.index(spelling)
                break
    return found


def _row(found: Gathering, row: Mapping[str, str]) -> None:
    name = row.get("name", "")
    if row.get("status", "").lower() in _GONE:
        found.leave("inventory.gone", name=one_line(name)[:80], status=one_line(row["status"])[:40])
        return
    found.add(
        name,
        row.get("address", "") or name,
        words=(row.get("role", ""), row.get("type", "")),
        platforms=(row.get("platform", ""),),
        ssh=ssh_of(row.get("user", ""), row.get("port", "")),
        snmp=snmp_of(row.get("snmp", ""), row.get("snmp user", ""), row.get("snmp port", "")),
    )


# ---- JSON ----


def _json(text: str) -> Inventory:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InventoryError("inventory.not_json", why=one_line(str(error))[:120]) from None
    if isinstance(data, dict):
        for key, kind, reader in _SHAPES:
            rows = data.get(key)
            if isinstance(rows, list):
                return _listed(kind, rows, reader)
        if isinstance(data.get("_meta"), dict):
            from auditor.collectors.inventory_ansible import listed

            return listed(data)
    elif isinstance(data, list):
        return _listed("netbox", data, _netbox)
    raise InventoryError("inventory.shape")


def _listed(kind: str, rows: Sequence[Any], reader: Callable[[Gathering, Mapping[str, Any]], None]) -> Inventory:
    found = Gathering()
    for row in rows:
        if not isinstance(row, dict):
            raise InventoryError("inventory.shape")
        found.secrets(_text(row, "name", "sysName", "hostname"), (key for key, value in row.items() if value))
        reader(found, row)
    return found.done(kind)


def _text(row: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that holds a text or number; of a record, its slug, value, address or name."""
    for name in names:
        value = row.get(name)
        if isinstance(value, dict):
            value = next((value[key] for key in ("address", "slug", "value", "name") if value.get(key)), "")
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def _netbox(found: Gathering, row: Mapping[str, Any]) -> None:
    """A device of NetBox's API or export (`/api/dcim/devices/`)."""
    name, status = _text(row, "name", "display"), _text(row, "status")
    if status.lower() in _GONE:
        found.leave("inventory.gone", name=one_line(name)[:80], status=one_line(status)[:40])
        return
    found.add(
        name,
        _text(row, "primary_ip4", "primary_ip", "primary_ip6", "oob_ip"),
        words=(_text(row, "role", "device_role"), _text(row, "device_type")),
        platforms=(_text(row, "platform"),),
    )


def _librenms(found: Gathering, row: Mapping[str, Any]) -> None:
    """A device of LibreNMS's API (`/api/v0/devices`); its community stays where it is."""
    name = _text(row, "sysName", "hostname")
    if _text(row, "disabled") == "1":
        found.leave("inventory.gone", name=one_line(name)[:80], status="disabled")
        return
    found.add(
        name,
        _text(row, "ip", "overwrite_ip", "hostname"),
        words=(_text(row, "type"), _text(row, "purpose")),
        platforms=(_text(row, "os"),),
        snmp=snmp_of(
            _text(row, "snmpver"), _text(row, "authname"), _text(row, "port"),
            _algorithm(_text(row, "authalgo"), ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")),
            _algorithm(_text(row, "cryptoalgo"), ("des", "aes128", "aes192", "aes256", "aes192c", "aes256c")),
        ),
    )  # fmt: skip


def _algorithm(text: str, known: Sequence[str]) -> str:
    """LibreNMS's name of an algorithm in ours: SHA-256, AES, AES-256-C."""
    plain = re.sub(r"[^a-z0-9]", "", text.lower())
    plain = {"sha": "sha1", "aes": "aes128"}.get(plain, plain)
    return plain if plain in known else ""


def _found(found: Gathering, row: Mapping[str, Any]) -> None:
    """A device of our own discovery."""
    access = row.get("snmp") if isinstance(row.get("snmp"), dict) else {}
    assert isinstance(access, dict)
    snmp = snmp_of(*(_text(access, key) for key in ("version", "user", "port", "auth", "priv")))
    if snmp and (named := _text(access, "credential")):
        snmp = replace(snmp, credential=plain_name(named) or SNMP_CREDENTIAL)
    words = (_text(row, "role"), _text(row, "description"))
    found.add(_text(row, "name"), _text(row, "address"), words=words, platforms=(_text(row, "platform"),), snmp=snmp)


_SHAPES: Final[tuple[tuple[str, str, Callable[[Gathering, Mapping[str, Any]], None]], ...]] = (
    ("results", "netbox", _netbox),
    ("devices", "librenms", _librenms),
    ("found", "discovery", _found),
)

SENTENCES: Mapping[str, str] = {
    "inventory.unreadable": N_("the list cannot be read ({why})."),
    "inventory.too_big": N_("the list is larger than {size} MB."),
    "inventory.too_many": N_("the list has more than {limit} devices."),
    "inventory.empty": N_("the list ({kind}) names no device."),
    "inventory.not_a_table": N_("this is neither a known list nor a table of delimited columns ({why})."),
    "inventory.columns": N_("no column holds a name or an address; the first row is {found:list}."),
    "inventory.not_json": N_("this is not valid JSON ({why})."),
    "inventory.not_yaml": N_("line {line:raw}: this is not valid YAML ({why})."),
    "inventory.not_xml": N_("line {line:raw}: this is not valid XML ({why})."),
    "inventory.not_ini": N_("line {line:raw}: “{found}” is no host, group or variable of an inventory."),
    "inventory.shape": N_("this is no list of devices of a known tool."),
    "inventory.not_nmap": N_("this XML is not what nmap writes (-oX)."),
    "inventory.entities": N_("line {line:raw}: the XML declares entities, which no scan needs; it was not read."),
    "inventory.vault_file": N_("line {line:raw}: the file is encrypted by ansible-vault; no secret is ever imported."),
    "inventory.vault": N_(
        "line {line:raw}: an encrypted string (ansible-vault); no secret is ever imported: take it out of the copy you"
        " import."
    ),
    "inventory.port": N_("“{value}” is no port."),
    "inventory.no_address": N_("{name} has no usable address."),
    "inventory.twice": N_("{name} has the address of {other}."),
    "inventory.gone": N_("{name} is {status}."),
    "inventory.closed": N_("{name} was down when it was scanned."),
    "inventory.local": N_("{name} is the machine of the list itself."),
    "inventory.secret": N_("{name}: secrets are not taken from a list ({fields:list})."),
    "inventory.side_vault": N_("{name} is encrypted; it was not read."),
}

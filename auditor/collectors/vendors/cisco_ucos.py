"""Cisco Unified Communications Manager: registered sets by kind and address, trunks, calls; over SNMP and its shell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import exchange, standard
from auditor.collectors.vendors.page import Columns, Command, Identity, Scalars, Table, Told, Vendor, unread
from auditor.collectors.vendors.trees import ended
from auditor.collectors.vendors.values import number, text
from auditor.declared.sets import UNKNOWN, kind
from auditor.facts import Endpoint, Licence, Trunk
from auditor.model import Key
from auditor.values import ABSENT

CCM: Final = "1.3.6.1.4.1.9.9.156.1.5."  # CISCO-CCM-MIB, ccmGlobalInfo
REGISTERED, UNREGISTERED, REJECTED, PARTLY, VERSION = (f"{CCM}{n}.0" for n in (5, 6, 7, 31, 29))
PACKAGES: Final = "1.3.6.1.2.1.54.1.1.1.1.4"  # sysApplInstallPkgVersion
PRODUCT: Final = "1.3.6.1.4.1.9.1.1348"  # every UC appliance on a virtual machine

_BY_NAME: Final = {
    # how the manager itself begins the names of devices of a kind
    "CSF": "Cisco Client Services Framework",
    "TCT": "Cisco Dual Mode for iPhone",
    "BOT": "Cisco Dual Mode for Android",
    "TAB": "Cisco Jabber for Tablet",
    "ATA": "Cisco ATA",
    "VGC": "Cisco VG analog",
    "AN": "Cisco VG analog",
}
_MODELS: Final = {"30016": "Cisco IP Communicator", "503": "Cisco Client Services Framework"}  # typemodel.enum


def _manager(values: Mapping[Oid, SnmpValue]) -> Told:
    """The counts of this node: all sets it knows are registered, unregistered, rejected or partly registered."""
    here, *rest = (number(values.get(oid, ABSENT)) for oid in (REGISTERED, UNREGISTERED, REJECTED, PARTLY))
    found: dict[Key[Any], Any] = {facts.IDENTITY_VENDOR: "Cisco", facts.IDENTITY_PLATFORM: "cisco_ucos"}
    if text(values.get(standard.SYS_OBJECT_ID, ABSENT)) == PRODUCT:
        found[facts.IDENTITY_MODEL] = "Cisco UC VM"  # ciscoUCVirtualMachine, CISCO-PRODUCTS-MIB
    if said := text(values.get(VERSION, ABSENT)):
        found[facts.IDENTITY_OS_VERSION] = said
    others = [one for one in rest if isinstance(one, int)]
    if isinstance(here, int) and here >= 0 and all(one >= 0 for one in others):
        found[facts.TELEPHONY_ENDPOINTS_REGISTERED] = here
        if isinstance(rest[0], int):
            found[facts.TELEPHONY_ENDPOINTS_TOTAL] = here + sum(others)
    return Told(found)


def _packages(columns: Columns) -> Told:
    """The version of the operating system's own package, or that of the application where it is not named.

    Packages of one release have one version: 11.5.1.15900-18.
    """
    said = [text(value) for value in columns.get(PACKAGES, {}).values()]
    full = [one for one in said if re.fullmatch(r"\d+\.\d+\.\d+\.\d+-\d+", one)]
    return Told({facts.IDENTITY_OS_VERSION: max(full, key=full.count)} if full else {})


def version(output: str) -> Told:
    """`show version active`."""
    match = re.search(r"(?mi)^Active Master Version:\s*(\S+)", output)
    return Told({facts.IDENTITY_OS_VERSION: match.group(1)}) if match else unread(output)


def status(output: str) -> Told:
    """`show status`: the name of the node and how busy it is."""
    found: dict[Key[Any], Any] = {}
    if match := re.search(r"(?mi)^Host Name\s*:\s*([\w.-]+)", output):
        found[facts.IDENTITY_NAME] = match.group(1)
    if match := re.search(r"(?mi)^CPU Idle:\s*([\d.]+)%", output):
        found[facts.SYSTEM_CPU] = round(max(0.0, 100 - float(match.group(1))), 1)
    return Told(found) if found else unread(output)


# ---- sets ----


def phones(output: str) -> Told:
    """`show risdb query phone`: every set that the manager has seen; columns by their heading."""
    heading = re.search(r"(?mi)^\s*DeviceName\s*,.*$", output)
    summary = re.search(r"(?mi)^#?TotalPhones\s*,\s*#?TotalRegistered.*\n\s*(\d+)\s*,\s*(\d+)", output)
    if heading is None:
        return unread(output)
    names = [name.strip().casefold() for name in heading[0].split(",")]
    rows = [_cells(row, len(names)) for row in output[heading.end() :].splitlines() if row.count(",") >= 5]
    sets = [one for row in rows if (one := _phone(dict(zip(names, row, strict=False)))) is not None]
    broken = len(rows) - len(sets)
    if summary is None or int(summary.group(1)) != len(sets):
        return Told(
            {facts.TELEPHONY_ENDPOINTS: tuple(sets)} if sets and not broken and not summary else {}, broken or 1
        )
    return Told(exchange.counted(sets), broken)


def _cells(row: str, wanted: int) -> list[str]:
    """The cells of a row; commas that belong to the description, the second, are put back."""
    cells = [cell.strip() for cell in row.split(",")]
    extra = max(0, len(cells) - wanted)
    return [cells[0], ",".join(cells[1 : 2 + extra]), *cells[2 + extra :]]


def _phone(row: Mapping[str, str]) -> Endpoint | None:
    name, state = row.get("devicename", ""), row.get("regstatus", "").casefold()
    if not re.fullmatch(r"[A-Za-z][\w.-]{2,}", name) or not state:
        return None
    model = row.get("devicemodel", row.get("model", ""))
    said = _MODELS.get(model) or next((word for start, word in _BY_NAME.items() if name.startswith(start)), "")
    said = said or (line(f"Cisco IP Phone {model}") if name.startswith("SEP") else "")
    address = row.get("ipaddr", "")
    return Endpoint(
        id=name,
        kind=kind(said) if said else UNKNOWN,
        user_agent=said or ABSENT,
        registered=state in ("reg", "registered", "partreg"),
        address=address if re.fullmatch(r"[1-9][\d.]+", address) else ABSENT,
    )


def by_model(output: str) -> Told:
    """`run sql … group by tm.name`: sets configured by model; softphones assigned are those of softphone models."""
    rows = re.findall(r"(?m)^(\S.*?)\s+(\d+)\s*$", output.partition("===")[2])
    if not rows:
        return Told() if "No records" in output else unread(output)
    soft = sum(int(count) for name, count in rows if kind(name) == "softphone")
    if not soft and not ended(output):
        return unread(output)
    return Told({facts.TELEPHONY_SOFTPHONES_ASSIGNED: soft})


def total(output: str) -> Told:
    """`run sql select count(*) …`: sets configured."""
    match = re.search(r"(?m)^=+\s*\n\s*(\d+)\s*$", output)
    return Told({facts.TELEPHONY_ENDPOINTS_TOTAL: int(match.group(1))}) if match else unread(output)


# ---- licences ----

_USE: Final = re.compile(r"(?m)^\s*(\S.*?\S)\s+\(?([A-Za-z]\w*(?:[.,-]\w+)*)\)?\s+(\d+)\s+([A-Z][A-Za-z ]*\S)\s*$")


def licences(output: str) -> Told:
    """`show license summary`, from release 12: what is used of each licence, and whether it complies.

    Smart licensing counts use alone: how many were bought stands in the customer's account at the vendor.
    """
    _, usage, rest = output.partition("License Usage")
    if not usage:
        absent = re.search(
            r"(?i)invalid|unrecognized|not (?:enabled|supported)|no such|executed command unsuccessful", output
        )
        return Told() if absent else unread(output)
    rows = _USE.findall(rest)
    if not rows:
        none = re.search(r"(?i)no licenses? in use", rest)
        return Told({facts.SYSTEM_LICENCES: ()}) if none else unread(rest)
    found = tuple(Licence(line(name), line(state), used=int(count)) for name, _, count, state in rows)
    return Told({facts.SYSTEM_LICENCES: found})


# ---- calls and trunks ----


def performance(output: str) -> Told:
    """`show perf query class "Cisco CallManager"`: calls now, and the sets that this node registers."""
    said = {name: int(value) for name, value in re.findall(r"(?m)([A-Za-z]\w+)\s*(?:=|->)\s*(\d+)\s*$", output)}
    if "CallsActive" not in said:
        return unread(output)
    found: dict[Key[Any], Any] = {facts.TELEPHONY_CALLS_NOW: said["CallsActive"]}
    if "RegisteredHardwarePhones" in said:
        others = said.get("RegisteredOtherStationDevices", 0)
        found[facts.TELEPHONY_ENDPOINTS_REGISTERED] = said["RegisteredHardwarePhones"] + others
    return Told(found)


def trunks(output: str) -> Told:
    """`run sql select name from device where tkmodel=131`: SIP trunks by name."""
    _, ruled, rest = output.partition("===")
    if not ruled:
        return Told() if "No records" in output else unread(output)
    names = [line(row) for row in rest.splitlines() if re.match(r"\w", row.strip())]
    return Told({facts.TELEPHONY_TRUNKS: tuple(Trunk(name.strip(), "sip") for name in names)} if names else {})


_DEVICES: Final = (r"(^(?!\s*(?:DeviceName\b|#|\d)))([^,\n]+(?:,[^,\n]*){5,})",)
_NUMBERED: Final = (r"(^\S*?)(\+?\d{6,}\S*)",)
"""A trunk named after the number it carries."""
BY_MODEL: Final = (
    "run sql select tm.name, count(*) from device d join typemodel tm on d.tkmodel=tm.enum"
    " where d.tkclass=1 group by tm.name"
)

UCOS = Vendor(
    name="cisco",
    platform="cisco_ucos",
    recognise=lambda identity: _is_manager(identity),
    scalars=(
        standard.SYSTEM,
        Scalars(
            (standard.SYS_OBJECT_ID, REGISTERED, UNREGISTERED, REJECTED, PARTLY, VERSION),
            (facts.TELEPHONY_ENDPOINTS_REGISTERED, facts.TELEPHONY_ENDPOINTS_TOTAL),
            _manager,
        ),
    ),
    tables=(standard.INTERFACES, standard.HOST, Table((PACKAGES,), (facts.IDENTITY_OS_VERSION,), _packages)),
    commands=(
        Command("show version active", (facts.IDENTITY_OS_VERSION,), version, seconds=60),
        Command("show status", (), status, seconds=60),
        Command("run sql select count(*) from device where tkclass=1", (), total, seconds=90),
        Command(BY_MODEL, (facts.TELEPHONY_SOFTPHONES_ASSIGNED,), by_model, seconds=90),
        Command("show risdb query phone", (facts.TELEPHONY_ENDPOINTS,), phones, seconds=180, people=_DEVICES),
        Command('show perf query class "Cisco CallManager"', (facts.TELEPHONY_CALLS_NOW,), performance, seconds=90),
        Command("show license summary", (), licences, seconds=90, also=("show license usage", "show license all")),
        Command(
            "run sql select name from device where tkmodel=131",
            (facts.TELEPHONY_TRUNKS,),
            trunks,
            seconds=90,
            people=_NUMBERED,
        ),
    ),
    hello="show version active",
    recognise_shell=lambda output: "Active Master Version" in output,
)


def _is_manager(identity: Identity) -> bool:
    return identity.sys_object_id == PRODUCT or identity.declared == "cisco_ucos"

"""What nmap found (`nmap -oX`): hosts that are up, their names and open ports; read as a stream, entities refused."""

from __future__ import annotations

import xml.parsers.expat as expat
from dataclasses import dataclass, field
from typing import Any

from auditor.clean import line as one_line
from auditor.collectors.inventory import SNMP_CREDENTIAL, Gathering, Inventory, InventoryError
from auditor.site import SnmpAccess


@dataclass
class _Host:
    """A <host> being read."""

    up: bool = True
    addresses: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    ports: set[tuple[str, int]] = field(default_factory=set)
    words: list[str] = field(default_factory=list)


class _Scan:
    """The handlers of one parse."""

    def __init__(self, parser: Any) -> None:
        self.found, self.nmap = Gathering(), False
        self._parser, self._host, self._port = parser, _Host(), ("", 0)

    def start(self, tag: str, of: dict[str, str]) -> None:
        if tag == "nmaprun":
            self.nmap = True
        elif tag == "host":
            self._host = _Host()
        elif tag == "status":
            self._host.up = of.get("state", "up") == "up"
        elif tag == "address":
            self._host.addresses[of.get("addrtype", "")] = of.get("addr", "")
        elif tag == "hostname":
            self._host.names.append(of.get("name", ""))
        elif tag in ("port", "state", "service", "osmatch"):
            self._detail(tag, of)

    def _detail(self, tag: str, of: dict[str, str]) -> None:
        if tag == "port":
            number = of.get("portid", "0")
            self._port = (of.get("protocol", ""), int(number) if number.isdigit() else 0)
        elif tag == "state" and of.get("state") == "open":
            self._host.ports.add(self._port)
        elif tag == "service":
            self._host.words += [of.get("ostype", ""), of.get("product", "")]
        elif tag == "osmatch":
            self._host.words.append(of.get("name", ""))

    def end(self, tag: str) -> None:
        if tag != "host":
            return
        host = self._host
        name = next(filter(None, host.names), "")
        address = host.addresses.get("ipv4") or host.addresses.get("ipv6") or ""
        if not host.up:
            self.found.leave("inventory.closed", name=one_line(name or address)[:80])
            return
        snmp = SnmpAccess("2c", SNMP_CREDENTIAL) if ("udp", 161) in host.ports else None
        self.found.add(name, address, words=host.words[:40], platforms=host.words[:40], snmp=snmp)

    def entity(self, *_: Any) -> int:
        raise InventoryError("inventory.entities", line=self._parser.CurrentLineNumber)


def nmap(octets: bytes) -> Inventory:
    """The hosts of a scan; raises InventoryError."""
    parser = expat.ParserCreate()
    scan = _Scan(parser)
    parser.StartElementHandler, parser.EndElementHandler = scan.start, scan.end
    parser.EntityDeclHandler = scan.entity
    parser.ExternalEntityRefHandler = scan.entity
    try:
        parser.Parse(octets, True)
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code) or "?"
        raise InventoryError("inventory.not_xml", line=error.lineno, why=why) from None
    if not scan.nmap:
        raise InventoryError("inventory.not_nmap")
    return scan.found.done("nmap")

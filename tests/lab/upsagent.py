"""A UPS for snmpd's `pass_persist`: objects of UPS-MIB (RFC 1628), `python upsagent.py MINUTES LOAD`."""

from __future__ import annotations

import sys

ROOT = "1.3.6.1.2.1.33.1."


def objects(minutes: str, load: str) -> dict[tuple[int, ...], tuple[str, str]]:
    """OID -> type and value: on the mains, its battery full."""
    rows = {
        "1.1.0": ("string", "Lab Power"),  # upsIdentManufacturer
        "1.2.0": ("string", "Rack 1500"),  # upsIdentModel
        "2.1.0": ("integer", "2"),  # upsBatteryStatus: normal
        "2.3.0": ("integer", minutes),  # upsEstimatedMinutesRemaining
        "2.4.0": ("integer", "100"),  # upsEstimatedChargeRemaining
        "4.1.0": ("integer", "3"),  # upsOutputSource: normal
        "4.3.0": ("integer", "1"),  # upsOutputNumLines
        "4.4.1.2.1": ("integer", "230"),  # upsOutputVoltage
        "4.4.1.5.1": ("integer", load),  # upsOutputPercentLoad
    }
    return {_numbers(ROOT + oid): row for oid, row in rows.items()}


def _numbers(oid: str) -> tuple[int, ...]:
    return tuple(int(part) for part in oid.strip().strip(".").split("."))


def answer(known: dict[tuple[int, ...], tuple[str, str]], kind: str, oid: str) -> str:
    asked = _numbers(oid)
    found = asked if kind == "get" and asked in known else None
    if kind == "getnext":
        found = min((one for one in known if one > asked), default=None)
    if found is None:
        return "NONE"
    return "\n".join(("." + ".".join(map(str, found)), *known[found]))


def main() -> None:
    known = objects(*sys.argv[1:3])
    while word := sys.stdin.readline():
        said = "PONG" if word.strip() == "PING" else answer(known, word.strip(), sys.stdin.readline())
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

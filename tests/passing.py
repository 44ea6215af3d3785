"""A `pass_persist` program for snmpd: a table of ten thousand rows of every type, below the OID it is given."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right

KINDS = ("integer", "gauge", "counter", "counter64", "timeticks", "ipaddress", "objectid", "string")
EACH = 1250


def value(kind: str, row: int) -> str:
    """The value of one row, as snmpd takes it; at and around the limits of its type."""
    return {
        "integer": str((-1) ** row * (2**31 - row)),
        "gauge": str(2**32 - row),
        "counter": str(2**31 + row),
        "counter64": str(2**63 + row * 2**40),
        "timeticks": str(row * 8_640_000 % 2**32),
        "ipaddress": f"192.0.{row // 256}.{row % 256}",
        "objectid": f".1.3.6.1.4.1.{2**32 - row}.{row}.0",
        "string": f"row {row} " + "x" * (row % 90),
    }[kind]


def tell(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def main(base: str) -> None:
    """Answer PING, get and getnext on standard input, as snmpd.conf(5) says."""
    root = tuple(map(int, base.strip(".").split(".")))
    rows = {
        (*root, column, row): (kind, value(kind, row))
        for column, kind in enumerate(KINDS, 1)
        for row in range(1, EACH + 1)
    }
    order = sorted(rows)
    for line in map(str.strip, sys.stdin):
        if line == "PING":
            tell("PONG")
            continue
        name = tuple(map(int, sys.stdin.readline().strip().strip(".").split(".")))
        place = (bisect_right if line == "getnext" else bisect_left)(order, name)
        if place < len(order) and (line == "getnext" or order[place] == name):
            found = order[place]
            tell("." + ".".join(map(str, found)), *rows[found])
        else:
            tell("NONE")


if __name__ == "__main__":
    main(sys.argv[1])

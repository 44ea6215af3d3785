"""Interfaces that a host tells over SNMP and in a shell: one table, whichever door answered first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from auditor.facts import Interface
from auditor.seats.uplinks import named
from auditor.values import Absent


def interfaces(known: tuple[Interface, ...], told: tuple[Interface, ...]) -> tuple[Interface, ...]:
    """The rows of both by name: each keeps what it says, and takes from the other what it lacks."""
    other = {row.name: row for row in told}
    joined = [_completed(row, other.pop(_same(row, other), row)) for row in known]
    return (*joined, *other.values())


def _same(row: Interface, other: Mapping[str, Interface]) -> str:
    """The name of the same row on the other side: its own, else the long or short form of it (Gi0/0)."""
    return row.name if row.name in other else next((name for name in other if named(row, name)), row.name)


def _completed(row: Interface, other: Interface) -> Interface:
    lacking = {
        field.name: getattr(other, field.name)
        for field in fields(row)
        if isinstance(getattr(row, field.name), Absent) and not isinstance(getattr(other, field.name), Absent)
    }
    if not isinstance(row.addresses, Absent) and not isinstance(other.addresses, Absent):
        lacking["addresses"] = tuple(sorted({*row.addresses, *other.addresses}))  # a MIB may know IPv4 alone
    return replace(row, **lacking)

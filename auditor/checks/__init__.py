"""The rule book: every check of the catalogue, in its order, with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Final

from auditor.checks import (
    access,
    calls,
    crypto,
    firewall,
    hosting,
    line,
    link,
    people,
    resilience,
    rules,
    substitution,
    telephony,
    tunnel,
    upkeep,
    vpn,
)
from auditor.checks.engine import Check
from auditor.values import N_

VERSION: Final = "2026.11"
DOMAINS: Final[Mapping[str, str]] = {
    "name.LNK": N_("Access link"),
    "name.VPN": N_("Remote access (VPN)"),
    "name.FWL": N_("Firewall and rules"),
    "name.TEL": N_("Telephony"),
    "name.HST": N_("Hosting and servers"),
    "name.RES": N_("Resilience"),
    "name.ACC": N_("Access hygiene"),
    "name.HOM": N_("Home and people"),
}
MODULES: Final[tuple[ModuleType, ...]] = (
    link,
    line,
    vpn,
    crypto,
    tunnel,
    rules,
    firewall,
    upkeep,
    telephony,
    calls,
    hosting,
    resilience,
    access,
    people,
)


def _checks(module: ModuleType) -> tuple[Check, ...]:
    """The checks of a module, in the order they are written."""
    return tuple(value for value in vars(module).values() if isinstance(value, Check))


CATALOGUE: Final[tuple[Check, ...]] = tuple(
    replace(check, leaves=substitution.LEAVES.get(check.id, ())) for module in MODULES for check in _checks(module)
)


def sentences() -> dict[str, str]:
    """The English sentences of every check, of its reasons and of the domains, by message id."""
    found = dict(DOMAINS)
    for module in MODULES:
        found |= module.SENTENCES
    for check in CATALOGUE:
        found |= check.sentences()
    return found

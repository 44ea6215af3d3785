"""FreePBX, which administers an Asterisk: its version, its extensions by technology, and who has an account online."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from auditor import facts
from auditor.clean import line
from auditor.collectors.vendors.page import Told, unread
from auditor.collectors.vendors.trees import ended
from auditor.facts import Technology
from auditor.model import Key

_TOTAL: Final = re.compile(r"(?m)^\d+ results? found")
_DIAL: Final = re.compile(r"(?m)^/DEVICE/[^/\s]+/dial\s*: ([A-Za-z0-9]+)/")
_NONE: Final = ("No such file", "not found", "cannot open", "Permission denied")
_RULE: Final = re.compile(r"(?m)^\+[-+]+\+\s*$")

USERS: Final = r"(^\|(?!\s*(?:ID|Username|User)\b)[ \t]*)(\S[^\n]*?)(?=[ \t]*\|?[ \t]*$)"


def devices(output: str) -> Told:
    """`database show DEVICE`: the extensions by the technology that their `dial` names; nothing without FreePBX."""
    if not _TOTAL.search(output):
        return unread(output)
    found = Counter(name.lower() for name in _DIAL.findall(output))
    told = tuple(Technology(line(name), count) for name, count in found.most_common())
    return Told({facts.TELEPHONY_TECHNOLOGIES: told} if told else {})


def _rows(output: str) -> list[list[str]] | None:
    """The cells of a table drawn with bars, its heading left out; None where there is none that was read to its end."""
    rules = [rule.start() for rule in _RULE.finditer(output)]
    if len(rules) < 3 or re.search(r"(?m)^\|", output[rules[-1] :]):
        return None
    rows = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in re.findall(r"(?m)^\|.*$", output)]
    return rows[1:]


def modules(output: str) -> Told:
    """`fwconsole ma list`: the version of the framework is FreePBX's own."""
    rows = _rows(output)
    if rows is None:
        return Told() if not output.strip() or any(words in output for words in _NONE) else unread(output)
    version = next((row[1] for row in rows if len(row) > 2 and row[0] == "framework"), "")
    found: dict[Key[Any], Any] = {facts.TELEPHONY_MANAGEMENT: line(f"FreePBX {version}")} if version else {}
    return Told(found)


def users(output: str) -> Told:
    """`fwconsole userman --list`: how many accounts of the user portal; no name."""
    rows = _rows(output)
    if rows is None:
        return Told() if not output.strip() or any(words in output for words in _NONE) else unread(output)
    return Told({facts.TELEPHONY_PORTAL_USERS: len([row for row in rows if any(row)])})


def codes(output: str) -> Told:
    """What every internal set may dial, of the call forwards: the feature codes that FreePBX includes, or none."""
    if "[from-internal-additional]" not in output:
        return Told()
    found = bool(re.search(r"(?m)^include *=> *app-cf", output))
    return Told({facts.TELEPHONY_FORWARDING_CODES: found} if found or ended(output) else {})

"""The house itself: who may import whom, what is imported when, and what must not stand anywhere."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "auditor"

CABINETS = {"seats", "planning", "declared", "sampling"}  # folders of plain modules; each module is a room of its own
TABLE = {"values", "site", "actions"}  # what the table is made of: whoever may read it may read these
ROOMS = {
    # room: the modules of the house it may import
    "values": set(),
    "site": set(),
    "actions": set(),
    "model": set(),
    "clean": set(),
    "facts": {"model"},
    "filters": {"facts", "model"},
    "texts": {"model"},
    "voice": {"model"},
    "demand": {"facts", "model", "voice"},
    "figures": {"model", "parameters", "homes"},
    "recount": {"model"},
    "profiles": {"demand", "figures", "model"},
    "resources": {"profiles", "figures", "model", "voice", "demand", "recount"},
    "failures": {"demand", "figures", "model", "resources"},
    "capacity": {"facts", "figures", "model", "voice", "demand", "resources", "recount", "failures"},
    "degraded": {"capacity", "failures", "figures", "model", "resources"},
    "moves": {"capacity", "cures", "figures", "model", "recount"},
    "parameters": {"facts", "model"},
    "totals": {"facts", "model", "parameters"},
    "uplinks": {"facts", "model"},
    "links": {"facts", "model", "parameters", "totals", "uplinks"},
    "hosting": {"facts", "model", "parameters", "totals"},
    "homes": {"model"},
    "inputs": {"facts", "model", "parameters", "totals", "links", "usage", "hosting", "homes", "proofs"},
    "proofs": {"facts", "model", "totals"},
    "lists": {"clean", "model"},
    "brand": set(),
    "branding": {"brand", "clean", "model", "sitefile", "tables"},
    "tailoring": {"checks", "clean", "model", "parameters", "scoring", "sitefile", "tables"},
    "scoring": {"facts", "model"},
    "plan": {"figures", "model", "capacity", "cures", "recount", "judgements", "schedule", "budget"},
    "cures": {"figures", "model", "capacity", "recount", "voice"},
    "schedule": {"model"},
    "budget": {"model"},
    "judgements": {"model", "clean", "spelling"},
    "spelling": set(),
    "whatif": {"model", "clean", "capacity", "cures", "figures", "parameters", "plan", "recount", "spelling"},
    "dials": {"model", "parameters", "whatif"},
    "compare": {"facts", "model", "capacity", "scoring"},
    "checks": {"demand", "facts", "filters", "lists", "model", "checks", "totals", "voice"},
    "codec": {"facts", "model"},
    "tables": {"model", "clean"},
    "sitefile": {"facts", "model", "clean", "tables", "homes", "quiet", "sets"},
    "quiet": {"model"},
    "questionnaire": {"checks", "inputs", "model", "parameters"},
    "siteedit": {"model", "clean", "sitefile"},
    "staffcsv": {"model", "clean"},
    "people": {"model", "homes", "staffcsv"},
    "sets": set(),
    "homesip": {"codec", "facts", "model"},
    "phonelist": {"model", "clean", "sets", "sitefile", "staffcsv"},
    "usage": {"model"},
    "samples": {"model", "usage"},
    "bundles": {"privacy", "audit", "bundles", "clean", "codec", "collectors", "judgements", "lists", "model"},
    "store": {"facts", "model", "codec", "samples"},
    "privacy": set(),
    "keyboard": {"texts", "model"},
    "progress": {"texts", "model", "clean"},
    "credentials": {"privacy", "model", "collectors", "vault"},
    "vault": {"model", "collectors"},
    "collectors": {"facts", "filters", "model", "clean", "uplinks", "collectors", "lists", "sets", "usage"},
    "reports": {"homes", "texts", "model", "clean", "facts", "codec", "reports", "budget", "compare", "brand"},
    "screens": {"texts", "model", "clean", "screens"},
    "demo": {"privacy", "model", "demo", "collectors"},
}
HEAVY = {
    # library: the only places that may import it
    "pysnmp": {"collectors/snmp.py", "collectors/snmp_wire.py", "demo/"},
    "netmiko": {"collectors/ssh.py"},
    "paramiko": {"collectors/ssh.py", "collectors/shells.py", "demo/"},
    "ntc_templates": {"collectors/templates.py"},
    "textfsm": {"collectors/templates.py"},
    "textual": {"app.py", "screens/"},
    "rich": {"screens/", "progress.py"},
    "reportlab": {"reports/"},
    "xlsxwriter": {"reports/workbook.py"},
    "jinja2": {"reports/webpage.py"},
    "pikepdf": {"reports/archive.py"},
    "svglib": {"reports/logo.py"},
    "aiohttp": {"serve.py"},
    "textual_serve": {"serve.py"},
    "click": {"cli.py", "commands/"},
    "yaml": {"collectors/inventory_yaml.py"},
    "tomlkit": {"declared/siteedit.py"},
    "psycopg": {"store/team.py"},
    "platformdirs": {"store/places.py"},
    "cryptography": {"vault.py", "collectors/sip.py"},
}
PURE = (
    "values", "site", "actions",
    "model", "facts", "figures", "homes", "hosting", "profiles", "parameters", "totals", "uplinks", "links", "usage",
    "inputs", "demand", "voice", "recount", "resources", "failures", "capacity", "degraded", "moves", "scoring",
    "proofs", "cures", "plan", "schedule", "budget", "judgements", "spelling", "whatif", "dials", "compare", "checks",
    "clean", "filters", "lists",
)  # fmt: skip


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module a file imports, function bodies included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{name.name}" for name in node.names} | {str(node.module)}
    return frozenset(found)


def room(path: Path) -> str:
    return named(path.relative_to(PACKAGE).with_suffix("").parts)


def named(parts: tuple[str, ...]) -> str:
    """The room of a module: a cabinet holds rooms, each with its own line in ROOMS."""
    return parts[1] if parts[0] in CABINETS and len(parts) > 1 else parts[0]


def sources() -> Iterator[Path]:
    return (path for path in sorted(PACKAGE.rglob("*.py")))


@pytest.mark.parametrize("name", ROOMS)
def test_imports_point_one_way(name: str) -> None:
    """A room imports only the rooms below it."""
    for path in sources():
        if room(path) != name:
            continue
        used = {named(tuple(module.split(".")[1:])) for module in imports(path) if module.startswith("auditor.")}
        table = TABLE if "model" in ROOMS[name] or name in TABLE | {"model"} else set()
        extra = used - ROOMS[name] - table - {name, "__version__", *CABINETS}
        assert not extra, f"{path.relative_to(ROOT)} imports {sorted(extra)}"


@pytest.mark.parametrize("library", HEAVY)
def test_a_library_lives_in_its_own_room(library: str) -> None:
    """Each outside library is imported behind one door."""
    for path in sources():
        if any(module.split(".")[0] == library for module in imports(path)):
            place = str(path.relative_to(PACKAGE))
            assert place.startswith(tuple(HEAVY[library]) or ("-",)), f"{place} imports {library}"


def test_the_core_needs_the_standard_library_alone() -> None:
    """The pure core and the vendor pages import nothing from outside."""
    for path in sources():
        if room(path) in PURE or "vendors" in path.parts:
            outside = {m.split(".")[0] for m in imports(path)} - {"auditor"} - set(sys.stdlib_module_names)
            assert not outside, f"{path.relative_to(ROOT)} imports {sorted(outside)}"


def test_help_is_cheap() -> None:
    """`auditor --help` imports none of the heavy libraries."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "auditor", "--help"], capture_output=True, text=True, check=True
    )
    for library in ("pysnmp", "netmiko", "paramiko", "textual", "reportlab"):
        assert not re.search(rf"\| +{library}(\.|$)", run.stderr, re.M), library


def test_no_set_pdu_and_no_configuration_call_exists() -> None:
    """Nothing in the product can write to a device."""
    for path in sources():
        text = path.read_text()
        if "demo" in path.parts:
            continue
        for word in ("set_cmd", "SetRequest", "setCmd", "send_config_set", "save_config(", ".commit("):
            assert word not in text, f"{path.relative_to(ROOT)} names {word}"


def test_vendor_names_stay_on_vendor_pages() -> None:
    """No check, report, screen or judge knows a vendor."""
    names = re.compile(r"cisco|fortinet|fortigate|juniper|mikrotik|asterisk|palo ?alto|huawei", re.I)
    for path in sources():
        if room(path) in ("checks", "reports", "screens", "capacity", "inputs", "scoring", "plan", "audit"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.If | ast.IfExp | ast.Match):
                    test = node.subject if isinstance(node, ast.Match) else node.test
                    assert not names.search(ast.unparse(test)), f"{path.relative_to(ROOT)}:{node.lineno}"


def test_there_is_at_most_one_broad_except_around_a_device() -> None:
    """A broad except hides bugs; one is allowed, where a vendor page must not sink the audit."""
    broad = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
        and not any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
    ]
    outside = [place for place in broad if "interrogate.py" not in place]
    assert len(broad) <= 2, broad
    assert not outside or len(outside) <= 1, outside

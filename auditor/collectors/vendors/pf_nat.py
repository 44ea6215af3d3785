"""Translation in a pfSense or OPNsense configuration: ports that are published, one to one, outbound, prefixes."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.collectors.vendors.markup import Part
from auditor.collectors.vendors.pf_rules import Box, enabled, end, first_port, interfaces, services, shown, target
from auditor.facts import Translation
from auditor.values import ABSENT


def translations(root: Part, names: Box) -> tuple[Translation, ...]:
    """Every translation in the order of the box: redirections first, then those of what leaves."""
    return (*_published(root, names), *_pairs(root, names), *_outbound(root, names), *_prefixes(root, names))


def _published(root: Part, names: Box) -> Iterator[Translation]:
    rows = enumerate(root.rows("nat/rule"), 1)
    for number, one in sorted(rows, key=lambda row: row[1].number("sequence")):
        yield Translation(
            id=f"nat{number}",
            kind="static",
            from_=interfaces(one),
            to=("any",),
            original=tuple(shown(end(one, "source"), names)),
            translated=tuple(shown(end(one, "source"), names)),
            destination=tuple(shown(end(one, "destination"), names)),
            redirected=tuple(filter(None, (target(one, names), first_port(one, names)))) or ABSENT,
            services=tuple(str(asked) for asked in services(one, names)) or ("unresolved",),
            enabled=enabled(one) and not one.flag("nordr"),
        )


def _pairs(root: Part, names: Box) -> Iterator[Translation]:
    rows = [*root.rows("nat/onetoone"), *root.rows("OPNsense/Firewall/Filter/onetoone/rule")]
    for number, one in enumerate(rows, 1):
        yield Translation(
            f"one-to-one{number}", "static", interfaces(one), ("any",), tuple(shown(end(one, "source"), names)),
            (one.text("external"),), tuple(shown(end(one, "destination"), names)), services=("any",),
            enabled=enabled(one),
        )  # fmt: skip


def _outbound(root: Part, names: Box) -> Iterator[Translation]:
    """What leaves: rules of the administrator, and what the box makes itself unless it is told not to."""
    mode = root.text("nat/outbound/mode") or "automatic"
    rows = [*root.rows("nat/outbound/rule"), *root.rows("OPNsense/Firewall/Filter/snatrules/rule")]
    for number, one in enumerate(rows if mode not in ("automatic", "disabled") else [], 1):
        kept = one.flag("nonat")
        moved = one.said("target", "targetip")
        own = (moved if moved not in ("", "interface", "other-subnet") else "interface",)
        yield Translation(
            f"outbound{number}", "static" if kept else "dynamic", ("any",), interfaces(one),
            tuple(shown(end(one, "source"), names)), ABSENT if kept else own,
            tuple(shown(end(one, "destination"), names)), services=tuple(str(one) for one in services(one, names)),
            enabled=enabled(one),
        )  # fmt: skip
    inner = tuple(text for name, texts in sorted(names.networks.items()) if name not in names.outside
                  for text in texts if ":" not in text)  # fmt: skip
    if mode in ("automatic", "hybrid") and inner and names.outside:
        ways = tuple(sorted(names.outside))
        yield Translation("automatic", "dynamic", ("any",), ways, inner, ("interface",), ("any",))


def _prefixes(root: Part, names: Box) -> Iterator[Translation]:
    """Networks of IPv6 whose prefix is exchanged (RFC 6296)."""
    rows = [*root.rows("nat/npt"), *root.rows("OPNsense/Firewall/Filter/npt/rule")]
    for number, one in enumerate(rows, 1):
        inner, outer = (tuple(shown(end(one, side), names)) for side in ("source", "destination"))
        yield Translation(f"npt{number}", "static", ("any",), interfaces(one), inner, outer, enabled=enabled(one))

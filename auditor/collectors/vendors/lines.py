"""What any modem, probe or radio may tell of its line (ADSL, VDSL2, SHDSL and ping MIBs of the IETF)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors.iftable import DESCR, NAME, NO_SPEED, names
from auditor.collectors.vendors.page import Columns, Table, Told
from auditor.collectors.vendors.values import address, number, parts, spelled
from auditor.facts import DslLine, LinkQuality, LinkRate
from auditor.model import Key
from auditor.values import ABSENT, Absent

# ---- DSL ----

VDSL2: Final = "1.3.6.1.2.1.10.251.1.2.2.1.2"  # xdsl2ChStatusActDataRate, VDSL2-LINE-MIB; ends in xtuc(1) or xtur(2)
ADSL_DOWN, ADSL_UP = (f"1.3.6.1.2.1.10.94.1.1.{n}.1.2" for n in (4, 5))  # adslAtuc/AturChanCurrTxRate, RFC 2662
SHDSL: Final = "1.3.6.1.2.1.10.48.1.2.1.6"  # hdsl2ShdslStatusActualPayloadRate, RFC 4319
SHDSL_LINE: Final = "1.3.6.1.2.1.10.48.1.2.1.3"  # hdsl2ShdslStatusActualLineRate
VDSL2_REACH_DOWN, VDSL2_REACH_UP = (
    f"1.3.6.1.2.1.10.251.1.1.1.1.{n}" for n in (20, 21)
)  # xdsl2LineStatusAttainableRate
ADSL_REACH_DOWN, ADSL_REACH_UP = (f"1.3.6.1.2.1.10.94.1.1.{n}.1.8" for n in (2, 3))  # adslAtuc/AturCurrAttainableRate


def _at(columns: Columns, root: Oid, index: str) -> int | Absent:
    """A rate in bit/s; 0 means that the modem is not synchronised, all ones that it does not know."""
    rate = number(columns.get(root, {}).get(index, ABSENT))
    return rate if isinstance(rate, int) and 0 < rate < NO_SPEED else ABSENT


def _rates(columns: Columns, index: str) -> tuple[int | Absent, int | Absent]:
    """Down and up of one line; the upload of a VDSL2 line stands nowhere else."""
    vdsl2 = _at(columns, VDSL2, f"{index}.1"), _at(columns, VDSL2, f"{index}.2")
    if vdsl2 != (ABSENT, ABSENT):
        return vdsl2
    adsl = _at(columns, ADSL_DOWN, index), _at(columns, ADSL_UP, index)
    if adsl != (ABSENT, ABSENT):
        return adsl
    both = next((rate for root in (SHDSL, SHDSL_LINE) if (rate := _at(columns, root, index)) is not ABSENT), ABSENT)
    return both, both


def _dsl(columns: Columns) -> Told:
    named = names(columns)
    rows = {index for root in (ADSL_DOWN, ADSL_UP, SHDSL, SHDSL_LINE) for index in columns.get(root, {})}
    rows |= {index.rpartition(".")[0] for index in columns.get(VDSL2, {})}
    found = []
    for index in sorted((row for row in rows if row.isdecimal()), key=int):
        down, up = _rates(columns, index)
        if (down, up) != (ABSENT, ABSENT):
            found.append(LinkRate(named.get(int(index), index), "dsl", down, up))
    told: dict[Key[Any], Any] = {facts.LINK_RATES: tuple(found)} if found else {}
    if reach := _reach(columns, named):
        told[facts.LINK_DSL] = reach
    return Told(told)


def _reach(columns: Columns, named: Mapping[int, str]) -> tuple[DslLine, ...]:
    """What the lines could reach: another limit than the rate they run at."""
    roots = (VDSL2_REACH_DOWN, VDSL2_REACH_UP, ADSL_REACH_DOWN, ADSL_REACH_UP)
    rows = {index for root in roots for index in columns.get(root, {}) if index.isdecimal()}
    found = []
    for index in sorted(rows, key=int):
        down, up = (
            next((rate for root in pair if (rate := _at(columns, root, index)) is not ABSENT), ABSENT)
            for pair in (roots[0::2], roots[1::2])
        )
        if (down, up) != (ABSENT, ABSENT):
            found.append(DslLine(named.get(int(index), index), down, up))
    return tuple(found)


DSL: Final = Table(
    (
        VDSL2, ADSL_DOWN, ADSL_UP, SHDSL, SHDSL_LINE, VDSL2_REACH_DOWN, VDSL2_REACH_UP, ADSL_REACH_DOWN, ADSL_REACH_UP,
        NAME, DESCR,
    ),
    (facts.LINK_RATES,),
    _dsl,
)  # fmt: skip

# ---- probes (DISMAN-PING-MIB, RFC 4560) ----

_RESULTS: Final = "1.3.6.1.2.1.80.1.3.1."
PING_RTT, PING_ANSWERS, PING_SENT = (_RESULTS + n for n in ("6", "7", "8"))
PING_ADDRESS: Final = "1.3.6.1.2.1.80.1.2.1.4"  # pingCtlTargetAddress


def _pings(columns: Columns) -> Told:
    """A row for each series that was sent; the index spells its owner and its name."""
    found = []
    for index, value in columns.get(PING_SENT, {}).items():
        sent, answers = number(value), number(columns.get(PING_ANSWERS, {}).get(index, ABSENT))
        if isinstance(sent, Absent) or isinstance(answers, Absent) or sent <= 0 or answers > sent:
            continue
        rtt = number(columns.get(PING_RTT, {}).get(index, ABSENT))
        found.append(
            LinkQuality(
                target=address(columns.get(PING_ADDRESS, {}).get(index, ABSENT)) or named_pair(index),
                rtt_ms=float(rtt) if isinstance(rtt, int) and answers else ABSENT,
                loss_percent=round(100 * (sent - answers) / sent, 3),
            )
        )
    return Told({facts.LINK_QUALITY: tuple(found)} if found else {})


def named_pair(index: str) -> str:
    """The two texts that an index spells, each behind its length: owner and test."""
    octets = parts(index)
    first = octets[0] if octets else 0
    owner, rest = octets[1 : 1 + first], octets[1 + first :]
    test = rest[1 : 1 + rest[0]] if rest else ()
    return "/".join(word for word in (spelled(owner), spelled(test)) if word) or index


PINGS: Final = Table((PING_ADDRESS, PING_RTT, PING_ANSWERS, PING_SENT), (facts.LINK_QUALITY,), _pings)


def signal(value: SnmpValue | Absent, lowest: int, highest: int) -> float | Absent:
    """A radio level within what one can be; 0 and the sentinels (-9999, 32767) mean no modem or no signal."""
    found = number(value)
    return float(found) if isinstance(found, int) and found != 0 and lowest <= found <= highest else ABSENT

"""What telephone systems answer and no recording holds, mutilated, and what their agents say: a thousand times each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor import facts
from auditor.collectors.captures import open_capture
from auditor.collectors.interrogate import columns
from auditor.collectors.transport import SnmpValue
from auditor.collectors.vendors import (
    asterisk,
    asterisk_files,
    asterisk_pjsip,
    asterisk_sip,
    by_platform,
    cisco_ucos,
    freepbx,
    ios_voice,
    standard,
)
from auditor.collectors.vendors.cisco_snmp import CALLS
from auditor.collectors.vendors.page import Scalars, Table, Told, Vendor
from auditor.collectors.vendors.voice_gateways import VOICE
from tests.mutating import mutilated
from tests.test_exchange import DATABASE, FILES, PEERS, SETS
from tests.test_exchange_calls import ACCOUNTS, CHANNEL_STATS, LICENCES, MODULES, OLD_STATS, PEER

pytestmark = pytest.mark.slow
RECORDED = Path(__file__).parent / "recordings"
EXAMPLES = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
NONE: tuple[object, ...] = (0, False, ())

Read = Callable[[str], Told]


def _commands() -> Iterator[tuple[str, Read, str]]:
    yield from (
        ("pjsip endpoints", asterisk_pjsip.endpoints, SETS),
        ("pjsip channelstats", asterisk_pjsip.statistics, CHANNEL_STATS),
        ("sip channelstats", asterisk_sip.statistics, OLD_STATS),
        ("database", asterisk_files.database, DATABASE),
        ("sip peers", asterisk_sip.peers, PEERS),
        ("pjsip.conf", asterisk_files.pjsip, FILES),
        (
            "dial peers in full",
            ios_voice.dial_peers_in_full,
            PEER.format(tag=1, most=9, state="up", host="203.0.113.1"),
        ),
        ("licences", cisco_ucos.licences, LICENCES),
        ("freepbx modules", freepbx.modules, MODULES),
        ("freepbx users", freepbx.users, ACCOUNTS),
    )


COMMANDS = [*_commands()]


@pytest.mark.parametrize(("read", "text"), [row[1:] for row in COMMANDS], ids=[row[0] for row in COMMANDS])
def test_no_answer_of_a_telephone_system_breaks_its_page(read: Read, text: str) -> None:
    """Facts, gaps or lines not understood; never more sets than lines, and never "none" where the whole tells some."""
    whole = read(text).facts

    @EXAMPLES
    @given(st.integers(0, 2**32))
    def always(seed: int) -> None:
        chance = random.Random(seed)
        damaged = mutilated(text, chance)
        told = read(damaged)
        assert isinstance(told, Told)
        assert told.unparsed >= 0
        assert len(told.facts.get(facts.TELEPHONY_ENDPOINTS, ())) <= len(damaged.splitlines())
        cut = read(text[: chance.randrange(len(text))].rstrip("\n")).facts
        assert not {key: value for key, value in cut.items() if value in NONE and value != whole.get(key)}

    always()


# ---- over SNMP ----

HOSTILE: tuple[SnmpValue, ...] = (
    -1, 0, 2**31, 2**64, b"", b"\x00\xff\xfe", "", "²", "Registered", "9" * 400, "\x1b[2J", "noSuchInstance", "1.3.6",
)  # fmt: skip
TELLING = [page for page in VOICE if any("telephony." in key.name for one in page.tables for key in one.keys)]
PAGES: tuple[Vendor, ...] = (*TELLING, cisco_ucos.UCOS, asterisk.ASTERISK, by_platform("cisco_ios"))


def _voice(page: Vendor) -> tuple[list[Scalars], list[Table]]:
    """What a page reads of calls and sets; what it shares with every other page is damaged elsewhere."""
    scalars = [one for one in page.scalars if one is not standard.SYSTEM]
    tables = [one for one in page.tables if one is CALLS or any("telephony." in key.name for key in one.keys)]
    return scalars, tables


def _recorded(page: Vendor) -> Mapping[str, SnmpValue]:
    """What a recorded device of the page answers; of a page without one, a 0 where its instances and columns are."""
    paths = sorted((RECORDED / page.platform).glob("*/device.snmprec"))
    asked = {oid: 0 for one in page.scalars for oid in one.oids}
    asked |= {f"{root}.{n}": n for table in page.tables for root in (*table.roots, *table.more) for n in (0, 1, 2)}
    found: dict[str, SnmpValue] = dict(asked)
    for path in paths:
        found |= open_capture(path).recordings[0].values
    return found


def _damaged(values: Mapping[str, SnmpValue], chance: random.Random) -> dict[str, SnmpValue]:
    """Some values foreign, some gone, some under an index that no device has."""
    found = dict(values)
    for oid in chance.sample(list(found), min(len(found), chance.randint(1, 12))):
        kind = chance.randrange(3)
        if kind == 0:
            del found[oid]
        elif kind == 1:
            found[oid] = chance.choice(HOSTILE)
        else:
            found[f"{oid}.{chance.choice(('0', '4294967295', '0.0.0', '300.300'))}"] = chance.choice(HOSTILE)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.platform)
def test_no_agent_of_a_telephone_system_breaks_its_page(page: Vendor) -> None:
    """Negative counts, texts for numbers, columns that end early: what is told are counts, never below nothing."""
    base = _recorded(page)
    scalars, tables = _voice(page)
    wanted = [root for table in tables for root in (*table.roots, *table.more)]
    known = {oid: value for oid, value in base.items() if oid.startswith(tuple(f"{root}." for root in wanted))}
    known |= {oid: base[oid] for one in scalars for oid in one.oids if oid in base}

    @EXAMPLES
    @given(st.integers(0, 2**32))
    def always(seed: int) -> None:
        values = _damaged(known, random.Random(seed))
        told = [one.read({oid: values[oid] for oid in one.oids if oid in values}) for one in scalars]
        told += [table.read(columns(values, (*table.roots, *table.more))) for table in tables]
        for key, value in ((key, value) for one in told for key, value in one.facts.items()):
            assert value is not None
            assert not (key.name.startswith("telephony.") and isinstance(value, int) and value < 0), key.name

    always()

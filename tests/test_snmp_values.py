"""Values that no MIB allows, in every object that a page asks for: none raises, none becomes a figure."""

from __future__ import annotations

import pytest

from auditor.collectors.captures import Capture, Recording
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import VENDORS
from auditor.collectors.vendors.generic import GENERIC
from auditor.collectors.vendors.page import Vendor
from auditor.model import Device
from tests.replay import replay

WEIRD: dict[str, SnmpValue] = {
    "superscript": "²".encode(),
    "digits of another script": "٣".encode(),
    "hundreds of digits": b"9" * 400,
    "thousands of digits": b"7" * 5000,
    "a number with two points": b"1..2",
    "a word": b"unavailable",
    "octets": bytes(range(256)),
    "nothing": b"",
    "negative": -(2**31),
    "beyond 64 bits": 2**64 - 1,
    "an identifier": "1.3.6.1.4.1." + "4294967295." * 60 + "1",
    "an address": "192.0.2.1",
    "a minus": b"-",
    "exponent": b"1e400",
}
INDICES = ("1", "1.4.10.0.0.1", "4294967295.4294967295.300.0", "3.1.2")


@pytest.mark.slow
@pytest.mark.parametrize("page", [*VENDORS, GENERIC], ids=lambda page: page.platform or "generic")
async def test_no_value_makes_a_page_fail(page: Vendor, caplog: pytest.LogCaptureFixture) -> None:
    """Texts, signs and sizes that no object may have, in each of them at once, under indices of any form."""
    for value in WEIRD.values():
        device = await _told(page, value)
        assert not caplog.records, (value, caplog.text)
        assert not _absurd(device), value


async def _told(page: Vendor, value: SnmpValue) -> Device:
    values: dict[Oid, SnmpValue] = {oid: value for group in page.scalars for oid in group.oids}
    for table in page.tables:
        values |= {f"{root}.{index}": value for root in (*table.roots, *table.more) for index in INDICES}
    for system in ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0"):  # who it is is declared: they would name another page
        values.pop(system, None)
    return await replay(Capture(recordings=(Recording(values),)), platform=page.platform)


def _absurd(device: Device) -> list[str]:
    """Figures that nothing can have: below nothing, beyond the whole, longer than any counter."""
    figures = [(one.key, one.value) for one in device.readings if isinstance(one.value, int | float)]
    return [
        f"{key.name} = {value}"
        for key, value in figures
        if value < 0 or value >= 2**64 or (key.unit == "%" and value > 100)
    ]

"""Every recorded agent beside the project is who its row in the manifest says; skipped where there is none."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from auditor import facts
from auditor.collectors.captures import open_capture
from auditor.model import Device, Key
from tests.replay import replay

pytestmark = pytest.mark.slow
MANIFEST = Path(__file__).parents[2] / "shared" / "recordings" / "snmp" / "MANIFEST.csv"
SPELLED = {
    "AudioCodes": "audiocodes", "Cisco ASA": "cisco_asa", "ASA": "cisco_asa", "FTD": "cisco_ftd", "IOS": "cisco_ios",
    "IOS-XE": "cisco_xe", "UCOS": "cisco_ucos", "FortiOS": "fortinet", "PAN-OS": "paloalto_panos",
    "Junos": "juniper_junos", "RouterOS": "mikrotik_routeros", "OneOS": "oneaccess_oneos",
}  # fmt: skip


def _rows() -> list[dict[str, str]]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _said(device: Device, key: Key[str]) -> str:
    return next((reading.value for reading in device.readings if reading.key == key), "")


def _plain(text: str) -> str:
    """Without what the manifest adds: where it knows it from, the build, the bracket it forgot."""
    return re.sub(r"\s*\(from sysObjectID.*|\s*\(sysObjectID.*|^v(?=\d)|,build.*|\)$", "", text).casefold()


@pytest.mark.parametrize("row", _rows() or [None], ids=lambda row: Path(row["file"]).stem if row else "absent")
async def test_a_recorded_agent_is_who_the_manifest_says(row: dict[str, str] | None, shared: Path) -> None:
    """Maker, system, model and version of its row; more than the row may be told, nothing else in its place."""
    assert row is not None
    device = await replay(open_capture(MANIFEST.parent / row["file"]), "box")
    assert _said(device, facts.IDENTITY_VENDOR) == row["vendor"]
    platform = _said(device, facts.IDENTITY_PLATFORM)
    assert platform == SPELLED.get(row["os"], platform) != ""
    for key, wanted in ((facts.IDENTITY_MODEL, row["model"]), (facts.IDENTITY_OS_VERSION, row["os_version"])):
        assert not wanted or _plain(_said(device, key)) == _plain(wanted)


COUNTED = re.compile(r"(?:^|[; |:])(?:sum )?(\w+)(?: \w+)?=(\d+)(?: Users)? @")
TOLD = {
    "crasSVCNumSessions": facts.VPN_SESSIONS_NOW,
    "crasMaxSessionsSupportable": facts.VPN_SESSIONS_PLATFORM_MAX,
    "crasL2LNumSessions": facts.VPN_TUNNELS_NOW,
    "fgVpnTunnelUpCount": facts.VPN_TUNNELS_NOW,
    "fgVpnSslStatsLoginUsers": facts.VPN_SESSIONS_NOW,
    "panGPGWUtilizationActiveTunnels": facts.VPN_SESSIONS_NOW,
    "panGPGWUtilizationMaxTunnels": facts.VPN_SESSIONS_PLATFORM_MAX,
    "cpvIKECurrSAs": facts.VPN_IKE_SAS,
    "activeUserLicense": facts.VPN_SESSIONS_NOW,
    "userLicense": facts.VPN_SESSIONS_LICENSED,
    "SipPeers": facts.TELEPHONY_ENDPOINTS_TOTAL,
    "SipMonOnline": facts.TELEPHONY_ENDPOINTS_REGISTERED,
    "Channels": facts.TELEPHONY_CHANNELS_NOW,
    "Calls": facts.TELEPHONY_CALLS_NOW,
    "setsInService": facts.TELEPHONY_ENDPOINTS_REGISTERED,
    "acKpiSbcCallStatsCurrentSrdActiveCallsIn": facts.TELEPHONY_CALLS_NOW,
}
NOTED = [row for row in _rows() if any(name in TOLD for name, _ in COUNTED.findall(row["notes"]))]


@pytest.mark.parametrize("row", NOTED or [None], ids=lambda row: Path(row["file"]).stem if row else "absent")
async def test_what_the_manifest_counts_is_told_exactly(row: dict[str, str] | None, shared: Path) -> None:
    """Users, tunnels, limits, sets and calls named in its notes."""
    assert row is not None
    device = await replay(open_capture(MANIFEST.parent / row["file"]), "box")
    told = {reading.key: reading.value for reading in device.readings}
    noted = [(TOLD[name], int(count)) for name, count in COUNTED.findall(row["notes"]) if name in TOLD]
    assert noted
    assert [(key, told.get(key)) for key, _ in noted] == noted

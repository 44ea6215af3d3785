"""Who devices are that no recording of ours holds, from their system group and the objects of their makers' MIBs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from auditor import facts
from auditor.collectors.captures import Capture, Recording
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors.cisco_products import product
from tests.replay import replay

ENTERPRISES = "1.3.6.1.4.1."
NET_SNMP = "8072.3.2.10"


async def who(described: str, product: str, more: Mapping[str, str] | None = None) -> tuple[object, ...]:
    """Vendor, platform, model, version and serial of an agent: sysDescr, sysObjectID and more below enterprises."""
    values: dict[Oid, SnmpValue] = {f"{ENTERPRISES}{oid}": text.encode() for oid, text in (more or {}).items()}
    values |= {"1.3.6.1.2.1.1.1.0": described.encode(), "1.3.6.1.2.1.1.2.0": ENTERPRISES + product}
    device = await replay(Capture(recordings=(Recording(values),)))
    told = {reading.key: reading.value for reading in device.readings}
    keys = (facts.IDENTITY_VENDOR, facts.IDENTITY_PLATFORM, facts.IDENTITY_MODEL, facts.IDENTITY_OS_VERSION)
    return tuple(told.get(key, "") for key in (*keys, facts.IDENTITY_SERIAL))


CISCO = "Cisco IOS Software, {} Software ({}-M), Version {}, RELEASE SOFTWARE (fc1)"
JUNIPER = "Juniper Networks, Inc. {} internet router, kernel JUNOS {}, Build date: 2017-11-04 21:55:34 UTC"
VRP = "Huawei Versatile Routing Platform Software\nVRP (R) software, Version 8.200 ({}) \r\nCopyright (C) 2012-2020"


@pytest.mark.parametrize(
    ("described", "product", "expected"),
    [
        (CISCO.format("C181X", "C181X-ADVIPSERVICESK9", "15.1(4)M10"), "9.1.641",
         ("Cisco", "cisco_ios", "1811", "15.1(4)M10", "")),
        (CISCO.format("3800", "C3825-ADVENTERPRISEK9", "15.1(4)M"), "9.1.543",
         ("Cisco", "cisco_ios", "3825", "15.1(4)M", "")),
        (CISCO.format("c8000be", "X86_64_LINUX_IOSD-UNIVERSALK9", "17.12.3"), "9.1.2989",
         ("Cisco", "cisco_xe", "C8300-1N1S-6T", "17.12.3", "")),
        ("Cisco IOS XR Software (8000), Version 24.1.2 Copyright (c) 2013-2024 by Cisco Systems, Inc.", "9.1.3006",
         ("Cisco", "cisco_xr", "8000", "24.1.2", "")),
        ("Cisco Firepower Threat Defense, Version 6.6.1 (Build 90), ASA Version 9.14(1)27", "9.1.2774",
         ("Cisco", "cisco_ftd", "FPR-4115", "6.6.1", "")),
        (JUNIPER.format("srx340", "15.1X49-D120.3"), "2636.1.1.1.2.135",
         ("Juniper", "juniper_junos", "SRX340", "15.1X49-D120.3", "")),
        (JUNIPER.format("vmx", "18.2R1.9"), "2636.1.1.1.2.108", ("Juniper", "juniper_junos", "VMX", "18.2R1.9", "")),
        (VRP.format("NetEngine 8000 V800R012C10SPC300"), "2011.2.360.1.5",
         ("Huawei", "huawei", "NetEngine 8000", "V800R012C10SPC300", "")),
        ("Huawei AR1220 Huawei Versatile Routing Platform Software (AR1220 V200R003C01SPC900)", "2011.2.224.1",
         ("Huawei", "huawei", "AR1220", "V200R003C01SPC900", "")),
        ("Router model RS123w-4G S/N: RNPFDK01  SWL: BASE  Teldat     (c)1996 - 2019", "2007.1.1.236",
         ("Teldat", "teldat_cit", "RS123w-4G", "", "RNPFDK01")),
        ("Vyatta VyOS 1.1.7", "30803", ("VyOS", "vyos", "", "1.1.7", "")),
        ("Vyatta VC6.6R1", "30803", ("Vyatta", "vyos", "", "VC6.6R1", "")),
        ("VyOS 2026.05.04-0041-rolling", "44641", ("VyOS", "vyos", "", "2026.05.04-0041-rolling", "")),
        ("GS1900-8", "890.1.15", ("Zyxel", "zyxel_os", "GS1900-8", "", "")),
        ("OPNsense fw.example.org 18.1.1-a5575d7bd OPNsense FreeBSD 11.1-RELEASE-p6 amd64", "12325.1.1.2.1.1",
         ("OPNsense", "opnsense", "amd64", "18.1.1", "")),
        ("IP 500 V2 11.1.2.4.0 build 18", "6889.1.2.1.10",
         ("Avaya", "avaya_ipo", "IP 500 V2", "11.1.2.4.0 build 18", "")),
        ("Product: GW 8 FXS;SW Version: 6.60A.309.001", "5003.8.1.1.56",
         ("AudioCodes", "audiocodes", "GW 8 FXS", "6.60A.309.001", "")),
        ("Linux HT8XX 3.4.20-rt31-dvf-v1.2.6.1-rc2 #54 PREEMPT armv5tejl", NET_SNMP,
         ("Grandstream", "grandstream", "HT8XX", "", "")),
    ],
)  # fmt: skip
async def test_the_system_group_tells_who_a_device_is(described: str, product: str, expected: tuple[str, ...]) -> None:
    """Maker, platform, model and version where no other object tells them."""
    assert await who(described, product) == expected


@pytest.mark.parametrize(
    ("described", "product", "more", "expected"),
    [
        ("XGS1935-52", "890.1.15",
         {"890.1.15.3.1.11.0": "XGS1935-52", "890.1.15.3.1.6.0": "V4.90(ACJY.2) | 08/28/2025"},
         ("Zyxel", "zyxel_os", "XGS1935-52", "V4.90(ACJY.2)", "")),
        ("Linux Teltonika-RUT240.com 3.18.44 #1 mips", NET_SNMP,
         {"48690.1.5.0": "1101000001", "48690.1.7.0": "RUT240", "48690.2.14.0": "RUT2XX_R_00.01.07.1"},
         ("Teltonika", "teltonika_rutos", "RUT240", "RUT2XX_R_00.01.07.1", "1101000001")),
        ("Linux TRB2 5.4.290 #0 mips", NET_SNMP, {"48690.1.3.0": "TRB25500XXXX"},
         ("Teltonika", "teltonika_rutos", "TRB255", "", "")),
        ("Eaton 5PX 3000", "705.1",
         {"705.1.1.1.0": "Eaton 5PX", "705.1.1.2.0": "3000", "705.1.1.4.0": "06", "705.1.1.7.0": "G4294C0001"},
         ("Eaton", "ups", "Eaton 5PX 3000", "06", "G4294C0001")),
        ("Power Manager", "3808.1.1.3",
         {"3808.1.1.1.1.1.1.0": "OL2200RTXL2U", "3808.1.1.1.1.2.1.0": "S1A17", "3808.1.1.1.1.2.3.0": "ABCFT1000001"},
         ("CyberPower", "ups", "OL2200RTXL2U", "S1A17", "ABCFT1000001")),
        ("NetVision-8", "4555.1.1.7",
         {"4555.1.1.7.1.1.1.0": "NETYS RT", "4555.1.1.7.1.1.2.0": "2D22450001", "4555.1.1.7.1.1.5.0": "8.00"},
         ("Socomec", "ups", "NETYS RT", "8.00", "2D22450001")),
        ("Linux GXW4200 2.6.28.8 #187 mips", NET_SNMP,
         {"42397.1.1.1.0.0": "961103210001", "42397.1.1.3.4.0.0": "1.0.23.9"},
         ("Grandstream", "grandstream", "GXW4200", "1.0.23.9", "961103210001")),
    ],
)  # fmt: skip
async def test_the_makers_own_objects_tell_who_a_device_is(
    described: str, product: str, more: dict[str, str], expected: tuple[str, ...]
) -> None:
    """Also where the agent calls itself net-snmp, and in the branches of older firmware."""
    assert await who(described, product, more) == expected


@pytest.mark.parametrize(
    ("described", "product"),
    [
        ("APC Web/SNMP Management Card (MB:v4.1.0 PN:apc_hw05_aos_682.bin AN1:apc_hw05_rpdu2g_680.bin)", "318.1.3.4.6"),
        ("APC Web/SNMP Management Card (MB:v4.1.0 PN:apc_hw05_aos_646.bin AN1:apc_hw05_ats4g_647.bin)", "318.1.3.32"),
        ("CPS Power Distributed Unit", "3808.1.1.6"),
    ],
)
async def test_a_power_strip_with_the_card_of_an_ups_is_none(described: str, product: str) -> None:
    """Nobody's minutes on battery are looked for in a strip or a transfer switch."""
    assert (await who(described, product))[1] != "ups"


def test_a_product_stands_under_ciscos_own_root() -> None:
    """The last number alone is nobody's: other makers count as well."""
    assert product("1.3.6.1.4.1.9.1.2093") == "ISR4321"
    assert product("1.3.6.1.4.1.9.1.1116") == "ASR1002-F"
    assert product("1.3.6.1.4.1.9.12.3.1.3.2093") == ""
    assert product("1.3.6.1.4.1.9.1.99999") == ""
    assert product("") == ""

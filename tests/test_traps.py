"""The traps that real agents set, one test for each: what they send, and what must not be concluded from it."""

from __future__ import annotations

import pytest

from auditor import facts
from auditor.collectors import rates
from auditor.collectors.captures import Capture, Recording, read_snmprec
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import cisco_snmp, find, iftable, standard
from auditor.collectors.vendors.edgeos import release as edgeos_release
from auditor.collectors.vendors.lancom import LANCOM
from auditor.collectors.vendors.lines import DSL, signal
from auditor.collectors.vendors.oneos_shows import release as oneos_release
from auditor.collectors.vendors.page import Identity
from auditor.collectors.vendors.peplink import PEPLINK
from auditor.collectors.vendors.teltonika import FIRMWARE
from auditor.collectors.vendors.values import decimal, number, percent, text
from auditor.facts import Interface, LinkRate, Uplink
from auditor.values import ABSENT
from tests.replay import replay, told


def ports(**columns: dict[str, SnmpValue]) -> tuple[Interface, ...]:
    """The interface rows that these columns of iftable tell."""
    found = iftable.read({getattr(iftable, name): dict(rows) for name, rows in columns.items()})
    return tuple(found.facts[facts.INTERFACES])


async def agent(values: dict[Oid, SnmpValue]) -> dict[str, object]:
    """What a whole agent tells through the page that recognises it."""
    device = await replay(Capture(recordings=(Recording(values),)))
    return {**told(device)["facts"], "vendor": device.vendor}


# ---- speed ----


def test_a_high_speed_of_zero_on_a_port_that_is_up_is_unknown() -> None:
    """FortiGate tunnels, Gaia ports and cellular WANs say 0 and work."""
    (row,) = ports(NAME={"1": b"ssl.root"}, OPER={"1": 1}, HIGH_SPEED={"1": 0}, SPEED={"1": 0})
    assert row.oper_up is True
    assert row.speed_bps is ABSENT


def test_a_speed_of_all_ones_means_look_elsewhere() -> None:
    """4294967295 is what 32 bits hold, not a rate."""
    assert iftable.speed(ABSENT, 4_294_967_295) is ABSENT
    assert iftable.speed(10_000, 4_294_967_295) == 10_000_000_000


def test_a_high_speed_beyond_any_wire_is_none() -> None:
    """Some FortiOS answer 4294901759 Mbit/s for a port without a link."""
    assert iftable.speed(4_294_901_759, ABSENT) is ABSENT
    assert iftable.speed(4_294_967_295, 1_000_000_000) == 1_000_000_000
    assert iftable.speed(800_000, 4_294_967_295) == 800_000_000_000


def test_a_rate_counted_in_powers_of_two_is_the_wires_own() -> None:
    """DrayTek's 1 048 576 000 and 104 857 600 are gigabit and fast Ethernet; a DSL rate of 105 Mbit/s stays."""
    assert iftable.speed(ABSENT, 1_048_576_000) == 1_000_000_000
    assert iftable.speed(1048, 1_048_576_000) == 1_000_000_000
    assert iftable.speed(1049, ABSENT) == 1_000_000_000
    assert iftable.speed(104, 104_857_600) == 100_000_000
    assert iftable.speed(105, 105_300_000) == 105_000_000


def test_below_twenty_megabits_the_coarse_speed_is_too_coarse() -> None:
    """ifHighSpeed rounds 5.7 Mbit/s of SHDSL to 6."""
    assert iftable.speed(6, 5_696_000) == 5_696_000


def test_pseudo_ports_are_faster_than_any_wire_and_never_a_link() -> None:
    """Null0 and VoIP-Null0 say 10 Gbit/s, a loopback 8: none is physical, none is an uplink."""
    rows = ports(
        NAME={"4": b"Vo0", "5": b"Nu0", "7": b"Lo0", "1": b"Gi0/0/0"},
        TYPE={"4": 1, "5": 1, "7": 24, "1": 6},
        HIGH_SPEED={"4": 10_000, "5": 10_000, "7": 8000, "1": 1000},
        CONNECTOR={"4": 2, "5": 2, "7": 2, "1": 1},
    )
    assert [row.name for row in rows if row.physical] == ["Gi0/0/0"]


def test_a_dead_port_is_never_the_link_whatever_speed_it_claims() -> None:
    """Peplink's WAN 1 says 10 Mbit/s and is down."""
    from auditor.seats.uplinks import uplinks

    rows = ports(NAME={"2": b"WAN 1", "4": b"Cellular 1"}, TYPE={"2": 6, "4": 6}, OPER={"2": 2, "4": 1})
    assert uplinks(rows, ()) == (Uplink("Cellular 1", "kind"),)


# ---- rows and names ----


def test_index_and_speed_columns_may_be_absent() -> None:
    """The index is the instance; nothing needs the ifIndex column."""
    (row,) = ports(NAME={"528384": b"GigabitEthernet0/1"}, HIGH_SPEED={"528384": 1000})
    assert (row.index, row.speed_bps) == (528384, 1_000_000_000)


def test_without_the_extended_table_the_first_one_tells() -> None:
    """DrayTek, bintec and old Teldat have ifTable alone: 32-bit counters and ifSpeed."""
    (row,) = ports(DESCR={"4": b"VDSL"}, TYPE={"4": 251}, SPEED={"4": 110_162_000}, OPER={"4": 1})
    assert (row.name, row.kind, row.speed_bps) == ("VDSL", "vdsl2", 110_162_000)


def test_rows_that_exist_in_one_table_only_are_kept() -> None:
    """Seventeen rows, eleven of them with an ifXTable part."""
    rows = ports(NAME={"1": b"wan1"}, TYPE={"1": 6, "2": 131, "39000000": 135})
    assert [row.index for row in rows] == [1, 2, 39_000_000]


def test_names_stand_in_one_column_or_the_other() -> None:
    """FortiGates have ifName alone, DrayTek ifDescr alone, some rows an alias alone, bintec nothing."""
    rows = ports(NAME={"1": b"wan1"}, DESCR={"1": b"", "2": b"LAN"}, ALIAS={"3": b"office"}, TYPE={"4": 6})
    assert [row.name for row in rows] == ["wan1", "LAN", "office", "4"]


def test_the_devices_own_name_is_not_the_operators_label() -> None:
    """ifDescr is no alias: a port without a label has none."""
    (row,) = ports(NAME={"1": b"Gi0/0/0"}, DESCR={"1": b"GigabitEthernet0/0/0"}, ALIAS={"1": b""})
    assert row.alias is ABSENT
    assert row.description == "GigabitEthernet0/0/0"


def test_huge_and_sparse_indices_are_only_names() -> None:
    """600000000, 268441089, 1912668160: no list is ever as long as an index."""
    rows = ports(NAME={"600000000": b"ethernet1/1", "1912668160": b"Tunnel1"})
    assert [row.index for row in rows] == [600_000_000, 1_912_668_160]


def test_tunnels_and_vlans_are_no_physical_ports() -> None:
    """A firewall with 184 rows has 122 VLANs; kernels call VLANs and bridges ethernet with a connector."""
    rows = ports(
        NAME={"1": b"port1", "2": b"VLAN10", "3": b"gre0", "4": b"eth6.500", "5": b"br-lan"},
        TYPE={"1": 6, "2": 135, "3": 131, "4": 6, "5": 6},
        CONNECTOR={"1": 1, "2": 2, "3": 1, "4": 1, "5": 1},
    )
    assert [row.name for row in rows if row.physical] == ["port1"]


def test_the_wan_may_hide_behind_a_logical_type() -> None:
    """An ASA's outside is propVirtual, a Teldat's WAN ppp: the name or the route tells, before the type."""
    from auditor.seats.uplinks import uplinks

    rows = ports(NAME={"5": b"outside", "6": b"inside"}, TYPE={"5": 53, "6": 53}, OPER={"5": 1, "6": 1})
    assert uplinks(rows, ()) == (Uplink("outside", "label"),)


def test_types_that_bsd_gave_twice_are_not_cellular() -> None:
    """enc0 is 244 on a BSD kernel, which IANA gave to a radio."""
    rows = ports(NAME={"1": b"enc0", "2": b"pfsync0"}, TYPE={"1": 244, "2": 246})
    assert [row.kind for row in rows] == ["virtual", "246"]


# ---- counters ----


async def test_without_wide_counters_a_row_falls_back_to_its_own_narrow_ones() -> None:
    """IOS voice rows and whole DrayTek boxes have 32-bit octets alone."""
    values = {f"{rates.IN_32}.4": 7, f"{rates.OUT_32}.4": 9, rates.SYS_UPTIME: 100}
    found = rates.snapshot(values, 4)
    assert isinstance(found, rates.Sample)
    assert found.bits == 32


def test_a_narrow_counter_that_wrapped_is_no_reset() -> None:
    """At 100 Mbit/s 32 bits of octets wrap every six minutes."""
    before = rates.Sample(0, 2**32 - 1000, 0, 32)
    after = rates.Sample(1000, 124_000, 0, 32)
    found = rates.between(before, after, 100_000_000)
    assert isinstance(found, rates.Rates)
    assert found.in_bps == 125_000 * 8 // 10


def test_without_an_uptime_there_is_no_rate_and_it_is_said() -> None:
    """Nine recorded agents hide sysUpTime."""
    found = rates.between(rates.Sample(ABSENT, 1, 1), rates.Sample(ABSENT, 2, 2))
    assert getattr(found, "id", "") == "gap.no_uptime"


# ---- lines ----


def test_the_upload_of_a_vdsl2_line_stands_in_its_own_mib_alone() -> None:
    """The port's speed is the download; its ADSL rates are 0."""
    told_ = DSL.read(
        {
            iftable.DESCR: {"4": b"VDSL"},
            "1.3.6.1.2.1.10.251.1.2.2.1.2": {"4.1": 110_162_000, "4.2": 33_029_000},
            "1.3.6.1.2.1.10.94.1.1.4.1.2": {"4": 0},
            "1.3.6.1.2.1.10.94.1.1.5.1.2": {"4": 0},
        }
    )
    assert told_.facts[facts.LINK_RATES] == (LinkRate("VDSL", "dsl", 110_162_000, 33_029_000),)


def test_a_modem_that_is_not_synchronised_has_no_rate() -> None:
    """0 is no rate, all ones neither."""
    told_ = DSL.read({"1.3.6.1.2.1.10.94.1.1.4.1.2": {"18": 0, "19": 4_294_967_295}})
    assert facts.LINK_RATES not in told_.facts


def test_what_a_line_could_reach_is_not_what_it_runs_at() -> None:
    """Two limits with different meanings are two facts."""
    told_ = DSL.read(
        {
            "1.3.6.1.2.1.10.251.1.2.2.1.2": {"4.1": 50_000_000, "4.2": 10_000_000},
            "1.3.6.1.2.1.10.251.1.1.1.1.20": {"4": 90_000_000},
            "1.3.6.1.2.1.10.251.1.1.1.1.21": {"4": 30_000_000},
        }
    )
    assert told_.facts[facts.LINK_RATES][0].down_bps == 50_000_000
    assert told_.facts[facts.LINK_DSL][0].attainable_down_bps == 90_000_000


@pytest.mark.parametrize("sentinel", [-9999, 0, 32767, 99])
def test_a_sentinel_is_no_signal(sentinel: int) -> None:
    """Peplink's -9999, OneAccess's and Teldat's 0 mean that there is nothing to measure."""
    assert signal(sentinel, -140, -20) is ABSENT


def test_a_ratio_sent_in_tenths_is_read_in_decibels() -> None:
    """CISCO-WAN-CELL-EXT-MIB says dB; -70 and 300 are tenths, which no radio can hear in dB."""
    (row,) = cisco_snmp.RADIOS.read(
        {cisco_snmp.RSRP: {"14": -90}, cisco_snmp.RSRQ: {"14": -70}, cisco_snmp.SNR: {"14": 300}}
    ).facts[facts.LINK_CELLULAR]
    assert (row.rsrp_dbm, row.rsrq_db, row.sinr_db) == (-90, -7.0, 30.0)


# ---- values ----


@pytest.mark.parametrize(
    ("sent", "whole"), [(b"125 Users", 125), (b" 42 ", 42), (b"-7 dBm", -7), (b"Registered", ABSENT), (b"", ABSENT)]
)
def test_numbers_are_sent_as_text(sent: bytes, whole: object) -> None:
    """A count that begins a text counts; a text without one is none."""
    assert number(sent) == whole


@pytest.mark.parametrize(("sent", "found"), [(b"2.403", 2.403), (b"0.000%", 0.0), (b"-11.0", -11.0), (b"n/a", ABSENT)])
def test_fractions_are_sent_as_text(sent: bytes, found: object) -> None:
    """Latencies and losses come as text with a point."""
    assert decimal(sent) == found


def test_windows_names_end_in_a_null_and_a_line_feed() -> None:
    """Control characters are cut off, the name stays."""
    assert text(b"Intel(R) Ethernet\n\x00") == "Intel(R) Ethernet"


def test_labels_are_not_always_utf_8() -> None:
    """A French label in the old encoding is read, a binary one breaks nothing."""
    assert text("Opérateur".encode("latin-1")) == "Opérateur"
    assert text("Opérateur".encode()) == "Opérateur"
    assert isinstance(text(bytes(range(256))), str)


def test_hex_strings_are_what_they_spell() -> None:
    """A description recorded as octets in hex is a description."""
    values = read_snmprec("1.3.6.1.2.1.1.1.0|4x|56796f5320312e33\n").values
    assert text(values["1.3.6.1.2.1.1.1.0"]) == "VyoS 1.3"


def test_a_redacted_cell_is_skipped_and_counted() -> None:
    """`<private>` in an integer is no number."""
    found = read_snmprec("1.3.6.1.2.1.1.3.0|2|<private>\n1.3.6.1.2.1.1.5.0|4|<private>\n")
    assert found.skipped == 1
    assert text(found.values["1.3.6.1.2.1.1.5.0"]) == ""


def test_repeated_and_disordered_rows_are_read_once() -> None:
    """The first value of an OID stays; the door answers in order whatever the file's."""
    found = read_snmprec("1.3.6.1.2.1.2.2.1.2.2|4|b\n1.3.6.1.2.1.2.2.1.2.1|4|a\n1.3.6.1.2.1.2.2.1.2.1|4|c\n")
    assert found.values["1.3.6.1.2.1.2.2.1.2.1"] == b"a"


def test_a_size_beyond_thirty_one_bits_comes_negative() -> None:
    """hrStorageSize of a large memory: add 2^32."""
    columns: dict[Oid, dict[Oid, SnmpValue]] = {
        standard.STORAGE_TYPE: {"1": standard.RAM},
        standard.STORAGE_SIZE: {"1": -2_147_483_648},
        standard.STORAGE_USED: {"1": 1_073_741_824},
        standard.STORAGE_UNIT: {"1": 4},
    }
    found = standard.HOST.read(columns).facts
    assert found[facts.HOST_MEMORY] == 2**31 * 4
    assert found[facts.SYSTEM_MEMORY] == 50.0


@pytest.mark.parametrize("sent", [-1, 101, 255])
def test_a_share_that_cannot_be_one_is_unknown(sent: int) -> None:
    """Agents send -1 or 255 for a load that they do not know."""
    assert percent(sent) is ABSENT


# ---- who it is ----


async def test_a_net_snmp_agent_may_be_anybody() -> None:
    """A Teltonika router says "Linux hostname": only its own object tells."""
    base: dict[Oid, SnmpValue] = {
        standard.SYS_DESCR: b"Linux hostname 4.14.221 #0 SMP armv7l",
        standard.SYS_OBJECT_ID: f"{standard.NET_SNMP}.10",
    }
    assert (await agent(base))["vendor"] == "linux"
    assert (await agent({**base, FIRMWARE: b"RUTX_R_00.07.00"}))["vendor"] == "teltonika_rutos"


def test_a_sys_object_id_lies() -> None:
    """A wrong sysObjectID does not hide what the description says."""
    assert find(Identity("Pepwave MAX HD4", "1.0.3.0.6.0.1.0")).platform == "peplink"
    assert find(Identity("LANCOM 1781VA (over ISDN) 10.40.0303 / 12.01.2021", standard.NET_SNMP)) is LANCOM


@pytest.mark.parametrize(
    ("oid", "platform"),
    [
        ("1.3.6.1.4.1.14988.1", "mikrotik_routeros"),
        ("1.3.6.1.4.1.41112.1.5", "ubiquiti_edgerouter"),
        ("1.3.6.1.4.1.2007.1.1.199", "teldat_cit"),
        ("1.3.6.1.4.1.13191.1.1.154", "oneaccess_oneos"),
        ("1.3.6.1.4.1.7367", "draytek"),
        ("1.3.6.1.4.1.2011.2.224.62", "huawei"),
        ("1.3.6.1.4.1.272.4.201.66.69.50.48.0.0", "bintec_boss"),
        ("1.3.6.1.4.1.44641.1", "vyos"),
        ("1.3.6.1.4.1.27662", "peplink"),
        ("1.3.6.1.4.1.23695", "peplink"),
        ("1.3.6.1.4.1.890.1.15", "zyxel_os"),
        ("1.3.6.1.4.1.2356.11.8.301", "lancom_lcos"),
    ],
)
def test_a_description_may_be_the_users_own_text(oid: str, platform: str) -> None:
    """`main router, 2nd floor` says nothing; the number does."""
    assert find(Identity("main router, 2nd floor", oid)).platform == platform


async def test_two_sources_of_a_version_that_disagree_are_both_shown() -> None:
    """The description says 10.12.0147, the firmware table 10.12.0147SU3."""
    device = await replay(
        Capture(
            recordings=(
                Recording(
                    {
                        standard.SYS_DESCR: b"LANCOM OAP-321 10.12.0147 / 15.11.2017 4002024918100043",
                        standard.SYS_OBJECT_ID: "1.3.6.1.4.1.2356.11.8.301",
                        "1.3.6.1.4.1.2356.11.3.1.1.3.1": b"10.12.0147SU3 / 15.11.2017",
                    }
                ),
            )
        )
    )
    assert told(device)["facts"]["identity.os_version"] == "10.12.0147"
    assert ["identity.os_version", "10.12.0147SU3"] in told(device)["conflicts"]


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("OneOS-pCPE-ARM_pi1-6.6.1m6", "6.6.1m6"),
        ("ONEOS5-VOIP_SIP_FT-V5.1R5E35_FT13", "V5.1R5E35_FT13"),
        ("ONEOS9-ONEACCESS-V4.3R6E18_HA12", "V4.3R6E18_HA12"),
        ("our router - first floor", ""),
    ],
)
def test_the_board_support_version_is_not_the_systems(said: str, version: str) -> None:
    """OneOS tells its version at the end of its description; the BSP object tells another."""
    assert oneos_release(said) == version


@pytest.mark.parametrize(
    ("said", "version"),
    [("EdgeOS v1.8.0.4853089.160219.1607", "1.8.0"), ("EdgeOS v2.0.9-hotfix.7.5622731.230615.0857", "2.0.9-hotfix.7")],
)
def test_a_build_is_not_a_release(said: str, version: str) -> None:
    """The build number and date are cut off."""
    assert edgeos_release(said) == version


async def test_a_branch_moves_between_firmwares() -> None:
    """Peplink's objects stand under 23695 or 27662: both are tried."""
    for branch in ("23695", "27662"):
        said = await agent(
            {
                standard.SYS_OBJECT_ID: "1.3.6.1.4.1.27662",
                f"1.3.6.1.4.1.{branch}.200.1.1.1.1.1.0": b"Pepwave MAX BR1",
                f"1.3.6.1.4.1.{branch}.2.1.2.1.2.0": b"WAN",
                f"1.3.6.1.4.1.{branch}.2.1.2.1.3.0": 3,
            }
        )
        assert said["identity.model"] == "Pepwave MAX BR1"
        assert said["link.uplinks"] == [{"interface": "WAN", "reason": "wan_table"}]


def test_enumerations_start_anywhere() -> None:
    """SpeedFusion's connected is 4, IPsec's established 2; an unknown state is not "up"."""
    (tunnels,) = [table for table in PEPLINK.tables if facts.VPN_TUNNELS_NOW in table.keys]
    fusion, ipsec = "1.3.6.1.4.1.23695.200.1.10.1.1.2.1.3", "1.3.6.1.4.1.23695.200.1.13.1.1.3"
    found = tunnels.read({fusion: {"1.1": 4, "2.1": 2, "3.1": 9}, ipsec: {"1": 2, "2": 1, "3": 0}})
    assert found.facts == {facts.VPN_TUNNELS_NOW: 2}


# ---- limits ----


async def test_a_counter_that_looks_like_a_limit_is_none() -> None:
    """0 licensed calls is "unlimited": never 0, and never a capacity."""
    device = await replay(
        Capture(
            recordings=(
                Recording(
                    {
                        standard.SYS_DESCR: b"Cisco IOS Software, Version 15.8(3)M4, RELEASE",
                        cisco_snmp.CALLS_LICENSED: 0,
                        cisco_snmp.PHONES: 48,
                    }
                ),
            )
        )
    )
    assert told(device)["gaps"]["telephony.calls.max"] == "gap.unlimited"
    assert "telephony.calls.max" not in told(device)["facts"]


def test_site_to_site_tunnels_are_not_users() -> None:
    """IKE tunnels count as tunnels; remote users are those of the client counters."""
    found = cisco_snmp.COUNTS.read({cisco_snmp.IKE_TUNNELS: 12}).facts
    assert found == {facts.VPN_TUNNELS_NOW: 12}
    found = cisco_snmp.COUNTS.read({cisco_snmp.IKE_TUNNELS: 12, cisco_snmp.CRAS_SVC: 7, cisco_snmp.CRAS_IPSEC: 1}).facts
    assert found[facts.VPN_SESSIONS_NOW] == 8


def test_a_scalar_may_be_served_without_its_zero() -> None:
    """What is read as a column is found under any instance (0, 0.0 or none)."""
    load = "1.3.6.1.2.1.25.3.3.1.2"
    assert standard.HOST.read({load: {"0": 3}}).facts[facts.SYSTEM_CPU] == 3.0
    assert standard.HOST.read({load: {"0.0": 3}}).facts[facts.SYSTEM_CPU] == 3.0

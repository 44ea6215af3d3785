"""Answers that other boxes and versions of a platform give: what differs from the recorded ones is read the same."""

from __future__ import annotations

import pytest

from auditor import facts
from auditor.collectors.vendors import forti_shows, ios_shows, trees, vrp_shows
from auditor.collectors.vendors.blocks import fortios


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ("  Gi0/0                1 IPv4 110     0  N   Y  MASTER  192.0.2.2(local) 192.0.2.1", "active"),
        ("  Gi0/0.10             1 IPv4 110  3570  N   Y  BACKUP  192.0.2.3 192.0.2.1", "standby"),
    ],
)
def test_version_3_of_vrrp_writes_its_states_in_capitals(row: str, state: str) -> None:
    """Its heading is indented too."""
    head = "  Interface          Grp  A-F Pri  Time Own Pre State   Master addr/Group addr\n"
    assert ios_shows.standby(head + row + "\n").facts == {facts.HA_STATE: state}


def test_a_serial_number_ends_before_a_comma() -> None:
    """`Processor board ID FHK101010AB, with hardware revision 0000` of the 1800 series."""
    text = "Cisco IOS Software, C180X Software (C180X-ADVSECURITYK9-M), Version 12.4(6)T2, RELEASE SOFTWARE (fc1)\n"
    told = ios_shows.version(text + "Processor board ID FHK101010AB, with hardware revision 0000\n")
    assert told.facts[facts.IDENTITY_SERIAL] == "FHK101010AB"


def test_a_model_of_two_words_is_told_whole() -> None:
    """Huawei's ATN series."""
    text = (
        "VRP (R) software, Version 8.180 (ATN 910C-B V300R003C10SPC500)\n"
        "HUAWEI ATN 910C-B uptime is 3 days, 1 hour, 2 minutes\n"
    )
    told = vrp_shows.version(text).facts
    assert (told[facts.IDENTITY_MODEL], told[facts.IDENTITY_OS_VERSION]) == ("ATN 910C-B", "V300R003C10SPC500")
    assert told[facts.SYSTEM_UPTIME] == 3 * 86400 + 3720


def test_lines_that_end_in_both_signs_are_lines() -> None:
    """FortiOS 7.0 over some terminals."""
    text = "== [ wan ]\r\nname: wan   mode: static    ip: 192.0.2.1 255.255.255.0   status: up    type: physical\r\n"
    (row,) = forti_shows.interfaces(text).facts[facts.INTERFACES]
    assert (row.name, row.addresses, row.admin_up) == ("wan", ("192.0.2.1",), True)


def test_what_is_appended_stays_beside_what_was_set() -> None:
    """`append` adds to a list, `set` replaces it."""
    text = (
        'config firewall policy\nedit 1\nset srcintf "lan"\nappend srcintf "dmz"\nset dstintf "a"\nset dstintf "wan"\n'
    )
    tree, strange = fortios(text + "next\nend\n")
    row = tree.table("firewall policy").rows["1"]
    assert (row.settings["srcintf"], row.settings["dstintf"], strange) == (["lan", "dmz"], ["wan"], 0)


def test_a_remark_of_an_archive_is_no_statement() -> None:
    """Configuration archives put lines that begin with `!` before what they keep."""
    tree = trees.statements("!RANCID-CONTENT-TYPE: paloalto\n!\ndeviceconfig {\n  system {\n    hostname fw;\n  }\n}\n")
    assert (tree.root.value("deviceconfig", "system", "hostname"), tree.strange) == ("fw", 0)


def test_a_pair_that_lost_its_other_member_is_no_pair() -> None:
    """FortiOS 7.4 then tells no state of the configuration."""
    text = "HA Health Status: \n    WARNING: FG5H1E0000000000 has hbdev down; \nModel: FortiGate-501E\nMode: HA A-P\n"
    assert forti_shows.pair(text + "number of member: 1\n").facts == {facts.HA_STATE: "failed"}
    assert not forti_shows.pair(text + "number of member: 2\n").facts

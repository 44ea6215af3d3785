"""Captures: files a device's owner made, read as if the device answered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages import pofile

from auditor.collectors import captures, transport
from auditor.collectors.captures import CaptureError, open_capture, read_snmprec, read_walk
from auditor.collectors.oids import record
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import NoAnswer
from auditor.site import Role

SNMPREC = """\
1.3.6.1.2.1.1.1.0|4|Cisco Adaptive Security Appliance | Version 9.8
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.2114
1.3.6.1.2.1.1.3.0|67|123456
1.3.6.1.2.1.2.2.1.6.10|4x|001a2b
1.3.6.1.2.1.2.2.1.6.9|4x|zz
1.3.6.1.2.1.2.2.1.6.2|4x|ff00
1.3.6.1.2.1.4.20.1.1.10.0.0.1|64x|0a000001
1.3.6.1.2.1.4.20.1.1.10.0.0.2|64|10.0.0.2
1.3.6.1.2.1.31.1.1.1.6.2|70|18446744073709551615
1.3.6.1.2.1.25.2.3.1.5.1|2|-4
1.3.6.1.2.1.25.2.3.1.5.1|2|99
1.3.6.1.2.1.9.9|5|
not a line
1.3.6.1|2|many
"""

WALK = """\
.1.3.6.1.2.1.1.1.0 = STRING: "Linux \\"box\\"
second line"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.8072.3.2.10
.1.3.6.1.2.1.1.3.0 = Timeticks: (123) 0:00:01.23
.1.3.6.1.2.1.2.2.1.6.2 = Hex-STRING: 00 1A 2B
3C 4D 5E
.1.3.6.1.2.1.2.2.1.6.1 = ""
.1.3.6.1.2.1.2.2.1.8.2 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.4.2 = INTEGER: 1500 octets
.1.3.6.1.2.1.2.2.1.5.2 = Gauge32: 4294967295
.1.3.6.1.2.1.31.1.1.1.6.2 = Counter64: 159475410
.1.3.6.1.2.1.4.20.1.1.10.0.0.1 = IpAddress: 10.0.0.1
.1.3.6.1.2.1.99.0 = No Such Object available on this agent at this OID
.1.3.6.1.2.1.98.0 = INTEGER: many
.1.3.6.1.2.1.97 = No more variables left in this MIB View (It is past the end of the MIB tree)
"""


def stars(text: str, secrets: Sequence[str]) -> str:
    return text.replace("hunter2", "<secret:strong>")


def test_a_snmprec_keeps_types_and_counts_what_makes_no_sense() -> None:
    """Bad cells are skipped and counted; a Null is no value; the first of two equal OIDs is kept."""
    found = read_snmprec(SNMPREC)
    assert found.skipped == 3
    assert found.values["1.3.6.1.2.1.1.1.0"] == b"Cisco Adaptive Security Appliance | Version 9.8"
    assert found.values["1.3.6.1.2.1.1.2.0"] == "1.3.6.1.4.1.9.1.2114"
    assert found.values["1.3.6.1.2.1.2.2.1.6.10"] == b"\x00\x1a\x2b"
    assert found.values["1.3.6.1.2.1.4.20.1.1.10.0.0.1"] == "10.0.0.1"
    assert found.values["1.3.6.1.2.1.31.1.1.1.6.2"] == 2**64 - 1
    assert found.values["1.3.6.1.2.1.25.2.3.1.5.1"] == -4
    assert "1.3.6.1.2.1.9.9" not in found.values


def test_a_walk_is_read_with_its_long_strings() -> None:
    """What snmpwalk -On writes, over several lines and with its names for numbers."""
    found = read_walk(WALK)
    assert found.skipped == 1
    assert found.values["1.3.6.1.2.1.1.1.0"] == b'Linux "box"\nsecond line'
    assert found.values["1.3.6.1.2.1.1.2.0"] == "1.3.6.1.4.1.8072.3.2.10"
    assert found.values["1.3.6.1.2.1.1.3.0"] == 123
    assert found.values["1.3.6.1.2.1.2.2.1.6.2"] == bytes.fromhex("001a2b3c4d5e")
    assert found.values["1.3.6.1.2.1.2.2.1.6.1"] == b""
    assert found.values["1.3.6.1.2.1.2.2.1.8.2"] == 1
    assert found.values["1.3.6.1.2.1.2.2.1.4.2"] == 1500
    assert found.values["1.3.6.1.2.1.4.20.1.1.10.0.0.1"] == "10.0.0.1"
    assert not {"1.3.6.1.2.1.99.0", "1.3.6.1.2.1.97"} & set(found.values)


async def test_a_recording_answers_like_a_device(tmp_path: Path) -> None:
    """Rows come in the order of their numbers, absent instances are absent, and the evidence says file."""
    (tmp_path / "asa.snmprec").write_text(SNMPREC)
    door = open_capture(tmp_path / "asa.snmprec").snmp(Transcript("fw"))
    assert door is not None
    assert list(await door.walk(["1.3.6.1.2.1.2.2.1.6"])) == ["1.3.6.1.2.1.2.2.1.6.2", "1.3.6.1.2.1.2.2.1.6.10"]
    assert await door.get(["1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.5.0"]) == {"1.3.6.1.2.1.1.3.0": 123456}
    assert {line.method for line in door.evidence()} == {"file"}


def test_evidence_can_be_read_back() -> None:
    """What the transcript keeps of an answer is a recording itself."""
    values = read_snmprec(SNMPREC).values
    assert read_snmprec("\n".join(record(oid, value) for oid, value in values.items())).values == values


async def test_a_folder_is_a_device(tmp_path: Path) -> None:
    """Outputs by the name of their command, a configuration, and what device.toml tells; secrets are hidden."""
    (tmp_path / "device.toml").write_text('name = "fw-rennes"\nrole = "firewall"\nplatform = "cisco_asa"\n')
    (tmp_path / "show_vpn-sessiondb_license-summary.txt").write_bytes(
        b"fw# show vpn-sessiondb license-summary\r\nok\r\n"
    )
    (tmp_path / "fw.cfg").write_text("key hunter2\n")
    found = open_capture(tmp_path)
    assert (found.name, found.role, found.platform) == ("fw-rennes", Role.FIREWALL, "cisco_asa")
    assert found.snmp(Transcript("fw")) is None
    shell = found.shell(Transcript("fw"), stars, (), ["show running-config"])
    assert shell is not None
    assert await shell.show("show vpn-sessiondb license-summary") == "ok"
    assert await shell.show("show running-config") == "key <secret:strong>"
    assert "hunter2" not in "".join(line.text for line in shell.evidence())
    with pytest.raises(NoAnswer) as caught:
        await shell.show("show version")
    assert caught.value.message.id == "file.absent"


async def test_one_file_is_what_the_caller_says(tmp_path: Path) -> None:
    """The output of a named command, or a configuration."""
    (tmp_path / "a.log").write_text("up 12 days")
    shell = open_capture(tmp_path / "a.log", command="show version").shell(Transcript("x"), stars)
    assert shell is not None
    assert await shell.show("show  version") == "up 12 days"
    assert open_capture(tmp_path / "a.log", configuration=True).configuration == "up 12 days"


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    """One error with the file and the reason for each kind of damage."""
    (tmp_path / "empty.snmprec").write_text("nothing here\n")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "hollow").mkdir()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "a.txt").write_text("x")
    (broken / "device.toml").write_text('role = "toaster"')
    for name, id in {
        "absent": "file.missing",
        "empty.snmprec": "file.no_value",
        "photo.jpg": "file.kind",
        "hollow": "file.empty",
        "broken": "file.role",
    }.items():
        with pytest.raises(CaptureError) as caught:
            open_capture(tmp_path / name)
        assert caught.value.message.id == id
        assert name in str(caught.value.message.values["target"])


def test_every_shared_recording_is_read(shared: Path) -> None:
    """No recording of a real device makes the readers stumble, and hardly a line is lost."""
    files = sorted((shared / "recordings" / "snmp").glob("*.snmprec"))
    assert files
    for path in files:
        (recording,) = open_capture(path).recordings
        assert recording.values, path.name
        assert recording.skipped <= 0.05 * len(recording.values), path.name


def test_every_sentence_of_the_doors_is_said_in_french() -> None:
    """The catalogue holds each, with the same placeholders."""
    french: dict[str, str] = {}
    for path in (Path(captures.__file__).parents[1] / "locale/fr/LC_MESSAGES").glob("*.po"):
        with path.open("rb") as stream:
            french |= {str(message.id): str(message.string) for message in pofile.read_po(stream)}
    for english in (*transport.SENTENCES.values(), *captures.SENTENCES.values()):
        assert french.get(english), english
        assert {part.partition("}")[0] for part in english.split("{")[1:]} == {
            part.partition("}")[0] for part in french[english].split("{")[1:]
        }

"""An Asterisk's configuration handed over as files: what it tells, and whom it must not name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.commands import auditor

PJSIP = """\
[transport-udp]
type=transport
protocol=udp
bind=10.20.0.5

[transport-tls]
type=transport
protocol=tls
method=tlsv1_2

[handset](!)
type=endpoint
disallow=all
allow=g722,alaw

[3001](handset)
callerid="Ada Lovelace" <3001>
auth=3001-auth
aors=3001

[3001-auth]
type=auth
username=3001
password=planted-7Qx

[3001]
type=aor
max_contacts=1

[3002](handset)
media_encryption=sdes
"""
SIP = """\
[general]
context=public
allow=alaw
tlsenable=yes
register => 33299000000:planted-7Qx@203.0.113.9:5060/33299000000

[201]
type=friend
host=dynamic
secret=planted-7Qx
callerid="Ada Lovelace" <201>

[202]
type=friend
host=dynamic
encryption=yes
allow=g722

[carrier]
type=peer
host=203.0.113.9
"""


def told(folder: Path, text: str, code: int = 0) -> tuple[dict[str, Any], str]:
    """The facts of a configuration, and everything that was printed."""
    path = folder / "exchange.cfg"
    path.write_text(text, encoding="utf-8")
    ended = auditor("inspect", path, "--platform", "asterisk", "--config", "--json")
    assert ended.code == code, ended
    return {row["key"]: row["value"] for row in ended.json["readings"]}, ended.out


def sets(found: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return sorted((one["media_encryption"], one.get("codecs", [])) for one in found["telephony.endpoints"])


def test_pjsip_conf_tells_sets_and_transports(tmp_path: Path) -> None:
    """Templates are followed; an address of record and a log-in are no sets."""
    found, printed = told(tmp_path, PJSIP)
    assert sets(found) == [("no", ["g722", "alaw"]), ("sdes", ["g722", "alaw"])]
    assert found["telephony.transports"] == ["tls", "udp"]
    assert "telephony.trunks" not in found
    for planted in ("planted-7Qx", "Lovelace", "3001"):
        assert planted not in printed


def test_sip_conf_tells_sets_trunks_and_transports(tmp_path: Path) -> None:
    """What registers is a set, what has a fixed address is a trunk; codecs of [general] hold where a set has none."""
    found, printed = told(tmp_path, SIP)
    assert sets(found) == [("no", ["alaw"]), ("sdes", ["g722"])]
    assert found["telephony.transports"] == ["tls", "udp"]
    assert [(one["name"], one["host"]) for one in found["telephony.trunks"]] == [("carrier", "203.0.113.9")]
    for planted in ("planted-7Qx", "Lovelace", "33299000000"):
        assert planted not in printed


def test_another_file_of_the_exchange_is_no_list_of_sets(tmp_path: Path) -> None:
    """Sections alone make neither a set nor a transport."""
    found, _ = told(tmp_path, "[general]\nenabled=yes\n\n[reception]\nstrategy=ringall\nhost=dynamic\n", 3)
    assert not [key for key in found if key.startswith("telephony.")]

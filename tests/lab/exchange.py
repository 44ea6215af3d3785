"""A real Asterisk in a root of its own, on loopback: sets that sipp registers, a trunk, calls; all ended afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.lab.conftest import tool

SUITES = ("bullseye", "sid")
SERVER, OPERATOR = "127.0.0.1", "127.50.0.1"
PORT, SIP_PORT, OPERATOR_PORT = 25060, 25160, 25260
INSIDE, OUTSIDE = "127.20.0.11", "127.99.0.21"
NETWORKS = ("127.20.0.0/16",)

# What must be found nowhere afterwards.
SECRET, PIN, NAME = "Zq7-planted-secret", "47119", "Planted Caller"
FORWARD, CALLED, BOX = "0612987654", "0033145998877", "planted.box@example.net"
PLANTED = (SECRET, PIN, NAME, FORWARD, CALLED, BOX)


@dataclass(frozen=True, slots=True)
class Phone:
    """One extension; `agent` "" for one that never registered."""

    name: str
    agent: str = ""
    address: str = INSIDE
    kind: str = "unknown"


def phones() -> tuple[Phone, ...]:
    """24 extensions: 8 desk sets (2 at home), 5 softphones (4 at home), 1 nobody knows, 10 that never registered."""
    desk = [("Yealink SIP-T46S 66.86.0.15", INSIDE)] * 4 + [("snomD725/10.1.101.11", INSIDE)] * 2
    desk += [("PolycomVVX-VVX_411-UA/5.9.0", OUTSIDE)] * 2
    soft = [("Linphone Desktop/4.4.10 (Windows 10)", OUTSIDE)] * 3
    soft += [("Z 5.6.1 v2.10.19.6", OUTSIDE), ("MicroSIP/3.21.3", INSIDE)]
    rows = [(*row, "desk") for row in desk] + [(*row, "softphone") for row in soft] + [("Ovni 1.0", INSIDE, "unknown")]
    live = [Phone(str(201 + n), *row) for n, row in enumerate(rows)]
    return (*live, *(Phone(str(230 + n)) for n in range(10)))


# ---- its root ----


def mirror() -> str:
    """The archive that this machine installs from."""
    told = subprocess.run(
        [tool("apt-get"), "indextargets", "--format", "$(SITE) $(REPO_URI)"], capture_output=True, encoding="utf-8"
    )
    uris = dict.fromkeys(line.split()[-1] for line in told.stdout.splitlines() if line.strip())
    return next((uri for uri in uris if "security" not in uri and uri.startswith("http")), "")


@contextmanager
def root() -> Iterator[Path]:
    """A Debian with Asterisk in a folder: bullseye's, else sid's, else the test is skipped with the reason.

    One that was made before serves as it is where AUDITOR_LAB_EXCHANGE names it.
    """
    if ready := os.environ.get("AUDITOR_LAB_EXCHANGE"):
        yield Path(ready)
        return
    if shutil.which("debootstrap", path="/usr/sbin:/usr/bin") is None or shutil.which("sipp") is None:
        pytest.skip("SKIPPED: debootstrap and sip-tester are not installed")
    uri = mirror()
    if not uri:
        pytest.skip("SKIPPED: apt on this machine has no archive on the network")
    folder = Path(tempfile.mkdtemp(prefix="auditor-exchange-", dir="/var/lib"))  # sshd wants all parents root's alone
    folder.chmod(0o755)
    reasons: list[str] = []
    try:
        for suite in SUITES:
            if not (why := _install(folder / suite, suite, uri)):
                yield folder / suite
                return
            reasons.append(f"{suite}: {why}")
        pytest.skip(f"SKIPPED: no Asterisk can be installed ({'; '.join(reasons)})")
    finally:
        for suite in SUITES:
            subprocess.run([tool("umount"), "-l", str(folder / suite / "proc")], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _install(place: Path, suite: str, uri: str) -> str:
    """Why it failed, "" where it did not."""
    made = _run([tool("debootstrap"), "--variant=minbase", suite, str(place), uri], 600)
    if made.returncode:
        return (made.stdout + made.stderr).strip().splitlines()[-1:][0][:200]
    policy = place / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    _run([tool("mount"), "-t", "proc", "proc", str(place / "proc")])
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", place / "etc" / name)
    quick = "-o Dpkg::Options::=--force-unsafe-io --no-install-recommends"
    words = f"apt-get install -y -qq {quick} asterisk asterisk-modules"
    done = _run(["chroot", str(place), "env", "DEBIAN_FRONTEND=noninteractive", *words.split()], 600)
    (place / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")  # no names, and no waiting for them
    return "" if (place / "usr/sbin/asterisk").exists() else done.stderr.strip()[-200:] or "not in this archive"


def _run(words: Sequence[str], seconds: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, encoding="utf-8", errors="replace", timeout=seconds, check=False)


# ---- its configuration ----


def configure(place: Path, group: int) -> None:
    """The files of a small firm: the group may use the console and read the configuration."""
    etc = place / "etc/asterisk"
    _run(["chroot", str(place), "groupdel", "auditors"])
    _run(["chroot", str(place), "groupadd", "-o", "-g", str(group), "auditors"])
    _run(["chroot", str(place), "usermod", "-aG", "auditors", "asterisk"])
    (etc / "asterisk.conf").write_text(
        "[directories]\nastetcdir => /etc/asterisk\n[options]\nmaxcalls = 40\n"
        "[files]\nastctlpermissions = 0660\nastctlgroup = auditors\n"
    )
    (etc / "pjsip.conf").write_text(_pjsip())
    (etc / "sip.conf").write_text(_chan_sip())
    (etc / "extensions.conf").write_text("[default]\nexten => 600,1,Answer()\n same => n,Wait(600)\n")
    (etc / "voicemail.conf").write_text(f"[general]\n[default]\n201 => {PIN},{NAME},{BOX}\n202 => {PIN},{NAME}\n")
    (etc / "queues.conf").write_text("[general]\n[welcome]\nstrategy=ringall\nmember => PJSIP/201\n")
    for path in etc.glob("*.conf"):
        os.chown(path, -1, group)
        path.chmod(0o640)
    _run(["chroot", str(place), "chown", "asterisk", *(f"/etc/asterisk/{path.name}" for path in etc.glob("*.conf"))])
    etc.chmod(0o755)
    _records(place, group)


def _pjsip() -> str:
    lines = [
        f"[transport-udp]\ntype=transport\nprotocol=udp\nbind={SERVER}:{PORT}\nlocal_net=127.20.0.0/16\n",
        f"[transport-tcp]\ntype=transport\nprotocol=tcp\nbind={SERVER}:{PORT}\n",
        "[desk](!)\ntype=endpoint\ncontext=default\ndisallow=all\nallow=alaw,ulaw\nrewrite_contact=yes\n",
        "[home](!,desk)\nallow=!all,opus,g722\nmedia_encryption=sdes\n",
    ]
    for phone in phones():
        base = "home" if phone.kind == "softphone" else "desk"
        lines.append(
            f'[{phone.name}]({base})\nauth={phone.name}\naors={phone.name}\ncallerid="{NAME}" <{phone.name}>\n'
            f"[{phone.name}]\ntype=auth\nusername={phone.name}\npassword={SECRET}\n"
            f"[{phone.name}]\ntype=aor\nmax_contacts=2\n"
        )
    for name, port in (("operator", OPERATOR_PORT), ("backup", OPERATOR_PORT + 7)):
        host = f"{OPERATOR}:{port}" if name == "operator" else f"127.51.0.1:{port}"
        lines.append(
            f"[{name}]\ntype=endpoint\ntransport=transport-udp\ncontext=default\nallow=alaw\naors={name}\n"
            f"outbound_auth={name}\n[{name}]\ntype=aor\ncontact=sip:{host}\n"
            f"[{name}]\ntype=auth\nusername={CALLED}\npassword={SECRET}\n"
            f"[{name}-reg]\ntype=registration\ntransport=transport-udp\noutbound_auth={name}\n"
            f"server_uri=sip:{host}\nclient_uri=sip:{CALLED}@{host}\nretry_interval=5\n"
        )
    return "".join(lines)


def _chan_sip() -> str:
    """Three sets of the older stack, which version 21 no longer has; none registered."""
    sets = "".join(f"[{n}]\ntype=friend\nhost=dynamic\nsecret={SECRET}\nqualify=no\n" for n in (301, 302, 303))
    return f"[general]\nudpbindaddr={SERVER}:{SIP_PORT}\n{sets}"


def _records(place: Path, group: int) -> None:
    """Six days of calls in Asterisk's own format: at ten o'clock 12 calls of five minutes, at noon one."""
    rows = []
    for day in range(16, 22):
        for hour, count in ((10, 12), (12, 1)):
            rows += [
                f'"","{FORWARD}","{CALLED}","default","""{NAME}"" <{FORWARD}>","PJSIP/201-1","PJSIP/operator-2","Dial",'
                f'"PJSIP/{CALLED}@operator","2026-11-{day} {hour}:0{n % 10}:00","2026-11-{day} {hour}:0{n % 10}:05",'
                f'"2026-11-{day} {hour}:1{n % 10}:00",300,295,"ANSWERED","DOCUMENTATION","17000.{n}",""'
                for n in range(count)
            ]
    folder = place / "var/log/asterisk/cdr-csv"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "Master.csv"
    path.write_text("\n".join(rows) + "\n")
    for one in (folder.parent, folder, path):
        os.chown(one, -1, group)
        one.chmod(0o770 if one.is_dir() else 0o660)


# ---- its life ----


@dataclass
class Exchange:
    """A running Asterisk."""

    place: Path
    folder: Path
    ends: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def say(self, words: str) -> str:
        return _run(["chroot", str(self.place), "/usr/sbin/asterisk", "-rx", words], 20).stdout

    def until(self, true: Callable[[], bool], what: str) -> None:
        for _ in range(150):
            if true():
                return
            time.sleep(0.2)
        raise AssertionError(what)


@contextmanager
def running(place: Path, folder: Path) -> Iterator[Exchange]:
    """Asterisk with its operator, its sets registered and three calls up."""
    exchange = Exchange(place, folder)
    try:
        exchange.ends.append(_operator(folder))
        with (folder / "asterisk.log").open("wb") as log:
            words = [
                "chroot",
                str(place),
                "/usr/sbin/asterisk",
                "-f",
                "-U",
                "asterisk",
            ]  # with -G it leaves its other groups
            exchange.ends.append(subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        exchange.until(lambda: "fully booted" in exchange.say("core waitfullybooted"), "it did not start")
        _register(folder)
        exchange.say(f"database put CF 203 {FORWARD}")
        exchange.say("database put CF 204 205")  # to a colleague: no way home
        exchange.ends.append(_phone(folder))
        exchange.say("channel originate PJSIP/201 application Milliwatt")
        for _ in range(3):
            exchange.say("channel originate Local/600@default application Wait 600")
        exchange.until(lambda: "operator-reg/" in exchange.say("pjsip show registrations"), "no registration")
        exchange.until(lambda: " Registered" in exchange.say("pjsip show registrations"), "the trunk is not registered")
        exchange.until(lambda: "alaw" in exchange.say("pjsip show channelstats"), "nobody talks")
        time.sleep(6)  # packets enough to judge a call by
        yield exchange
    finally:
        for process in reversed(exchange.ends):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


_REGISTER = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register">
 <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[remote_ip]>;tag=[call_number]
To: <sip:[field0]@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:[field0]@[local_ip]:[local_port]>
User-Agent: [field2]
Expires: 3600
Max-Forwards: 70
Content-Length: 0

]]></send>
 <recv response="401" auth="true"/>
 <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[remote_ip]>;tag=[call_number]
To: <sip:[field0]@[remote_ip]>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:[field0]@[local_ip]:[local_port]>
User-Agent: [field2]
[field1]
Expires: 3600
Max-Forwards: 70
Content-Length: 0

]]></send>
 <recv response="200"/>
</scenario>
"""

_ANSWER = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="operator">
 <recv request="REGISTER"/>
 <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
[last_Contact:]
Expires: 3600
Content-Length: 0

]]></send>
</scenario>
"""


_PICK_UP = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="picks up and sends back what it hears">
 <recv request="INVITE"/>
 <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=phone 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000

]]></send>
 <recv request="ACK"/>
 <recv request="BYE" timeout="600000"/>
</scenario>
"""


def _phone(folder: Path) -> subprocess.Popen[bytes]:
    """The set 201, which answers and echoes the voice it is sent."""
    scenario = folder / "phone.xml"
    scenario.write_text(_PICK_UP)
    words = [
        "sipp", "-sf", str(scenario), "-i", INSIDE, "-p", "25070", "-mi", INSIDE, "-rtp_echo", "-nostdin",
    ]  # fmt: skip
    return subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _operator(folder: Path) -> subprocess.Popen[bytes]:
    scenario = folder / "operator.xml"
    scenario.write_text(_ANSWER)
    words = ["sipp", "-sf", str(scenario), "-i", OPERATOR, "-p", str(OPERATOR_PORT), "-nostdin"]
    return subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _register(folder: Path) -> None:
    """Each set with its own user agent, from where it is."""
    scenario = folder / "register.xml"
    scenario.write_text(_REGISTER)
    for address in (INSIDE, OUTSIDE):
        there = [phone for phone in phones() if phone.agent and phone.address == address]
        rows = [f"{p.name};[authentication username={p.name} password={SECRET}];{p.agent}" for p in there]
        users = folder / f"{address}.csv"
        users.write_text("\n".join(["SEQUENTIAL", *rows]) + "\n")
        ended = _run([
            "sipp", f"{SERVER}:{PORT}", "-sf", str(scenario), "-inf", str(users), "-m", str(len(there)), "-l", "5",
            "-r", "20", "-i", address, "-p", "25070", "-nostdin", "-timeout", "20s",
        ])  # fmt: skip
        assert ended.returncode == 0, ended.stdout[-600:] + ended.stderr[-600:]

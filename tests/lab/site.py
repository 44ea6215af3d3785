"""The laboratory site: a company with a router, a VPN gateway, a telephone exchange and a UPS, all real programs.

    people at home, the internet --- wan0 ROUTER lan0 --- wan0 GATEWAY lan0 --- EXCHANGE, UPS, the auditor's DESK
    (c)                                   (r)                  (g)               (p)       (u)  (a, and the switch)

Run by tests/lab/keeper.py as the first process of a PID namespace; nothing of it is to be run on a bare machine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.daemons import AUTH_WORDS, PRIV_WORDS, USERS
from tests.lab import exchange as telephony
from tests.lab import gateway as vpn
from tests.lab.conftest import PASSWORD
from tests.lab.gateway import House
from tests.lab.keeper import INSIDE, programs

ACCOUNT: Final = "audit"
NUMBER: Final = 64_900
"""The account's, which only the site's own /etc knows."""
COMMUNITY: Final = "lab-community-5uX"
DESK, ROUTER, EXCHANGE, UPS = "10.77.1.2", "10.77.1.254", "10.77.1.50", "10.77.1.60"
GATEWAY: Final = "10.77.1.1"
ISP, SPARE = "10.98.0.1", "10.97.0.1"
SPARE_METRIC: Final = (200 << 24) + 300
"""The route of the second line stands by: FRR takes the upper byte of a kernel route's metric as its distance."""
UPLINK_BPS: Final = 20_000_000
SENT: Final = {"up": 6_000_000, "down": 2_000_000}
"""What the internet link carries all the time, in bit/s of whole frames."""
AWAY_S: Final = 3
CPU: Final = 12
"""The load of the router's processors, in percent."""
UPS_TELLS: Final = {"minutes": 37, "load": 41}
CALLED: Final = {"r": "rtr-lab", "g": "gw-lab", "p": "pbx-lab", "u": "ups-lab", "a": "desk-lab", "c": "homes-lab"}
NEEDED: Final = (*vpn.NEEDED, "sshd", "snmpd", "sipp", "openssl", "ssh-keygen", "groupadd")
FRR: Final = Path("/usr/lib/frr")

BGP: Final = """\
router bgp {own}
 bgp router-id {id}
 no bgp ebgp-requires-policy
 neighbor {peer} remote-as {other}
 neighbor {peer} timers 3 9
 neighbor {peer} timers connect 1
 address-family ipv4 unicast
{more} exit-address-family
"""
SHELL: Final = """\
unset HISTFILE
PS0='$(history 1 >> {place}/typed)'
"""
SITE: Final = """\
[site]
name = "Lab"
client = "Lab"
language = "en"
networks = ["10.77.1.0/24", "127.20.0.0/16"]

[people]
headcount = 200
eligible = 200
profiles = {{ office = 1.0 }}

[[link]]
name = "main"
device = "router"
interface = "wan0"
carries = ["vpn", "internet"]
committed_down_bps = {rate}
committed_up_bps = {rate}

[[device]]
name = "router"
address = "{router}"
role = "router"
snmp = {{ version = "3", user = "strong", auth = "sha256", priv = "aes128", credential = "sealed" }}
ssh = {{ user = "{account}", credential = "lab" }}

[[device]]
name = "gateway"
address = "{gateway}"
role = "vpn"
ssh = {{ user = "{account}", credential = "lab" }}

[[device]]
name = "pbx"
address = "{exchange}"
role = "pbx"
ssh = {{ user = "{account}", credential = "lab" }}

[[device]]
name = "ups"
address = "{ups}"
role = "ups"
snmp = {{ version = "2c", credential = "agent" }}
"""
SECRETS: Final = {
    "AUDITOR_CREDENTIAL_LAB": PASSWORD,
    "AUDITOR_CREDENTIAL_AGENT": COMMUNITY,
    "AUDITOR_CREDENTIAL_SEALED": AUTH_WORDS,
    "AUDITOR_CREDENTIAL_SEALED_PRIV": PRIV_WORDS,
}


def site_file() -> str:
    """The site as its auditor describes it."""
    return SITE.format(rate=UPLINK_BPS, router=ROUTER, gateway=GATEWAY, exchange=EXCHANGE, ups=UPS, account=ACCOUNT)


@dataclass
class Houses:
    """The machines of the site by their letters, and the folder of each daemon's files."""

    sides: dict[str, House]
    agents: dict[str, int]
    """The daemons that the audit asks, by name: their process numbers in the site."""

    def save(self) -> None:
        sides = {letter: (one.name, str(one.folder), one.holder, one.net) for letter, one in self.sides.items()}
        (INSIDE / "houses.json").write_text(json.dumps({"sides": sides, "agents": self.agents}))


def houses() -> Houses:
    """The machines as a later command of the site finds them."""
    told = json.loads((INSIDE / "houses.json").read_text())
    sides = {letter: House(name, Path(folder), holder, net=net)
             for letter, (name, folder, holder, net) in told["sides"].items()}  # fmt: skip
    return Houses(sides, told["agents"])


# ---- what the site has for itself ----


def private() -> None:
    """Folders that daemons and accounts write to, hidden behind copies that only the site sees."""
    _words("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt")
    INSIDE.mkdir()
    shutil.copytree("/etc", INSIDE / "etc", symlinks=True)
    _words("mount", "--bind", str(INSIDE / "etc"), "/etc")
    for place in ("/run", "/var/log", "/home"):
        _words("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", place)
    for name in ("sshd", "netns", "lock", "sudo", "frr"):
        Path("/run", name).mkdir()
    Path("/etc/resolv.conf").unlink(missing_ok=True)
    Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n")  # nobody listens there: no name is waited for
    _account()


def _account() -> None:
    """The auditor's account, with PASSWORD, in this copy of /etc alone."""
    digest = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=PASSWORD, capture_output=True, encoding="utf-8", check=True
    ).stdout.strip()
    for name, row in (
        ("passwd", f"{ACCOUNT}:x:{NUMBER}:{NUMBER}::/home/{ACCOUNT}:/bin/bash"),
        ("group", f"{ACCOUNT}:x:{NUMBER}:"),
        ("shadow", f"{ACCOUNT}:{digest}:20000:0:99999:7:::"),
    ):
        with Path("/etc", name).open("a") as lines:
            lines.write(row + "\n")
    home = Path("/home", ACCOUNT)
    home.mkdir()
    os.chown(home, NUMBER, NUMBER)


def _words(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, env=vpn.ENVIRONMENT)


# ---- the cables ----


def wire(sides: dict[str, House]) -> None:
    """Addresses, the switch of the LAN, the shaped uplink and the way between people at home and the gateway."""
    desk, router, gateway, homes = (sides[letter] for letter in "argc")
    desk.run("ip", "link", "add", "br0", "type", "bridge")
    desk.run("ip", "link", "set", "br0", "up")
    desk.run("ip", "addr", "add", f"{DESK}/24", "dev", "br0")
    for letter, port, address in (
        ("g", "lan0", GATEWAY), ("r", "mgmt0", ROUTER), ("p", "eth0", EXCHANGE), ("u", "eth0", UPS)
    ):  # fmt: skip
        vpn.cable(sides[letter], port, desk, f"port-{letter}")
        desk.run("ip", "link", "set", f"port-{letter}", "master", "br0")
        sides[letter].run("ip", "addr", "add", f"{address}/24", "dev", port)
    vpn.cable(router, "lan0", gateway, "wan0")
    vpn.cable(router, "wan0", homes, "out0")
    vpn.cable(router, "wan1", homes, "out1")
    for house, address, port in (
        (router, "10.99.0.254", "lan0"), (gateway, "10.99.0.1", "wan0"), (router, "10.98.0.254", "wan0"),
        (router, "10.97.0.254", "wan1"), (homes, ISP, "out0"), (homes, SPARE, "out1"),
    ):  # fmt: skip
        house.run("ip", "addr", "add", f"{address}/24", "dev", port)
    vpn.at_home(homes)
    gateway.run("ip", "route", "add", "default", "via", "10.99.0.254")
    homes.run("ip", "route", "add", "10.99.0.0/24", "via", "10.98.0.254")
    router.run("ip", "route", "add", "default", "via", SPARE, "dev", "wan1", "metric", str(SPARE_METRIC))
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    router.run("tc", "qdisc", "add", "dev", "wan0", "root", "tbf", "rate", f"{UPLINK_BPS}", "burst", "64kb",
               "latency", "50ms")  # fmt: skip


# ---- the programs ----


def frr(letter: str) -> dict[str, str]:
    """The configuration of FRR on one side: the operator gives the router its default route."""
    if letter == "r":
        bgp = BGP.format(own=65010, id="10.98.0.254", peer=ISP, other=65001, more="")
    else:
        more = "  neighbor 10.98.0.254 default-originate\n"
        bgp = BGP.format(own=65001, id=ISP, peer="10.98.0.254", other=65010, more=more)
    return {"/etc/frr/zebra.conf": f"hostname lab-{letter}\n", "/etc/frr/bgpd.conf": bgp, "/etc/frr/vtysh.conf": ""}


def route(side: House) -> None:
    """zebra and bgpd."""
    side.run("mkdir", "-p", "/run/frr")
    side.run("chown", "-R", "frr:frr", "/run/frr", "/etc/frr")
    for name in ("zebra", "bgpd"):
        side.start(str(FRR / name), "-A", "127.0.0.1", "-f", f"/etc/frr/{name}.conf", "-i", f"/run/frr/{name}.pid")
        vpn.until(name, lambda name=name: bool(side.run("ls", f"/run/frr/{name}.vty")))  # type: ignore[misc]


def agent(side: House, address: str, lines: list[str]) -> int:
    """snmpd on one address; its process number."""
    (side.folder / "snmpd.state").mkdir()
    (side.folder / "snmpd.conf").write_text("\n".join((f"agentAddress udp:{address}:161", *lines)) + "\n")
    return answering(side)


def answering(side: House) -> int:
    """snmpd as it is configured; each start of it is a new boot of its engine."""
    config, state = side.folder / "snmpd.conf", side.folder / "snmpd.state"
    return side.start("snmpd", "-f", "-Lo", "-C", "-c", str(config), f"--persistentDir={state}", MIBS="").pid


def calm() -> list[str]:
    """The processors of the router, which are those of the machine: it may well be busy, and the audit would wait."""
    first = 196_608  # hrDeviceIndex of net-snmp's first processor
    return [f"override 1.3.6.1.2.1.25.3.3.1.2.{first + n} integer {CPU}" for n in range(os.cpu_count() or 1)]


def power() -> list[str]:
    """A UPS whose agent a script of its own answers for."""
    script = Path(__file__).with_name("upsagent.py")
    words = f"{sys.executable} {script} {UPS_TELLS['minutes']} {UPS_TELLS['load']}"
    return [
        f"rocommunity {COMMUNITY}",
        "override 1.3.6.1.2.1.1.2.0 object_id 1.3.6.1.2.1.33",
        f"pass_persist .1.3.6.1.2.1.33 {words}",
    ]


def login(side: House, address: str, jail: Path | None = None) -> int:
    """sshd on one address, behind a shell that notes what is typed into it; its process number."""
    place = jail / "srv/lab" if jail else side.folder / "shell"
    shown = Path("/srv/lab") if jail else place
    place.mkdir(parents=True, exist_ok=True)
    (place / "typed").write_text("")
    (place / "typed").chmod(0o666)
    (place / "rc").write_text(SHELL.format(place=shown))
    key, config = side.folder / "hostkey", side.folder / "sshd.conf"
    _words("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    config.write_text(
        f"ListenAddress {address}\nPort 22\nHostKey {key}\nAllowUsers {ACCOUNT}\nPasswordAuthentication yes\n"
        "KbdInteractiveAuthentication no\nPubkeyAuthentication no\nUsePAM yes\nPrintMotd no\nStrictModes no\n"
        f"PidFile {side.folder}/sshd.pid\nLogLevel VERBOSE\n"
        + (f"ChrootDirectory {jail}\n" if jail else "")
        + f"ForceCommand exec /bin/bash --noprofile --rcfile {shown}/rc -i\n"
    )
    return listening(side)


def listening(side: House) -> int:
    """sshd as it is configured."""
    words = ("/usr/sbin/sshd", "-D", "-E", str(side.folder / "sshd.log"), "-f", str(side.folder / "sshd.conf"))
    return side.start(*words).pid


# ---- all of it ----


def build(stack: ExitStack, place: Path) -> Houses:
    """The whole site, every session of the truth up."""
    files: dict[str, dict[str, str]] = {letter: {} for letter in "apu"}
    files |= {"g": vpn.settings(INSIDE, ACCOUNT), "r": frr("r"), "c": frr("c")}
    files["g"]["/etc/sudoers.d/auditor"] = "Defaults logfile=/run/sudo.log\n" + files["g"]["/etc/sudoers.d/auditor"]
    sides = {
        letter: stack.enter_context(vpn.side(letter, INSIDE, texts, called=CALLED[letter], seconds="infinity"))
        for letter, texts in files.items()
    }
    sides["c"].net = "10.98.0"
    wire(sides)
    for letter in "rc":
        route(sides[letter])
    exchange(sides["p"], place)
    vpn.connect(sides["g"], sides["c"])
    agents = {
        "snmpd router": agent(sides["r"], ROUTER, [*USERS, *calm()]),
        "snmpd ups": agent(sides["u"], UPS, power()),
        "sshd router": login(sides["r"], ROUTER),
        "sshd gateway": login(sides["g"], GATEWAY),
        "sshd pbx": login(sides["p"], EXCHANGE, place),
    }
    for letter, host, way in (("g", ISP, "up"), ("c", "10.99.0.1", "down")):
        sides[letter].start(sys.executable, "-m", "tests.lab.traffic", host, str(SENT[way]))
    vpn.until("BGP", lambda: " proto bgp " in sides["r"].run("ip", "route", "show", "default"), 40)
    vpn.until("the exchange", lambda: (INSIDE / "exchange-ready").exists(), 60)
    return Houses(sides, agents)


def reboot(lines: int) -> None:
    """Once so many more lines were typed into its shell: the router loses its daemons and all who are logged in.

    It is away for some seconds with its line, and comes back.
    """
    site = houses()
    router, ends = site.sides["r"], time.monotonic() + 60
    typed = router.folder / "shell" / "typed"
    already = len(typed.read_text().splitlines())
    while len(typed.read_text().splitlines()) < already + lines and time.monotonic() < ends:
        time.sleep(0.01)
    router.run("ip", "link", "set", "wan0", "down")
    for name in ("snmpd router", "sshd router"):
        _end(site.agents[name])
    time.sleep(AWAY_S)
    router.run("ip", "link", "set", "wan0", "up")
    site.agents |= {"snmpd router": answering(router), "sshd router": listening(router)}
    site.save()


def _end(pid: int) -> None:
    """A daemon and all it started, at once."""
    for child in _started(pid):
        _end(child)
    os.kill(pid, signal.SIGKILL)


def _started(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def exchange(side: House, place: Path) -> None:
    """Asterisk and its sets: a process of its own holds them, in the network of the exchange."""
    (INSIDE / "exchange-root").write_text(str(place))
    telephony.configure(place, NUMBER)
    side.start(sys.executable, "-m", "tests.lab.site", "exchange", str(place))


def telephones(place: Path) -> None:
    folder = INSIDE / "exchange"
    folder.mkdir()
    with telephony.running(place, folder):
        (INSIDE / "exchange-ready").touch()
        signal.pause()


def keep(state: Path, exchange_root: str) -> None:
    """Bring all up, say so, and stay."""
    with ExitStack() as stack:
        place = Path(exchange_root) if exchange_root else _installed(state)
        private()
        try:
            build(stack, place).save()
        except BaseException:
            _complain()
            raise
        (state / "ready").touch()
        while True:
            signal.pause()


def _installed(state: Path) -> Path:
    """An Asterisk below the folder of the site, which takes about a minute."""
    uri, place = telephony.mirror(), state / "exchange"
    place.mkdir(mode=0o755)
    for suite in telephony.SUITES:
        if not (why := telephony._install(place / suite, suite, uri)):
            return place / suite
        sys.stderr.write(f"{suite}: {why}\n")
    raise SystemExit("no Asterisk can be installed on this machine")


def _complain() -> None:
    """What the daemons said before the site failed to come up."""
    for path in sorted(INSIDE.rglob("*.log")):
        if text := path.read_text(errors="replace")[-400:].strip():
            sys.stderr.write(f"--- {path.relative_to(INSIDE)}\n{text}\n")


def main() -> None:
    if sys.argv[1] == "reboot":
        return reboot(int(sys.argv[2]))
    if os.getpid() != 1 and sys.argv[1] != "exchange":
        raise SystemExit("this is started by `python -m tests.lab up`")
    if missing := programs(NEEDED, vpn.PATH) + ([] if FRR.is_dir() else ["frr"]):
        raise SystemExit(f"not installed: {', '.join(missing)}")
    try:
        if sys.argv[1] == "exchange":
            telephones(Path(sys.argv[2]))
        else:
            keep(Path(sys.argv[1]), sys.argv[2])
    except pytest.skip.Exception as reason:
        raise SystemExit(str(reason)) from None


if __name__ == "__main__":
    main()

"""A real VPN gateway with live sessions: strongSwan, OpenVPN, WireGuard, ocserv and nftables in a namespace of its own.

Everything stands in two network namespaces joined by a cable that this file makes; /run and the folders of settings are
private to them, so that nothing of the machine's own is seen or changed. All that was started is ended by its pid.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
NEEDED = ("ip", "nsenter", "nft", "swanctl", "charon-systemd", "openvpn", "wireguard-go", "wg", "ocserv", "ocpasswd",
          "openconnect", "sudo", "openssl", "tc")  # fmt: skip
ENVIRONMENT = {**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8"}
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
TRUTH = {"strongswan": 3, "openvpn": 2, "wireguard": 2, "ocserv": 2}
"""Who is connected. A fourth WireGuard peer is only configured, and one IKE association has no child."""

ROOT_LINES = (
    "/usr/sbin/swanctl --stats",
    "/usr/sbin/swanctl --list-sas",
    "/usr/sbin/swanctl --list-pools --leases",
    "/usr/sbin/swanctl --list-conns",
    "/usr/bin/cat /etc/swanctl/swanctl.conf",
    "/usr/bin/wg show all",
    "/usr/bin/occtl -j show users",
    "/usr/bin/cat /etc/ocserv/ocserv.conf",
    "/usr/bin/cat /etc/openvpn/server/office.conf",
    "/usr/bin/cat /run/openvpn-server/status-office.log",
    "/usr/sbin/nft -j list ruleset",
    "/usr/sbin/sshd -T",
)
RULES = """\
table inet filter {
  set admins { type ipv4_addr; flags interval; elements = { 203.0.113.0/28 }; }
  chain input { type filter hook input priority 0; policy drop;
    ct state established,related accept
    iifname "lo" accept
    iifname "wan0" udp dport { 500, 4500, 51820, 1194 } counter accept comment "vpn"
    iifname "wan0" tcp dport 443 accept
    iifname "wan0" udp dport 443 accept
    iifname "wan0" ip saddr @admins tcp dport 22 accept comment "administrators"
    iifname "lan0" ip saddr 10.77.1.2 tcp dport 22 accept comment "the administrator's desk"
  }
  chain forward { type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "wgs*" oifname "lan0" tcp dport { 443, 3389 } accept
    iifname "tun*" oifname "lan0" accept comment "openvpn to lan any"
    iifname "wan0" oifname "lan0" ip daddr 10.77.1.20 tcp dport 3389 log prefix "rdp " accept
  }
}
table ip nat {
  chain prerouting { type nat hook prerouting priority dstnat;
    iifname "wan0" tcp dport 33890 dnat to 10.77.1.20:3389
    iifname "wan0" tcp dport 8080 dnat to 10.77.1.30:80
  }
  chain postrouting { type nat hook postrouting priority srcnat; oifname "wan0" masquerade; }
}
"""
STRONGSWAN = """\
charon-systemd {
  load = nonce random openssl pem pkcs1 x509 pubkey hmac sha1 sha2 md5 aes gcm kdf curve25519 kernel-libipsec \
kernel-netlink socket-default vici updown eap-identity eap-md5
  install_routes = no
  journal { default = -1 }
}
"""
GATEWAY_IKE = """\
connections {
  ra {
    version = 2
    proposals = aes128-sha256-x25519,aes256gcm16-prfsha384-ecp384
    encap = yes
    local_addrs = 10.99.0.1
    pools = ra_pool
    local { auth = psk
      id = gw }
    remote { auth = eap-md5
      eap_id = %any }
    children { net { local_ts = 10.77.1.0/24
        esp_proposals = aes128-sha256 } }
  }
}
pools { ra_pool { addrs = 10.78.0.0/28 } }
secrets {
  ike-1 { id-1 = gw
    secret = "Kq7-lab-9xW" }
PEOPLE}
"""
CLIENT_IKE = """\
  %(name)s {
    version = 2
    proposals = aes128-sha256-x25519
    encap = yes
    local_addrs = %(net)s.%(host)d
    remote_addrs = 10.99.0.1
    vips = 0.0.0.0
    local { auth = eap-md5
      eap_id = %(name)s
      id = %(name)s }
    remote { auth = psk
      id = gw }
    children { %(child)s { remote_ts = %(far)s
        esp_proposals = aes128-sha256 } }
  }
"""
OPENVPN = """\
dev tunovs
proto udp
port 1194
local 10.99.0.1
topology subnet
server 10.79.0.0 255.255.255.0
push "route 10.77.1.0 255.255.255.0"
ca {folder}/ca.pem
cert {folder}/server.pem
key {folder}/server.key
dh none
max-clients 10
data-ciphers AES-256-GCM:AES-128-GCM
auth SHA256
tls-version-min 1.2
keepalive 5 30
status /run/openvpn-server/status-office.log 1
status-version 2
verb 3
"""
OCSERV = """\
auth = "plain[passwd=/etc/ocserv/ocpasswd]"
tcp-port = 443
udp-port = 443
run-as-user = nobody
run-as-group = nogroup
socket-file = /run/ocserv-socket
use-occtl = true
occtl-socket-file = /run/occtl.socket
server-cert = {folder}/server.pem
server-key = {folder}/server.key
isolate-workers = false
max-clients = 16
max-same-clients = 4
ipv4-network = 10.76.0.0
ipv4-netmask = 255.255.255.192
route = 10.77.1.0/255.255.255.0
idle-timeout = 1200
session-timeout = 36000
device = ocs
"""


@dataclass
class House:
    """One side: its network namespace and its private folders, held open by a process."""

    name: str
    folder: Path
    holder: int
    net: str = "10.99.0"
    """Where the clients of a gateway live: the first three numbers of their addresses."""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def command(self, *words: str) -> list[str]:
        return ["nsenter", "-t", str(self.holder), "-m", "-n", "-u", "--", *words]

    def run(self, *words: str, given: str = "", check: bool = True) -> str:
        done = subprocess.run(
            self.command(*words), input=given, capture_output=True, encoding="utf-8", env=ENVIRONMENT, check=False,
            timeout=30,
        )  # fmt: skip
        assert not check or done.returncode == 0, (words, done.stdout[-400:], done.stderr[-800:])
        return done.stdout

    def start(self, *words: str, given: str = "", **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{Path(words[0]).name}-{len(self.running)}.log").open("wb") as log:
            process = subprocess.Popen(
                self.command(*words), stdin=subprocess.PIPE, stdout=log, stderr=log, env={**ENVIRONMENT, **environment}
            )
        self.running.append(process)
        if given and process.stdin:
            process.stdin.write(given.encode())
        if process.stdin:
            process.stdin.close()
        return process


@dataclass(frozen=True)
class Gateway:
    """A gateway with clients connected to it; commands of a test run in its namespace."""

    house: House
    clients: House
    folder: Path

    def inside(self, *words: str) -> list[str]:
        """A command line that runs in the network of the gateway."""
        return ["nsenter", "-t", str(self.house.holder), "-n", "--", *words]


@contextmanager
def gateway(folder: Path, account: str) -> Iterator[Gateway]:
    """The gateway, with the sessions of TRUTH up; skips where a program is missing."""
    if missing := [name for name in NEEDED if shutil.which(name, path=PATH) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    with ExitStack() as stack:
        house = stack.enter_context(side("g", folder, settings(folder, account)))
        clients = stack.enter_context(side("c", folder, {}))
        _wired(house, clients)
        connect(house, clients)
        yield Gateway(house, clients, folder)


def connect(house: House, clients: House) -> None:
    """The programs of the gateway, and its clients: the sessions of TRUTH are up when it returns."""
    _keys(house.folder.parent)
    house.run("nft", "-f", "-", given=RULES)
    _wireguard(house, clients)
    _strongswan(house, clients)
    _openvpn(house, clients)
    _ocserv(house, clients)


# ---- the two sides ----


def settings(folder: Path, account: str) -> dict[str, str]:
    """Private files of the gateway: path -> text."""
    lines = ", ".join(line.replace(":", "\\:") for line in ROOT_LINES)
    people = "".join(f'  eap-{n} {{ id-1 = user{n}\n    secret = "pw{n}" }}\n' for n in range(1, 5))
    return {
        "/etc/sudoers.d/auditor": f"{account} ALL=(root) NOPASSWD: {lines}\n",
        "/etc/swanctl/swanctl.conf": GATEWAY_IKE.replace("PEOPLE", people),
        "/etc/openvpn/server/office.conf": OPENVPN.format(folder=folder),
        "/etc/ocserv/ocserv.conf": OCSERV.format(folder=folder),
    }


@contextmanager
def side(
    letter: str, folder: Path, files: dict[str, str], *, called: str = "", seconds: str = "900"
) -> Iterator[House]:
    """A namespace whose name, /run and settings are its own, for so many seconds at most."""
    name = f"lab{letter}{os.getpid() % 100_000}"
    own = folder / letter
    own.mkdir()
    tops = sorted({"/".join(path.split("/")[:3]) for path in files} | {"/etc/swanctl", "/etc/openvpn"})
    script = f"hostname {called}\n" if called else ""
    for top in ["/run", *tops]:
        script += f"mkdir -p {top}; mount -t tmpfs -o mode=755 tmpfs {top}\n"
    script += "mkdir -p /run/sshd /run/wireguard /run/openvpn-server /run/lock /run/sudo\n"
    for at, (path, text) in enumerate(files.items()):
        (own / f"file{at}").write_text(text)
        mode = "0440" if "sudoers" in path else "0644"
        script += f"mkdir -p {os.path.dirname(path)}; install -m {mode} {own}/file{at} {path}\n"
    subprocess.run(["ip", "netns", "add", name], check=True, env=ENVIRONMENT)
    words = ["ip", "netns", "exec", name, "unshare", "-m", "-u", "--propagation", "private", "sh", "-e", "-c"]
    holder = subprocess.Popen(
        [*words, script + f"echo up\nexec sleep {seconds}"], stdout=subprocess.PIPE, env=ENVIRONMENT
    )
    house = House(name, own, holder.pid)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"up\n"
        house.run("ip", "link", "set", "lo", "up")
        yield house
    finally:
        for process in reversed(house.running):
            _end(process)
        _end(holder)
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True, env=ENVIRONMENT)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
    if process.stdout:
        process.stdout.close()


def cable(one: House, mine: str, other: House, theirs: str) -> None:
    """A cable between two sides; its ends are up."""
    pair = ["ip", "link", "add", mine, "netns", one.name, "type", "veth", "peer", "name", theirs, "netns", other.name]
    subprocess.run(pair, check=True, env=ENVIRONMENT)
    for house, name in ((one, mine), (other, theirs)):
        house.run("ip", "link", "set", name, "up")


def _wired(house: House, clients: House) -> None:
    """The internet between the two, and a network behind the gateway."""
    cable(house, "wan0", clients, "out0")
    cable(house, "lan0", clients, "in0")
    house.run("ip", "addr", "add", "10.99.0.1/24", "dev", "wan0")
    house.run("ip", "addr", "add", "10.77.1.1/24", "dev", "lan0")
    house.run("ip", "route", "add", "default", "via", "10.99.0.254")
    house.run("tc", "qdisc", "add", "dev", "wan0", "root", "tbf", "rate", "20mbit", "burst", "64kb", "latency", "50ms")
    at_home(clients)


def at_home(clients: House) -> None:
    """The addresses from which the clients come."""
    for last in range(50, 56):
        clients.run("ip", "addr", "add", f"{clients.net}.{last}/24", "dev", "out0")


def until(what: str, true: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            if true():
                return
        time.sleep(0.2)
    raise AssertionError(f"{what} was not up within {seconds} s")


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True, env=ENVIRONMENT)


def _keys(folder: Path) -> None:
    """A certificate authority, and a certificate for the server and for each client."""
    _openssl("req", "-x509", *NEW_KEY, "-days", "2", "-subj", "/CN=lab ca", "-keyout", f"{folder}/ca.key", "-out",
             f"{folder}/ca.pem")  # fmt: skip
    for name, use in (("server", "serverAuth"), ("emp1", "clientAuth"), ("emp2", "clientAuth")):
        extensions = folder / f"{name}.ext"
        extensions.write_text(f"keyUsage=digitalSignature\nextendedKeyUsage={use}\nsubjectAltName=DNS:{name}\n")
        _openssl("req", *NEW_KEY, "-subj", f"/CN={name}", "-keyout", f"{folder}/{name}.key", "-out",
                 f"{folder}/{name}.csr")  # fmt: skip
        _openssl("x509", "-req", "-days", "2", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/ca.pem", "-CAkey",
                 f"{folder}/ca.key", "-CAcreateserial", "-extfile", str(extensions), "-out",
                 f"{folder}/{name}.pem")  # fmt: skip


# ---- the programs ----


def _wireguard(house: House, clients: House) -> None:
    """Two peers that came, and one that never did."""
    server, near = _tunnel(house, "wgs"), []
    peers: list[str] = []
    for n in range(3):
        key = house.run("wg", "genkey").strip()
        public = house.run("wg", "pubkey", given=key).strip()
        peers += ["peer", public, "allowed-ips", f"10.77.0.{11 + n}/32"]
        near.append((key, n))
    own = house.run("wg", "genkey").strip()
    (house.folder / "wg.key").write_text(own)
    house.run("wg", "set", server, "listen-port", "51820", "private-key", str(house.folder / "wg.key"), *peers)
    house.run("ip", "addr", "add", "10.77.0.1/24", "dev", server)
    house.run("ip", "link", "set", server, "up")
    public = house.run("wg", "pubkey", given=own).strip()
    for key, n in near[:2]:
        name = _tunnel(clients, f"wgc{n}")
        path = clients.folder / f"wg{n}.key"
        path.write_text(key)
        clients.run("wg", "set", name, "private-key", str(path), "peer", public, "endpoint", "10.99.0.1:51820",
                    "allowed-ips", "10.77.0.0/24", "persistent-keepalive", "1")  # fmt: skip
        clients.run("ip", "link", "set", name, "up")
    until("WireGuard", lambda: house.run("wg", "show", server, "latest-handshakes").count("\t0") == 1)


def _tunnel(house: House, name: str) -> str:
    house.start("wireguard-go", "-f", name, WG_PROCESS_FOREGROUND="1")
    until(name, lambda: name in house.run("wg", "show", "interfaces", check=False))
    return name


def _strongswan(house: House, clients: House) -> None:
    """Three users with traffic, and a fourth whose child was refused: up, and useless."""
    people = [(n, "net", "10.77.1.0/24") for n in (1, 2, 3)] + [(4, "net", "10.200.0.0/24")]
    for side in (house, clients):
        conf = side.folder / "strongswan.conf"
        conf.write_text(STRONGSWAN)
    rows = "".join(
        CLIENT_IKE % {"name": f"user{n}", "net": clients.net, "host": 49 + n, "child": f"{child}{n}", "far": far}
        for n, child, far in people
    )
    secrets = "".join(f'  eap-{n} {{ id-1 = user{n}\n    secret = "pw{n}" }}\n' for n, _, _ in people)
    text = f'connections {{\n{rows}}}\nsecrets {{\n  ike-1 {{ id-1 = gw\n    secret = "Kq7-lab-9xW" }}\n{secrets}}}\n'
    clients.run("sh", "-c", "cat > /etc/swanctl/swanctl.conf", given=text)
    for side in (house, clients):
        side.start(_charon(), STRONGSWAN_CONF=str(side.folder / "strongswan.conf"))
        until("charon", lambda side=side: "uptime" in side.run("swanctl", "--stats", check=False))  # type: ignore[misc]
        side.run("swanctl", "--load-all", check=False)
    for n, child, _ in people:
        clients.run("swanctl", "--initiate", "--child", f"{child}{n}", "--timeout", "5", check=False)
    until("IKE", lambda: house.run("swanctl", "--list-sas", check=False).count("INSTALLED") == 3)


def _charon() -> str:
    found = shutil.which("charon-systemd", path=PATH)
    assert found
    return found


def _openvpn(house: House, clients: House) -> None:
    base = house.folder.parent
    house.start("openvpn", "--config", "/etc/openvpn/server/office.conf")
    for n in (1, 2):
        clients.start(
            "openvpn", "--client", "--dev", f"tunovc{n}", "--dev-type", "tun", "--proto", "udp", "--remote",
            "10.99.0.1", "1194", "--local", f"{clients.net}.{50 + n}", "--lport", "0", "--ca", f"{base}/ca.pem",
            "--cert", f"{base}/emp{n}.pem", "--key", f"{base}/emp{n}.key", "--remote-cert-tls",
            "server", "--route-nopull", "--data-ciphers", "AES-256-GCM", "--auth", "SHA256",
        )  # fmt: skip
    status = ("cat", "/run/openvpn-server/status-office.log")
    until("OpenVPN", lambda: house.run(*status, check=False).count("CLIENT_LIST,emp") == 2)


def _ocserv(house: House, clients: House) -> None:
    for n in (1, 2):
        house.run("ocpasswd", "-c", "/etc/ocserv/ocpasswd", f"oc{n}", given=f"pw{n}\npw{n}\n")
    house.start("ocserv", "-f", "-c", "/etc/ocserv/ocserv.conf")
    until("ocserv", lambda: "online" in house.run("occtl", "show", "status", check=False))
    for n in (1, 2):
        clients.start(
            "openconnect", "--passwd-on-stdin", "--user", f"oc{n}", "--cafile", f"{house.folder.parent}/ca.pem",
            "--script", "/bin/true", "--interface", f"ocsc{n}", "--no-dtls", "--servercert", _pin(house),
            "https://10.99.0.1:443", given=f"pw{n}\n",
        )  # fmt: skip
    until("openconnect", lambda: house.run("occtl", "-j", "show", "users", check=False).count('"connected"') == 2)


def _pin(house: House) -> str:
    """The certificate's public key, as openconnect pins it."""
    base = house.folder.parent
    script = (
        f"openssl x509 -in {base}/server.pem -pubkey -noout | openssl pkey -pubin -outform der"
        " | openssl dgst -sha256 -binary | base64"
    )
    return "pin-sha256:" + house.run("sh", "-c", script).strip()


def spoken(words: Sequence[str]) -> str:
    """What a test prints: the truth it compares with."""
    return ", ".join(f"{name} {count}" for name, count in TRUTH.items()) + (f" ({' '.join(words)})" if words else "")

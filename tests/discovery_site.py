"""A small network in a namespace of its own, discovered through the command; run by tests/test_discovery.py."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from auditor import sitefile
from tests.daemons import snmpd

INSIDE, OUTSIDE = "10.20.0.3", "10.99.0.1"


class Tripwire:
    """Counts what reaches TCP 22, 161, 443 and UDP 161 of an address."""

    def __init__(self, address: str) -> None:
        self.count = 0
        self._sockets = [socket.create_server((address, port)) for port in (22, 161, 443)]
        self._sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._sockets[-1].bind((address, 161))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            for sock in select.select(self._sockets, [], [])[0]:
                self.count += 1
                if sock.type is socket.SOCK_STREAM:
                    sock.accept()[0].close()
                else:
                    sock.recv(2000)


def banner(address: str) -> None:
    """A host whose SSH introduces itself and does nothing else."""
    listener = socket.create_server((address, 22))

    def serve() -> None:
        while True:
            conn, _ = listener.accept()
            conn.sendall(b"SSH-2.0-Banner\r\n")

    threading.Thread(target=serve, daemon=True).start()


def auditor(*options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AUDITOR_CREDENTIAL_SNMP_MAIN": "public", "LC_ALL": "C"}
    command = [sys.executable, "-m", "auditor", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)


def main(ip: str, folder: Path) -> None:
    addresses = ("10.20.0.1", "10.20.0.2", INSIDE, OUTSIDE)
    commands = ["link set lo up", *(f"addr add {address}/32 dev lo" for address in addresses)]
    subprocess.run([ip, "-batch", "-"], input="\n".join(commands), text=True, check=True, stdout=sys.stderr)
    told: dict[str, Any] = {}
    with snmpd(folder, "10.20.0.1", port=161):
        banner("10.20.0.2")
        inside, outside = Tripwire(INSIDE), Tripwire(OUTSIDE)
        way = ("--try", "snmp2c:snmp-main")
        dry = auditor("discover", "10.20.0.0/29", *way, "--dry-run")
        told["dry"] = {
            "code": dry.returncode,
            "lines": dry.stdout.splitlines(),
            "tripped": inside.count + outside.count,
        }
        real = auditor("discover", "10.20.0.0/29", *way, "--json")
        told["real"] = {
            "json": json.loads(real.stdout),
            "inside": inside.count,
            "outside": outside.count,
        }
    (folder / "found.json").write_text(real.stdout)
    new = auditor("new", str(folder / "site.toml"), "--from", str(folder / "found.json"))
    assert new.returncode == 0, new.stderr
    told["site"] = [target.address for target in sitefile.read(folder / "site.toml")[0].targets]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

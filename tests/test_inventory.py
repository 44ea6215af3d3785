"""Lists of devices that people already have: each becomes entries, and nothing secret or hostile passes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import sitefile
from auditor.collectors.inventory import Entry, Inventory, InventoryError, plain_name, read, role_of
from auditor.declared.sitestart import with_entries
from auditor.site import Role, SnmpAccess, SshAccess
from auditor.wording import texts

NMAP = """<?xml version="1.0"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -oX scan.xml 10.20.0.0/24">
<host><status state="up"/><address addr="10.20.0.1" addrtype="ipv4"/><address addr="00:11:22:33:44:55" addrtype="mac"/>
<hostnames><hostname name="rtr-1.example.com" type="PTR"/></hostnames>
<ports><port protocol="tcp" portid="22"><state state="open"/><service name="ssh" product="OpenSSH"/></port>
<port protocol="udp" portid="161"><state state="open"/><service name="snmp" ostype="IOS"/></port></ports></host>
<host><status state="down"/><address addr="10.20.0.2" addrtype="ipv4"/></host>
<host><status state="up"/><address addr="2001:db8::5" addrtype="ipv6"/>
<ports><port protocol="udp" portid="161"><state state="closed"/></port></ports></host>
</nmaprun>
"""
INI = """\
# the network of Rennes
[routers]
rtr-[01:02].example.com ansible_host=10.20.0.1 ansible_port=2222  ; the first
rtr-3 ansible_host=10.20.0.3 ansible_user=other
[firewalls]
fw-1 ansible_host=10.20.0.9
[network:children]
routers
firewalls
[network:vars]
ansible_user=audit
[routers:vars]
ansible_network_os=cisco.ios.ios
[local]
localhost ansible_connection=local
"""
ANSIBLE = """\
all:
  children:
    routers:
      vars: {ansible_network_os: ios, ansible_user: audit}
      hosts:
        rtr-1: {ansible_host: 10.20.0.1, version: 1.10}
        no: {ansible_host: 10.20.0.7}
    voice:
      hosts:
        pbx-1:
          ansible_host: 10.20.0.5
          ansible_port: 2022
          ansible_user: voice
"""
NORNIR = """\
---
rtr-1:
  hostname: 10.20.0.1
  groups: [routers]
fw-1:
  hostname: 10.20.0.9
  platform: asa
  username: fw-audit
  port: 2222
"""
NETBOX = {
    "count": 2,
    "results": [
        {"name": "rtr-1", "primary_ip4": {"address": "10.20.0.1/24"}, "platform": {"slug": "cisco-ios"},
         "role": {"slug": "wan-router"}, "status": {"value": "active"}},
        {"name": "old-1", "primary_ip": {"address": "10.20.0.8/24"}, "status": {"value": "decommissioning"}},
        {"name": "bare", "primary_ip": None, "status": {"value": "active"}},
    ],
}  # fmt: skip
LIBRENMS = {
    "status": "ok",
    "devices": [
        {"hostname": "10.20.0.1", "sysName": "rtr-1", "ip": "10.20.0.1", "os": "iosxe", "type": "network",
         "snmpver": "v2c", "port": 161, "community": "hunter2", "disabled": 0},
        {"hostname": "fw-1", "sysName": "fw-1", "ip": "10.20.0.9", "os": "fortigate", "type": "firewall",
         "snmpver": "v3", "authname": "audit", "authalgo": "SHA-256", "cryptoalgo": "AES", "authpass": "hunter2"},
        {"hostname": "off-1", "ip": "10.20.0.10", "os": "linux", "disabled": 1},
    ],
}  # fmt: skip
NETBOX_CSV = """\
Name,Status,Tenant,Site,Role,Manufacturer,Type,IP Address,Platform
rtr-1,Active,Atelier,Rennes,Router,Cisco,ISR4321,10.20.0.1/24,Cisco IOS
old-1,Offline,Atelier,Rennes,Router,Cisco,ISR4321,10.20.0.8/24,
"""
FRENCH_CSV = "\ufeffNom;Adresse IP;Fonction;Plateforme;Communauté SNMP\nrtr-1;10.20.0.1;Routeur;asa;hunter2\n"


def listed(folder: Path, name: str, text: str | bytes) -> Inventory:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path)


def refused(folder: Path, name: str, text: str | bytes) -> InventoryError:
    with pytest.raises(InventoryError) as caught:
        listed(folder, name, text)
    return caught.value


def reasons(found: Inventory) -> list[tuple[str, str]]:
    return [(message.id, str(message.values["name"])) for message in found.left_out]


# ---- each tool ----


def test_a_scan_of_nmap(tmp_path: Path) -> None:
    """Hosts that are up, with their names, what they may be, and SNMP where its port is open."""
    found = listed(tmp_path, "scan.xml", NMAP)
    assert found.entries == (
        Entry("rtr-1.example.com", "10.20.0.1", Role.ROUTER, "cisco_ios", SnmpAccess("2c", "snmp-main")),
        Entry("2001-db8-5", "2001:db8::5"),
    )
    assert (found.kind, reasons(found)) == ("nmap", [("inventory.closed", "10.20.0.2")])


@pytest.mark.parametrize(
    ("group", "system", "role"),
    [
        ("routers", "fortinet.fortios.fortios", Role.FIREWALL), ("network", "fortios", Role.FIREWALL),
        ("wan", "paloaltonetworks.panos.panos", Role.FIREWALL), ("routers", "asa", Role.FIREWALL),
        ("routers", "cisco.ios.ios", Role.ROUTER), ("vpn", "fortios", Role.VPN), ("routers", "vyos", Role.ROUTER),
        ("routers", "junipernetworks.junos.junos", Role.ROUTER), ("firewalls", "fortios", Role.FIREWALL),
    ],
)  # fmt: skip
def test_a_firewall_among_the_routers_of_ansible_is_a_firewall(
    group: str, system: str, role: Role, tmp_path: Path
) -> None:
    """What runs on firewalls alone is one; what runs on routers too is what its group says, and so is a VPN gateway."""
    found = listed(tmp_path, "hosts", f"[{group}]\nbox-1 ansible_host=10.20.0.1 ansible_network_os={system}\n")
    assert [entry.role for entry in found.entries] == [role]


def test_an_ansible_inventory_in_ini(tmp_path: Path) -> None:
    """Ranges, groups, their variables and those of their parents; the control machine is left out."""
    found = listed(tmp_path, "hosts", INI)
    one, three, firewall = found.entries
    assert one == Entry(
        "rtr-01.example.com", "10.20.0.1", Role.ROUTER, "cisco_ios", None, SshAccess("audit", "ssh-main", 2222)
    )
    assert three.ssh == SshAccess("other", "ssh-main")
    assert firewall == Entry("fw-1", "10.20.0.9", Role.FIREWALL, "", None, SshAccess("audit", "ssh-main"))
    assert reasons(found) == [("inventory.twice", "rtr-02.example.com"), ("inventory.local", "localhost")]


def test_an_ansible_inventory_in_yaml(tmp_path: Path) -> None:
    """A host called no stays no, and 1.10 is not 1.1: nothing is turned into something else."""
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "voice.yml").write_text("ansible_network_os: asterisk\n")
    found = listed(tmp_path, "hosts.yml", ANSIBLE)
    assert found.entries == (
        Entry("rtr-1", "10.20.0.1", Role.ROUTER, "cisco_ios", None, SshAccess("audit", "ssh-main")),
        Entry("no", "10.20.0.7", Role.ROUTER, "cisco_ios", None, SshAccess("audit", "ssh-main")),
        Entry("pbx-1", "10.20.0.5", Role.PBX, "asterisk", None, SshAccess("voice", "ssh-main", 2022)),
    )


def test_what_ansible_inventory_lists(tmp_path: Path) -> None:
    """The JSON of `ansible-inventory --list`."""
    data = {
        "_meta": {"hostvars": {"rtr-1": {"ansible_host": "10.20.0.1", "ansible_network_os": "junos"}}},
        "all": {"children": ["routers"]},
        "routers": {"hosts": ["rtr-1"]},
    }
    (one,) = listed(tmp_path, "list.json", json.dumps(data)).entries
    assert one == Entry("rtr-1", "10.20.0.1", Role.ROUTER, "juniper_junos")


def test_the_hosts_of_nornir(tmp_path: Path) -> None:
    """With what the groups and defaults beside it say."""
    (tmp_path / "groups.yaml").write_text("routers:\n  platform: mikrotik_routeros\n")
    (tmp_path / "defaults.yaml").write_text("username: audit\npassword: hunter2\n")
    found = listed(tmp_path, "hosts.yaml", NORNIR)
    assert found.entries == (
        Entry("rtr-1", "10.20.0.1", Role.ROUTER, "mikrotik_routeros", None, SshAccess("audit", "ssh-main")),
        Entry("fw-1", "10.20.0.9", Role.FIREWALL, "cisco_asa", None, SshAccess("fw-audit", "ssh-main", 2222)),
    )
    assert found.kind == "nornir"
    assert "hunter2" not in repr(found)
    assert ("inventory.secret", "rtr-1") in reasons(found)


@pytest.mark.parametrize("wrap", [True, False])
def test_the_devices_of_netbox(tmp_path: Path, wrap: bool) -> None:
    """The API's page or its bare list; what is not in service or has no address is left out, and said."""
    found = listed(tmp_path, "netbox.json", json.dumps(NETBOX if wrap else NETBOX["results"]))
    assert found.entries == (Entry("rtr-1", "10.20.0.1", Role.ROUTER, "cisco_ios"),)
    assert reasons(found) == [("inventory.gone", "old-1"), ("inventory.no_address", "bare")]


def test_the_devices_of_librenms(tmp_path: Path) -> None:
    """How they are asked is taken over, what they are asked with is not."""
    found = listed(tmp_path, "librenms.json", json.dumps(LIBRENMS))
    assert found.entries == (
        Entry("rtr-1", "10.20.0.1", Role.ROUTER, "cisco_ios", SnmpAccess("2c", "snmp-main")),
        Entry("fw-1", "10.20.0.9", Role.FIREWALL, "fortinet",
              SnmpAccess("3", "snmp-main", user="audit", auth="sha256", priv="aes128")),
    )  # fmt: skip
    assert "hunter2" not in repr(found)
    assert reasons(found) == [("inventory.secret", "rtr-1"), ("inventory.secret", "fw-1"), ("inventory.gone", "off-1")]


def test_tables(tmp_path: Path) -> None:
    """NetBox's export, and a French one of a spreadsheet, whose community stays behind."""
    found = listed(tmp_path, "netbox.csv", NETBOX_CSV)
    assert found.entries == (Entry("rtr-1", "10.20.0.1", Role.ROUTER, "cisco_ios"),)
    french = listed(tmp_path, "liste.csv", FRENCH_CSV)
    assert french.entries == (Entry("rtr-1", "10.20.0.1", Role.ROUTER, "cisco_asa"),)
    assert "hunter2" not in repr(french)


# ---- secrets ----

VAULTED = "$ANSIBLE_VAULT;1.1;AES256\n6162636465\n"


@pytest.mark.parametrize(
    ("name", "text", "id", "line"),
    [
        ("vault.yml", VAULTED, "inventory.vault_file", 1),
        ("hosts.yml", "all:\n  hosts:\n    a:\n      x: !vault |\n        $ANSIBLE_VAULT;1.1\n", "inventory.vault", 4),
        ("hosts.yml", 'all:\n  hosts:\n    a:\n      x: "$ANSIBLE_VAULT;1.1;AES256 61"\n', "inventory.vault", 4),
        ("hosts", "[a]\nb ansible_host=10.0.0.1\n[a:vars]\np=$ANSIBLE_VAULT;1.1\n", "inventory.vault", 4),
        ("hosts", "[a]\nb ansible_password=!vault\n", "inventory.vault", 2),
    ],
)  # fmt: skip
def test_encrypted_strings_are_refused_with_their_line(
    tmp_path: Path, name: str, text: str, id: str, line: int
) -> None:
    """No secret is ever imported, not even one that nobody could read."""
    error = refused(tmp_path, name, text)
    assert (error.message.id, error.message.values["line"]) == (id, line)


def test_an_encrypted_file_beside_an_inventory_is_left_out(tmp_path: Path) -> None:
    """It is not needed; it is said."""
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "routers.yml").write_text(VAULTED)
    found = listed(tmp_path, "hosts", "[routers]\nrtr-1 ansible_host=10.20.0.1 ansible_password=hunter2\n")
    assert len(found.entries) == 1
    assert ("inventory.side_vault", "group_vars/routers.yml") in reasons(found)
    assert ("inventory.secret", "rtr-1") in reasons(found)
    assert "hunter2" not in repr(found)


# ---- hostile lists ----

LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE nmaprun [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<nmaprun><host><hostnames><hostname name="&b;"/></hostnames></host></nmaprun>
"""
OUTSIDE = '<!DOCTYPE nmaprun [<!ENTITY x SYSTEM "file:///etc/passwd">]><nmaprun><host>&x;</host></nmaprun>'


@pytest.mark.parametrize(
    ("name", "text", "id"),
    [
        ("bomb.xml", LAUGHS, "inventory.entities"),
        ("outside.xml", OUTSIDE, "inventory.entities"),
        ("broken.xml", "<nmaprun><host>", "inventory.not_xml"),
        ("other.xml", "<rss></rss>", "inventory.not_nmap"),
        ("empty.xml", "<nmaprun></nmaprun>", "inventory.empty"),
        ("broken.json", '{"results": [', "inventory.not_json"),
        ("deep.json", "[" * 100_000, "inventory.not_json"),
        ("other.json", '{"x": 1}', "inventory.shape"),
        ("rows.json", '{"results": [1, 2]}', "inventory.shape"),
        ("broken.yml", "a: [1, 2\nb: {", "inventory.not_yaml"),
        ("text.yml", "just words\n", "inventory.shape"),
        ("code.yml", "all:\n  hosts:\n    a: !!python/object/apply:os.system ['true']\n", "inventory.empty"),
        ("deep.yml", "a: " + "[" * 3000, "inventory.not_yaml"),
        ("broken.ini", "[routers]\n= 5\n", "inventory.not_ini"),
        ("many.ini", "[routers]\nrtr-[1:99999999]\n", "inventory.too_many"),
        ("many2.ini", "[routers]\nrtr-[1:999]-[1:999]\n", "inventory.too_many"),
        ("words.csv", "this is no list\nof devices\n", "inventory.columns"),
        ("empty.csv", "", "inventory.columns"),
        ("port.csv", "name,ip,user,port\nrtr-1,10.0.0.1,audit,99999\n", "inventory.port"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, name: str, text: str, id: str) -> None:
    """At once, in one sentence."""
    begun = time.monotonic()
    if id == "inventory.empty" and name.endswith(".yml"):
        assert [entry.name for entry in listed(tmp_path, name, text).entries] == ["a"]  # nothing was run
    else:
        assert refused(tmp_path, name, text).message.id == id
    assert time.monotonic() - begun < 5


def test_aliases_cannot_grow_without_end(tmp_path: Path) -> None:
    """Nine lines of YAML that would be a billion hosts."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    error = refused(tmp_path, "laughs.yml", "\n".join(lines) + "\nall: {hosts: *a8}\n")
    assert error.message.id == "inventory.not_yaml"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """Before anything of it is read."""
    assert refused(tmp_path, "big.csv", b"name,ip\n" + b"x" * (16 << 20)).message.id == "inventory.too_big"
    with pytest.raises(InventoryError):
        read(tmp_path / "absent.csv")


def test_hostile_names_become_plain_ones(tmp_path: Path) -> None:
    """What a list says goes into a file, a terminal and a report."""
    rows = (
        'name,ip\n"a""b\\c",10.0.0.1\n"\x1b[31mred",10.0.0.2\né-1,10.0.0.3\n../../etc,10.0.0.4\n'
        + "x" * 99
        + ",10.0.0.5\n"
    )
    found = listed(tmp_path, "names.csv", rows)
    assert [entry.name for entry in found.entries] == ["a-b-c", "31mred", "e-1", "etc", "x" * 63]
    text = with_entries(template("en"), found.entries)
    assert len(sitefile.parse(text).targets) == 5


NAMES = ("x.csv", "x.yml", "x.ini", "x.xml", "x.json")
STARTS = (b"", b"<", b"[a]\n", b"{", b"---\n", b"name,ip\n")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=300), st.sampled_from(STARTS))
def test_any_octets_are_read_or_refused(name: str, octets: bytes, start: bytes) -> None:
    """Nothing else comes of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(start + octets)
        try:
            found = read(path)
        except InventoryError:
            return
        assert all(plain_name(entry.name) == entry.name and entry.address for entry in found.entries)


# ---- words and the site file ----


@pytest.mark.parametrize(
    ("words", "role"),
    [("WAN routers", Role.ROUTER), ("Pare-feu", Role.FIREWALL), ("fw", Role.FIREWALL), ("IPBX", Role.PBX),
     ("Onduleur", Role.UPS), ("vpn", Role.VPN), ("session border controller", Role.SBC), ("serveurs", Role.SERVER),
     ("switch", Role.OTHER), ("", Role.OTHER), ("swerve", Role.OTHER)],
)  # fmt: skip
def test_roles_are_told_by_usual_words(words: str, role: Role) -> None:
    """In both languages; a word inside another is none."""
    assert role_of([words]) is role


def template(language: str) -> str:
    from importlib.resources import files

    return (files("auditor") / "templates" / f"site.{language}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_new_site_file_holds_the_devices(language: str) -> None:
    """It parses, its comments stay, and an access that nobody told is only a comment."""
    entries = (
        Entry("rtr-1", "10.20.0.1", Role.ROUTER, "cisco_ios", SnmpAccess("2c", "snmp-main", 1161)),
        Entry("fw-1", "2001:db8::9", Role.FIREWALL, "", None, SshAccess("audit", "ssh-main", 2222)),
        Entry("ups-1", "10.20.0.20", Role.UPS),
    )
    text = with_entries(template(language), entries)
    found = sitefile.parse(text)
    assert [(t.name, t.address, t.role, t.platform, t.snmp, t.ssh) for t in found.targets] == [
        (e.name, e.address, e.role, e.platform, e.snmp, e.ssh) for e in entries
    ]
    assert "# snmp = {" in text
    assert "# [[server]]" in text


def test_the_command_writes_and_tells(tmp_path: Path) -> None:
    """How many devices, what was left out and why; a list that cannot be read writes nothing."""
    (tmp_path / "list.csv").write_text("name,ip\nrtr-1,10.20.0.1\nrtr-2,10.20.0.1\n")
    (tmp_path / "vault.yml").write_text(VAULTED)

    def new(name: str, source: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "auditor", "new", str(tmp_path / name), "--from", str(tmp_path / source)]
        return subprocess.run([*command, "--lang", "en"], capture_output=True, text=True, check=False)

    done = new("site.toml", "list.csv")
    assert done.returncode == 0
    assert "devices taken over: 1" in done.stderr
    assert "left out: rtr-2 has the address of rtr-1." in done.stderr
    assert len(sitefile.read(tmp_path / "site.toml")[0].targets) == 1
    failed = new("other.toml", "vault.yml")
    assert failed.returncode == 2
    assert failed.stderr.count("\n") == 1
    assert "line 1" in failed.stderr
    assert "ansible-vault" in failed.stderr
    assert not (tmp_path / "other.toml").exists()


def test_every_reason_can_be_said() -> None:
    """In both languages."""
    from auditor.collectors.inventory import SENTENCES

    for language in ("en", "fr"):
        for id in SENTENCES:
            assert texts(language).known(id)

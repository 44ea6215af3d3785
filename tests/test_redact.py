"""Redaction: no secret survives, every class is told, and what is no secret stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.redact import redact
from auditor.collectors.vendors import VENDORS

MARKER = "Zq7-Marker-Xw9"

COVERED = """\
enable password {}
enable secret 0 {}
enable secret level 3 5 {}
username bob privilege 15 password 7 {}
username bob password {} encrypted privilege 15
passwd {} encrypted
snmp-server community {} RO 10
snmp-server host inside 10.0.0.5 community {} version 2c
snmp-server host 10.1.1.1 version 2c {}
snmp-server host 10.1.1.1 traps version 1 {} bgp
snmp-server host 10.1.1.1 {}
snmp-server user u g v3 auth sha {} priv aes 128 other-Secret-1
snmp-server user u g v3 auth sha other-Secret-1 priv aes 128 {}
 ikev1 pre-shared-key {}
 ikev2 remote-authentication pre-shared-key {}
 pre-shared-key local {}
 pre-shared-key address 0.0.0.0 0.0.0.0 key {}
 pre-shared-key address 192.0.2.7 key 6 {}
crypto isakmp key {} address 192.0.2.7
crypto isakmp key 6 {} address 192.0.2.7
tacacs-server host 10.0.0.1 key 7 {}
radius-server key {}
 key {}
 key 7 {}
  key-string {}
  key-string 7 {}
 neighbor 192.0.2.7 password 7 {}
 ip ospf message-digest-key 1 md5 7 {}
ntp authentication-key 1 md5 {} 7
ppp chap password 7 {}
 ldap-login-password {}
failover key {}
key = {}
server-key = "{}"
    set psksecret ENC {}
    set psksecret "{}"
    set passwd ENC {}
    set password {}
    set auth-pwd ENC {}
    set priv-pwd "{}"
    set ldap-pwd {}
secret={}
secret = {}
md5secret={}
password={}
auth_password={}
remotesecret={}
register => user:{}@sip.example.com/101
register => tls://user:{}@sip.example.com
/ppp secret add name=bob password={} service=l2tp
set enabled=yes ipsec-secret="{}" use-ipsec=yes
add name=x wpa2-pre-shared-key={}
<pre-shared-key>{}</pre-shared-key>
<password type="x">{}</password>
<rocommunity>{}</rocommunity>
<bcrypt-hash>{}</bcrypt-hash>
PrivateKey = {}
PresharedKey = {}
encrypted-password "{}"; ## SECRET-DATA
pre-shared-key ascii-text "{}";
community {} {{
password cipher {}
set system root-authentication plain-text-password-value "{}"
"password": "{}", "user": "x"
api_key: {}
Authorization: Bearer {}
Authorization: Basic {}
: PSK "{}"
bob : EAP "{}"
rocommunity {} 10.0.0.0/8
rwcommunity6 {}
com2sec readonly default {}
createUser audit SHA-256 "{}" AES "other-Secret-1"
createUser audit SHA-256 other-Secret-1 AES-256 {}
ftp://bob:{}@files.example.com/x
"""
TEMPLATES = COVERED.splitlines()
SECRETS = tuple(pattern for vendor in VENDORS for pattern in vendor.secrets)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_secret_never_survives_where_a_pattern_covers_it(template: str) -> None:
    """It is gone, a token with a class is in its place, and the rest of the line is as it was."""
    text = redact(template.format(MARKER))
    assert MARKER not in text
    assert re.search(r"<secret:(?:strong|hashed)>", text), text
    kept = template.replace("{{", "{").replace("other-Secret-1", "<secret:strong>")
    before, after = kept.split("{}")
    assert text.startswith(before.rstrip("\"' ")), text
    assert text.endswith(after.lstrip("\"'; ")), text


words = st.text(
    alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="<>\"'"), min_size=1, max_size=30
)


@given(
    template=st.sampled_from(TEMPLATES), around=words, before=st.sampled_from(["", "hostname fw", "[101]", "  edit 5"])
)
def test_no_marker_survives_inside_any_secret(template: str, around: str, before: str) -> None:
    """Whatever signs stand around it: a secret goes whole."""
    if ": PSK" not in template and "://" not in template and "register" not in template and "Bearer" not in template:
        marked = f"{MARKER}{around}"
        for pages in ((), SECRETS):
            assert MARKER not in redact(f"{before}\n{template.format(marked)}\nend", pages)


@given(st.lists(st.tuples(st.sampled_from(TEMPLATES), words), max_size=6), st.booleans())
def test_redacting_twice_changes_nothing(rows: list[tuple[str, str]], pages: bool) -> None:
    """What is a token stays that token, with its class."""
    once = redact("\n".join(template.format(word) for template, word in rows), SECRETS if pages else ())
    assert redact(once, SECRETS if pages else ()) == once
    assert redact(once) == once


@given(st.text(alphabet="ab \n\"'=:<>/{}[]7passwordsecretkeycommunity", max_size=120))
def test_any_text_is_taken(text: str) -> None:
    """No text of a device breaks it, and lines stay lines."""
    done = redact(text, SECRETS)
    assert done.count("\n") == text.count("\n")
    assert redact(done, SECRETS) == done


ENDLESS = """password|password |password-|x.y_|server |<password |createUser a |a.b://|"|key 7 |=|register => a:|
<secret:strong>|password text |{|edit |name |-----BEGIN PRIVATE KEY-----|snmp-server host |server key | \t|'"""


@pytest.mark.parametrize("unit", ENDLESS.replace("\n", "").split("|"))
def test_an_endless_line_of_a_hostile_device_is_read_to_its_end(unit: str) -> None:
    """No text makes a pattern run for ever: the suite's own limit on a test is the measure."""
    assert redact(unit * (60_000 // len(unit)), SECRETS) is not None


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("snmp-server community public RO", "default"),
        ("snmp-server community PRIVATE RO", "default"),
        ("username admin password cisco", "default"),
        ("username x password 7 0822455D0A16", "default"),  # cisco
        ("password=asterisk", "default"),
        ("secret=s112", "guessable"),
        ("snmp-server community 73915846 RO", "guessable"),
        ("set psksecret Bienvenue2024!", "guessable"),
        ("set psksecret P@ssw0rd123", "guessable"),
        ("set psksecret abcdefghij", "guessable"),
        ("set psksecret aaaaaaaaaaaa", "guessable"),
        ("username dupont password dupont-2024", "guessable"),
        ("username dupont password Dupont", "same-as-name"),
        ("hostname fw-rennes\nsnmp-server community fw-rennes RO", "same-as-name"),
        ("[2101]\ntype=auth\npassword=2101", "same-as-name"),
        ("[phone]\nusername=poste-accueil\npassword=poste-accueil", "same-as-name"),
        ("[phone]\npassword=poste-accueil\nusername=poste-accueil", "same-as-name"),
        ('  edit "agent-nantes"\n    set passwd "agent-nantes"', "same-as-name"),
        ("enable secret 5 $1$Q0Zl$LN7ONybETL5LJZF1", "hashed"),
        ("enable secret 9 $9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM", "hashed"),
        ("username t password r1WtfJc1TuYOz8.g encrypted privilege 15", "hashed"),
        ("enable password $sha512$5000$AAAAAAAAAA== pbkdf2", "hashed"),
        ("set psksecret ENC AbCdEfGhIjKl", "hashed"),
        ("encrypted-password $6$O5gJRlDYQpj$MtrCV9lx", "hashed"),
        ("snmp-server community rennes-ro-7f31c2 RO", "strong"),
        ("set psksecret kX9-vT2p-Qr55-mm", "strong"),
    ],
)
def test_the_token_says_how_good_the_secret_was(text: str, token: str) -> None:
    """Checks judge the class; nobody needs the secret."""
    assert f"<secret:{token}>" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "service password-encryption",
        "security passwords min-length 6",
        "username bob nopassword privilege 15",
        "crypto key generate rsa",
        "key chain OSPF",
        "ip community-list standard X permit 65000:1",
        " ikev1 pre-shared-key *****",
        "snmp-server host 10.1.1.1 version 3 priv audit",
        "snmp-server group G v3 priv",
        "interface GigabitEthernet0/0\n ip address 192.0.2.1 255.255.255.0",
        "aaa authentication login default group tacacs+ local",
        "tunnel-group staff ipsec-attributes",
        "access-list outside extended permit tcp any host 192.0.2.9 eq https",
        "authentication-types=wpa-psk,wpa2-psk mode=dynamic-keys",
        "<passwordauth>1</passwordauth>",
        "https://files.example.com/x",
        "    (root) NOPASSWD: /usr/sbin/swanctl --stats, /usr/bin/wg show all",
        "    (root) PASSWD: /usr/sbin/iptables-save, NOPASSWD: SETENV: /usr/bin/id",
        "passwd:         files systemd sss",
        'auth = "plain[passwd=/etc/ocserv/ocpasswd,otp=/etc/ocserv/users.otp]"',
        "VPN-SessionDB License Information\nAnyConnect Premium : 50",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Parsers need the rest of the configuration as it is."""
    assert redact(text) == text


def test_a_quoted_secret_with_blanks_goes_whole() -> None:
    """Also with a vendor's pattern that thinks of one word, and without the closing quotation mark."""
    pages = (r"(set passwd) (\S+)",)
    assert redact('set passwd "two words"', pages) == 'set passwd "<secret:strong>"'
    assert "words" not in redact('set passwd "two words', pages)
    assert redact("set banner \"two words\" set passwd 'a b c d e'", pages).count("<secret:") == 1


def test_a_vendor_pattern_that_meets_a_type_takes_the_secret_behind_it() -> None:
    """`key 7 SECRET` leaves neither the 7 alone nor the secret."""
    assert redact(f" mystery 7 {MARKER}", (r"(^\s*mystery) (\S+)",)) == " mystery 7 <secret:strong>"
    assert redact(" mystery 7", (r"(^\s*mystery) (\S+)",)) == " mystery <secret:guessable>"


def test_private_keys_go_whole() -> None:
    """Also one whose end was cut off, and one inside a quoted setting."""
    static = ("OpenVPN Static key V1", "OpenVPN tls-crypt-v2 client key")
    for key in ("RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PRIVATE KEY", *static):
        text = f'set private-key "-----BEGIN {key}-----\n{MARKER}\n{MARKER}\n-----END {key}-----"\nend'
        done = redact(text, SECRETS)
        assert MARKER not in done
        assert done.endswith("\nend")
        assert redact(done, SECRETS) == done
    assert MARKER not in redact(f"-----BEGIN PRIVATE KEY-----\n{MARKER}\n{MARKER}")
    certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
    assert redact(certificate) == certificate


def test_a_community_called_name_is_one_where_it_is_one() -> None:
    """In the block of SNMP communities, and nowhere else."""
    entry = "    edit 1\n        set name {}\n    next\n"
    block = f"config system snmp community\n{entry}{entry}end\n"
    text = block.format('"public"', MARKER) + "config user local\n    edit 1\n        set name keep-me\n    next\nend"
    done = redact(text)
    assert 'set name "<secret:default>"' in done
    assert MARKER not in done
    assert "set name keep-me" in done
    router = redact(f"/snmp community\nset [ find default=yes ] name={MARKER}\n/ip pool\nadd name=vpn")
    assert MARKER not in router
    assert "add name=vpn" in router


def test_keys_of_a_wireguard_dump_go() -> None:
    """The private key of the interface and the pre-shared key of a peer; public keys stay."""
    private, public, shared = (f"{sign * 42}A=" for sign in "abc")
    text = f"{private}\t{public}\t51820\toff\n{public}\t{shared}\t192.0.2.9:4711\t10.0.0.2/32\t0\t0\t0\toff"
    done = redact(text)
    assert private not in done
    assert shared not in done
    assert done.count(public) == 2


def test_recorded_configurations_keep_no_secret(shared: Path) -> None:
    """On real configurations: every value behind a word of secrecy is a token, a mask or a setting."""
    words = re.compile(r"(?:psksecret|pre-shared-key|(?<!-)password|secret|community)[ =]+(\S+)", re.I)
    harmless = re.compile(
        r"[\"']?<|\*|encryption|none|never|complexity|\{|[\"']{2}|\d+$|(?:local|remote)\b|address|ENC|cipher"
    )
    left = []
    for path in sorted((shared / "recordings" / "configs").rglob("*")):
        if path.is_file() and path.suffix not in (".csv", ".md"):
            for line in redact(path.read_text(errors="replace"), SECRETS).splitlines():
                left += [f"{path.name}: {line}" for value in words.findall(line) if not harmless.match(value)]
    assert not left, left[:20]

"""How good a secret is, told without keeping it: default, same as a name beside it, hashed, guessable or strong."""

from __future__ import annotations

import re
from collections.abc import Set
from itertools import pairwise
from typing import Final

_SHIPPED: Final = (
    "public private admin administrator cisco password passw0rd root toor user guest default manager monitor "
    "asterisk fortinet juniper netscreen mikrotik ubnt vyos pfsense opnsense support service operator tech enable "
    "secret changeme letmein test demo 0000 1234 12345 123456 12345678 123456789 1111 4321 community snmp snmpd "
    "snmpv3 rocommunity rwcommunity ilmi write read all cable-docsis security tiv0li openview huawei alcatel "
    "mitel avaya polycom yealink grandstream freepbx elastix issabel dlink zyxel sonicwall netgear watchguard"
)
DEFAULTS: Final = frozenset(_SHIPPED.split())
"""What vendors ship with and everybody tries first, in lower case."""

_COMMON: Final = (
    "password passwd pass motdepasse mdp azerty azertyuiop qwerty qwertyuiop qwertz welcome bienvenue bonjour salut "
    "soleil secret letmein admin administrateur admins changeme change changez test tests demo vpn wifi wlan router "
    "routeur switch firewall cisco fortinet fortigate juniper asterisk phone telephone sip voip trunk monitor "
    "backup server serveur windows linux company entreprise societe bureau maison france paris summer winter "
    "spring autumn printemps automne hiver january february march april june july august september october november "
    "december janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre monday lundi "
    "dragon monkey football iloveyou jetaime sunshine princess master root user guest public private snmp remote "
    "distant network reseau internet access acces support service helpdesk hotline iamroot super supervisor "
    "rennes lyon marseille lille nantes toulouse bordeaux strasbourg london example azert qwert abcd abcdef"
)
_WORDS: Final = frozenset(_COMMON.split())
_LEET: Final = str.maketrans("013457@$!", "oieastasi")
_HASH: Final = re.compile(r"\$[0-9a-z]{1,8}\$.|\{(?:S?SHA\d*|S?MD5|CRYPT)\}|[0-9a-f]{32,}$|!?\*?\$\d", re.IGNORECASE)
_HASHED_BEFORE: Final = re.compile(
    r"(?:\s(?:[45689]|ENC|cipher|irreversible-cipher|encrypted|hashed)|(?:encrypted-password|md5secret|[\w-]*-hash)[=:]?)\s*$",
    re.IGNORECASE,
)
_HASHED_AFTER: Final = re.compile(r"\s+(?:encrypted|pbkdf2|nt-encrypted|mschap)\b", re.IGNORECASE)
_TYPE_7: Final = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"  # Cisco's published obfuscation, not a cipher


def secret_class(secret: str, before: str = "", after: str = "", names: Set[str] = frozenset()) -> str:
    """The class of a secret. `before` and `after` are the rest of its line; `names` those it must not equal."""
    if re.search(r"\s7\s*$", before) and (clear := _reveal(secret)):
        secret = clear
    elif _HASHED_BEFORE.search(before) or _HASHED_AFTER.match(after) or _HASH.match(secret):
        return "hashed"
    plain = secret.casefold()
    if plain in DEFAULTS:
        return "default"
    if plain in names:
        return "same-as-name"
    return "guessable" if _guessable(plain, secret, names) else "strong"


def _guessable(plain: str, secret: str, names: Set[str]) -> bool:
    """Short, digits alone, few or running signs, or a word or a name with some digits around it."""
    if len(secret) < 8 or secret.isdigit() or len(set(plain)) < 4:
        return True
    if len(secret) < 10 and secret.isalpha() and secret.islower():
        return True
    steps = {ord(b) - ord(a) for a, b in pairwise(plain)}
    if steps in ({1}, {-1}):
        return True
    bare = re.sub(r"[^a-z]+", "", plain)
    leet = re.sub(r"[^a-z]+", "", plain.strip("0123456789!?.@#$-_").translate(_LEET))
    return any(word in _WORDS or word in names or word == word[: len(word) // 2] * 2 for word in (bare, leet) if word)


def _reveal(coded: str) -> str:
    """What Cisco's type 7 hides, "" when it is none: needed to know how good it is, and kept nowhere."""
    if re.fullmatch(r"[01]\d(?:[0-9A-Fa-f]{2})+", coded) is None:
        return ""
    start, octets = int(coded[:2]), bytes.fromhex(coded[2:])
    clear = "".join(chr(octet ^ ord(_TYPE_7[(start + i) % len(_TYPE_7)])) for i, octet in enumerate(octets))
    return clear if clear.isprintable() else ""

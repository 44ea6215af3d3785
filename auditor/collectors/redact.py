"""Redaction: every secret of a device's answer becomes a token that only says its class, before anything is kept."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence, Set
from functools import lru_cache, partial
from typing import Final

from auditor.collectors.secret_class import secret_class

_TOKEN: Final = re.compile(r"<secret:[a-z-]+>")
_MASKED: Final = re.compile(r"\*+|\(hidden\)|\(none\)|<redacted>|<removed>")

_S: Final = r"""("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|["'][^\n]*|(?!<secret:)[^\s"'][^\s]*)"""  # quoted, or one word
_WORD: Final = (
    r"(?:password|passwd|passwort|passphrase|pass-phrase|secret|psk|pre-?shared-?key|community|pwd|"
    r"key-?string|shared-?key|private-?key|auth(?:entication)?-?key|encryption-?key|api-?key|token|pincode|psksecret)"
)
# One lazy run, never a repeated group: headings such as "<Aor.........>" must not make it try every split.
_NAME: Final = rf"[\w.-]*{_WORD.replace('-?', '[-_]?')}(?:-hash|-value|-data|\d)?"
_HOW: Final = (
    r"(?:[ \t]+(?:ENC|cipher|simple|irreversible-cipher|encrypted|hashed|plain|plaintext|clear|ascii-text|ascii|"
    r"hexadecimal|hex|text|md5|hmac-\S+|sha-?\d+|local|remote|is|was|level[ \t]+\d+|\d{1,2}|"
    r"(?:address|hostname)[ \t]+\S+(?:[ \t]+[\d.]+)?[ \t]+key))*"
)

_FRESH: Final = rf"(?!{_HOW}[ \t]+[\"']?<secret:)"  # not done already: a type is no secret because its secret is gone

# Each: what is kept (group 1), the secret (group 2). Written for one line at a time.
_RULES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"((?<![\w<,=.-])(?<!snmp-agent )(?!no-?pass){_NAME}{_FRESH}{_HOW}[ \t]+)"
        rf"(?![=:]|(?:add|set|print)\b[ \t].*=|(?:name|index|securityname):){_S}",
        rf"(^[ \t]*community[ \t]+(?:name|index|securityname):[ \t]*){_S}",
        rf"(\bsnmp-agent[ \t]+community(?:[ \t]+(?:read|write)\b|(?![ \t]+(?:read|write)\b)){_FRESH}{_HOW}[ \t]+){_S}",
        # RouterOS: `preshared-key= client-address=…` is an empty key, and what follows is none;
        # ocserv: `plain[passwd=/etc/ocserv/ocpasswd,otp=…]` names files
        rf"""((?<![\w<.-]){_NAME}["']?\s*(?:=>?|:=|:)\s*(?:ENC\s+|\d\s+(?=\S))?)(?!(?:client|endpoint)-address=)"""
        rf"(?!/(?:etc|var|usr|opt|run|tmp|home|root)/[\w./-]+[,\]]){_S}",
        rf"((?:message-digest|authentication)-key[ \t]+\d+[ \t]+(?:md5|sha\S*)(?:[ \t]+\d)?[ \t]+){_S}",
        rf"(^[ \t]*(?:failover[ \t]+|set[ \t]+|server-)?key{_FRESH}{_HOW}(?:[ \t]*=[ \t]*|[ \t]+))"
        rf"(?!chain\b|config-key\b|=){_S}",
        rf"((?:isakmp|ike|server|radius|tacacs\+?)[ \t](?:.{{0,120}}[ \t])?key{_FRESH}{_HOW}[ \t]+){_S}",
        rf"(\bauth[ \t]+(?:md5|sha[\w-]*)[ \t]+(?:0x)?){_S}",
        rf"(\bpriv(?!.{{0,20}}<secret:)[ \t]+(?:3?des|aes)(?:[ \t-]?\d+)?(?:-?c)?[ \t]+(?:0x)?){_S}",
        rf"(\bcreateUser[ \t]+(?:-e[ \t]+\S+[ \t]+)?\S+[ \t]+(?:MD5|SHA\S*)[ \t]+){_S}",
        rf"(\bcreateUser[ \t]+.{{0,200}}[ \t](?:DES|AES\S*)[ \t]+){_S}",
        rf"(\br[ow](?:community|comunity)6?[ \t]+){_S}",
        rf"(\bcom2sec6?[ \t]+(?:-Cn[ \t]+\S+[ \t]+)?\S+[ \t]+\S+[ \t]+){_S}",
        r"(\bsnmp-server[ \t]+host[ \t]+\S+(?:[ \t]+vrf[ \t]+\S+)?(?:[ \t]+(?:traps?|informs?))?"
        rf"[ \t]+version[ \t]+(?:1|2c)[ \t]+)(?!community\b){_S}",
        rf"(\bsnmp-server[ \t]+host[ \t]+(?:\d+\.){{3}}\d+[ \t]+(?:(?:traps?|informs?)[ \t]+)?)"
        rf"(?!version\b|traps?\b|informs?\b|community\b|poll\b|vrf\b|udp-port\b|(?:\d+\.){{3}}){_S}",
        rf"(:[ \t]*(?:PSK|EAP|XAUTH|NTLM|PKCS12|RSA[ \t]+\S+)[ \t]+){_S}",
        r"(\bregister[ \t]*=>[ \t]*(?:\w+://)?[^:\s]+:)(?!//|<secret:)([^:@\s]+)",
        r"(^\d+[ \t]*=>[ \t]*)(\d+)(?=,)",
        r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,100}:)([^\s@/]+)(?=@)",
        r"(\bbearer[ \t]+)([\w.~+/=-]{8,})",
        r"(\bauthorization\s*[:=]\s*(?:basic|digest|token)[ \t]+)(\S+)",
        rf"(<(?:[\w:.-]*?(?:{_WORD}|prv|bcrypt-hash|md5-hash|nt-hash))(?:\s[^>]{{0,200}})?>)(?!<secret:)([^<]+)(?=</)",
        # `wg show dump`: an interface's private key, a peer's pre-shared key
        r"(^(?:\S+\t)?)([A-Za-z0-9+/]{43}=)(?=\t[A-Za-z0-9+/]{43}=\t\d+\t)",
        r"(^(?:\S+\t)?[A-Za-z0-9+/]{43}=\t)([A-Za-z0-9+/]{43}=)(?=\t(?:\S+:\d+|\(none\))\t)",
    )
)
_LIKELY: Final = re.compile(
    r"pass|secret|psk|key|communi|pwd|token|pin|auth|priv|createuser|com2sec|snmp-server|://|bearer|register|=>|prv"
    r"|hash|: *(?:psk|eap|xauth|ntlm|pkcs12|rsa)|[A-Za-z0-9+/]{43}=",
    re.IGNORECASE,
)
_FOLLOWING: Final = re.compile(r"[ \t]+(?!(?:encrypted|pbkdf2|privilege|role)\b)(\S+)")
_PEM: Final = re.compile(
    r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)(.*?)(-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
# RouterOS breaks an export's lines anywhere, in the middle of a key too.
_BROKEN: Final = re.compile(
    rf"""((?<![\w<.-]){_NAME}=(?:"(?:[^"\\\n]|\\[^\n]){{0,400}}|[^\s"\\]{{0,400}}))\\\r?\n[ \t]*""", re.IGNORECASE
)
_PIECES: Final = 8  # no line of 80 characters and no key is longer
# Where a community is called "name": the lines of one block, up to its end.
_BLOCKS: Final = (
    (
        re.compile(r"^[ \t]*config system snmp community\b.*?(?=^end\b|\Z)", re.M | re.S),
        re.compile(rf"(^[ \t]*set name[ \t]+){_S}", re.M),
    ),
    (re.compile(r"^/snmp community\b.*?(?=^/|\Z)", re.M | re.S), re.compile(rf"(\bname=){_S}")),
)

_SECTION: Final = re.compile(
    r"^\s*\[[^\]]+\]|^\s*edit\s|^\s*(?:next|end)\s*$|^[^\s#!].*\{\s*$|^\s*</?(?:user|entry|client)\b"
)
_NAMES: Final = re.compile(
    r"^\s*\[([^\]\s(]+)|^\s*edit\s+\"?([^\"\s]+)"
    r"|(?<![\w-])(?:username|user-name|defaultuser|auth_?user(?:name)?|sent-username|login|user|name|set name)\b"
    r"(?:\s*[=:]\s*|\s+)[\"']?([\w.@-]+)|<(?:name|user|username)>([^<\s]+)",
    re.IGNORECASE,
)
_HOST: Final = re.compile(r"^\s*(?:set )?(?:hostname|host-name|sysname|system name)[ =:]+\"?([\w.-]+)", re.I | re.M)


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """The text with each secret replaced by `<secret:default|guessable|same-as-name|hashed|strong>`; idempotent.

    `secrets` are the vendor page's patterns: group 1 is kept, group 2 replaced. The generic ones always run.
    """
    text = _PEM.sub(lambda found: f"{found[1]}\n<secret:strong>\n{found[3]}", text)
    for _ in range(_PIECES):
        text, joined = _BROKEN.subn(r"\1", text)
        if not joined:
            break
    for block, rule in _BLOCKS:
        text = block.sub(partial(_inside, rule), text)
    own = _compiled(tuple(secrets))
    rules = (*_RULES, *own)
    hosts = {name.casefold() for name in _HOST.findall(text)}
    lines = text.split("\n")
    for index, names in enumerate(_names(lines)):
        for rule in rules if _LIKELY.search(lines[index]) else own:
            lines[index] = _replace(rule, lines[index], names | hosts)
    return "\n".join(lines)


@lru_cache
def _compiled(secrets: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in secrets)


def _inside(rule: re.Pattern[str], found: re.Match[str]) -> str:
    return _replace(rule, found[0], frozenset())


def _names(lines: Sequence[str]) -> list[Set[str]]:
    """For each line the names of its section: user, endpoint, section header."""
    found: list[Set[str]] = []
    section: set[str] = set()
    for line in lines:
        if _SECTION.match(line):
            section = set()
        own = {name.casefold() for match in _NAMES.finditer(line) for name in match.groups() if name}
        if line[:1].isspace() or "=" in line or ":" in line or line.lstrip()[:1] in "[<" or _SECTION.match(line):
            section |= own
            found.append(section)
        else:
            found.append(own)  # a command of its own, such as `username X password Y`
    return found


def _replace(rule: re.Pattern[str], text: str, names: Set[str]) -> str:
    """The text with every secret that a rule finds replaced; what is a token or masked already stays."""
    done, at = [], 0
    tokens = [one.span() for one in _TOKEN.finditer(text)]
    for found in rule.finditer(text):
        start, end = _span(text, *found.span(2))
        secret = text[start:end]
        if start < at or _kept(secret) or _within(start, tokens):
            continue
        quote = secret[0] if secret[0] in "\"'" else ""
        bare = secret.strip(quote) if quote else secret.rstrip(";,") or secret
        before = text[max(text.rfind("\n", 0, start) + 1, start - 80) : start]
        kind = secret_class(bare, before, text[end : end + 40], names)
        close = quote if quote and secret.endswith(quote) and len(secret) > 1 else ""
        done.append(f"{text[at:start]}{quote}<secret:{kind}>{close}")
        at = end
    return "".join(done) + text[at:]


def _within(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a place is inside one of these spans, which are in order."""
    at = bisect_left(spans, (place,)) - 1
    return at >= 0 and place < spans[at][1]


def _span(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the secret really stands: behind the number of its type, and up to the end of its quotation."""
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    following = _FOLLOWING.match(text, end, line_end)
    if following and re.fullmatch(r"\d", text[start:end]):
        start, end = following.span(1)
    quote = text[start : start + 1]
    if quote in ("'", '"') and quote not in text[start + 1 : end]:
        close = text.find(quote, end, line_end)
        end = close + 1 if close >= 0 else line_end
    if text[text.rfind("\n", 0, start) + 1 : start].lstrip()[:1] == "<":  # in XML the end of the element stays
        tag = text.find("</", start, end)
        end = tag if tag >= 0 else end
    return start, end


def _kept(secret: str) -> bool:
    bare = secret.strip("\"';,")
    return not bare or bare.startswith("-----BEGIN") or bool(_TOKEN.fullmatch(bare) or _MASKED.fullmatch(bare))

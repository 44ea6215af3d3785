"""Redaction: every secret of a device's answer becomes a token that only says its class, before anything is kept."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence, Set
from functools import lru_cache, partial
from typing import Final

from auditor.collectors.secret_class import secret_class
from auditor.collectors.spellings import BLOCKS, LIKELY, NAME, RULES, TYPE

_TOKEN: Final = re.compile(r"<secret:[a-z-]+>")
_MASKED: Final = re.compile(r"\*+|\(hidden\)|\(none\)|<redacted>|<removed>")

_NEXT: Final = re.compile(r"[ \t]+[\"']?<secret:")
_FOLLOWING: Final = re.compile(r"[ \t]+(?!(?:encrypted|pbkdf2|privilege|role)\b)(\S+)")
_KEY: Final = r"(?:[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?|OpenVPN (?:Static|tls-crypt-v2 [a-z]+) key(?: V1)?)-----"
_PEM: Final = re.compile(rf"(-----BEGIN {_KEY})(.*?)(-----END {_KEY}|\Z)", re.DOTALL)
# RouterOS breaks an export's lines anywhere, in the middle of a key too.
_BROKEN: Final = re.compile(
    rf"""((?<![\w<.-]){NAME}=(?:"(?:[^"\\\n]|\\[^\n]){{0,400}}|[^\s"\\]{{0,400}}))\\\r?\n[ \t]*""", re.IGNORECASE
)
_PIECES: Final = 8  # no line of 80 characters and no key is longer
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
    for _ in range(_PIECES if "\\\n" in text or "\\\r" in text else 0):
        text, joined = _BROKEN.subn(r"\1", text)
        if not joined:
            break
    for block, rule in BLOCKS:
        text = block.sub(partial(_inside, rule), text)
    own = _compiled(tuple(secrets))
    rules = (*RULES, *own)
    hosts = {name.casefold() for name in _HOST.findall(text)}
    lines = text.split("\n")
    for index, names in enumerate(_names(lines)):
        for rule in rules if LIKELY.search(lines[index]) else own:
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
    if rule.search(text) is None:
        return text
    done, at = [], 0
    tokens = [one.span() for one in _TOKEN.finditer(text)]
    for found in rule.finditer(text):
        start, end = _span(text, *found.span(2))
        secret = text[start:end]
        if start < at or _kept(secret) or _within(start, tokens) or _before_token(secret, text, end):
            continue
        quote = secret[0] if secret[0] in "\"'" else ""
        bare = secret.strip(quote) if quote else secret.rstrip(";,") or secret
        end -= 0 if quote else len(secret) - len(bare)  # what ends a statement stays
        before = text[max(text.rfind("\n", 0, start) + 1, start - 80) : start]
        kind = secret_class(bare, before, text[end : end + 40], names)
        close = quote if quote and secret.endswith(quote) and len(secret) > 1 else ""
        done.append(f"{text[at:start]}{quote}<secret:{kind}>{close}")
        at = end
    return "".join(done) + text[at:]


def _before_token(word: str, text: str, end: int) -> bool:
    """Whether a word only says in which form the secret behind it was: a page's pattern may not know that word."""
    return TYPE.fullmatch(word) is not None and _NEXT.match(text, end) is not None


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

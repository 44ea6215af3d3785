"""Octets that nobody wrote: a seed damaged here and there, with the signs that parsers stumble over."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

LONGEST: Final = 20_000
ODD: Final = (
    b"", b"\0", b"\xff", b"\n", b"\r\n", b"\t", b" ", b"0", b"-1", b"1e999", b"9" * 5000, b"nan", b'"', b"'", b"\\",
    b"{", b"}", b"[" * 3000, b"(" * 60, b"%s", b"%n", b"\x1b[2J", b"\x1b[999999999C", b"\xef\xbb\xbf", b"\xc2\xb2",
    b"\xd9\xa3", b"\xe2\x80\xae", b"\xf0\x9f\x92\xa9", b"../../x", b"C:\\x", b"&a", b"<!ENTITY x 'y'>", b"#", b";",
    b"=cmd()", b"\x80\x80\x80\x80", b"\x84\xff\xff\xff\xff", b"END", b"exit", b"<secret:strong>", b"0x", b"1/0", b"::",
)  # fmt: skip


def damaged(seed: bytes, chance: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """A seed with one to eight places cut, doubled, moved, flipped, or filled with something odd."""
    body = bytearray(seed[:LONGEST])
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(body) + 1)
        size = chance.choice((1, 2, 8, 60, 400))
        kind = chance.randrange(7)
        if kind == 0:
            del body[at : at + size]
        elif kind == 1:
            body[at:at] = body[at : at + size] * chance.choice((1, 2, 50))
        elif kind == 2 and at < len(body):
            body[at] ^= 1 << chance.randrange(8)
        elif kind == 3:
            body[at : at + chance.randrange(4)] = chance.choice(ODD)
        elif kind == 4:
            body[at : at + size] = chance.randbytes(size)
        elif kind == 5 and others:
            body[at:at] = chance.choice(others)[:size]
        else:
            body = body[:at] if chance.random() < 0.2 else body
    return bytes(body[: 2 * LONGEST])

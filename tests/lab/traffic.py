"""A steady stream of datagrams: `python -m tests.lab.traffic HOST BITS_PER_SECOND`, until it is ended."""

from __future__ import annotations

import socket
import sys
import time
from typing import Final

DISCARD: Final = 9
FRAME: Final = 1250
"""Octets of a frame as its interface counts them: headers of Ethernet, IPv4 and UDP included."""
TICK_S: Final = 0.02


def send(host: str, bits: int) -> None:
    """Frames at that rate; what a late tick missed follows at once, so that the mean holds."""
    words, sent, began = b"\0" * (FRAME - 14 - 20 - 8), 0, time.monotonic()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out,
    ):
        heard.bind(("", DISCARD))  # what the other side sends is let in, and never read
        while True:
            for _ in range(int((time.monotonic() - began) * bits / (8 * FRAME)) - sent):
                out.sendto(words, (host, DISCARD))
                sent += 1
            time.sleep(TICK_S)


if __name__ == "__main__":
    send(sys.argv[1], int(sys.argv[2]))

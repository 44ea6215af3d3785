"""What one remote worker draws, in bit/s, and what a tunnel adds to it (domain model, 1.2 to 1.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

Mode = Literal["full", "selective", "split"]


def _align(size: int, block: int) -> int:
    return -(-size // block) * block


ENCAPSULATIONS: Final[Mapping[str, Callable[[int], int]]] = {
    # outer IPv4 bytes of an inner packet; ESP by RFC 4303, 4106 and 3948, the others from their specifications
    "esp_gcm": lambda p: 20 + 8 + 8 + _align(p + 2, 4) + 16,
    "esp_gcm_natt": lambda p: 28 + 8 + 8 + _align(p + 2, 4) + 16,
    "esp_cbc_sha256": lambda p: 20 + 8 + 16 + _align(p + 2, 16) + 16,
    "esp_cbc_sha256_natt": lambda p: 28 + 8 + 16 + _align(p + 2, 16) + 16,
    "esp_cbc_sha1": lambda p: 20 + 8 + 16 + _align(p + 2, 16) + 12,
    "wireguard": lambda p: 20 + 8 + 16 + _align(p, 16) + 16,
    "openvpn_udp_gcm": lambda p: p + 52,
    "dtls12_gcm": lambda p: p + 66,
    "tls_tcp": lambda p: p + 89,
}


def outer_bytes(encapsulation: str, inner: int) -> int:
    """The size on the path of an inner packet, outer IPv4 header included."""
    return ENCAPSULATIONS[encapsulation](inner)


def overhead(encapsulation: str, inner: int) -> Fraction:
    """The factor w = outer / inner for packets of one size."""
    return Fraction(outer_bytes(encapsulation, inner), inner)


def largest_inner(encapsulation: str, path_mtu: int) -> int:
    """The largest inner packet that crosses a path without being cut.

    WireGuard never pads past the MTU, so only its 60 bytes of headers count.
    """
    if encapsulation == "wireguard":
        return path_mtu - 60
    return next(p for p in range(path_mtu, 0, -1) if outer_bytes(encapsulation, p) <= path_mtu)


@dataclass(frozen=True, slots=True)
class Way:
    """The busy-hour averages of one concurrent worker in one direction, user view, in bit/s.

    `apps`: servers of the site; `web`: internet and SaaS; `video`: meetings (the mix and shares are already in);
    `hosted`: applications in a datacentre, which no bypass takes out of the tunnel.
    """

    apps: Fraction
    web: Fraction
    video: Fraction
    hosted: Fraction = Fraction(0)

    def scaled(self, factor: Fraction) -> Way:
        return Way(self.apps * factor, self.web * factor, self.video * factor, self.hosted * factor)


@dataclass(frozen=True, slots=True)
class Demand:
    """What one concurrent worker draws. `voice`: tunnel voice each way, overhead included; `overhead`: the factor w.

    `down` and `up` are the worker's: what the worker downloads from the office is the site's upload. `ends`: a tunnel
    that ends in a datacentre brings only what the site's own servers exchange to the site's access.
    """

    down: Way
    up: Way
    voice: Fraction
    overhead: Fraction
    ends: str = "site"

    def scaled(self, factor: Fraction) -> Demand:
        """All averages multiplied; the overhead is a ratio and stays."""
        return replace(self, down=self.down.scaled(factor), up=self.up.scaled(factor), voice=self.voice * factor)

    def carried(self, way: Way, mode: Mode, bypass: frozenset[str]) -> Fraction:
        """The traffic of one direction that goes through the tunnel to somewhere else than the site's servers."""
        if mode == "split":
            return way.hosted
        out = bypass if mode == "selective" else frozenset[str]()
        inside = way.hosted if "web" in out else way.hosted + way.web
        return inside if "video" in out else inside + way.video

    def site_up(self, mode: Mode, bypass: frozenset[str]) -> Fraction:
        """S_up: what the site sends for one worker (its download, and its internet upload forwarded)."""
        if self.ends == "datacentre":
            return self.overhead * self.down.apps + self.voice
        down, up = self.carried(self.down, mode, bypass), self.carried(self.up, mode, bypass)
        return self.overhead * (self.down.apps + down) + up + self.voice

    def site_down(self, mode: Mode, bypass: frozenset[str]) -> Fraction:
        """S_dn: what the site receives for one worker (its upload, and its internet download fetched)."""
        if self.ends == "datacentre":
            return self.overhead * self.up.apps + self.voice
        down, up = self.carried(self.down, mode, bypass), self.carried(self.up, mode, bypass)
        return self.overhead * (self.up.apps + up) + down + self.voice

    def tunnel(self, mode: Mode, bypass: frozenset[str]) -> Fraction:
        """T_user: what the VPN engine encrypts and decrypts for one worker."""
        other = self.carried(self.down, mode, bypass) + self.carried(self.up, mode, bypass)
        return self.overhead * (self.down.apps + self.up.apps + other) + 2 * self.voice

    def leaves_by_site(self, mode: Mode, bypass: frozenset[str]) -> bool:
        """Whether some of the worker's internet traffic goes out through the site (phi above 0)."""
        if self.ends == "datacentre" or mode == "split":
            return False
        return mode == "full" or not bypass >= {"web", "video"}


Side = Literal["up", "down"]
Tunnel = tuple[Mode, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction of one link, site view, in bit/s.

    `base`: traffic that is not remote work; `now`, `new`: demand per worker in the mode in force and in the one under
    study, before CAL-1; `cal1` its factor and `cal2` the factor of CAL-2 on the web demand (1: silent).
    """

    base: Fraction
    now: Fraction
    new: Fraction
    cal1: Fraction = Fraction(1)
    cal2: Fraction = Fraction(1)

    @property
    def per_worker(self) -> Fraction:
        """What one worker under study draws, guards included."""
        return self.new * self.cal1


def per_worker(demand: Demand, side: Side, tunnel: Tunnel) -> Fraction:
    """S of one direction, before any guard."""
    return demand.site_up(*tunnel) if side == "up" else demand.site_down(*tunnel)


def calibrate(
    demand: Demand,
    used: Mapping[Side, Fraction],
    sessions: int,
    on_site: Fraction,
    now: Tunnel,
    new: Tunnel,
    *,
    guarded: bool = True,
    before: Demand | None = None,
) -> dict[Side, Direction]:
    """Base traffic and demand per worker of the directions whose use is known, with the calibration guards.

    In one pass: CAL-2 first, on both directions (the people on site cannot draw more web traffic than the base that was
    measured, so the web demand of that direction becomes base / people), then CAL-1 on each (the sessions present
    cannot draw more than the use that was measured). The guards only ever lower the default demand. They fall silent
    where the demand itself was measured (`guarded` False). `before` is what a worker drew when the use was measured,
    where the change under study changes that as well; the guards look at it.
    """
    past = before or demand
    drawn = {side: per_worker(past, side, now) for side in used}
    factors = {
        side: _cal2(past, side, used[side] - sessions * drawn[side], on_site) if guarded else Fraction(1)
        for side in used
    }
    was = _less_web(past, past, factors)
    will = was if demand is past else _less_web(demand, past, factors)
    found: dict[Side, Direction] = {}
    for side, present in used.items():
        s_now = drawn[side] if was is past else per_worker(was, side, now)
        s_new = s_now if will is was and new == now else per_worker(will, side, new)
        # no traffic at all beside sessions tells of a wrong interface, not of workers who draw nothing
        acts = guarded and 0 < present < sessions * s_now
        cal1 = present / (sessions * s_now) if acts else Fraction(1)
        base = max(Fraction(0), present - sessions * s_now)
        found[side] = Direction(base, s_now, s_new, cal1, factors[side])
    return found


def _less_web(demand: Demand, past: Demand, factors: Mapping[Side, Fraction]) -> Demand:
    """The demand less what CAL-2 took from the web demand in force; what the change under study adds stays whole."""
    if all(factor == 1 for factor in factors.values()):
        return demand
    down, up = (way.web * (1 - factors.get(side, Fraction(1))) for side, way in _sides(past))
    return replace(
        demand,
        down=replace(demand.down, web=max(Fraction(0), demand.down.web - down)),
        up=replace(demand.up, web=max(Fraction(0), demand.up.web - up)),
    )


def _sides(demand: Demand) -> tuple[tuple[Side, Way], tuple[Side, Way]]:
    return ("down", demand.down), ("up", demand.up)


def _cal2(demand: Demand, side: Side, base: Fraction, on_site: Fraction) -> Fraction:
    """By how much the measured base lowers the web demand of one direction (1: not at all)."""
    desks = on_site * (demand.up.web if side == "up" else demand.down.web)
    return base / desks if 0 < base < desks else Fraction(1)

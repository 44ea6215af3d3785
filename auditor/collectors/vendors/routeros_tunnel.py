"""RouterOS's tunnels of remote users: what is routed through them, and how long they may stand idle or at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from auditor import facts
from auditor.collectors.vendors.trees import Statement
from auditor.model import Key


def routed(modes: Sequence[Statement], openvpn: Sequence[Statement]) -> dict[Key[Any], Any]:
    """From IPsec's mode-config and OpenVPN's server; what dials by PPP decides by itself, and says nothing here.

    A mode-config without `split-include` takes all traffic; the widest speaks for the link.
    """
    handed = [one for one in modes if one.get("address-pool") and not one.disabled]
    said = [tuple(part for part in one.get("split-include").split(",") if part) for one in handed]
    said += list(_pushed(openvpn))
    if not said:
        return {}
    full = any(not networks or "0.0.0.0/0" in networks for networks in said)
    found: dict[Key[Any], Any] = {facts.VPN_TUNNEL_MODE: "full" if full else "split"}
    if not full:
        found[facts.VPN_TUNNEL_ROUTES] = tuple(dict.fromkeys(part for networks in said for part in networks))
    return found


def _pushed(servers: Sequence[Statement]) -> Iterator[tuple[str, ...]]:
    """`redirect-gateway=def1` and `push-routes="10.20.0.0 255.255.0.0 10.9.0.1 1"` of RouterOS 7."""
    for one in servers:
        if one.disabled:
            continue
        if one.get("redirect-gateway") not in ("", "disabled"):
            yield ()
        elif routes := tuple("/".join(part.split()[:2]) for part in one.get("push-routes").split(",") if part.strip()):
            yield routes


def limits(profiles: Sequence[Statement], handed: set[str]) -> Iterator[tuple[Key[int], list[str]]]:
    """The idle and the session time of each profile that a server or a user has; "" where a profile sets none."""
    mine = [one for one in profiles if one.get("name") in handed]
    yield facts.VPN_IDLE_TIMEOUT, [one.get("idle-timeout") for one in mine]
    yield facts.VPN_MAX_SESSION, [one.get("session-timeout") for one in mine]

"""What one worker draws, from the inputs: the mix of profiles, meetings, calls, and where the applications run."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, Literal

from auditor.model import Origin
from auditor.seats.demand import Demand, Way
from auditor.seats.figures import Inputs

PROFILES: Final = ("office", "vdi", "files")
ENDS: Final = ("down", "up")
End = Literal["down", "up"]


def demand_of(inputs: Inputs) -> Demand:
    """The averages of one concurrent worker with the profile mix, from the inputs of the demand."""
    video_share = inputs.num("people.video_share") * inputs.num("demand.video_in_call")
    down, up = (_way(inputs, way, video_share) for way in ENDS)
    share, busy = inputs.num("people.phone_share"), inputs.num("telephony.busy_hour_erlangs")
    voice = share * busy * inputs.num("demand.voice_bps")
    overhead, ends = inputs.num("demand.overhead"), inputs.text("tunnel.ends", "site")
    return Demand(down, up, voice, overhead, ends)


def demand_before(inputs: Inputs, after: Demand) -> Demand:
    """The same as things were before the change under study; `after` itself where nothing of it was kept."""
    kept = any(name.endswith("_now") and not name.startswith(("tunnel.mode", "tunnel.bypass")) for name in inputs.names)
    return demand_of(Inputs(inputs.figures, past=True)) if kept else after


def _way(inputs: Inputs, way: End, video_share: Fraction) -> Way:
    """One direction of the mix: the site's servers, the datacentre's, the internet and the meetings."""
    apps = hosted = web = Fraction(0)
    for profile in PROFILES:
        share = inputs.num_or(f"people.profile.{profile}", 0)
        if not share:
            continue
        site, datacentre, saas = _places(inputs, profile, way)
        apps += share * site
        hosted += share * datacentre
        web += share * (inputs.num(f"demand.{profile}.web_{way}_bps") + saas)
    return Way(apps, web, video_share * inputs.num(f"demand.video_{way}_bps"), hosted)


def _places(inputs: Inputs, profile: str, way: End) -> tuple[Fraction, Fraction, Fraction]:
    """What one person of a profile exchanges with servers of the site, of a datacentre, and with online services.

    The applications of the profile share its demand by their own rates; those without one share what is left. Rates
    that sum to more than the default replace it; a demand that was measured or declared stays, and is shared by them.
    What no application explains stays on the site.
    """
    name = f"demand.{profile}.apps_{way}_bps"
    demand = inputs.num(name)
    if not inputs.applications():
        hosted = inputs.num_or("hosting.share", 0)
        return demand * (1 - hosted), demand * hosted, Fraction(0)
    used = inputs.applications(profile)
    rates = {app: inputs.num(rate) for app in used if inputs.known(rate := f"application.{app}.{way}_bps")}
    listed = sum(rates.values(), Fraction(0))
    figure = inputs.figure(name)
    if figure is None or figure.origin is Origin.ASSUMED:
        demand = max(demand, listed)
    scale = demand / listed if listed > demand else Fraction(1)
    blank = [app for app in used if app not in rates]
    left = demand - listed * scale
    parts = [(_where(inputs, app), rate * scale) for app, rate in rates.items()]
    parts += [(_where(inputs, app), left / len(blank)) for app in blank] or [("site", left)]
    return _at("site", parts), _at("datacentre", parts), _at("saas", parts)


def _where(inputs: Inputs, application: str) -> str:
    return inputs.text(f"application.{application}.where", "site")


def _at(place: str, parts: Iterable[tuple[str, Fraction]]) -> Fraction:
    return sum((rate for where, rate in parts if where == place), Fraction(0))

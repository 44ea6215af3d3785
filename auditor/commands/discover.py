"""`auditor discover`: what is there, inside declared ranges only; and the devices of a list in a new site file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import INTERRUPTED, NOTHING, Fault, cli, finite, language_option, plain_faults, words

if TYPE_CHECKING:
    from auditor.collectors.discovery import Discovery, Found, Try
    from auditor.collectors.ranges import Address, Boundary
    from auditor.collectors.transport import Credentials
    from auditor.site import Site, SnmpAccess, SshAccess
    from auditor.texts import Texts


@cli.command()
@click.argument("ranges", nargs=-1, metavar="RANGE…")
@click.option("--site", type=click.Path(path_type=Path), metavar="SITE.toml",
              help="The boundary are the networks of this site file; its accesses are the ways in.")  # fmt: skip
@click.option("--seed", "seeds", multiple=True, metavar="ADDRESS",
              help="Walk from here over LLDP, CDP and ARP instead of scanning; stops at the boundary.")  # fmt: skip
@click.option("--try", "specs", multiple=True, metavar="WAY",
              help="A way in, tried in this order: snmp2c:NAME, snmp3:USER:AUTH:PRIV:NAME, ssh:USER:NAME"
              " (NAME of a credential).")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="List what would be contacted, and send nothing.")
@click.option("--public", is_flag=True, help="The public addresses in the ranges are meant.")
@click.option("--rate", type=click.FloatRange(1, 200), callback=finite, default=100.0, show_default=True,
              metavar="N", help="Probes a second.")  # fmt: skip
@click.option("--accept-new", is_flag=True, help="Trust SSH host keys seen for the first time.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout (for `auditor new --from`).")
@language_option
@plain_faults
def discover(ranges: tuple[str, ...], language: str, **options: Any) -> None:
    """Find devices inside declared ranges, and nowhere else.

    Knocks at TCP 22, 161 and 443 and asks over SNMP. An account that a device refused once is not tried on it again.
    """
    from auditor import visit
    from auditor.collectors import ranges as bounds

    say = words(language)
    site = visit.open_site(options["site"])[0] if options["site"] else None
    boundary = bounds.declared(ranges, site.networks if site else (), public=options["public"])
    starts = starts_of(boundary, options["seeds"])
    accesses = [*map(_access, options["specs"])] or of_site(site)
    if options["dry_run"]:
        for line in would(starts, boundary, accesses, walk=bool(options["seeds"]), rate=options["rate"], say=say):
            click.echo(line)
        return
    if site is not None:
        visit.spare(site)
    result, interrupted = _explore(boundary, starts, accesses, site, options, say)
    if options["as_json"]:
        click.echo(json.dumps(as_json(result), ensure_ascii=False, indent=1))
    else:
        for line in lines_of(result, say):
            click.echo(line)
    raise SystemExit(INTERRUPTED if interrupted else 0 if result.found else NOTHING)


def starts_of(boundary: Boundary, seeds: Sequence[str]) -> tuple[Address, ...]:
    """The addresses a discovery begins with: all of them, or the seeds, which must be inside."""
    from auditor.collectors import ranges as bounds

    if not seeds:
        return boundary.scan()
    found = tuple(map(bounds.address, seeds))
    for address in found:
        if address not in boundary:
            raise bounds.RangeError("range.seed", address=str(address))
    return found


# ---- ways in ----


def _access(spec: str) -> SnmpAccess | SshAccess:
    """A way in as it is written on the command line; a secret has no place there."""
    from auditor.declared import waysin

    found = waysin.way_in(spec)
    if found is None:
        raise Fault(words()("“{spec}” is no way in such as {wanted:list}.", spec=spec[:60], wanted=waysin.WANTED))
    return found


def of_site(site: Site | None) -> list[SnmpAccess | SshAccess]:
    """The accesses of a site file's devices, each once, in its order."""
    targets = site.targets if site else ()
    accesses = [access for target in targets for access in (target.snmp, target.ssh) if access is not None]
    return list(dict.fromkeys(accesses))


def tries(accesses: Sequence[SnmpAccess | SshAccess], resolver: Credentials) -> tuple[Try, ...]:
    """The ways in with their credentials, all of them known before anything is sent."""
    from auditor.collectors.discovery import Try
    from auditor.collectors.transport import Credential, Secret
    from auditor.site import SnmpAccess, Target

    found = []
    for access in accesses:
        snmp, ssh = (access, None) if isinstance(access, SnmpAccess) else (None, access)
        target = Target("discovery", "discovery", snmp=snmp, ssh=ssh)
        given = resolver(access.credential, target) if access.credential else Credential(Secret(""))
        found.append(Try(given, snmp, ssh))
    return tuple(found)


# ---- looking ----


def _explore(
    boundary: Boundary,
    starts: Sequence[Address],
    accesses: Sequence[SnmpAccess | SshAccess],
    site: Site | None,
    options: dict[str, Any],
    say: Texts,
) -> tuple[Discovery, bool]:
    """Run the discovery; what was found when it was interrupted is kept."""
    import asyncio

    from auditor.collectors.discovery import Explorer, How
    from auditor.collectors.hostkeys import HostKeyFile
    from auditor.credentials import for_client
    from auditor.keyboard import Keyboard
    from auditor.store import home_folder
    from auditor.visit import Place

    with Keyboard(say) as keyboard:
        ways = tries(accesses, for_client(home_folder(), site.client if site else "", keyboard.ask))
        how = How(ways, rate=options["rate"], walk=bool(options["seeds"]))
        decide = keyboard.decider(options["accept_new"])
        keys = (
            Place.of(home_folder(), site).hostkeys(decide)
            if site
            else HostKeyFile(home_folder() / "known_hosts", decide)
        )
        explorer = Explorer(boundary, how, keys, lambda found: click.echo("  " + line_of(found, say), err=True))
        try:
            asyncio.run(explorer.run(starts))
        except KeyboardInterrupt:
            return explorer.result, True
    return explorer.result, False


# ---- telling ----


def would(
    starts: Sequence[Address],
    boundary: Boundary,
    accesses: Sequence[SnmpAccess | SshAccess],
    *,
    walk: bool,
    rate: float,
    say: Texts,
) -> Iterator[str]:
    """What would be contacted, how, and with which ways in; sends nothing."""
    from auditor.collectors.discovery import PORTS
    from auditor.declared.waysin import spelled

    yield say("To each address: TCP {ports:list}, without a word, and SNMP on UDP 161; {rate} probes a second at most.",
              ports=tuple(map(str, PORTS)), rate=rate)  # fmt: skip
    for access in accesses:
        yield "  " + say("way in: {way}", way=spelled(access))
    if not accesses:
        yield "  " + say("no way in is given: only whether an SNMPv3 agent answers is asked, without a user or key")
    for address in starts:
        yield str(address)
    if walk:
        yield say("Then, from neighbour to neighbour, what LLDP, CDP and ARP name inside {networks:list}.",
                  networks=tuple(map(str, boundary.networks)))  # fmt: skip
    yield say("Addresses: {count}. Nothing was sent.", count=len(starts))


def line_of(found: Found, say: Texts) -> str:
    """One device on one line."""
    from auditor.declared.waysin import spelled

    what = " ".join(filter(None, (found.platform, found.model, found.version))) or found.description or found.banner
    ports = ", ".join(f"tcp/{port}" for port in found.ports)
    snmp = spelled(found.snmp) if found.snmp else "snmp" if found.speaks_snmp else ""
    return "  ".join(filter(None, (str(found.address), found.name, what, ports, snmp)))


def lines_of(result: Discovery, say: Texts) -> Iterator[str]:
    """The devices by address, why some refused, what lies beyond the boundary."""
    for found in sorted(result.found, key=lambda one: (one.address.version, int(one.address))):
        yield line_of(found, say)
        yield from (f"    {say.say(message)}" for message in found.refused)
    for address, one in sorted(result.beyond.items(), key=lambda pair: (pair[0].version, int(pair[0]))):
        yield say("{address} {name} ({how}) is outside the boundary and was not contacted.",
                  address=str(address), name=one.name, how=one.how)  # fmt: skip
    if result.cut:
        yield say("More addresses were named than one discovery contacts; the rest was left out.")
    yield say(
        "Devices: {found}, addresses contacted: {contacted}.", found=len(result.found), contacted=result.contacted
    )


def as_json(result: Discovery) -> dict[str, Any]:
    """What was found as data (`auditor/discovery/1`); no secret is in it."""
    return {
        "schema": "auditor/discovery/1",
        "found": [_as_row(found) for found in result.found],
        "beyond": [
            {"address": str(address), "name": one.name, "how": one.how} for address, one in result.beyond.items()
        ],
        "contacted": result.contacted,
        "complete": not result.cut,
    }


def _as_row(found: Found) -> dict[str, Any]:
    row: dict[str, Any] = {
        "address": str(found.address), "how": found.how, "name": found.name, "platform": found.platform,
        "model": found.model, "version": found.version, "description": found.description, "role": found.role.value,
        "banner": found.banner,
    }  # fmt: skip
    row = {name: value for name, value in row.items() if value}
    row |= {"ports": list(found.ports), "speaks_snmp": found.speaks_snmp}
    if found.snmp:
        access = found.snmp
        row["snmp"] = {"version": access.version, "user": access.user, "auth": access.auth, "priv": access.priv,
                       "credential": access.credential, "port": access.port}  # fmt: skip
    if found.refused:
        row["refused"] = [message.id for message in found.refused]
    return row


# ---- lists ----


def with_devices(template: str, source: Path, say: Texts) -> str:
    """The template of a site file with the devices of a list; says on stderr how many, and what was left out."""
    from auditor.collectors.inventory import InventoryError, read
    from auditor.declared import sitestart

    try:
        found = read(source)
    except InventoryError as error:
        raise Fault(say("{file}: {why}", file=str(source), why=say.say(error.message))) from None
    click.echo(say("{file} ({kind}): devices taken over: {count}.", file=str(source), kind=found.kind,
                   count=len(found.entries)), err=True)  # fmt: skip
    for message in found.left_out:
        click.echo("  " + say("left out: {why}", why=say.say(message)), err=True)
    return sitestart.with_entries(template, found.entries)

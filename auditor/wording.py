"""Every stored sentence of the house, by its id: what Texts is given to say messages with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from auditor import capacity, checks, compare, lists, parameters, plan, scoring, sitefile, store, vault
from auditor.bundles import container, signature
from auditor.checks import doors, engine, exchanges
from auditor.collectors import captures, graphs, inventory, ranges, transport
from auditor.declared import branding, homesip, people, phonelist, questionnaire, quiet, siteedit, siteforms, tailoring
from auditor.demo import network
from auditor.planning import judgements, whatif
from auditor.reports import archive
from auditor.sampling import watchwords
from auditor.seats import degraded, inputs, moves
from auditor.texts import Texts
from auditor.values import N_

OWN: Mapping[str, str] = {
    "name.measured": N_("measured"),
    "name.declared": N_("declared"),
    "name.assumed": N_("assumed"),
    "name.unknown": N_("unknown"),
    "name.link.up": N_("Internet access, upload"),
    "name.link.down": N_("Internet access, download"),
    "name.vpn.licence": N_("VPN licences"),
    "name.vpn.platform": N_("VPN gateway, platform limit"),
    "name.vpn.pool": N_("VPN address pool"),
    "name.vpn.crypto": N_("VPN encryption engine"),
    "name.firewall.sessions": N_("Firewall session table"),
    "name.nat.ports": N_("Address translation ports"),
    "name.telephony.sets": N_("Phones usable from home"),
    "name.telephony.trunks": N_("Telephone trunk"),
    "name.telephony.cloud": N_("Cloud telephony"),
    "name.hosts.vdi": N_("Virtual desktop hosts"),
    "name.homes": N_("Home internet lines"),
    "name.people.equipment": N_("Equipped people"),
    "name.ztna.seats": N_("ZTNA seats"),
    "name.saas.licences": N_("SaaS licences"),
    "name.identity.mfa": N_("Second factor away from the site"),
    "beyond.link.up": N_("the site's internet access saturates"),
    "beyond.link.down": N_("the site's internet access saturates"),
    "beyond.vpn.licence": N_("the VPN refuses the next person for lack of licences"),
    "beyond.vpn.platform": N_("the VPN gateway refuses the next person"),
    "beyond.vpn.pool": N_("the VPN has no address left for the next person"),
    "beyond.vpn.crypto": N_("the VPN gateway slows everybody down"),
    "beyond.firewall.sessions": N_("the firewall refuses new connections"),
    "beyond.nat.ports": N_("new connections to the internet are refused"),
    "beyond.telephony.sets": N_("the next person cannot be called at home"),
    "beyond.telephony.trunks": N_("callers find the lines busy"),
    "beyond.telephony.cloud": N_("the next person has no telephone licence"),
    "beyond.hosts.vdi": N_("virtual desktops slow down for everybody"),
    "beyond.hosts.vdi.refuses": N_("the next person finds no virtual desktop licence"),
    "beyond.homes": N_("the next person's home line is too weak"),
    "beyond.people.equipment": N_("the next person has no equipment"),
    "beyond.ztna.seats": N_("remote access refuses the next person for lack of seats"),
    "beyond.saas.licences": N_("the next person has no licence for the online services"),
    "beyond.identity.mfa": N_("the next person cannot sign in from outside"),
    "bound.unknown": N_("{resources:name}: not known, and could lower the figure."),
    "bound.assumed_demand": N_("What one person draws is partly assumed, not measured at this site."),
    "unknown.no_link": N_("No internet access is described in the site file."),
    "lift.resource": N_("Give an access that can tell it, or declare it in the site file with its document."),
    "guard.CAL-1": N_(
        "The use measured on {link} ({way:name}) is less than the sessions present would draw by default:"
        " demand is lowered by a factor of {factor:2}."
    ),
    "guard.CAL-2": N_(
        "The traffic measured on {link} ({way:name}) is less than the people on site would draw by default:"
        " web demand is lowered by a factor of {factor:2}."
    ),
    "name.up": N_("upload"),
    "name.down": N_("download"),
    "voice.peak": N_(
        "Calls of these people in the busy hour: up to {calls} at once (more only 1% of the time), {bps:rate} each way"
        " in the tunnel; {average:rate} on average."
    ),
    "overloaded.today": N_("The trunk already loses more calls than its target, with everybody on site."),
    "device.unanswered": N_("Questions that {target} left without an answer: {count}."),
    "device.stopped": N_("{target} was not read to its end: the audit was interrupted."),
    "inspect.target": N_("“{target}” is not a target: snmp://HOST:PORT, ssh://USER@HOST:PORT, or a file of captures."),
    "inspect.no_file": N_("{target}: there is no such file or folder."),
    "inspect.no_user": N_("{target} needs a user: ssh://USER@HOST, or --user."),
    "inspect.two_hosts": N_("One device at a time: {hosts:list} are several."),
    "inspect.no_credential": N_("Name the credential with --credential; no community or password is ever assumed."),
    "inspect.no_device": N_("The site file has no device “{name}”; it has {names:list}."),
    "inspect.mixed": N_("{target}: captures and live devices are read apart, and one folder or file at a time."),
    "inspect.no_platform": N_("No platform is called “{name}” here; there are {known:list}."),
    "inspect.nothing": N_("Name a device to inspect: a target, a folder or file of captures, or --site and --device."),
    "how.link.up": N_("what is free on the link, divided by what the site sends for one person"),
    "how.link.down": N_("what is free on the link, divided by what the site receives for one person"),
    "how.vpn.licence": N_("licences for simultaneous users"),
    "how.vpn.platform": N_("most sessions the gateway can hold"),
    "how.vpn.pool": N_("usable addresses of the pool"),
    "how.vpn.crypto": N_("usable share of the data sheet's rate, divided by one person's tunnel traffic"),
    "how.firewall.sessions": N_("free part of the session table, divided by the sessions of one person"),
    "how.nat.ports": N_("ports of the public addresses, divided by the ports of one person"),
    "how.telephony.sets": N_("people who can be called at home, divided by the share who need a phone"),
    "how.telephony.trunks": N_("most people whose forwarded calls the trunk still carries (Erlang B, 1% lost)"),
    "how.telephony.cloud": N_("people with licence and number, divided by the share who need a phone"),
    "how.hosts.vdi": N_("people whom processors, memory and licences can serve, divided by the share on desktops"),
    "how.homes": N_("eligible people times the share of good home lines"),
    "how.people.equipment": N_("people with a managed PC and a headset"),
    "how.ztna.seats": N_("seats of the service"),
    "how.saas.licences": N_("people who hold every licence they need"),
    "how.identity.mfa": N_("people enrolled in a second factor"),
    "report.not_json": N_("{file} is not an audit JSON file ({why})."),
    "name.severity.critical": N_("critical"),
    "name.severity.high": N_("high"),
    "name.severity.medium": N_("medium"),
    "name.severity.low": N_("low"),
    "prompt.credential": N_("Secret of the credential “{name}” (for {target})"),
    "prompt.vault": N_("Passphrase of the vault {file}"),
    "prompt.privacy": N_("SNMPv3 privacy passphrase of the credential “{name}” (for {target})"),
}


@cache
def sentences() -> Mapping[str, str]:
    """All tables of sentences in one; an id said twice with different words is a mistake of ours."""
    merged: dict[str, str] = {}
    for table in (
        OWN,
        transport.SENTENCES,
        captures.SENTENCES,
        graphs.SENTENCES,
        inventory.SENTENCES,
        ranges.SENTENCES,
        watchwords.SENTENCES,
        network.SENTENCES,
        engine.SENTENCES,
        checks.sentences(),
        doors.SENTENCES,
        exchanges.SENTENCES,
        capacity.SENTENCES,
        degraded.SENTENCES,
        moves.SENTENCES,
        inputs.SENTENCES,
        lists.SENTENCES,
        plan.SENTENCES,
        judgements.SENTENCES,
        whatif.SENTENCES,
        scoring.SENTENCES,
        sitefile.SENTENCES,
        siteedit.SENTENCES,
        siteforms.SENTENCES,
        people.SENTENCES,
        phonelist.SENTENCES,
        homesip.SENTENCES,
        branding.SENTENCES,
        archive.SENTENCES,
        questionnaire.SENTENCES,
        quiet.SENTENCES,
        store.SENTENCES,
        tailoring.SENTENCES,
        vault.SENTENCES,
        compare.SENTENCES,
        container.SENTENCES,
        signature.SENTENCES,
        {f"input.{entry.name}": entry.meaning for entry in parameters.PUBLISHED},
    ):
        for id, english in table.items():
            assert merged.setdefault(id, english) == english, id
    return MappingProxyType(merged)


def texts(language: str, *, narrow: bool = True) -> Texts:
    """The words of a language; `narrow=False` for a terminal."""
    return Texts(language, sentences(), narrow=narrow)

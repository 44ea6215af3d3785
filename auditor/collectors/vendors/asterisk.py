"""Asterisk on Linux: sets, where they register from, forwards, trunks, calls; read with `asterisk -rx` alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from auditor import facts
from auditor.collectors.transport import Oid, SnmpValue
from auditor.collectors.vendors import asterisk_files, asterisk_pjsip, asterisk_sip, exchange, freepbx, linux, standard
from auditor.collectors.vendors.page import Command, Identity, Scalars, Told, Vendor, unread
from auditor.collectors.vendors.standard import number, text
from auditor.model import Key
from auditor.values import ABSENT

AST_VERSION: Final = "1.3.6.1.4.1.22736.1.1.1.0"  # astVersionString, ASTERISK-MIB
AST_CALLS: Final = "1.3.6.1.4.1.22736.1.2.5.0"  # astConfigCallsActive
AST_CHANNELS: Final = "1.3.6.1.4.1.22736.1.5.1.0"  # astNumChannels


def _box(values: Mapping[Oid, SnmpValue]) -> Told:
    found: dict[Key[Any], Any] = {}
    if said := text(values.get(AST_VERSION, ABSENT)):
        found[facts.IDENTITY_VENDOR] = "Asterisk"
        found[facts.IDENTITY_MODEL] = f"Asterisk {said.split()[0]}"
    for key, oid in ((facts.TELEPHONY_CALLS_NOW, AST_CALLS), (facts.TELEPHONY_CHANNELS_NOW, AST_CHANNELS)):
        if isinstance(now := number(values.get(oid, ABSENT)), int) and now >= 0:
            found[key] = now
    return Told(found)


# ---- command outputs ----


def version(output: str) -> Told:
    """`core show version`."""
    match = re.search(r"^Asterisk (?:certified[/-])?(\S+) built", output, re.M)
    if not match:
        return unread(output)
    return Told({facts.IDENTITY_VENDOR: "Asterisk", facts.IDENTITY_MODEL: f"Asterisk {match.group(1)}"})


def calls(output: str) -> Told:
    """`core show channels count`: channels and calls now and, where it is set, the most calls."""
    found: dict[Key[Any], Any] = {}
    if match := re.search(r"^(\d+)(?: of (\d+) max)? active calls?\b", output, re.M):
        found[facts.TELEPHONY_CALLS_NOW] = int(match.group(1))
        if match.group(2):
            found[facts.TELEPHONY_CALLS_MAX] = int(match.group(2))
    if match := re.search(r"^(\d+) active channels?\b", output, re.M):
        found[facts.TELEPHONY_CHANNELS_NOW] = int(match.group(1))
    return Told(found) if facts.TELEPHONY_CALLS_NOW in found else unread(output)


def settings(output: str) -> Told:
    """`core show settings`: the most calls, where somebody set a limit (maxcalls)."""
    if "PBX Core settings" not in output:
        return unread(output)
    match = re.search(r"(?m)^\s+Maximum calls:\s+(\d+) \(", output)
    return Told({facts.TELEPHONY_CALLS_MAX: int(match.group(1))} if match else {})


def queues(output: str) -> Told:
    """`queue show`: how many queues, through the colours that it prints even into a pipe."""
    if "No such command" in output:
        return Told()
    found = re.findall(r"(?m)^\S+\s+has \d+ calls? \(max", re.sub(r"\x1b?\[[\d;]*m", "", output))
    if not found:
        return Told({facts.TELEPHONY_QUEUES: 0}) if "No queues" in output else unread(output)
    return Told({facts.TELEPHONY_QUEUES: len(found)})


def voicemail(output: str) -> Told:
    """`voicemail show users`: how many boxes; no name, no number."""
    match = re.search(r"(?m)^(\d+) voicemail users? configured", output)
    if match is None:
        none = "There are no voicemail users" in output
        return (
            Told({facts.TELEPHONY_VOICEMAIL: 0}) if none else Told() if "No such command" in output else unread(output)
        )
    return Told({facts.TELEPHONY_VOICEMAIL: int(match.group(1))})


_QUEUE_PEOPLE: Final = (
    r"(^[ \t]{3,}(?!Members:|No Members|Callers:|No Callers))(\S[^\n]*)",  # a member by his name, a caller by number
    r"(^)(\+?\d{3,}\S*)(?= has \d)",
)
_VOICEMAIL_PEOPLE: Final = (r"(^(?!Context\b|There are|No such|\d+ voicemail))(\S[^\n]*\S)",)
_CHANNEL_PEOPLE: Final = (r"(^)((?:PJSIP|SIP|Local|IAX2|DAHDI)/\S+[ \t]+\S+)", r"(\([^)\n]*?)(\d{3,})")


def _row(
    words: str,
    keys: Sequence[Key[Any]],
    read: Callable[[str], Told],
    *,
    people: tuple[str, ...] = (),
    seconds: float = 20.0,
    live: bool = True,
    follow: Callable[[str], Sequence[str]] | None = None,
) -> Command:
    """The full path: a login shell that is not root's does not find the program. Files have any spelling."""
    also = (f"asterisk -rx '{words}'", f'asterisk -rx "{words}"', words)
    return Command(_ask(words), tuple(keys), read, seconds=seconds, also=also, live=live, people=people, follow=follow)


def _ask(words: str) -> str:
    return f"/usr/sbin/asterisk -rx '{words}'"


def _one(words: str, read: Callable[[str], Told], people: tuple[str, ...], *, live: bool) -> Command:
    """A row for one set; the quotes are those of a shell, and files leave them out."""
    quoted = rf"/usr/sbin/asterisk -rx '{words} [A-Za-z0-9_.@-]{{1,64}}'"
    filed = rf"(?:usr sbin )?(?:asterisk -rx )?{words} [A-Za-z0-9_.@-]{{1,64}}"
    return Command(
        f"/usr/sbin/asterisk -rx '{words} NAME'", (), read, pattern=rf"{quoted}|{filed}", live=live, people=people
    )


_NAMES: Final = (
    "type|allow|media_enc|webrtc|outbound_auth|endpoint|sends_reg|local_net|external_|rewrite_c|force_r|rtp_sym"
)
PJSIP_FILES: Final = (
    rf"grep -rhsE --include='pjsip*.conf' '^ *(\[[^]]+\]|(endpoint/)?({_NAMES})[a-z_]* *=)' /etc/asterisk"
)
WHOLE_PJSIP, WHOLE_SIP = "cat /etc/asterisk/pjsip.conf", "cat /etc/asterisk/sip.conf"
FORWARD_CODES: Final = (
    r"grep -hsE '^(\[from-internal-additional\]|include *=> *app-cf(-on|-prompting-on)?$)'"
    " /etc/asterisk/extensions_additional.conf"
)
CALL_RECORDS: Final = (
    "tail -qn 60000 /var/log/asterisk/cdr-csv/Master.csv"
    " | grep -oE '\"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\",[0-9]+,[0-9]+'"
)

COMMANDS: Final = (
    _row("core show version", (facts.IDENTITY_MODEL,), version),
    _row("core show channels count", (facts.TELEPHONY_CALLS_NOW,), calls),
    _row("core show settings", (), settings),
    _row("core show channels", (), calls, live=False, people=_CHANNEL_PEOPLE),
    # the database before the list: it holds whole addresses, and what each contact is
    _row("database show registrar/contact", (), asterisk_files.database, people=asterisk_files.PEOPLE, seconds=60),
    _row("database show CF", (), asterisk_files.database, people=asterisk_files.PEOPLE, seconds=60),
    _row("database show CFU", (), asterisk_files.database, people=asterisk_files.PEOPLE, seconds=60),
    _row("database show", (), asterisk_files.database, people=asterisk_files.PEOPLE, live=False),
    _row(
        "pjsip show endpoints",
        (facts.TELEPHONY_ENDPOINTS, facts.TELEPHONY_ENDPOINTS_TOTAL),
        asterisk_pjsip.endpoints,
        people=asterisk_pjsip.PEOPLE,
        seconds=120,
    ),
    _row("pjsip show contacts", (), asterisk_pjsip.contacts, people=asterisk_pjsip.PEOPLE, live=False),
    _row("pjsip show aors", (), asterisk_pjsip.aors, people=asterisk_pjsip.PEOPLE, live=False),
    _one("pjsip show endpoint", asterisk_pjsip.endpoint, asterisk_pjsip.PEOPLE, live=False),
    _row("pjsip show transports", (), asterisk_pjsip.transports),
    _one("pjsip show transport", asterisk_pjsip.transport, (), live=False),
    _row("sip show peers", (), asterisk_sip.peers, people=asterisk_sip.PEOPLE, seconds=60, follow=asterisk_sip.to_ask),
    _one("sip show peer", asterisk_sip.peer, asterisk_sip.PEOPLE, live=True),
    _row("sip show settings", (), asterisk_sip.settings),
    _row(
        "pjsip show registrations",
        (facts.TELEPHONY_TRUNKS,),
        asterisk_pjsip.registrations,
        people=asterisk_pjsip.PEOPLE,
    ),
    _row("sip show registry", (), asterisk_sip.registry, people=asterisk_sip.PEOPLE),
    _row("pjsip show channelstats", (), asterisk_pjsip.statistics, people=asterisk_pjsip.STATS_PEOPLE),
    _row("sip show channelstats", (), asterisk_sip.statistics, people=asterisk_sip.STATS_PEOPLE),
    _row("queue show", (), queues, people=_QUEUE_PEOPLE),
    _row("voicemail show users", (), voicemail, people=_VOICEMAIL_PEOPLE),
    Command(PJSIP_FILES, (), asterisk_files.pjsip, seconds=60, people=asterisk_files.PEOPLE_FILES),
    Command(WHOLE_PJSIP, (), asterisk_files.pjsip, live=False, people=asterisk_files.PEOPLE_WHOLE),
    Command(WHOLE_SIP, (), asterisk_files.sip, live=False, people=asterisk_files.PEOPLE_WHOLE),
    Command(
        "grep -hsE '^OUT(MAXCHANS)?_[0-9]+ *=' /etc/asterisk/extensions_additional.conf", (), asterisk_files.outbound
    ),
    Command(FORWARD_CODES, (), freepbx.codes),
    Command(CALL_RECORDS, (), asterisk_files.records, seconds=60),
    *(
        Command(f"ls -1 {folder}", (), asterisk_files.provisioning, people=(asterisk_files.PROVISIONED,))
        for folder in ("/tftpboot", "/srv/tftp", "/var/www/html/provisioning")
    ),
    _row("database show DEVICE", (), freepbx.devices, people=asterisk_files.PEOPLE, seconds=60),
    Command("/usr/sbin/fwconsole ma list", (), freepbx.modules, seconds=60, also=("fwconsole ma list",)),
    Command(
        "/usr/sbin/fwconsole userman --list",
        (),
        freepbx.users,
        seconds=60,
        also=("fwconsole userman --list",),
        people=(freepbx.USERS,),
    ),
)


def _program(one: str, other: str) -> str:
    """The exchange rather than the machine it runs on, whichever was told first."""
    return other if other.startswith("Asterisk") else one


def _is_asterisk(identity: Identity) -> bool:
    linux_host = identity.sys_descr.startswith("Linux ")
    return identity.declared == "asterisk" or (linux_host and "asterisk" in identity.greeting.lower())


ASTERISK = Vendor(
    name="asterisk",
    platform="asterisk",
    recognise=_is_asterisk,
    scalars=(
        linux.UPTIME,
        standard.SYSTEM,
        Scalars((AST_VERSION, AST_CALLS, AST_CHANNELS), (facts.TELEPHONY_CALLS_NOW,), _box),
    ),
    tables=(standard.INTERFACES, standard.HOST),
    session=linux.SESSION,
    commands=(*linux.COMMANDS, *COMMANDS),
    secrets=linux.SECRETS,
    combine={**linux.COMBINE, **exchange.COMBINE, facts.IDENTITY_VENDOR: _program, facts.IDENTITY_MODEL: _program},
    derive={facts.SYSTEM_SUPPORT_ENDS: exchange.supported("asterisk")},
    running=(WHOLE_PJSIP, WHOLE_SIP),
    hello=_ask("core show version"),
    recognise_shell=lambda output: bool(re.search(r"^Asterisk \S*\d", output, re.M)),
)

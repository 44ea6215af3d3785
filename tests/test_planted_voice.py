# ruff: noqa: E501 -- answers of devices as they print them
"""Names, numbers, SIP secrets and PINs planted in what each telephone system says: none in anything that is written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from auditor.commands.lines import audit_lines
from auditor.inspection import How, captured, explained
from auditor.model import Device
from auditor.reports.export import device_json
from auditor.wording import texts
from tests.commands import auditor
from tests.driving import opened, pressed
from tests.test_bundles import judged, saved
from tests.test_secrets import kept

NAME, FIRST, LOGIN, BOX = "Planted Caller", "Marguerite", "mplanted", "planted.box@example.net"
EXTENSION, NUMBER, MOBILE = "482137", "0145998877", "+33612987654"
SECRET, PIN, MAC, MAC_DOTTED = "Zq7plantedsecret", "471193", "00112233AA55", "0011.2233.aa55"
PLANTED = (
    NAME,
    "Planted",
    FIRST,
    LOGIN,
    BOX,
    EXTENSION,
    NUMBER,
    "612987654",
    SECRET,
    PIN,
    MAC,
    MAC.lower(),
    MAC_DOTTED,
)

FREEPBX = {
    "asterisk -rx 'core show version'": "Asterisk 18.10.0 built by nobody @ box on a x86_64 running Linux",
    "asterisk -rx 'sip show peers'": f"""Name/username             Host                                    Dyn Forcerport Comedia    ACL Port     Status      Description
{EXTENSION}/{EXTENSION}             192.168.10.60                            D  Yes        Yes            5060     OK (12 ms)  {NAME}
{NUMBER}/{LOGIN}                 203.0.113.11                                Auto (No)  No             5060     Unmonitored
2 sip peers [Monitored: 1 online, 0 offline Unmonitored: 1 online, 0 offline]
""",
    "asterisk -rx 'sip show registry'": f"""Host                                    dnsmgr Username       Refresh State                Reg.Time
203.0.113.11:5060                       N      {NUMBER}         105 Registered           Thu, 26 Nov 2026 10:00:00
1 SIP registrations.
""",
    "asterisk -rx 'core show channels'": f"""Channel              Location             State   Application(Data)
PJSIP/{EXTENSION}-00000001   {NUMBER}@from-internal:1 Up      Dial(PJSIP/{MOBILE}@operator)
1 active channel
1 active call
""",
    "asterisk -rx 'database show'": f"""/AMPUSER/{EXTENSION}/cidname                     : {NAME}
/AMPUSER/{EXTENSION}/followme/grplist                : {MOBILE}#
/AMPUSER/{EXTENSION}/voicemail                       : {PIN}
/CF/{EXTENSION}                                      : {MOBILE}
/DEVICE/{EXTENSION}/dial                             : PJSIP/{EXTENSION}
/registrar/contact/{EXTENSION};@1bf7: {{"via_addr":"192.168.1.20","endpoint":"{EXTENSION}","uri":"sip:{EXTENSION}@10.20.30.30:5060","user_agent":"Yealink SIP-T46S 66.86.0.15"}}
6 results found.
""",
    "asterisk -rx 'voicemail show users'": f"""Context    Mbox  User                      Zone       NewMsg
default    {EXTENSION}  {NAME}                                 2
1 voicemail users configured.
""",
    "asterisk -rx 'queue show'": f"""{NUMBER} has 0 calls (max unlimited) in 'ringall' strategy (0s holdtime, 0s talktime), W:0, C:0, A:0, SL:0.0%, SL2:0.0% within 0s
   Members:
      {NAME} (Local/{EXTENSION}@from-queue/n) (ringinuse disabled) (Not in use) has taken no calls yet
   No Callers

""",
    "cat /etc/asterisk/pjsip.conf": f"""[{EXTENSION}]
type=endpoint
callerid="{NAME}" <{EXTENSION}>
allow=alaw
mailboxes={EXTENSION}@default
[{EXTENSION}]
type=auth
username={LOGIN}
password={SECRET}
""",
    "fwconsole userman --list": f"""+----+------------+
| ID | Username   |
+----+------------+
| 1  | {LOGIN} |
+----+------------+
""",
    "ls -1 /srv/tftp": f"SEP{MAC}.cnf.xml\n{MAC.lower()}.cfg\n",
}
MANAGER = {
    "show version active": "Active Master Version: 11.5.1.15900-18\nActive Version Installed Software Options:\nNo Installed Software Options Found.\n",
    "show risdb query phone": f"""----------- Phone Information -----------

#TotalPhones, #TotalRegistered, #RegisteredSCCP, #RegisteredSIP, #UnRegistered, #Rejected, #PartiallyRegistered, #StateUnknown, #ExcessPhones
2, 2, 0, 2, 0, 0, 0, 0, 0

DeviceName, Descr, Ipaddr, Ipv6addr, Ipv4Attr, Ipv6Attr, MACaddr, RegStatus, PhoneProtocol, DeviceModel, HTTPsupport, #regAttempts, prodId, username, seq#, RegStatusChg TimeStamp, IpAddrType, LoadId, ActiveLoadId, InactiveLoadId, ReqLoadId, DnldServer, DnldStatus, DnldFailReason, LastActTimeStamp, Perfmon Object
SEP{MAC}, {NAME}, {EXTENSION} desk, 10.20.7.11, , 3, 0, {MAC}, reg, SIP, 622, yes, 0, 540, {LOGIN}, 1, 1574090466, 1, sip88xx.12-5-1, sip88xx.12-5-1, , , , 0, , 1574090466, 2
CSF{LOGIN.upper()}, {FIRST} {NUMBER}, 10.99.20.7, , 3, 0, , reg, SIP, 503, no, 0, 390, {BOX}, 2, 1574090466, 1, , , , , , 0, , 1574090466, 2
Total count 2
""",
    "run sql select name from device where tkmodel=131": f"name\n===============\nTrunk-{NUMBER}\nSIP-Operator\n",
    'show perf query class "Cisco CallManager"': "==>query class :\n\n - Perf class (Cisco CallManager) has values:\n\nCallsActive                    = 12\nRegisteredHardwarePhones       = 2\n",
}
EXPRESS = {
    "show version": "Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.7(3)M3, RELEASE SOFTWARE (fc2)\nrouter uptime is 1 week\n",
    "show ephone": f"""
ephone-1[0] Mac:{MAC_DOTTED} TCP socket:[1] activeLine:0 whisperLine:0 REGISTERED in SCCP ver 20/17 max_streams=5
mediaActive:0 whisper_mediaActive:0 startMedia:0 offhook:0 ringing:0 reset:0 reset_sent:0 paging 0 debug:0 caps:9
IP:10.20.7.12 * 50127 7962  keepalive 0 max_line 6 available_line 6
button 1: cw:1 ccw:(0 0) dn 1  number {EXTENSION} CH1   IDLE         CH2   IDLE
Username: {LOGIN} Password: {SECRET}
Preferred Codec: g711ulaw
""",
    "show voice register pool all": f"""Pool Tag 1
Config:
  Mac address is {MAC_DOTTED}
  Type is 8841
  Number list 1 : DN 1
  Proxy Ip address is 0.0.0.0
  Username is {LOGIN}
  password is {SECRET}
  pin is {PIN}
  Description is {NAME}
  Transport type is tcp
  Active registrations  : 1
  Contact IP address: 10.20.7.13 port 5060

Dialpeers created:

dial-peer voice 40001 voip
 destination-pattern {EXTENSION}
 session target ipv4:10.20.7.13:5060
 session protocol sipv2
""",
    "show telephony-service": f"CONFIG (Version=12.6)\n=====================\nVersion 12.6\nmax-ephones 48\nmax-dn 100\nvoicemail {NUMBER}\ndialplan-pattern 1 {NUMBER} extension-length 4\nweb admin system name {LOGIN} password {SECRET}\nsystem message {NAME}\n",
    "show dial-peer voice summary": f"""dial-peer hunt 0
             AD                                    PRE PASS                OUT
TAG    TYPE  MIN  OPER PREFIX    DEST-PATTERN      FER THRU SESS-TARGET    STAT PORT    KEEPALIVE
1      voip  up   up             {NUMBER}         0  syst ipv4:203.0.113.11
2      pots  up   up   {MOBILE}  {EXTENSION}      0                         up   0/0/0:15
3      voip  up   up             .T                 0  syst sip-server
""",
    "show dial-peer voice": f"""VoiceOverIpPeer1
	peer type = voice, system default peer = FALSE, information type = voice,
	description = `{NAME}',
	tag = 1, destination-pattern = `{NUMBER}',
	Admin state is up, Operation state is up,
	connections/maximum = 0/10,
	session-target = `ipv4:203.0.113.11',
	authentication username = `{LOGIN}', password = `{SECRET}'
""",
    "show voice call summary": "PORT           CODEC     VAD VTSP STATE            VPM STATE\n============== ========= === ==================== ======================\n0/0/0:15.1     g711alaw  y   S_CONNECT            S_TSP_CONNECT\n",
    "show running-config": f"""version 15.7
hostname router
sip-ua
 credentials username {NUMBER} password 7 {SECRET} realm sip.example.com
 authentication username {NUMBER} password 7 {SECRET}
dial-peer voice 1 voip
 description {NAME}
 destination-pattern {NUMBER}
 session target ipv4:203.0.113.11
ephone-dn 1
 number {EXTENSION} secondary {NUMBER}
 name {NAME}
 label {FIRST}
 call-forward noan {MOBILE} timeout 10
ephone 1
 mac-address {MAC_DOTTED}
 username "{LOGIN}" password {SECRET}
 pin {PIN}
voice register dn 1
 number {EXTENSION}
 name {NAME}
voice register pool 1
 id mac {MAC_DOTTED.upper()}
 username {LOGIN} password {SECRET}
 description {NAME}
voice translation-rule 1
 rule 1 /^{NUMBER}/ /{EXTENSION}/
end
""",
}
SWITCH = {
    "fs_cli -x version": "FreeSWITCH Version 1.10.7-release+git~20211024T163933Z~883d2cb662~64bit (git 883d2cb 2021-10-24 16:39:33Z 64bit)",
    "fs_cli -x 'sofia status'": f"""                     Name	   Type	                                       Data	State
=================================================================================================
                 internal	profile	          sip:mod_sofia@172.31.35.9:5060	RUNNING (2)
   external::{NUMBER}	gateway	             sip:{NUMBER}@203.0.113.11	REGED
=================================================================================================
1 profile 0 aliases
""",
    "fs_cli -x 'sofia status profile internal reg'": f"""
Registrations:
=================================================================================================
Call-ID:    	{LOGIN}@10.20.30.40
User:       	{EXTENSION}@pbx.example.net
Contact:    	"{NAME}" <sip:{EXTENSION}@10.20.30.40:5060;transport=udp>
Agent:      	Linphone Desktop/4.4.10
Status:     	Registered(UDP)(unknown) EXP(2026-11-26 11:00:00) EXPSECS(300)
Ping-Status:	Reachable
Host:       	pbx
IP:         	10.20.30.40
Port:       	5060
Auth-User:  	{EXTENSION}
Auth-Realm: 	pbx.example.net
MWI-Account:	{EXTENSION}@pbx.example.net

Total items returned: 1
=================================================================================================
""",
    "fs_cli -x list_users": f"""userid|context|domain|group|contact|callgroup|effective_caller_id_name|effective_caller_id_number
{EXTENSION}|default|pbx.example.net|default|sofia/internal/sip:{EXTENSION}@10.20.30.40|techsupport|{NAME}|{NUMBER}

+OK
""",
    "fs_cli -x 'sofia status gateway'": f"""                            Profile::Gateway-Name	                                     Data	State	IB Calls(F/T)	OB Calls(F/T)
=================================================================================================
   external::{NUMBER}	                      sip:{LOGIN}@203.0.113.11	REGED	0/0	0/0
=================================================================================================
1 gateway total
""",
}
SYSTEMS: Mapping[str, tuple[str, Mapping[str, str], str]] = {
    "freepbx": ("asterisk", FREEPBX, "Yealink"),
    "cucm": ("cisco_ucos", MANAGER, "TotalRegistered"),
    "cme": ("cisco_ios", EXPRESS, "7962"),
    "freeswitch": ("freeswitch", SWITCH, "Linphone"),
}  # fmt: skip


def clean(text: str, where: str) -> None:
    for planted in PLANTED:
        at = text.find(planted)
        assert at < 0, f"{planted} stands in {where}: …{text[max(0, at - 60) : at + 60]}…"


def capture(folder: Path, name: str, platform: str, answers: Mapping[str, str]) -> Path:
    folder.mkdir()
    (folder / "device.toml").write_text(f'name = "{name}"\nrole = "pbx"\nplatform = "{platform}"\n')
    for line, text in answers.items():
        file = line.replace("'", "").replace('"', "").replace(" ", "_").replace("/", "_").strip("_")
        (folder / f"{file}.txt").write_text(text)
    return folder


def read(name: str, folder: Path) -> Device:
    platform, answers, _ = SYSTEMS[name]
    return asyncio.run(captured(capture(folder / name, name, platform, answers), How()))


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_number_name_secret_or_pin_is_kept_of_a_system(name: str, tmp_path: Path) -> None:
    """Neither in the evidence of any answer, nor among its facts, in words or as JSON."""
    _, answers, left = SYSTEMS[name]
    device = read(name, tmp_path)
    assert len({line.request for line in device.evidence}) >= len(answers), "every answer was read"
    assert left in "\n".join(line.text for line in device.evidence), "what is not planted is kept"
    assert {"telephony.endpoints", "telephony.trunks"} & {one.key.name for one in device.readings}
    for line in device.evidence:
        clean(line.text, line.request)
    clean("\n".join(explained(device, texts("fr"))) + str(device_json(device, texts("fr"))), "inspect")


@pytest.mark.slow
def test_no_number_name_secret_or_pin_is_in_any_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one audit of all these systems: every form of the report, the store, the bundle, plain lines, what is said."""
    monkeypatch.setenv("AUDITOR_HOME", str(tmp_path / "home"))
    result = saved(judged([read(name, tmp_path) for name in SYSTEMS]), tmp_path / "home")
    clean("\n".join(audit_lines(result, texts("fr"))), "audit --plain")
    out = tmp_path / "out"
    commands = (
        ("report", result.id, "--format", "pdf,html,xlsx,csv,json", "--out", out),
        ("bundle", result.id, out / "visit.zip"),
        ("replay", out / "visit.zip", "--out", out / "again"),
    )
    for words in commands:
        ended = auditor(*words)
        assert ended.code == 0, ended
        clean(ended.out + ended.err, str(words[0]))
    written = {Path(path).suffix for path, _ in kept(out)}
    assert {".pdf", ".json", ".html", ".xlsx", ".csv", ".zip"} <= written
    for path, text in kept(out, tmp_path / "home"):
        clean(text, path)


@pytest.mark.slow
async def test_no_number_name_secret_or_pin_is_on_any_screen(tmp_path: Path) -> None:
    """On a terminal that is taller than the longest answer: what is told of each system, what it answered, the findings."""
    result = judged([await captured(capture(tmp_path / name, name, *SYSTEMS[name][:2]), How()) for name in SYSTEMS])
    async with opened(size=(120, 90), audit=result) as (app, pilot):
        seen = {view: await pressed(app, pilot, view) for view in ("d", "f", "p")}
        await pressed(app, pilot, "v")
        for name in SYSTEMS:
            seen[name] = await pressed(app, pilot)
            assert name in seen[name]
            seen[f"{name}, asked"] = await pressed(app, pilot, "t")
            for line in next(device.evidence for device in result.devices if device.name == name):
                seen[f"{name}, {line.request}"] = await pressed(app, pilot, "enter")
                await pressed(app, pilot, "escape", "down")
            await pressed(app, pilot, "t", "down")
    assert "activeLine:0" in seen["cme, show ephone"], "what is not planted is shown"
    for where, text in seen.items():
        clean(text, where)

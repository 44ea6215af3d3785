"""The vocabulary: every fact a device can tell, one line each, with its type and unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from auditor.model import Key
from auditor.values import ABSENT, Absent

# ---- records of the list facts; a field nobody measured is ABSENT ----


@dataclass(frozen=True, slots=True)
class Interface:
    """One row of the interface table. Rates in bit/s over `window_s` seconds; `in_peak_bps` the busiest part of it.

    `alias` is what the operator wrote (ifAlias), `description` what the device calls it where that is another name.
    """

    name: str
    index: int | Absent = ABSENT
    alias: str | Absent = ABSENT
    kind: str | Absent = ABSENT
    physical: bool | Absent = ABSENT
    admin_up: bool | Absent = ABSENT
    oper_up: bool | Absent = ABSENT
    speed_bps: int | Absent = ABSENT
    in_bps: int | Absent = ABSENT
    out_bps: int | Absent = ABSENT
    in_peak_bps: int | Absent = ABSENT
    out_peak_bps: int | Absent = ABSENT
    window_s: float | Absent = ABSENT
    in_errors: int | Absent = ABSENT
    out_errors: int | Absent = ABSENT
    in_discards: int | Absent = ABSENT
    out_discards: int | Absent = ABSENT
    in_packets: int | Absent = ABSENT
    out_packets: int | Absent = ABSENT
    addresses: tuple[str, ...] | Absent = ABSENT
    default_route: bool | Absent = ABSENT
    description: str | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Route:
    """A default route. `network` 0.0.0.0/0 or ::/0; `protocol` static, dhcp, bgp…; `active` False for a standby one."""

    network: str
    interface: str | Absent = ABSENT
    gateway: str | Absent = ABSENT
    protocol: str | Absent = ABSENT
    metric: int | Absent = ABSENT
    active: bool | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Uplink:
    """An interface that leads to the internet and why it is taken for one: default_route, label or address."""

    interface: str
    reason: str
    gateway: str | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class LinkRate:
    """A rate a line really has; `method`: dsl, cellular, shaper, policer, bandwidth, contract, never the port speed."""

    interface: str
    method: str
    down_bps: int | Absent = ABSENT
    up_bps: int | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class DslLine:
    """What a modem tells of its line: the rates it could reach, which are never rates to count on."""

    interface: str
    attainable_down_bps: int | Absent = ABSENT
    attainable_up_bps: int | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Radio:
    """What a cellular modem receives: `technology` as the device writes it, powers in dBm, ratios in dB."""

    interface: str
    technology: str | Absent = ABSENT
    operator: str | Absent = ABSENT
    rssi_dbm: float | Absent = ABSENT
    rsrp_dbm: float | Absent = ABSENT
    rsrq_db: float | Absent = ABSENT
    sinr_db: float | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """A series of probes the device runs towards `target`; `state` what the last one ended with (ok, timeout…).

    Of calls that a telephone system carries now: what RTP and RTCP told of those with one `codec`.
    """

    target: str
    rtt_ms: float | Absent = ABSENT
    jitter_ms: float | Absent = ABSENT
    loss_percent: float | Absent = ABSENT
    state: str | Absent = ABSENT
    codec: str | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Pool:
    """Addresses handed to remote workers; `addresses` counts the usable ones."""

    name: str
    first: str | Absent = ABSENT
    last: str | Absent = ABSENT
    network: str | Absent = ABSENT
    addresses: int | Absent = ABSENT
    used: int | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Proposal:
    """One cryptographic offer. `use`: remote or site; `protocol`: ikev1, ikev2, tls, wireguard, openvpn.

    `encryption`, `integrity`: names in lower case (aes-256-gcm, aes-256-cbc, 3des, sha256, sha1, md5…);
    `dh_groups`: IANA numbers; `pfs`: the group number, 0 when switched off.
    """

    use: str
    protocol: str
    encryption: tuple[str, ...] | Absent = ABSENT
    integrity: tuple[str, ...] | Absent = ABSENT
    dh_groups: tuple[int, ...] | Absent = ABSENT
    pfs: int | Absent = ABSENT
    lifetime_s: int | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class VpnService:
    """One VPN program of a gateway that runs several: remote users and site tunnels now, and the users it allows.

    `remote` says that it is set up for remote users, whoever is connected.
    """

    service: str
    now: int | Absent = ABSENT
    tunnels: int | Absent = ABSENT
    most: int | Absent = ABSENT
    remote: bool | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Handshake:
    """When a WireGuard peer last shook hands, in seconds of its host's clock (0: never); `user` unless a site."""

    interface: str
    at: int
    user: bool


@dataclass(frozen=True, slots=True)
class Authentication:
    """How a group of remote workers proves who it is (certificate, psk, local, ldap, radius, saml, otp…)."""

    group: str
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """A remote worker's session. `id` is a pseudonym; what was negotiated is named as in Proposal."""

    id: str
    group: str | Absent = ABSENT
    protocols: tuple[str, ...] | Absent = ABSENT
    encryption: tuple[str, ...] | Absent = ABSENT
    integrity: tuple[str, ...] | Absent = ABSENT
    idle_s: int | Absent = ABSENT
    connected_s: int | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Rule:
    """One filtering rule in the normal form; "any" where it does not restrict. `from_`/`to`: zones or interfaces.

    `groups` are the users it is for, where the device tells rules by them; `conditions` what else a packet must meet
    that no other part says, in the device's words (a schedule, a source port, a packet mark): it takes less than it
    seems to.
    """

    id: str
    action: str
    name: str | Absent = ABSENT
    enabled: bool | Absent = ABSENT
    from_: tuple[str, ...] | Absent = ABSENT
    to: tuple[str, ...] | Absent = ABSENT
    source: tuple[str, ...] | Absent = ABSENT
    destination: tuple[str, ...] | Absent = ABSENT
    services: tuple[str, ...] | Absent = ABSENT
    logged: bool | Absent = ABSENT
    hits: int | Absent = ABSENT
    profiles: tuple[str, ...] | Absent = ABSENT
    groups: tuple[str, ...] | Absent = ABSENT
    conditions: tuple[str, ...] | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Translation:
    """One rule of address translation, in the device's order. `kind`: static or dynamic; `from_`/`to`: its interfaces.

    `original` and `translated` are the source before and after; `destination` what packets must be for, "any" where it
    does not restrict, and `redirected` where they then go: a host, and its port where that is another ("self": the
    device itself).
    """

    id: str
    kind: str
    from_: tuple[str, ...] | Absent = ABSENT
    to: tuple[str, ...] | Absent = ABSENT
    original: tuple[str, ...] | Absent = ABSENT
    translated: tuple[str, ...] | Absent = ABSENT
    destination: tuple[str, ...] | Absent = ABSENT
    redirected: tuple[str, ...] | Absent = ABSENT
    services: tuple[str, ...] | Absent = ABSENT
    enabled: bool | Absent = ABSENT
    hits: int | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class NamedObject:
    """What a name in the rules of a device stands for. `kind`: host, network, range, service, pool.

    `values` are addresses or services; of a pool, the name of the object that users of the VPN get addresses from.
    """

    name: str
    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exposed:
    """A service the internet can reach; `service`: a common name (rdp, smb, ssh, sip, https, vpn…), `from_` "any"."""

    service: str
    port: int | Absent = ABSENT
    protocol: str | Absent = ABSENT
    from_: str | Absent = ABSENT
    to: str | Absent = ABSENT
    rule: str | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A telephone set; `id` is a pseudonym. `kind`: desk, softphone, dect, analogue, gateway, conference, unknown.

    `rtt_ms` is the round trip of its signalling (SIP OPTIONS); `others` the addresses of its further contacts;
    `through` is how one outside comes in: vpn (an address of its pools) or internet (a public one).
    """

    id: str
    kind: str
    user_agent: str | Absent = ABSENT
    registered: bool | Absent = ABSENT
    address: str | Absent = ABSENT
    from_inside: bool | Absent = ABSENT
    transport: str | Absent = ABSENT
    media_encryption: str | Absent = ABSENT
    codecs: tuple[str, ...] | Absent = ABSENT
    forwarded: bool | Absent = ABSENT
    rtt_ms: float | Absent = ABSENT
    others: tuple[str, ...] | Absent = ABSENT
    through: str | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Trunk:
    """A trunk to an operator; `host` is the name or address of the operator's side."""

    name: str
    kind: str | Absent = ABSENT
    registered: bool | Absent = ABSENT
    channels: int | Absent = ABSENT
    host: str | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence of a device: `count` bought or allowed, `used` of them, `state` as the device writes it."""

    feature: str
    state: str | Absent = ABSENT
    count: int | Absent = ABSENT
    used: int | Absent = ABSENT
    expires: str | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class CallLegs:
    """Connections of a voice gateway now, by protocol; a call has two of them."""

    kind: str
    now: int


@dataclass(frozen=True, slots=True)
class SipService:
    """What the SIP port of a telephone service answered here: `state` answers, open, refused, silent, unresolved, tls.

    open: connected, no SIP answer came or none was asked for. `code` is the last answer's; round trips in ms are of the
    answers, else of the connections; `loss_percent` of questions over UDP, of TCP segments sent again otherwise.
    `certificate_fault` is why it is not trusted; `nat`: a translation stands between; `alg`: messages are rewritten.
    """

    service: str
    host: str
    port: int
    transport: str
    state: str
    asked: int = 0
    answered: int = 0
    code: int | Absent = ABSENT
    rtt_ms: float | Absent = ABSENT
    rtt_p95_ms: float | Absent = ABSENT
    jitter_ms: float | Absent = ABSENT
    loss_percent: float | Absent = ABSENT
    tls: str | Absent = ABSENT
    certificate: str | Absent = ABSENT
    certificate_ends: dt.date | Absent = ABSENT
    certificate_fault: str | Absent = ABSENT
    nat: bool | Absent = ABSENT
    alg: bool | Absent = ABSENT


@dataclass(frozen=True, slots=True)
class Technology:
    """The extensions of a telephone system by the technology that carries them: pjsip, sip, dahdi, iax2, custom…"""

    name: str
    extensions: int


@dataclass(frozen=True, slots=True)
class Accounts:
    """Local accounts of a device: how many, and how many still carry a default or guessable secret."""

    total: int
    default_secret: int | Absent = ABSENT


# ---- the facts ----


def _one(name: str, kind: type[Any], unit: str = "") -> Key[Any]:
    return Key(name, kind, unit)


def _many(name: str, record: type[Any]) -> Key[Any]:
    return Key(name, record, "records", many=True)


IDENTITY_VENDOR: Key[str] = _one("identity.vendor", str)
IDENTITY_PLATFORM: Key[str] = _one("identity.platform", str)
IDENTITY_MODEL: Key[str] = _one("identity.model", str)
IDENTITY_OS_VERSION: Key[str] = _one("identity.os_version", str)
IDENTITY_SERIAL: Key[str] = _one("identity.serial", str)
IDENTITY_NAME: Key[str] = _one("identity.name", str)

SYSTEM_UPTIME: Key[int] = _one("system.uptime", int, "s")
SYSTEM_CLOCK: Key[int] = _one("system.clock", int, "s")  # since 1970, as the device has it
SYSTEM_CPU: Key[float] = _one("system.cpu", float, "%")
SYSTEM_MEMORY: Key[float] = _one("system.memory", float, "%")

SYSTEM_SUPPORT_ENDS: Key[dt.date] = _one("system.support_ends", dt.date)  # of the branch it runs, by the dated list
SYSTEM_LICENCES: Key[tuple[Licence, ...]] = _many("system.licences", Licence)

INTERFACES: Key[tuple[Interface, ...]] = _many("interfaces", Interface)
ROUTES_DEFAULT: Key[tuple[Route, ...]] = _many("routes.default", Route)
LINK_UPLINKS: Key[tuple[Uplink, ...]] = _many("link.uplinks", Uplink)
LINK_RATES: Key[tuple[LinkRate, ...]] = _many("link.rates", LinkRate)
LINK_DSL: Key[tuple[DslLine, ...]] = _many("link.dsl", DslLine)
LINK_CELLULAR: Key[tuple[Radio, ...]] = _many("link.cellular", Radio)
LINK_QUALITY: Key[tuple[LinkQuality, ...]] = _many("link.quality", LinkQuality)
LINK_QOS: Key[str] = _one("link.qos", str)  # "priority+shaper", "marking", "none"

VPN_SESSIONS_NOW: Key[int] = _one("vpn.sessions.now", int, "sessions")
VPN_SESSIONS_PEAK: Key[int] = _one("vpn.sessions.peak", int, "sessions")
VPN_SESSIONS_LICENSED: Key[int] = _one("vpn.sessions.licensed", int, "sessions")
VPN_SESSIONS_PLATFORM_MAX: Key[int] = _one("vpn.sessions.platform_max", int, "sessions")
VPN_SESSIONS_CONFIGURED: Key[int] = _one("vpn.sessions.configured_max", int, "sessions")  # what somebody set
VPN_SESSIONS_TUNNELLED: Key[int] = _one(
    "vpn.sessions.tunnelled", int, "sessions"
)  # those that hold a tunnel, not a portal
VPN_IKE_SAS: Key[int] = _one("vpn.ike_sas.now", int, "associations")  # of users and of sites alike
VPN_IPSEC_SAS: Key[int] = _one("vpn.ipsec_sas.now", int, "associations")
VPN_USERS: Key[tuple[Session, ...]] = _many("vpn.users", Session)
VPN_TUNNELS_NOW: Key[int] = _one("vpn.tunnels.now", int, "tunnels")
VPN_HANDSHAKES: Key[tuple[Handshake, ...]] = _many("vpn.handshakes", Handshake)
VPN_SERVICES: Key[tuple[VpnService, ...]] = _many("vpn.services", VpnService)
VPN_CRYPTO_LICENSED: Key[int] = _one("vpn.crypto_licensed_bps", int, "bit/s")  # what the licence lets it encrypt
VPN_POOLS: Key[tuple[Pool, ...]] = _many("vpn.pools", Pool)
VPN_PROPOSALS: Key[tuple[Proposal, ...]] = _many("vpn.proposals", Proposal)
VPN_AUTHENTICATION: Key[tuple[Authentication, ...]] = _many("vpn.authentication", Authentication)
VPN_TUNNEL_MODE: Key[str] = _one("vpn.tunnel_mode", str)
VPN_TUNNEL_ROUTES: Key[tuple[str, ...]] = Key("vpn.tunnel_routes", str, "networks", many=True)
VPN_IDLE_TIMEOUT: Key[int] = _one("vpn.idle_timeout", int, "s")
VPN_MAX_SESSION: Key[int] = _one("vpn.max_session", int, "s")
VPN_TRANSPORTS: Key[tuple[str, ...]] = Key("vpn.transports", str, "names", many=True)  # udp, tcp, dtls, nat-t
VPN_TLS_MINIMUM: Key[str] = _one("vpn.tls_minimum", str)
VPN_MSS: Key[int] = _one("vpn.mss", int, "bytes")

FIREWALL_SESSIONS_NOW: Key[int] = _one("firewall.sessions.now", int, "sessions")
FIREWALL_SESSIONS_PEAK: Key[int] = _one("firewall.sessions.peak", int, "sessions")
FIREWALL_SESSIONS_MAX: Key[int] = _one("firewall.sessions.max", int, "sessions")
FIREWALL_RULES: Key[tuple[Rule, ...]] = _many("firewall.rules", Rule)
FIREWALL_NATIVE: Key[int] = _one(
    "firewall.native", int, "chains"
)  # of nftables, beside those that iptables keeps there
FIREWALL_POLICY: Key[str] = _one("firewall.policy", str)  # the name of the policy a manager installed
FIREWALL_NAT: Key[tuple[Translation, ...]] = _many("firewall.nat", Translation)
FIREWALL_OBJECTS: Key[tuple[NamedObject, ...]] = _many("firewall.objects", NamedObject)  # where asked for apart
FIREWALL_EXPOSED: Key[tuple[Exposed, ...]] = _many("firewall.exposed", Exposed)

ACCESS_TELNET: Key[bool] = _one("access.telnet", bool)
ACCESS_HTTP: Key[bool] = _one("access.http", bool)
ACCESS_SSH_VERSION: Key[str] = _one("access.ssh_version", str)
ACCESS_SSH_ALGORITHMS: Key[tuple[str, ...]] = Key("access.ssh_algorithms", str, "names", many=True)
ACCESS_SNMP: Key[tuple[str, ...]] = Key("access.snmp", str, "names", many=True)
# ^ one text per access: "v3-authpriv", "v3-auth", "v3-noauth", "v2c-default", "v2c-guessable", "v2c-restricted"…
ACCESS_MANAGEMENT_FROM_INTERNET: Key[str] = _one("access.management_from_internet", str)  # no, restricted, open
ACCESS_LOCAL_USERS: Key[tuple[Accounts, ...]] = _many("access.local_users", Accounts)
ACCESS_CENTRAL_AUTHENTICATION: Key[str] = _one("access.central_authentication", str)
ACCESS_LOGGING: Key[tuple[str, ...]] = Key("access.logging", str, "targets", many=True)  # "local" or an address
ACCESS_NTP: Key[tuple[str, ...]] = Key("access.ntp", str, "servers", many=True)

TELEPHONY_ENDPOINTS: Key[tuple[Endpoint, ...]] = _many("telephony.endpoints", Endpoint)
TELEPHONY_ENDPOINTS_TOTAL: Key[int] = _one("telephony.endpoints.total", int, "sets")
TELEPHONY_ENDPOINTS_REGISTERED: Key[int] = _one("telephony.endpoints.registered", int, "sets")
TELEPHONY_CONTACTS: Key[int] = _one("telephony.contacts", int, "contacts")  # of sets, reachable or not
TELEPHONY_SOFTPHONES_LICENSED: Key[int] = _one("telephony.softphones.licensed", int, "licences")
TELEPHONY_SOFTPHONES_ASSIGNED: Key[int] = _one("telephony.softphones.assigned", int, "licences")
TELEPHONY_CALLS_NOW: Key[int] = _one("telephony.calls.now", int, "calls")
TELEPHONY_LEGS: Key[tuple[CallLegs, ...]] = _many("telephony.legs", CallLegs)
TELEPHONY_CALLS_MAX: Key[int] = _one("telephony.calls.max", int, "calls")
TELEPHONY_CHANNELS_MAX: Key[int] = _one("telephony.channels.max", int, "channels")
TELEPHONY_TRUNKS: Key[tuple[Trunk, ...]] = _many("telephony.trunks", Trunk)
TELEPHONY_FORWARDING: Key[int] = _one("telephony.forwarding", int, "people")
TELEPHONY_CHANNELS_NOW: Key[int] = _one("telephony.channels.now", int, "channels")
TELEPHONY_TRANSPORTS: Key[tuple[str, ...]] = Key("telephony.transports", str, "names", many=True)  # udp, tcp, tls, wss
TELEPHONY_NAT: Key[tuple[str, ...]] = Key(
    "telephony.nat", str, "settings", many=True
)  # what is set for sets behind NAT
TELEPHONY_QUEUES: Key[int] = _one("telephony.queues", int, "queues")
TELEPHONY_VOICEMAIL: Key[int] = _one("telephony.voicemail", int, "boxes")
TELEPHONY_PROVISIONING: Key[int] = _one("telephony.provisioning", int, "files")  # configurations that sets fetch
TELEPHONY_FORWARDING_CODES: Key[bool] = _one("telephony.forwarding_codes", bool)  # whether every set may dial one
TELEPHONY_ENDPOINTS_MAX: Key[int] = _one("telephony.endpoints.max", int, "sets")  # that it may register
TELEPHONY_TECHNOLOGIES: Key[tuple[Technology, ...]] = _many("telephony.technologies", Technology)
TELEPHONY_SERVICE: Key[tuple[SipService, ...]] = _many("telephony.service", SipService)
TELEPHONY_PORTAL_USERS: Key[int] = _one("telephony.portal_users", int, "people")  # who may set their telephone online
TELEPHONY_MANAGEMENT: Key[str] = _one("telephony.management", str)  # what the telephone system is administered with
TELEPHONY_QUALITY: Key[tuple[LinkQuality, ...]] = _many("telephony.quality", LinkQuality)  # of the calls now, by codec
TELEPHONY_BUSY_HOUR: Key[float] = _one(
    "telephony.busy_hour", float, "erlangs"
)  # of the whole exchange, from its records

HOST_CPUS: Key[int] = _one("host.cpus", int, "vCPU")
HOST_MEMORY: Key[int] = _one("host.memory", int, "bytes")
HOST_SESSIONS: Key[int] = _one("host.sessions", int, "sessions")
UPS_MINUTES: Key[float] = _one("ups.minutes", float, "min")
UPS_LOAD: Key[float] = _one("ups.load", float, "%")
HA_STATE: Key[str] = _one("ha.state", str)  # active, standby, standalone, failed
CONFIG_UNSAVED: Key[bool] = _one("config.unsaved", bool)  # what runs is not what the next start would load
CONFIG_RUNNING: Key[tuple[str, ...]] = _many("config.running", str)  # parts of what is in force, with check sums
CONFIG_STARTUP: Key[tuple[str, ...]] = _many("config.startup", str)  # the same parts as the next start loads them
CONFIG_SAVED_AT: Key[dt.datetime] = _one("config.saved_at", dt.datetime)
CONFIG_CHANGED: Key[str] = _one("config.changed", str)  # what runs: `2026-11-23 09:14:07 CET`, by the device's clock
CONFIG_SAVED: Key[str] = _one("config.saved", str)  # what the next start loads, likewise

VOCABULARY: Final[Mapping[str, Key[Any]]] = MappingProxyType(
    {key.name: key for key in list(globals().values()) if isinstance(key, Key)}
)

"""The one question of SIP, and what its answers tell: OPTIONS written, replies read strictly, a series as evidence."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from auditor.clean import line as one_line
from auditor.facts import SipService
from auditor.site import SipAccess
from auditor.values import ABSENT, Absent

MOST_HEAD: Final = 8 << 10
MOST_BODY: Final = 64 << 10
ANONYMOUS: Final = "sip:anonymous@anonymous.invalid"
"""Who asks, as RFC 3323 (4.1.1.3) writes somebody without a name: no person, no number, no address of a firm."""
STATES: Final = ("answers", "open", "refused", "silent", "unresolved", "tls")
_STATUS: Final = re.compile(rb"SIP/2\.0 ([1-6]\d\d)(?: [^\r\n]{0,200})?")
_VIA: Final = re.compile(
    r"SIP\s*/\s*2\.0\s*/\s*\w+\s+(?P<by>\[[0-9A-Fa-f:.]+\](?::\d+)?|[^\s;,]+)\s*(?P<rest>[^,]*)", re.IGNORECASE
)
_LENGTH: Final = re.compile(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r?$")


@dataclass(frozen=True, slots=True)
class Question:
    """What stays the same in a series: who is asked, over what, from where, and the marks that its replies bear."""

    host: str
    transport: str
    sent_by: str
    call: str
    branch: str

    def text(self, number: int) -> bytes:
        """One OPTIONS (RFC 3261, 11.1; rport: RFC 3581), without Contact, body, or anything of a person."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        uri = f"sip:{host}" + ("" if self.transport == "udp" else f";transport={self.transport}")
        lines = (
            f"OPTIONS {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {self.sent_by};branch={self.branch}{number};rport",
            "Max-Forwards: 70",
            f"From: <{ANONYMOUS}>;tag={self.call[:10]}",
            f"To: <{uri}>",
            f"Call-ID: {self.call}",
            f"CSeq: {number} OPTIONS",
            "Accept: application/sdp",
            "User-Agent: auditor",
            "Content-Length: 0",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to one of our questions: which, its status code, and how our Via came back.

    `by` and `via` are the sender and the parameters of the topmost one of `count`.
    """

    number: int
    code: int
    by: str = ""
    via: str = ""
    count: int = 0


def reply(data: bytes, question: Question) -> Reply | None:
    """The reply in a message; None for what is no reply, or one to somebody else."""
    head = data[:MOST_HEAD].partition(b"\r\n\r\n")[0]
    first, _, rest = head.partition(b"\r\n")
    status = _STATUS.fullmatch(first)
    if status is None:
        return None
    told = _headers(rest.decode("utf-8", "replace"))
    number = re.fullmatch(r"(\d{1,9})\s+OPTIONS", told.get("cseq", ("",))[0])
    if number is None or told.get("call-id", ("",))[0] != question.call:
        return None
    vias = [via for text in told.get("via", ()) for via in _VIA.findall(text)]
    by, via = (one_line(part)[:300] for part in vias[0]) if vias else ("", "")
    return Reply(int(number[1]), int(status[1]), by, via, len(vias))


_SHORT: Final = {"v": "via", "i": "call-id", "f": "from", "t": "to", "l": "content-length"}


def _headers(text: str) -> Mapping[str, tuple[str, ...]]:
    """The header fields by name in lower case; folded lines (RFC 3261, 7.3.1) are one."""
    found: dict[str, tuple[str, ...]] = {}
    for row in re.sub(r"\r\n[ \t]+", " ", text).split("\r\n")[:200]:
        name, colon, value = row.partition(":")
        name = name.strip().lower()
        name = _SHORT.get(name, name)
        if colon and name:
            found[name] = (*found.get(name, ()), value.strip())
    return found


def framed(data: bytes) -> tuple[bytes | None, bytes]:
    """The first whole message of a stream (RFC 3261, 18.3) and what follows; None while it has not come.

    Raises ValueError for a head or a body that is too long to be an answer to us.
    """
    data = data.lstrip(b"\r\n")  # keep-alives stand between messages (RFC 5626)
    head, end, rest = data.partition(b"\r\n\r\n")
    if len(head) > MOST_HEAD:
        raise ValueError("head")
    if not end:
        return None, data
    found = _LENGTH.search(head)
    length = int(found[1]) if found else 0
    if length > MOST_BODY:
        raise ValueError("body")
    return (head + end, rest[length:]) if len(rest) >= length else (None, data)


# ---- what stands between ----


def meddled(question: Question, answer: Reply, local: str, peer: str) -> tuple[bool | Absent, bool | Absent]:
    """Whether a NAT stands between, and whether something rewrote our message on its way (a SIP ALG).

    The reply repeats our Via; the server adds `received` where the address it saw is not the one we wrote (RFC 3261,
    18.2.1). A Via of ours that came back changed was rewritten; and where a private address asked a public one and
    `received` is not there, the server saw the address of the NAT in our Via: somebody wrote it there.
    """
    if not answer.by:
        return ABSENT, ABSENT
    branch = re.search(r";\s*branch=([^;\s]+)", answer.via)
    received = re.search(r";\s*received=\[?([0-9A-Fa-f:.]+)", answer.via)
    wanted = f"{question.branch}{answer.number}"
    changed = answer.by != question.sent_by or answer.count != 1 or branch is None or branch[1] != wanted
    seen = received[1] if received else ""
    across = _private(local) and not _private(peer)
    hidden = across and seen in ("", local)
    nat: bool | Absent = True if across or (seen and seen != local) else False if seen else ABSENT
    return nat, changed or hidden


def _private(address: str) -> bool:
    try:
        return not ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


# ---- a series, as it is kept ----


@dataclass(frozen=True, slots=True)
class Series:
    """What a series brought: milliseconds and code by question (ABSENT: no answer), and what stood before it."""

    state: str
    answers: tuple[tuple[int, float] | Absent, ...] = ()
    connects: tuple[float, ...] = ()
    loss_percent: float | Absent = ABSENT
    tls: str | Absent = ABSENT
    certificate: str | Absent = ABSENT
    certificate_ends: dt.date | Absent = ABSENT
    certificate_fault: str | Absent = ABSENT
    nat: bool | Absent = ABSENT
    alg: bool | Absent = ABSENT


def written(series: Series) -> Iterator[str]:
    """The series in lines, as evidence keeps it: figures and states, nothing of who asked."""
    yield f"state: {series.state}"
    yield from (f"connect: {ms:.1f} ms" for ms in series.connects)
    for name in ("tls", "certificate", "certificate_ends", "certificate_fault", "nat", "alg"):
        if (value := getattr(series, name)) is not ABSENT:
            yield f"{name}: {value}"
    for number, answer in enumerate(series.answers, 1):
        yield f"{number}: no answer" if isinstance(answer, Absent) else f"{number}: {answer[0]} {answer[1]:.1f} ms"
    if not isinstance(series.loss_percent, Absent):
        yield f"segments sent again: {series.loss_percent:.1f} %"


def told(name: str, access: SipAccess, host: str, series: Series) -> SipService:
    """What a series tells of a service.

    Median and 95th percentile of the round trips (of the connections where no question was answered), the mean of the
    differences of neighbours as an estimate of jitter, and lost questions over UDP, segments sent again otherwise.
    """
    answered = [answer for answer in series.answers if not isinstance(answer, Absent)]
    trips = [ms for _, ms in answered] or list(series.connects)
    steps = [abs(one - other) for one, other in pairwise(trips)]
    loss = series.loss_percent
    if access.transport == "udp" and answered:
        loss = 100 * (len(series.answers) - len(answered)) / len(series.answers)
    one = SipService(name, host, access.port, access.transport, series.state, len(series.answers), len(answered))
    return replace(
        one,
        code=answered[-1][0] if answered else ABSENT,
        rtt_ms=round(statistics.median(trips), 1) if trips else ABSENT,
        rtt_p95_ms=round(percentile(trips, 95), 1) if trips else ABSENT,
        jitter_ms=round(statistics.fmean(steps), 1) if steps else ABSENT,
        loss_percent=loss if isinstance(loss, Absent) else round(loss, 1),
        **{name: getattr(series, name) for name in _KEPT},
    )


_KEPT: Final = ("tls", "certificate", "certificate_ends", "certificate_fault", "nat", "alg")


def percentile(values: Sequence[float], rank: int) -> float:
    """The smallest value that at least `rank` % of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * rank // 100) - 1)]

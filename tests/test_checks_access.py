"""The checks of access: each outcome, the edges between, and what nobody told."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from auditor import facts
from auditor.facts import Accounts, Authentication
from auditor.model import Outcome
from auditor.values import ABSENT
from tests.checking import FAIL, PASS, UNKNOWN, WARN, Case, declared, device, finding, outcome


def with_answer(id: str, answer: str, *devices: Any, **more: Any) -> Case:
    return Case(devices, answers={id: answer} if answer else {}, **more)


def groups(*methods: tuple[str, ...]) -> Any:
    told = tuple(Authentication(f"g{n}", found) for n, found in enumerate(methods))
    return device("fw", {facts.VPN_AUTHENTICATION: told})


@pytest.mark.parametrize(
    ("devices", "answer", "expected"),
    [
        ((groups(("certificate", "local")),), "", PASS),
        ((groups(("ldap", "fido")),), "", PASS),
        ((groups(("ldap", "otp")),), "", WARN),
        ((groups(("certificate", "local"), ("ldap", "otp")),), "", WARN),
        ((groups(("ldap", "otp")),), "good", PASS),
        ((groups(("saml",)),), "", UNKNOWN),
        ((groups(("radius",), ("certificate", "local")),), "", UNKNOWN),
        ((groups(("saml",)),), "good", PASS),
        ((groups(("saml",)),), "partial", WARN),
        ((groups(("local",)),), "good", FAIL),
        ((groups(("certificate", "local"), ("ldap",)),), "good", FAIL),
        ((groups(("psk",)),), "", FAIL),
        ((groups(("certificate", "local")),), "bad", FAIL),
        ((groups(),), "", UNKNOWN),
        ((), "good", PASS),
        ((), "", UNKNOWN),
    ],
)
def test_second_factor(devices: tuple[Any, ...], answer: str, expected: Outcome) -> None:
    """A password alone fails whatever is said; what RADIUS or SAML asks for must be answered."""
    assert outcome("ACC-001", with_answer("ACC-001", answer, *devices)) is expected


def test_a_group_with_a_password_alone_is_named() -> None:
    """The reader learns where to begin."""
    assert finding("ACC-001", Case((groups(("certificate", "local"), ("ldap",)),))).message.values["group"] == "g1"


def one(key: Any, *values: Any) -> tuple[Any, ...]:
    return tuple(device(f"d{n}", {key: value}) for n, value in enumerate(values))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("no",), PASS),
        (("restricted",), WARN),
        (("open",), FAIL),
        (("no", "restricted"), WARN),
        (("no", "open"), FAIL),
        (("other",), FAIL),
        ((), UNKNOWN),
    ],
)
def test_management_plane(states: tuple[str, ...], expected: Outcome) -> None:
    """Closed, restricted, open; the worst device speaks."""
    assert outcome("ACC-002", Case(one(facts.ACCESS_MANAGEMENT_FROM_INTERNET, *states))) is expected


def test_a_device_that_refused_may_be_the_open_one() -> None:
    """A closed management plane on one device does not stand for one that refused to tell."""
    refused = device("b", silent=[facts.ACCESS_MANAGEMENT_FROM_INTERNET], refused=True)
    closed, open_ = one(facts.ACCESS_MANAGEMENT_FROM_INTERNET, "no", "open")
    found = finding("ACC-002", Case((closed, refused)))
    assert (found.outcome, found.refused) == (UNKNOWN, True)
    assert outcome("ACC-002", Case((open_, refused))) is FAIL


def test_a_device_that_cannot_tell_is_named() -> None:
    """The worst of those that told speaks, and the check stays partly unmeasured."""
    silent = device("b", silent=[facts.ACCESS_MANAGEMENT_FROM_INTERNET])
    found = finding("ACC-002", Case((*one(facts.ACCESS_MANAGEMENT_FROM_INTERNET, "no"), silent)))
    assert (found.outcome, found.message.values["silent"]) == (PASS, ("b",))


def clear(name: str = "d", telnet: bool | None = None, http: bool | None = None) -> Any:
    told = {facts.ACCESS_TELNET: telnet, facts.ACCESS_HTTP: http}
    return device(name, {key: on for key, on in told.items() if on is not None})


@pytest.mark.parametrize(
    ("devices", "answer", "expected"),
    [
        ((clear(telnet=False, http=False),), "", PASS),
        ((clear(telnet=True, http=False),), "", FAIL),
        ((clear(telnet=False, http=True),), "", FAIL),
        ((clear(telnet=False, http=True),), "partial", WARN),
        ((clear(telnet=True, http=True),), "partial", FAIL),
        ((clear(telnet=True),), "", FAIL),
        ((clear(telnet=False),), "", UNKNOWN),
        ((clear("a", False, False), clear("b", False)), "", UNKNOWN),
        ((clear("a", False, False), clear("b", http=True)), "", FAIL),
        ((), "good", PASS),
        ((), "", UNKNOWN),
    ],
)
def test_clear_text(devices: tuple[Any, ...], answer: str, expected: Outcome) -> None:
    """Both off on every device; one on is enough to fail, one untold to keep a pass away."""
    assert outcome("ACC-003", with_answer("ACC-003", answer, *devices)) is expected


@pytest.mark.parametrize(
    ("accesses", "expected"),
    [
        (((),), PASS),
        ((("v3-authpriv",),), PASS),
        ((("v3-auth",),), WARN),
        ((("v2c-restricted",),), WARN),
        ((("v3-authpriv", "v2c-restricted"),), WARN),
        ((("v2c-default",),), FAIL),
        ((("v2c-guessable",),), FAIL),
        ((("v2c-open",),), FAIL),
        ((("v3-noauth",),), FAIL),
        ((("v3-authpriv",), ("v2c-default",)), FAIL),
        ((), UNKNOWN),
    ],
)
def test_snmp(accesses: tuple[tuple[str, ...], ...], expected: Outcome) -> None:
    """Encrypted or off, in the clear but restricted, guessable or open to anybody."""
    assert outcome("ACC-004", Case(one(facts.ACCESS_SNMP, *accesses))) is expected


MODERN = ("curve25519-sha256", "aes256-gcm@openssh.com", "ssh-ed25519", "hmac-sha2-256")


@pytest.mark.parametrize(
    ("version", "names", "expected"),
    [
        ("2", MODERN, PASS),
        ("2", (*MODERN, "hmac-sha1"), PASS),
        ("2", (*MODERN, "diffie-hellman-group14-sha1"), WARN),
        ("2", (*MODERN, "ssh-rsa"), WARN),
        ("2", (*MODERN, "3des-cbc"), FAIL),
        ("2", (*MODERN, "arcfour256"), FAIL),
        ("1.99", MODERN, FAIL),
        ("1,2", MODERN, FAIL),
        ("1", None, FAIL),
        ("2", None, UNKNOWN),
        (None, MODERN, UNKNOWN),
        (None, (*MODERN, "none"), FAIL),
        (None, None, UNKNOWN),
    ],
)
def test_ssh(version: str | None, names: tuple[str, ...] | None, expected: Outcome) -> None:
    """Modern, SHA-1 left, broken; half a reading can fail and cannot pass."""
    told: dict[Any, Any] = {facts.ACCESS_SSH_VERSION: version, facts.ACCESS_SSH_ALGORITHMS: names}
    box = device("d", {key: value for key, value in told.items() if value is not None})
    assert outcome("ACC-005", Case((box,))) is expected


def accounts(name: str = "d", total: int = 1, default: Any = 0, central: str | None = "tacacs+") -> Any:
    told: dict[Any, Any] = {facts.ACCESS_LOCAL_USERS: (Accounts(total, default),)}
    return device(name, told | ({facts.ACCESS_CENTRAL_AUTHENTICATION: central} if central else {}))


@pytest.mark.parametrize(
    ("devices", "answer", "expected"),
    [
        ((accounts(),), "", PASS),
        ((accounts(total=2),), "", WARN),
        ((accounts(central="none"),), "", WARN),
        ((accounts(default=1),), "", FAIL),
        ((accounts("a"), accounts("b", default=2)), "good", FAIL),
        ((accounts(default=ABSENT),), "", UNKNOWN),
        ((accounts(central=None),), "", UNKNOWN),
        ((accounts(default=ABSENT),), "good", PASS),
        ((accounts("a", total=2), accounts("b", default=ABSENT)), "good", WARN),
        ((accounts(default=ABSENT, central=None),), "bad", FAIL),
        ((), "partial", WARN),
        ((), "", UNKNOWN),
    ],
)
def test_accounts(devices: tuple[Any, ...], answer: str, expected: Outcome) -> None:
    """Central with one spare, several, a default; what a device does not tell must be answered."""
    assert outcome("ACC-006", with_answer("ACC-006", answer, *devices)) is expected


@pytest.mark.parametrize(
    ("targets", "answer", "expected"),
    [
        ((("192.0.2.9",),), "good", PASS),
        ((("192.0.2.9",),), "partial", WARN),
        ((("192.0.2.9",),), "", WARN),
        ((("192.0.2.9",),), "bad", FAIL),
        ((("local",),), "good", WARN),
        (((),), "good", FAIL),
        ((("192.0.2.9",), ()), "good", FAIL),
        ((), "good", PASS),
        ((), "", UNKNOWN),
    ],
)
def test_logs(targets: tuple[tuple[str, ...], ...], answer: str, expected: Outcome) -> None:
    """Elsewhere and for long, on the device or not known for how long, not at all."""
    assert outcome("ACC-007", with_answer("ACC-007", answer, *one(facts.ACCESS_LOGGING, *targets))) is expected


@pytest.mark.parametrize(
    ("share", "answer", "expected"),
    [
        ("0.95", "", PASS),
        ("0.949", "", WARN),
        ("0.8", "", WARN),
        ("0.799", "", FAIL),
        ("", "good", PASS),
        ("0.1", "good", PASS),
        ("", "bad", FAIL),
        ("", "", UNKNOWN),
    ],
)
def test_detection(share: str, answer: str, expected: Outcome) -> None:
    """The share of computers that reported within a week, or what is answered of it."""
    figures = declared(endpoints__detected=Fraction(share)) if share else {}
    assert outcome("ACC-010", with_answer("ACC-010", answer, figures=figures)) is expected


@pytest.mark.parametrize("id", ["ACC-008", "ACC-009", "ACC-011", "ACC-012"])
@pytest.mark.parametrize(("answer", "expected"), [("good", PASS), ("partial", WARN), ("bad", FAIL), ("", UNKNOWN)])
def test_what_only_people_can_tell(id: str, answer: str, expected: Outcome) -> None:
    """Good, middling, bad, unanswered."""
    assert outcome(id, with_answer(id, answer)) is expected

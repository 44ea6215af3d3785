"""The whole audit as lines of text: everything is there, and nothing is said by a sign or a place."""

from __future__ import annotations

import pytest

from auditor.commands.lines import audit_lines
from auditor.wording import texts
from tests.fake_services import hostile_audit
from tests.worked_audit import unknown_audit, worked_audit


@pytest.mark.parametrize("language", ["en", "fr"])
def test_everything_an_audit_says_stands_in_its_lines(language: str) -> None:
    """Every resource, device, finding, action and gap, in words."""
    audit, say = worked_audit(), texts(language, narrow=False)
    shown = "\n".join(audit_lines(audit, say))
    for id in (*(finding.id for finding in audit.findings), *(action.id for action in audit.plan)):
        assert id in shown
    for name in (*(say.name(r.id) for r in audit.resources), *(d.name for d in audit.devices)):
        assert name in shown
    assert say("failed") in shown
    assert not set(shown) & set("✓✗●◐○█▒│╱→")


def test_what_is_not_known_is_said_in_words() -> None:
    """No figure, no grade, and no zero in their place."""
    shown = "\n".join(audit_lines(unknown_audit(), texts("en", narrow=False)))
    assert "Readiness not rated" in shown
    assert "not known, " in shown
    assert ": 0, " not in shown


def test_hostile_names_are_one_harmless_line() -> None:
    """No escape of a device reaches the terminal."""
    assert "\x1b" not in "\n".join(audit_lines(hostile_audit(), texts("en", narrow=False)))

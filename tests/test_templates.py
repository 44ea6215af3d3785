"""ntc-templates behind one door: rows, or nothing known; never an error, never another command's template."""

from __future__ import annotations

from auditor.collectors.templates import rows

LICENCES = """\
License entry:
Feature: GlobalProtect Portal
Description: GlobalProtect Portal License
Serial: 0000000000
Issued: June 15, 2022
Expires: Never
Expired?: no
"""


def test_a_template_reads_its_command() -> None:
    """Fields are in lower case, by the name of the template's values."""
    (row,) = rows("paloalto_panos", "request license info", LICENCES)
    assert (row["feature"], row["expires"], row["expired"]) == ("GlobalProtect Portal", "Never", "no")


def test_what_a_template_cannot_read_is_nothing_known() -> None:
    """Its error is not ours, and an empty answer is no row."""
    assert rows("cisco_asa", "show failover", "Failover Off\nsomething else\n") == ()
    assert rows("paloalto_panos", "request license info", "") == ()


def test_a_command_without_a_template_takes_no_shorter_one() -> None:
    """`show policy-map interface` is not `show policy-map`, and a name is no path."""
    assert rows("cisco_ios", "show policy-map interface", "Service-policy output: X") == ()
    assert rows("..", "show", "x") == ()

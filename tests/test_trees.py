"""The readers of configurations in set form, in braces and of RouterOS: order, quotes, what is off, what was cut."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collectors.vendors.blocks import fortios, indented
from auditor.collectors.vendors.trees import DEEPEST, Node, Tree, braces, routeros, set_lines, statements, words

JUNOS = """\
## Last commit: 2024-12-06 11:41:05 UTC by root
version 22.4R3;
system {
    services {
        ssh; ## a comment
        inactive: telnet;
    }
    name-server [ 9.9.9.9 1.1.1.1 ];
}
security {
    policies {
        from-zone untrust to-zone trust {
            inactive: policy old {
                match {
                    source-address any;
                }
            }
            policy "with blanks" {
                then {
                    permit;
                }
            }
        }
    }
}
snmp {
    community "a b" {
        authorization read-only;
    }
}
"""

SAME = """\
set version 22.4R3
set system services ssh
set system services telnet
deactivate system services telnet
set system name-server 9.9.9.9
set system name-server 1.1.1.1
set security policies from-zone untrust to-zone trust policy old match source-address any
deactivate security policies from-zone untrust to-zone trust policy old
set security policies from-zone untrust to-zone trust policy "with blanks" then permit
set snmp community "a b" authorization read-only
"""


def shape(node: Node) -> object:
    """A tree as plain dictionaries, without the numbers of its lines."""
    return {name: (below.inactive, shape(below)) for name, below in node.below.items()}


def test_braces_and_set_lines_are_the_same_tree() -> None:
    """Both forms of one configuration read alike, marks, lists and quotations included."""
    assert shape(statements(JUNOS).root) == shape(statements(SAME).root)
    assert statements(JUNOS).strange == statements(SAME).strange == 0


def test_what_is_deactivated_is_left_out() -> None:
    """Neither its value nor what is below it is told, and an activated line counts again."""
    tree = set_lines(SAME)
    policies = ("security", "policies", "from-zone", "untrust", "to-zone", "trust", "policy")
    assert tree.root.names("system", "services") == ("ssh",)
    assert tree.root.names("system", "services", inactive=True) == ("ssh", "telnet")
    assert tree.root.names(*policies) == ("with blanks",)
    assert not tree.root.at(*policies, "old", "match").below
    again = set_lines(SAME + "activate system services telnet\n")
    assert again.root.has("system", "services", "telnet")


def test_deleted_lines_are_gone_and_the_last_value_counts() -> None:
    """As the device itself would have it."""
    tree = set_lines("set a b 1\nset a b 2\nset a c\ndelete a c\n")
    assert (tree.root.value("a", "b"), tree.root.has("a", "c"), tree.root.value("a", "x", default="?")) == (
        "2",
        False,
        "?",
    )


def test_lists_in_brackets_are_their_members() -> None:
    """PAN-OS writes several values in one line; an empty list has none."""
    tree = set_lines('set rule R source [ a "b c" ]\nset rule R to [ ]\nset rule R x [ 1 2 ] y\n')
    assert tree.root.names("rule", "R", "source") == ("a", "b c")
    assert tree.root.names("rule", "R", "to") == ()
    assert tree.root.at("rule", "R", "x").has("2", "y")


def test_a_quotation_may_run_over_lines() -> None:
    """A banner is one value; one that never closes takes no other line with it."""
    tree = set_lines('set banner "first\nsecond"\nset name x\n')
    assert tree.root.value("banner") == "first\nsecond"
    assert tree.root.value("name") == "x"
    assert set_lines('set banner "open\nset name x\n').root.value("name") == "x"


def test_words_keep_a_domain_and_undo_quotes() -> None:
    """A backslash before a letter is part of a name."""
    assert words(r'set user "corp\jane" say "a \"b\""') == ["set", "user", r"corp\jane", "say", 'a "b"']


def test_vyos_braces_end_with_their_line() -> None:
    """Without semicolons each line is a statement."""
    tree = statements("""\
interfaces {
    ethernet eth0 {
        address dhcp
        description "the \\"wan\\""
    }
}
/* === a comment === */
service {
    ssh {
        port 22
    }
}
""")
    assert tree.root.value("interfaces", "ethernet", "eth0", "description") == 'the "wan"'
    assert tree.root.value("service", "ssh", "port") == "22"
    assert tree.strange == 0


@pytest.mark.parametrize("text", [JUNOS, SAME], ids=["braces", "set lines"])
def test_a_part_is_closed_only_by_what_follows_it(text: str) -> None:
    """A text that may have been cut proves nothing about its last part, nor about parts it does not show."""
    cut = statements(text[: text.index("snmp")].rstrip())
    assert not cut.ended
    assert cut.closed("system") == cut.closed("system", "syslog") is True
    assert not cut.closed("snmp")
    whole = statements(text)
    assert whole.ended
    assert whole.closed("snmp", "trap-group")
    assert whole.closed("routing-options")


def test_an_open_brace_is_no_end() -> None:
    """Even where the text ends with its line."""
    assert not braces(JUNOS[: JUNOS.index("        inactive: policy old")]).ended
    assert braces("}\na { b; }\n").strange == 1


def test_groups_are_grafted_below_what_is_written() -> None:
    """A device's own words win over those of a group."""
    own, group = set_lines("set a b 1\n").root, set_lines("set a c 2\nset d e\n").root
    own.graft(group)
    assert (own.value("a", "b"), own.value("a", "c"), own.has("d", "e")) == ("1", "2", True)


EXPORT = """\
# 2025-03-10 15:04:16 by RouterOS 7.18.2
# software id = AAAA-BBBB
/interface ethernet
set [ find default-name=ether1 ] comment="WAN \\"fibre\\" \\E9t\\E9" disabled=no \\
    name=ether1-wan
/ip firewall filter
add action=accept chain=input comment="a very long \\
    comment" in-interface=!ether2 protocol=tcp dst-port=22,\\
    8291
add action=drop chain=input disabled=yes
/ip service set telnet disabled=yes
/ip/pool add name=vpn ranges=10.0.0.2-10.0.0.9
what is this
"""


def test_a_routeros_export_is_its_statements() -> None:
    """Continuations, escapes, selectors, inline paths and either spelling of a path."""
    export = routeros(EXPORT)
    (port,) = export.of("/interface ethernet")
    assert (port.verb, dict(port.found)) == ("set", {"default-name": "ether1"})
    assert (port.get("comment"), port.get("name"), port.disabled) == ('WAN "fibre" été', "ether1-wan", False)
    accept, drop = export.of("/ip firewall filter")
    assert accept.get("comment") == "a very long comment"
    assert (accept.get("dst-port"), accept.get("in-interface")) == ("22,8291", "!ether2")
    assert drop.disabled
    (service,) = export.of("/ip service")
    assert (service.verb, service.chosen, service.disabled) == ("set", ("telnet",), True)
    assert export.of("/ip pool")[0].get("ranges") == "10.0.0.2-10.0.0.9"
    assert (export.strange, export.comments[0]) == (1, "2025-03-10 15:04:16 by RouterOS 7.18.2")


def test_a_cut_export_closes_no_menu_but_those_behind_it() -> None:
    """What a menu that was last, or never came, does not show may have been cut off."""
    cut = routeros(EXPORT[: EXPORT.index("/ip service")].rstrip())
    assert cut.closed("/interface ethernet")
    assert not cut.closed("/ip firewall filter")
    assert not cut.closed("/ip service")
    assert routeros(EXPORT).closed("/snmp")


# ---- hostile texts ----

SOURCES = (JUNOS, SAME, EXPORT, "hostname x\n interface y\n  z\n", 'config a\nedit "b"\nset c d\nnext\nend\n')


@given(st.sampled_from(SOURCES), st.randoms(use_true_random=False), st.integers(1, 12))
def test_no_text_makes_a_reader_raise(source: str, chance: random.Random, times: int) -> None:
    """Cut, doubled, shuffled or with foreign signs: a reader returns, and counts what it does not understand."""
    lines = source.splitlines()
    for _ in range(times):
        at = chance.randrange(len(lines))
        lines[at] = chance.choice(
            ("", lines[at][: len(lines[at]) // 2], lines[at] * 2, '"', "{", "}", "[", "\\", "'", "end", "\x00é", ";")
        )
    text = "\n".join(lines)
    for read in (statements, set_lines, braces):
        assert isinstance(read(text), Tree)
    assert routeros(text).strange >= 0
    assert fortios(text)[1] >= 0
    assert indented(text).text == ""


@pytest.mark.parametrize("sign", ["{\n", "a {\n", "}\n", "[ ", '"', "set " + "a " * 5000 + "\n", "config a\n", "x\\\n"])
def test_deep_and_endless_nesting_is_read_in_bounded_depth(sign: str) -> None:
    """No configuration is nested so deep; a hostile one must not exhaust the stack."""
    text = sign * (20 if "a a" in sign else 20_000)
    for tree in (statements(text), braces(text), set_lines(text)):
        depth, nodes = 0, [tree.root]
        while nodes := [below for node in nodes for below in node.below.values()]:
            depth += 1
        assert depth <= DEEPEST
    routeros(text)
    fortios(text)
    indented("\n".join(" " * depth + "x" for depth in range(3000)))

"""Every sentence a user can read exists in English and in French, with the same placeholders."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from auditor.checks import CATALOGUE
from auditor.wording import sentences, texts

PACKAGE = Path(__file__).parents[1] / "auditor"


IDS = sentences()  # some rooms say their stored sentences by id: an id is no sentence


def marked() -> set[str]:
    """Every English sentence that the code marks for translation, or hands to Texts as a literal."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = _name(node.func)
            literals = {"context": node.args[1:2], "plural": node.args[:2]}.get(name, node.args[:1])
            if name in ("N_", "texts", "say", "t", "context", "plural") or name == "words()":
                found |= {a.value for a in literals if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return {text for text in found if text and text not in IDS}


def _name(node: ast.expr) -> str:
    """The last part of what is called: N_, texts, self.texts, self.app.texts, words(…)."""
    if isinstance(node, ast.Call):
        return f"{_name(node.func)}()"
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def french() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((PACKAGE / "locale" / "fr" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="fr"):
                ids = tuple(message.id) if isinstance(message.id, tuple | list) else (message.id,)
                said = message.string if isinstance(message.string, tuple) else (message.string,) * len(ids)
                found |= {str(english): str(text) for english, text in zip(ids, said, strict=True) if english}
                assert not message.fuzzy, f"{path.name}: {message.id}"
    return found


def placeholders(text: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


def test_every_sentence_is_translated() -> None:
    """Nothing is left in English for a French reader."""
    known = french()
    missing = sorted(text for text in marked() if not known.get(text))
    assert not missing, f"{len(missing)} without French, the first: {missing[:8]}"


def test_a_translation_has_the_placeholders_of_its_english() -> None:
    """A figure never gets lost in translation."""
    wrong = [english for english, text in french().items() if text and placeholders(text) != placeholders(english)]
    assert not wrong, wrong[:5]


def test_french_apostrophes() -> None:
    """The apostrophe is the printer's, as on every page of the report."""
    wrong = [text for text in french().values() if re.search(r"(?<=[^\W\d])'(?=[^\W\d])", text)]
    assert not wrong, wrong[:5]


def test_french_typography() -> None:
    """A narrow no-break space stands before the high signs and inside the quotation marks."""
    wrong = []
    for english, text in french().items():
        for at, char in enumerate(text):
            if char in ";!?%" and at and text[at - 1] not in "\u202f!?}" and english[:1] != "|":
                wrong.append(text)
            if char == "»" and text[at - 1] != "\u202f":
                wrong.append(text)
    assert not wrong, wrong[:5]


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.id)
def test_every_check_has_its_words(check: object) -> None:
    """Title, reason, outcomes, action and how to lift a gap exist for each check."""
    id = check.id  # type: ignore[attr-defined]
    known = sentences()
    for part in ("title", "why", "measured", "thresholds", "pass", "warn", "fail", "action", "lift"):
        assert known.get(f"{id}.{part}"), f"{id}.{part}"


def test_a_message_without_values_still_says_something() -> None:
    """No stored sentence breaks on a missing value: the words show as they stand."""
    for language in ("en", "fr"):
        say = texts(language)
        for id in sentences():
            assert say.words(id)

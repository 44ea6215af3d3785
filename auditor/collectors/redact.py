"""Redaction: every secret of a device's answer becomes a token that only says its class, before anything is kept."""

from __future__ import annotations

from collections.abc import Sequence


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """The text with each secret replaced by `<secret:default|guessable|same-as-name|hashed|strong>`; idempotent.

    `secrets` are the vendor page's patterns: group 1 is kept, group 2 replaced. The generic ones always run.
    """
    raise NotImplementedError

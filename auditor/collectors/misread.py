"""A page falls over an answer: that answer costs its own facts, with its question and the kind of error as reason."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from auditor.collectors.transport import CollectError, Garbled
from auditor.model import Key
from auditor.values import Message

A = TypeVar("A")
T = TypeVar("T")


class Misread(Garbled):
    """What a device answered, and the code of its page could not take. It is our fault; the log says where."""


def possible(key: Key[Any], value: object) -> bool:
    """Whether a figure can be: no count is negative or beyond 64 bits, no share above the whole."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return 0 <= value < (100.0001 if key.unit == "%" else 2**64)


def understood(question: str, read: Callable[[A], T], said: A) -> T:
    """What the code of a page makes of an answer to `question`; raises Misread whatever goes wrong in it.

    Any exception is caught here: a page is code that is handed what a device sent, and a number that is none, a nesting
    without end or a key that is not there must not take the device's other answers with it. The log gets the places in
    our own code and the kind of error, never its words: they may repeat what the device said.
    """
    try:
        return read(said)
    except CollectError:
        raise
    except Exception as error:
        kind = type(error).__name__
        where = "".join(traceback.format_tb(error.__traceback__, limit=-6))
        logging.getLogger(__name__).error("%s: %s\n%s", question, kind, where)
        raise Misread(Message("gap.misread", {"question": question, "why": kind})) from None

"""What a history says of itself: its audits in a line each, and what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from auditor.values import N_, Absent, Message

Status = Literal["running", "done", "interrupted"]


class StoreError(RuntimeError):
    """A history file that cannot be used, or an audit that is not in it; `message` says it to a reader."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.id)
        self.message = message


@dataclass(frozen=True, slots=True)
class Saved:
    """One audit of the history. `seats`, `required` and `score` are ABSENT while it is not judged or not known."""

    id: str
    client: str
    site: str
    at: dt.datetime
    status: Status
    seats: int | Absent
    required: int | Absent
    score: float | Absent
    grade: str
    version: str = ""
    catalogue: str = ""


SENTENCES: Mapping[str, str] = {
    "store.unusable": N_("The history {path} cannot be used ({why})."),
    "store.newer": N_("The history {path} was written by a newer version; update the product to open it."),
    "store.no_audit": N_("No saved audit is called “{id}”; `auditor history` lists them."),
    "store.no_site": N_("“{site}” has no saved audit “{id}”; `auditor history` lists them."),
    "store.which_site": N_("Several sites have audits ({sites:list}): name one with --site."),
    "store.damaged": N_("The saved audit {id} is damaged ({why}); its devices may still be replayed."),
    "store.not_saved": N_("The history {path} cannot be written ({why}); what it held before is unharmed."),
    "store.unreadable": N_("The history {path} cannot be read ({why})."),
    "store.damaged_file": N_(
        "The history {path} is damaged ({why}): what can be read is read, and nothing is written to it."
        " `auditor history --repair` makes a sound file of it and keeps this one."
    ),
    "store.lost_audit": N_("The audit {id} cannot be read."),
    "store.lost_device": N_("What {device} told in the audit {id} cannot be read."),
    "store.lost_answers": N_("{count} answers of {device} in the audit {id} cannot be read; its figures can."),
    "store.lost_rows": N_("Some rows of the table “{table}” cannot be read."),
    "store.not_erased": N_(
        "The audits are deleted, but their octets are still on the disk ({why}): close what else has {path} open, and"
        " run the command again."
    ),
    "store.busy": N_("Another Auditor is going on with this audit of {site}: let it end, or begin a new one."),
    "store.which_client": N_("Several clients have a site called “{site}” ({clients:list}): name the audit by its id."),
    "store.team": N_("The team's store does not do what it was asked ({why}); nothing was changed in it."),
    "store.no_psycopg": N_("A team's store needs the extra [team]: pip install 'remote-work-auditor[team]'."),
}

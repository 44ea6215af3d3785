"""What keeps secrets inside this program: no memory dump, no look into it, and children that are not told them."""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping
from typing import Final

PASSPHRASE: Final = "AUDITOR_VAULT_PASSPHRASE"  # noqa: S105 - the name of a variable
CREDENTIAL: Final = "AUDITOR_CREDENTIAL_"
"""What the environment variables of credentials begin with."""

_OURS: Final = (PASSPHRASE, CREDENTIAL, "AUDITOR_STORE")
_PR_SET_DUMPABLE: Final = 4  # prctl(2)


def leave_no_core() -> None:
    """The memory of this program holds secrets: it is never written to a file when the program dies."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def close_memory() -> None:
    """From now on no debugger of this user looks into this memory, and no dump is piped to a collector of crashes.

    A limit of 0 does not keep Linux from piping a dump (core(5)); elsewhere than on Linux there is nothing more to do.
    """
    leave_no_core()
    if sys.platform == "linux":
        import ctypes  # 10 ms: only who handles secrets pays for it

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def told_to_children(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment that a program we start may see: ours, without secrets."""
    return {name: value for name, value in environment.items() if not name.startswith(_OURS)}

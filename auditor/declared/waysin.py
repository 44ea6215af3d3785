"""Ways into a device as people type them: snmp2c:NAME, snmp3:USER:AUTH:PRIV:NAME, ssh:USER:NAME (of a credential)."""

from __future__ import annotations

import re
from typing import Final

from auditor.site import SnmpAccess, SshAccess
from auditor.sitefile import AUTH, PRIV

WANTED: Final = ("snmp2c:NAME", "snmp3:USER:sha256:aes128:NAME", "ssh:USER:NAME")
_SPEC: Final = re.compile(
    r"snmp(?P<old>1|2c):(?P<community>[\w.-]+)"
    r"|snmp3:(?P<user>[^:\s]+):(?P<auth>\w*):(?P<priv>\w*):(?P<secret>[\w.-]*)"
    r"|ssh:(?P<login>[^:\s]+):(?P<word>[\w.-]+)"
)


def way_in(spec: str) -> SnmpAccess | SshAccess | None:
    """The access a text stands for; None where it stands for none."""
    found = _SPEC.fullmatch(spec)
    if found is None:
        return None
    if found["old"]:
        return SnmpAccess("1" if found["old"] == "1" else "2c", found["community"])
    if found["login"]:
        return SshAccess(found["login"], found["word"])
    auth, priv = found["auth"], found["priv"]
    known = (not auth or auth in AUTH) and (not priv or (priv in PRIV and auth != ""))
    if not known or bool(auth) != bool(found["secret"]):
        return None
    return SnmpAccess("3", found["secret"], user=found["user"], auth=auth, priv=priv)


def spelled(access: SnmpAccess | SshAccess) -> str:
    """An access as it is typed."""
    if isinstance(access, SshAccess):
        return f"ssh:{access.user}:{access.credential}"
    if access.version == "3":
        return f"snmp3:{access.user}:{access.auth}:{access.priv}:{access.credential}"
    return f"snmp{access.version}:{access.credential}"

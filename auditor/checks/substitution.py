"""What a site without VPN, servers or telephone system of its own is not judged on, and what must prove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NO_VPN: Final = "proof.no_vpn"
NO_SERVER: Final = "proof.no_server"
CLOUD_PHONES: Final = "proof.cloud_telephony"
NO_ZTNA: Final = "proof.no_ztna"
NO_DESKTOPS: Final = "proof.no_desktops"
NOTHING_CROSSES: Final = (NO_VPN, NO_SERVER)

_VPN: Final = tuple(f"VPN-{number:03}" for number in (*range(2, 17), 19, 20, 21))
LEAVES: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    **dict.fromkeys(("LNK-001", "LNK-002", "LNK-004", "LNK-006", "FWL-003", "FWL-004"), (NOTHING_CROSSES,)),
    **dict.fromkeys((*_VPN, "FWL-001", "FWL-009", "RES-003", "RES-010"), ((NO_VPN,),)),
    **dict.fromkeys(("TEL-002", "TEL-003", "TEL-005", "TEL-006", "TEL-007", "TEL-010"), ((CLOUD_PHONES,),)),
    **dict.fromkeys(("HST-002", "HST-005", "HST-006"), ((NO_SERVER,),)),
    "HST-003": ((NO_SERVER,), (NO_DESKTOPS,)),
    "VPN-017": ((NO_ZTNA,),),
}
"""For each check that may leave, the sets of proofs that let it; VPN-017, TEL-013, HST-009 and ACC-011 take over."""

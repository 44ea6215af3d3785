"""Architecture profiles: which checks and resources leave, what takes their place, and what it takes to prove it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from auditor import facts
from auditor.audit import judge
from auditor.capacity import assess
from auditor.checks import CATALOGUE
from auditor.facts import Authentication, Endpoint, Exposed, Pool
from auditor.model import Audit, Device, Origin, Outcome
from auditor.seats import proofs
from auditor.seats.inputs import gather
from auditor.site import Declared, People, Role, Site
from auditor.values import Message
from tests.checking import AT, EXEMPT, FAIL, UNKNOWN, device
from tests.worked import VECTORS

CLOUD_ONLY = next(row for row in VECTORS["scoring_examples"] if row["id"] == "3 cloud-only weights")
EXAMPLE = VECTORS["architecture_example"]
SHOWN = Declared(True, "IT manager", dt.date(2026, 11, 20), "contract.pdf")
ALL = {f"proof.{name}": SHOWN for name in ("no_vpn", "no_server", "cloud_telephony")}


def site(architecture: Any = "cloud", declared: Mapping[str, Declared] | None = None, **more: Any) -> Site:
    return Site("Lab", "Lab", People(120, 110), architecture=architecture, declared=declared or {}, **more)


def audit(where: Site, *devices: Device) -> Audit:
    return judge(where, devices, id="a", at=AT, window=60)


def outcomes(found: Audit) -> dict[str, Outcome]:
    return {finding.id: finding.outcome for finding in found.findings}


def resources(where: Site, *devices: Device) -> set[str]:
    return {resource.id for resource in assess(gather(where, devices)).resources}


def test_a_cloud_only_firm_leaves_what_it_has_not_got() -> None:
    """With the three documents exactly the 38 published checks leave, each with its proof, and no other."""
    found = audit(site(declared=ALL))
    assert {id for id, outcome in outcomes(found).items() if outcome is EXEMPT} == set(CLOUD_ONLY["not_applicable"])
    proof = next(finding for finding in found.findings if finding.id == "TEL-002")
    assert proof.message == Message("exempt.proof", {"proofs": ("proof.cloud_telephony",)})
    assert proof.evidence[0].value == "True (IT manager)"
    assert found.score.perimeter_checks == (65, 103)


def test_a_bare_declaration_proves_nothing() -> None:
    """A firm that says it is in the cloud is asked for its documents: nothing leaves, and what is missing is named."""
    bare = {name: replace(said, document="") for name, said in ALL.items()}
    for declared in ({}, bare):
        found = audit(site(declared=declared))
        assert EXEMPT not in outcomes(found).values()
        assert outcomes(found)["VPN-002"] is UNKNOWN
        reason = next(finding.message for finding in found.findings if finding.id == "LNK-001")
        assert reason == Message("unknown.unproven", {"proofs": ("proof.no_vpn", "proof.no_server")})


def test_every_check_that_may_leave_exists() -> None:
    """The table of proofs names checks of the catalogue and proofs with words."""
    leaving = {check.id: check.leaves for check in CATALOGUE if check.leaves}
    assert set(CLOUD_ONLY["not_applicable"]) <= set(leaving)
    names = {name for alternatives in leaving.values() for needed in alternatives for name in needed}
    assert names <= set(proofs.SENTENCES)
    assert names == {name for name in proofs.SENTENCES if name.startswith("proof.")}


def test_the_published_cloud_firm() -> None:
    """Six resources, the smallest of them binds, and the next is close."""
    said = {
        "homes.share": Declared(EXAMPLE["resources"]["homes"] / 110),
        "people.equipment": Declared(110),
        "ztna.seats": Declared(80),
        "saas.licences": Declared(110),
        "identity.mfa": Declared(95),
        "telephony.cloud": Declared(86),
    }
    found = audit(site(declared=ALL | said))
    seats = {resource.id: resource.seats for resource in found.resources}
    assert set(seats) == set(EXAMPLE["resources"])
    assert found.headline.seats == EXAMPLE["seats"]
    assert list(found.headline.binding) == EXAMPLE["binding"]


@pytest.mark.parametrize(
    ("architecture", "shown", "there", "gone"),
    [
        ("site", (), {"vpn.licence", "telephony.sets", "link.up"}, {"ztna.seats", "telephony.cloud"}),
        ("site", ("cloud_telephony",), {"vpn.licence", "telephony.cloud"}, {"telephony.sets", "telephony.trunks"}),
        ("site", ("no_vpn", "no_server"), {"vpn.licence", "link.up"}, {"ztna.seats"}),
        ("hybrid", (), {"vpn.licence", "ztna.seats", "telephony.sets", "telephony.cloud", "link.up"}, set()),
        ("hybrid", ("no_vpn",), {"ztna.seats", "link.up"}, {"vpn.licence", "vpn.pool", "vpn.crypto", "vpn.platform"}),
        ("hybrid", ("no_vpn", "no_server"), {"ztna.seats"}, {"link.up", "link.down", "firewall.sessions"}),
        ("hybrid", ("no_ztna",), {"vpn.licence"}, {"ztna.seats"}),
        ("cloud", (), {"ztna.seats", "telephony.cloud", "homes"}, {"link.up", "vpn.licence", "hosts.vdi"}),
        ("cloud", ("no_ztna",), {"saas.licences"}, {"ztna.seats"}),
    ],
)
def test_resources_follow_the_profile(
    architecture: str, shown: tuple[str, ...], there: set[str], gone: set[str]
) -> None:
    """Substitute, never delete: what leaves is replaced by what measures the same risk in the new place."""
    found = resources(site(architecture, {f"proof.{name}": SHOWN for name in shown}))
    assert there <= found
    assert not gone & found


GATEWAY = device("fw", {facts.VPN_POOLS: (Pool("staff", addresses=62),)})
PHONES = device("pbx", {facts.TELEPHONY_ENDPOINTS: (Endpoint("p1", "desk"),)}, role=Role.PBX)


@pytest.mark.parametrize(
    ("name", "devices", "more"),
    [
        ("no_vpn", (GATEWAY,), {}),
        ("cloud_telephony", (PHONES,), {}),
        ("no_ztna", (), {"ztna.seats": Declared(80)}),
    ],
)
def test_a_document_that_a_device_contradicts_is_no_proof(
    name: str, devices: tuple[Device, ...], more: dict[str, Declared]
) -> None:
    """Paper does not outweigh what is there."""
    figures = gather(site(declared={f"proof.{name}": SHOWN} | more), devices)
    assert figures[f"proof.{name}"].origin is Origin.UNKNOWN


def test_a_firewall_without_group_or_pool_proves_that_there_is_no_vpn() -> None:
    """What every firewall tells is proof without a document; one that refuses leaves it open."""
    empty: dict[Any, Any] = {facts.VPN_AUTHENTICATION: (), facts.VPN_POOLS: ()}
    told = gather(site(), [device("fw", empty)])["proof.no_vpn"]
    assert (told.value, told.origin) == (True, Origin.MEASURED)
    refused = device("fw2", silent=[facts.VPN_POOLS], refused=True)
    assert "proof.no_vpn" not in gather(site(), [device("fw", empty), refused])
    assert "proof.no_vpn" not in gather(site(), [device("fw", empty), device("fw2", {facts.SYSTEM_CPU: 1.0})])
    user = device("fw", {facts.VPN_AUTHENTICATION: (Authentication("g", ("local",)),)})
    assert "proof.no_vpn" not in gather(site(), [user])


def test_a_site_with_its_own_vpn_has_no_ztna_to_judge() -> None:
    """The two checks that only replace others leave where a gateway and a telephone system answer."""
    found = outcomes(audit(site("site"), GATEWAY, PHONES))
    assert (found["VPN-017"], found["TEL-013"]) == (EXEMPT, EXEMPT)
    hybrid = outcomes(audit(site("hybrid"), GATEWAY, PHONES))
    assert (hybrid["VPN-017"], hybrid["TEL-013"]) == (UNKNOWN, UNKNOWN)


def test_a_paper_never_closes_an_open_door() -> None:
    """SIP that the internet reaches fails, whatever contract says that the telephone system is elsewhere."""
    told = device("fw", {facts.FIREWALL_EXPOSED: (Exposed("sip", 5060, "udp", "any", rule="r1"),)})
    assert outcomes(audit(site(declared=ALL), told))["TEL-010"] is FAIL


def test_a_gateway_is_no_spare_where_there_is_no_vpn() -> None:
    """A lone firewall is not a lone VPN gateway once it is shown that nobody enters by it."""
    alone = device("fw", {facts.HA_STATE: "standalone"})
    assert outcomes(audit(site(declared=ALL), alone))["RES-003"] is EXEMPT
    assert outcomes(audit(site("site"), alone))["RES-003"] is FAIL

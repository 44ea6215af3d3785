"""What devices told, added up: an HA pair once, and no total while one that should tell its part is silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from auditor.model import Device, Figure, Key, Origin, Reading
from auditor.parameters import unit
from auditor.site import Role
from auditor.values import ABSENT, Absent, Message

T = TypeVar("T")


def readings(devices: Iterable[Device], key: Key[T]) -> list[tuple[Device, Reading[T]]]:
    """Every device that told this fact, with what it told."""
    return [(d, cast("Reading[T]", r)) for d in devices for r in d.readings if r.key.name == key.name]


def sources(pairs: Iterable[tuple[Device, Reading[Any]]]) -> tuple[str, ...]:
    """`DEVICE: REQUEST` of each request that told it."""
    return tuple(dict.fromkeys(f"{device.name}: {source}" for device, reading in pairs for source in reading.sources))


def twins(devices: Sequence[Device]) -> dict[str, str]:
    """The group of each device by name: members of one pair share it, naming each other or a common label."""
    group = {device.name: device.name for device in devices}
    labels: dict[str, str] = {}
    for device in devices:
        if not device.pair:
            continue
        other = group.get(device.pair) or labels.setdefault(device.pair, device.name)
        mine, theirs = group[device.name], group.get(other, other)
        group = {name: theirs if one == mine else one for name, one in group.items()}
    return group


_TELLERS: Final = (
    # who should tell a family of facts: where one of the first roles is there, it speaks for the family
    ("vpn.", ((Role.VPN,), (Role.FIREWALL,))),
    ("firewall.", ((Role.FIREWALL,),)),
    ("telephony.", ((Role.PBX,), (Role.SBC,))),
)


def _should_tell(devices: Sequence[Device], key: Key[Any]) -> list[Device]:
    for family, ranks in _TELLERS:
        if key.name.startswith(family):
            found = ([device for device in devices if device.role in roles] for roles in ranks)
            return next((devices for devices in found if devices), [])
    return []


class Silent(NamedTuple):
    """A device that should tell a fact and did not, why, and whether it refused access."""

    device: Device
    reason: Message
    refused: bool


def silent(devices: Sequence[Device], key: Key[Any]) -> Silent | None:
    """A device that should tell this fact and did not, and why; the twin of one that told may be silent."""
    group = twins(devices)
    told = {group[device.name] for device, _ in readings(devices, key)}
    expected = {device.name for device in _should_tell(devices, key)}
    for device in devices:
        if group[device.name] in told or (told and device.name not in expected):
            continue
        gap = next((gap for gap in device.gaps if gap.key.name == key.name), None)
        if gap is not None:
            return Silent(device, gap.reason, withheld(device, key))
        if device.name in expected and not device.readings:
            said = device.problems[0] if device.problems else Message("note.silent", {"device": device.name})
            return Silent(device, said, device.refused)
    return None


def withheld(device: Device | None, key: Key[Any]) -> bool:
    """Whether a device refused to tell this fact."""
    return device is not None and (
        device.refused or any(gap.refused for gap in device.gaps if gap.key.name == key.name)
    )


def parts(devices: Sequence[Device], key: Key[int]) -> dict[str, tuple[int, list[tuple[Device, Reading[int]]]]]:
    """What each gateway or pair told, by the name of its first member; the twin that told most speaks for a pair."""
    group = twins(devices)
    found: dict[str, tuple[int, list[tuple[Device, Reading[int]]]]] = {}
    for device, reading in readings(devices, key):
        value, pairs = found.get(group[device.name], (0, []))
        found[group[device.name]] = (max(value, reading.value), [*pairs, (device, reading)])
    return found


def total(devices: Sequence[Device], key: Key[int], name: str, *, split: bool = False) -> Iterable[Figure]:
    """The sum over devices; unknown while one that should tell is silent; nothing when none could.

    `split` also gives the part of each of several as `NAME/DEVICE`.
    """
    found, missing = parts(devices, key), silent(devices, key)
    if missing:
        note = Message("note.silent", {"device": missing.device.name}) if found else missing.reason
        yield Figure(name, 0, Origin.UNKNOWN, unit(name), note=note, refused=missing.refused)
        return
    pairs = [pair for _, some in found.values() for pair in some]
    if found:
        whole = sum(value for value, _ in found.values())
        yield Figure(name, whole, Origin.MEASURED, unit(name), ABSENT, sources(pairs))
    if split and len(found) > 1:
        for part, (value, some) in found.items():
            yield Figure(f"{name}/{part}", value, Origin.MEASURED, unit(name), ABSENT, sources(some))


def known(value: T | Absent) -> list[T]:
    """The value in a list, or an empty list: to add up what is there."""
    return [] if isinstance(value, Absent) else [value]

"""Captures: the doors of a device that nobody connects to, read from files its owner made."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from auditor.clean import plain
from auditor.collectors.oids import children, number, record
from auditor.collectors.pagers import without_pages
from auditor.collectors.transcript import Transcript
from auditor.collectors.transport import NoAnswer, Oid, SnmpValue
from auditor.model import Evidence
from auditor.site import Role
from auditor.values import N_, Message, Value

Redact = Callable[[str, Sequence[str]], str]
"""Hides the secrets of a text; the second argument is the vendor page's own patterns."""

SNMP_FILES: Final = (".snmprec", ".walk")
CONFIGURATIONS: Final = (".cfg", ".conf", ".xml")
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_FOLDER: Final = 4 * MAX_BYTES
_UPTIME: Final = "1.3.6.1.2.1.1.3.0"


SENTENCES: Mapping[str, str] = {
    "file.missing": N_("{target}: there is no such file or folder."),
    "file.kind": N_("{target}: not a .snmprec, .walk, .txt, .cfg or .conf file; say which command it answers."),
    "file.empty": N_("{target}: the folder holds no .snmprec, .walk, .txt, .cfg or .conf file."),
    "file.no_value": N_("{target}: holds no SNMP value ({lines} lines not understood)."),
    "file.configurations": N_("{target}: holds {count} configurations; keep one for each device."),
    "file.too_large": N_("{target}: larger than {size} MiB."),
    "file.outside": N_("{target}: leads out of the folder of the capture; it was not read."),
    "file.key": N_("{target}: “{key}” is not known here; name, role and platform are, as text."),
    "file.role": N_("{target}: the role “{role}” is not one of {roles:list}."),
}


class CaptureError(ValueError):
    """Something that cannot be read as a capture; `message` says what, where and why in one line."""

    def __init__(self, id: str, path: Path, **values: Value) -> None:
        self.message = Message(id, {"target": str(path), **values})
        super().__init__(f"{id} {dict(self.message.values)}")


@dataclass(frozen=True, slots=True)
class Recording:
    """What one SNMP file holds, and how many of its lines made no sense."""

    values: Mapping[Oid, SnmpValue]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Capture:
    """What a device's owner handed over: SNMP recordings in the order of their sysUpTime, outputs, a configuration.

    `outputs` maps a file's stem to its text; `name` and `platform` are "" where no `device.toml` tells them.
    """

    name: str = ""
    role: Role = Role.OTHER
    platform: str = ""
    recordings: tuple[Recording, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    configuration: str = ""

    def snmp(self, transcript: Transcript) -> CaptureDoor | None:
        """The SNMP door of this capture, None when it holds no SNMP; a later recording wins over an earlier one."""
        if not self.recordings:
            return None
        values: dict[Oid, SnmpValue] = {}
        for recording in self.recordings:
            values |= recording.values
        return CaptureDoor(values, transcript)

    def shell(
        self, transcript: Transcript, redact: Redact, secrets: Sequence[str] = (), running: Sequence[str] = ()
    ) -> CaptureShell | None:
        """The command-line door, None without texts; `running` are the commands that show a configuration."""
        texts = {stem(name): text for name, text in self.outputs.items()}
        if self.configuration:
            texts |= {stem(command): self.configuration for command in running if stem(command) not in texts}
        return (
            CaptureShell(texts, transcript, lambda text: redact(text, secrets)) if texts or self.configuration else None
        )


# ---- doors ----


class CaptureDoor:
    """An SnmpDoor on recorded values."""

    def __init__(self, values: Mapping[Oid, SnmpValue], transcript: Transcript) -> None:
        self._values = {oid: values[oid] for oid in sorted(values, key=number)}
        self._transcript = transcript

    async def get(self, oids: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        return self._answer(oids, {oid: self._values[oid] for oid in oids if oid in self._values})

    async def walk(self, roots: Sequence[Oid]) -> Mapping[Oid, SnmpValue]:
        rows = {oid: value for root in roots for oid, value in self._values.items() if children(oid, root)}
        return self._answer(roots, rows)

    def _answer(self, asked: Sequence[Oid], found: Mapping[Oid, SnmpValue]) -> Mapping[Oid, SnmpValue]:
        text = "\n".join(record(oid, value) for oid, value in found.items())
        self._transcript.add("file", ",".join(asked), seconds=0.0, size=len(text.encode()), text=text)
        return found

    def evidence(self) -> tuple[Evidence, ...]:
        return self._transcript.evidence()

    async def close(self) -> None:
        return None


class CaptureShell:
    """A ShellDoor on recorded outputs; a command that was not recorded gets no answer."""

    def __init__(self, texts: Mapping[str, str], transcript: Transcript, redact: Callable[[str], str]) -> None:
        self._texts, self._transcript, self._redact = texts, transcript, redact

    async def adopt(self, vendor: object) -> None:
        """A capture is what it is."""

    def recorded(self, lines: Sequence[str]) -> str:
        """Of several spellings of one command the first that was recorded, else the first."""
        return next((line for line in lines if stem(line) in self._texts), lines[0])

    def fitting(self, pattern: str) -> Sequence[str]:
        """The recorded commands that a pattern covers; in the name of a file a blank is an underscore."""
        names = (stem.replace("_", " ") for stem in self._texts)
        return [name for name in names if re.fullmatch(pattern, name, re.IGNORECASE)]

    def holds(self, line: str) -> bool:
        """Whether the output of a command was recorded."""
        return stem(line) in self._texts

    async def show(self, command: str) -> str:
        raw = self._texts.get(stem(command))
        if raw is None:
            raise NoAnswer(Message("file.absent", {"target": self._transcript.device, "question": command}))
        text = self._redact(without_prompt(_without_echo(plain(without_pages(raw)), command)))
        self._transcript.add("file", command, seconds=0.0, size=len(raw.encode()), text=text)
        return text

    def evidence(self) -> tuple[Evidence, ...]:
        return self._transcript.evidence()

    async def close(self) -> None:
        return None


def stem(command: str) -> str:
    """The spelling that a command and the file of its output share: no sign that a file name cannot hold."""
    return re.sub(r"[^a-z0-9.-]+", "_", command.casefold()).strip("_.")


def _without_echo(text: str, command: str) -> str:
    """The output without a first line that only repeats the command behind a prompt."""
    first, _, rest = text.lstrip("\n").partition("\n")
    echoed = re.fullmatch(r"(?:\S{1,60}\s?[#>$%]\s*)?" + re.escape(command), first.strip())
    return rest if echoed else text


_LAST_PROMPT: Final = re.compile(r"(?!</)(?=\S*[^\W\d]|>)[^\s]{0,60}(?: ?[>#$]|(?<!\d)%)(?: ?(?:exit|quit|logout))?")


def without_prompt(text: str) -> str:
    """The output without a last prompt, ending with an end of line; where none was copied it may have been cut.

    A tag of XML, an indented line or the sign of a comment alone is no prompt, though a shell's may look like the last.
    """
    known, _, last = text.rstrip().rpartition("\n")
    prompt = _LAST_PROMPT.fullmatch(last) and not text.lstrip().startswith("<?xml")
    return f"{known}\n" if prompt else text.rstrip("\n")


# ---- files ----


def open_capture(path: Path, *, command: str = "", configuration: bool = False) -> Capture:
    """What a folder holds, or one file: then `command` or `configuration` says what a text is. Raises CaptureError."""
    if path.is_dir():
        return _folder(path)
    if not path.exists():
        raise CaptureError("file.missing", path)
    if path.suffix in SNMP_FILES:
        return Capture(recordings=(_recording(path),))
    if configuration or (path.suffix in CONFIGURATIONS and not command):
        return Capture(configuration=_text(path))
    if command:
        return Capture(outputs={command: _text(path)})
    if path.suffix == ".txt":
        return Capture(outputs={path.stem: _text(path)})
    raise CaptureError("file.kind", path)


def _folder(path: Path) -> Capture:
    files = _inside(path)
    recordings = [_recording(item) for item in files if item.suffix in SNMP_FILES]
    outputs = {item.stem: _text(item) for item in files if item.suffix == ".txt"}
    configurations = [item for item in files if item.suffix in CONFIGURATIONS]
    if not (recordings or outputs or configurations):
        raise CaptureError("file.empty", path)
    if len(configurations) > 1:
        raise CaptureError("file.configurations", path, count=len(configurations))
    told = _device(path / "device.toml")
    return Capture(
        name=told.get("name", ""),
        role=_role(path / "device.toml", told.get("role", Role.OTHER)),
        platform=told.get("platform", ""),
        recordings=tuple(sorted(recordings, key=_uptime)),
        outputs=outputs,
        configuration=_text(configurations[0]) if configurations else "",
    )


def _inside(folder: Path) -> list[Path]:
    """The files of a folder in order; an error where one is a link out of it, or all are more than a capture holds."""
    files = sorted(item for item in folder.iterdir() if item.is_file())
    real = folder.resolve()
    for item in files:
        if not item.resolve().is_relative_to(real):
            raise CaptureError("file.outside", item)
    if sum(item.stat().st_size for item in files) > MAX_FOLDER:
        raise CaptureError("file.too_large", folder, size=MAX_FOLDER // 1024 // 1024)
    return files


def _device(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise CaptureError("file.unreadable", path, why=str(error)) from error
    for key, value in found.items():
        if key not in ("name", "role", "platform") or not isinstance(value, str):
            raise CaptureError("file.key", path, key=key)
    return found


def _role(path: Path, text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise CaptureError("file.role", path, role=text, roles=tuple(Role)) from error


def _recording(path: Path) -> Recording:
    recording = (read_snmprec if path.suffix == ".snmprec" else read_walk)(_text(path))
    if not recording.values:
        raise CaptureError("file.no_value", path, lines=recording.skipped)
    return recording


def _uptime(recording: Recording) -> int:
    value = recording.values.get(_UPTIME, 0)
    return value if isinstance(value, int) else 0


def _text(path: Path) -> str:
    """A file as text: UTF-8, else Windows-1252, with any line ends."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CaptureError("file.too_large", path, size=MAX_BYTES // 1024 // 1024)
        data = path.read_bytes()
    except OSError as error:
        raise CaptureError("file.unreadable", path, why=error.strerror or str(error)) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # what PowerShell's > writes
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


# ---- snmprec ----


def read_snmprec(text: str) -> Recording:
    """The values of `OID|TAG|VALUE` lines: what makes no sense is counted, a repeated OID keeps its first value."""
    values: dict[Oid, SnmpValue] = {}
    skipped = 0
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        oid, value = _snmprec_line(line)
        if not oid:
            skipped += 1
        elif value is not None:
            values.setdefault(oid, value)
    return Recording(values, skipped)


def _snmprec_line(line: str) -> tuple[Oid, SnmpValue | None]:
    """The OID and value of one line; "" when it makes no sense, None for a Null."""
    parts = line.split("|", 2)
    if len(parts) != 3 or not (oid := _oid(parts[0])):
        return "", None
    tag, raw = parts[1].partition(":")[0], parts[2]
    if tag == "5":
        return oid, None
    try:
        value = _TAGS[tag.removesuffix("x")](bytes.fromhex(raw) if tag.endswith("x") else raw)
    except (KeyError, ValueError):
        return "", None
    return oid, value


def _integer(raw: str | bytes) -> int:
    """An integer as text; in hex, the big-endian octets."""
    return int(raw) if isinstance(raw, str) else int.from_bytes(raw, "big", signed=False)


def _octets(raw: str | bytes) -> bytes:
    return raw.encode() if isinstance(raw, str) else raw


def _name(raw: str | bytes) -> str:
    oid = _oid(raw if isinstance(raw, str) else raw.decode("ascii"))
    if not oid:
        raise ValueError(raw)
    return oid


def _address(raw: str | bytes) -> str:
    parts = list(raw) if isinstance(raw, bytes) else [int(part) for part in raw.split(".")]
    if len(parts) != 4 or not all(0 <= part <= 255 for part in parts):
        raise ValueError(raw)
    return ".".join(str(part) for part in parts)


_TAGS: Final[Mapping[str, Callable[[str | bytes], SnmpValue]]] = {
    "2": _integer,
    "4": _octets,
    "6": _name,
    "64": _address,
    "65": _integer,
    "66": _integer,
    "67": _integer,
    "68": _octets,
    "70": _integer,
}


def _oid(text: str) -> Oid:
    """The OID without a leading dot; "" when it is not one."""
    text = text.strip().removeprefix(".")
    return text if re.fullmatch(r"\d+(\.\d+)*", text, re.ASCII) and len(text) < 1024 else ""


# ---- snmpwalk -On, -Onx ----

_WALKED: Final = re.compile(r"^\.?((?:\d+\.)+\d+) = ?(.*)$", re.ASCII)
_ABSENT: Final = ("No Such Object", "No Such Instance", "No more variables", "NULL")


def read_walk(text: str) -> Recording:
    """The values of `snmpwalk -On` output, multi-line strings included; what makes no sense is counted."""
    values: dict[Oid, SnmpValue] = {}
    skipped = 0
    for oid, said in _entries(text):
        if not oid:
            skipped += 1
            continue
        if said.startswith(_ABSENT):
            continue
        value = _walked(said)
        if value is None:
            skipped += 1
        else:
            values.setdefault(oid, value)
    return Recording(values, skipped)


def _entries(text: str) -> list[tuple[Oid, str]]:
    """Each OID with what follows its sign, continuation lines joined; ("", line) for what precedes the first."""
    entries: list[tuple[Oid, list[str]]] = []
    for line in text.splitlines():
        if (found := _WALKED.match(line)) and (oid := _oid(found[1])):
            entries.append((oid, [found[2]]))
        elif entries and entries[-1][0]:
            entries[-1][1].append(line)
        elif line.strip():
            entries.append(("", [line]))
    return [(oid, "\n".join(lines)) for oid, lines in entries]


def _walked(said: str) -> SnmpValue | None:
    """The value of one entry; None when it makes no sense."""
    kind, colon, rest = said.partition(":")
    if not colon or kind not in _KINDS:
        return _string(said.strip()) if said.strip().startswith('"') else None
    try:
        return _KINDS[kind](rest.strip())
    except ValueError:
        return None


def _string(text: str) -> bytes:
    """A quoted string with its escapes undone; the quotes are missing in the output of some options."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return text.encode()


def _hex(text: str) -> bytes:
    """`00 1A 2B …` over any number of lines; the readable form that -Oa or -OT adds in brackets is left out."""
    return bytes.fromhex(re.sub(r"\[.*?\]\s*(?=\n|$)", "", text, flags=re.S))


def _counted(text: str) -> int:
    """`6`, `up(1)`, `12 octets`, `(123) 0:00:01.23`."""
    found = re.fullmatch(r"(-?\d+)(?:\s.*)?|[\w-]*\((-?\d+)\).*", text, re.S | re.ASCII)
    if not found:
        raise ValueError(text)
    return int(found[1] or found[2])


_KINDS: Final[Mapping[str, Callable[[str], SnmpValue]]] = {
    "STRING": _string,
    "Hex-STRING": _hex,
    "BITS": lambda text: bytes.fromhex("".join(re.findall(r"\b[0-9A-F]{2}\b", text.partition("(")[0]))),
    "INTEGER": _counted,
    "Integer32": _counted,
    "Unsigned32": _counted,
    "UInteger32": _counted,
    "Gauge32": _counted,
    "Counter32": _counted,
    "Counter64": _counted,
    "Timeticks": _counted,
    "OID": _name,
    "IpAddress": _address,
    "Network Address": lambda text: _address(bytes.fromhex(text.replace(":", ""))),
    "Opaque": lambda text: text.encode(),
}

"""A fake house for the tests of screens: it audits nothing, and says what a test wants it to say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from auditor.declared.formdesk import FormDesk
from auditor.desk import site_fault
from auditor.model import Answered, Asking, Audit, Device, Judged
from auditor.planning.study import AuditStudy
from auditor.screens.services import KnownSite, Talk
from auditor.screens.study import Study
from auditor.site import Site
from auditor.sitefile import SiteFileError
from auditor.texts import Texts
from auditor.values import ABSENT, Absent, Message
from auditor.wording import texts
from tests.worked_audit import AT, SITE, worked_audit

BEFORE = AT - dt.timedelta(35)
KNOWN = (
    KnownSite(
        "Atelier SA",
        "Atelier Rennes",
        Path("rennes.toml"),
        "20261124-1402-7f3a",
        AT,
        15,
        110,
        "E",
        trend=(12, ABSENT, 15),
    ),
    KnownSite(
        "Atelier SA", "Atelier Brest", Path("brest.toml"), "20261020-0930-11aa", BEFORE, 44, 44, "B", trend=(20, 31, 44)
    ),
    KnownSite("Mairie de Fougères", "Hôtel de ville", Path("fougeres.toml")),
)


def tell_all(audit: Audit, talk: Talk) -> Audit:
    """Every device is asked and answers, in order."""
    for device in audit.devices:
        talk.emit(Asking(device.name, "SNMP", 0, 12))
    for device in audit.devices:
        talk.emit(Asking(device.name, "show version", 6, 12))
        talk.emit(Answered(device))
    talk.emit(Judged(audit))
    return audit


def spoken(error: Exception) -> ValueError:
    """A known fault as one line, in English."""
    say = texts("en", narrow=False)
    if isinstance(error, SiteFileError):
        return ValueError(site_fault(error, say))
    message = getattr(error, "message", None)
    return ValueError(say.say(message) if message is not None else str(error))


class FakeServices:
    """Implements `screens.services.Services`; `conduct` is what an audit does."""

    def __init__(
        self,
        sites: Sequence[KnownSite] = (),
        audit: Audit | None = None,
        conduct: Callable[[Audit, Talk], Audit] = tell_all,
        folder: Path = Path("out"),
    ) -> None:
        self.known, self.audit, self.conduct, self.folder = tuple(sites), audit or worked_audit(), conduct, folder
        self.exported: list[tuple[str, str]] = []
        self.demos = 0
        self.spoken: list[str] = []
        self.resumed: list[bool] = []
        self.forms = FormDesk(spoken)
        self.study: Study = AuditStudy()

    def texts(self, language: str, /) -> Texts:
        return texts(language, narrow=False)

    def sites(self) -> Sequence[KnownSite]:
        return self.known

    def open_site(self, path: Path, /) -> Site:
        if path.name == "missing.toml":
            raise ValueError(f"{path}: no such file")
        return SITE

    def new_site(self, path: Path, language: str, /) -> Path:
        template = (files("auditor") / "templates" / f"site.{language}.toml").read_text(encoding="utf-8")
        if path.exists():
            raise ValueError(f"{path} exists already; nothing was written.")
        path.write_text(template, encoding="utf-8")
        return path

    def open_audit(self, id: str, /) -> Audit:
        return self.audit

    @contextmanager
    def demo(self) -> Iterator[Site]:
        self.demos += 1
        yield self.audit.site

    def run_audit(self, site: Site, talk: Talk, resume: bool = False, /) -> Audit:
        self.resumed.append(resume)
        return self.conduct(self.audit, talk)

    def export(self, audit: Audit, language: str, formats: Sequence[str], folder: str, /) -> Sequence[Path]:
        self.exported.append((audit.id, language))
        stem = (Path(folder) if folder else self.folder) / f"{audit.id}.{language}"
        return tuple(Path(f"{stem}.{form}") for form in formats)

    def speak(self, language: str, /) -> None:
        self.spoken.append(language)

    def site_path(self, audit: Audit, /) -> Path | Absent:
        known = next((k for k in self.known if k.site == audit.site.name), None)
        return known.path if known else ABSENT


HOSTILE = "[bold red]evil[/] \x1b]0;owned\x07\x1b[31m[@click=app.quit]x"


def hostile_audit() -> Audit:
    """The worked audit, from devices and evidence that try to be obeyed."""
    audit = worked_audit()
    router, *others = audit.devices
    bad: Device = replace(
        router,
        name=HOSTILE,
        problems=(Message("unreachable", {"target": HOSTILE}),),
        readings=tuple(replace(reading, device=HOSTILE, sources=(HOSTILE,)) for reading in router.readings),
    )
    findings = tuple(
        replace(f, evidence=tuple(replace(s, device=HOSTILE, request=HOSTILE, value=HOSTILE) for s in f.evidence))
        for f in audit.findings
    )
    site = replace(audit.site, client=HOSTILE, name=HOSTILE)
    return replace(audit, site=site, devices=(bad, *others), findings=findings)

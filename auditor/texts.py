"""Language, numbers and dates: every sentence a user reads passes here, in English or French."""

from __future__ import annotations

import datetime as dt
import errno
import gettext
import string
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from auditor.values import N_, Message, Value

LANGUAGES: Final = ("en", "fr")
NARROW: Final = "\u202f"
NO_BREAK: Final = "\u00a0"
WHY: Final = {
    errno.ENOENT: N_("no such file or folder"),
    errno.EACCES: N_("access is refused"),
    errno.EPERM: N_("access is refused"),
    errno.EISDIR: N_("this is a folder"),
    errno.ENOTDIR: N_("a part of this path is no folder"),
    errno.ENOSPC: N_("the disk is full"),
    errno.EROFS: N_("the disk is read-only"),
    errno.ENAMETOOLONG: N_("this name is too long"),
}
"""What the system says of files; it says it in English alone."""


def round_half_up(value: int | float | Fraction | Decimal, digits: int = 0) -> Decimal:
    """The value rounded half away from zero, once, on its exact value (domain model, section 0)."""
    exact = Fraction(value) if not isinstance(value, float) else Fraction(str(value))
    scaled = abs(exact) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    result = Decimal(whole).scaleb(-digits).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return -result if exact < 0 and whole else result


class Texts:
    """The words of one language.

    Call it with an English sentence marked for translation, or `say` a Message. Placeholders are named and may carry
    a format: `{seats}`, `{used:rate}` (bit/s), `{ratio:ratio}` (0 to 1), `{load:percent}` (0 to 100), `{day:date}`,
    `{at:datetime}`, `{at:time}`, `{wait:duration}` (s), `{names:list}`, `{id:name}` (the sentence `name.<id>`),
    `{port:service}` (the sentence `service.<port>`), `{why:fault}` (`fault.<why>`), `{x:1}` (decimals), `{n:raw}`.
    `narrow=False` (a terminal) replaces narrow no-break spaces by ordinary ones.
    """

    def __init__(self, language: str, sentences: Mapping[str, str], *, narrow: bool = True) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._sentences = sentences
        self._catalogue = _catalogue(self.language)
        self._space = NARROW if narrow else NO_BREAK
        self._narrow = narrow
        self._formatter = _Formatter(self)

    def __call__(self, english: str, /, **values: Value) -> str:
        """The translation of an English sentence, with its values in place."""
        return self._fill(self._catalogue.gettext(english), values)

    def context(self, context: str, english: str, /, **values: Value) -> str:
        """As a call, for a short word that means different things in different places."""
        return self._fill(self._catalogue.pgettext(context, english), values)

    def plural(self, one: str, many: str, count: int, /, **values: Value) -> str:
        """The form of a sentence that goes with `count`, which is also its value {count}."""
        return self._fill(self._catalogue.ngettext(one, many, count), {"count": count, **values})

    def say(self, message: Message) -> str:
        """A stored message in this language; an id without words shows as itself, never as nothing."""
        english = self._sentences.get(message.id)
        return self._fill(self._catalogue.gettext(english), message.values) if english else message.id

    def words(self, id: str, /, **values: Value) -> str:
        """The sentence of an id."""
        return self.say(Message(id, values))

    def known(self, id: str) -> bool:
        """Whether there are words for this id."""
        return id in self._sentences

    def name(self, id: str) -> str:
        """What a reader calls a resource, domain, origin…: the sentence `name.<id>`, else the id itself."""
        plain, _, part = id.partition("/")
        words = self.words(f"name.{plain}") if self.known(f"name.{plain}") else plain
        return f"{words} ({part})" if part else words

    def service(self, id: str) -> str:
        """What a reader calls a network service (`rdp`, `smb`): the sentence `service.<id>`, else the id itself."""
        return self.words(f"service.{id}") if self.known(f"service.{id}") else id

    def fault(self, id: str) -> str:
        """Why a certificate is not trusted: the sentence `fault.<id>`, else the words that were given."""
        return self.words(f"fault.{id}") if self.known(f"fault.{id}") else id

    def input(self, name: str) -> str:
        """What an input of the model means: the sentence `input.<name>`, else its published name."""
        parts = name.partition("/")[0].split(".")
        generic = ".".join(["link.NAME", parts[-1]]) if parts[0] == "link" and len(parts) > 2 else ".".join(parts)
        return self.words(f"input.{generic}") if self.known(f"input.{generic}") else name

    def refusal(self, error: OSError) -> str:
        """Why the system refused something, without the name of what it was."""
        words = WHY.get(error.errno or 0)
        return self(words) if words else error.strerror or str(error)

    # ---- numbers ----

    def number(self, value: int | float | Fraction | Decimal, digits: int = 0) -> str:
        """12 345.6 as this language writes it, rounded half up."""
        rounded = round_half_up(value, digits)
        text = f"{rounded:,.{digits}f}"
        if self.language == "fr":
            return text.replace(",", self._space).replace(".", ",")
        return text

    def percent(self, value: int | float | Fraction, digits: int = 0) -> str:
        """A percentage given from 0 to 100."""
        return self.number(value, digits) + (f"{self._space}%" if self.language == "fr" else "%")

    def rate(self, bps: int | float | Fraction) -> str:
        """A rate given in bit/s: 20 Mbit/s, 502 kbit/s."""
        exact = Fraction(bps)
        for size, unit in ((1_000_000_000, "Gbit/s"), (1_000_000, "Mbit/s"), (1_000, "kbit/s")):
            if abs(exact) >= size:
                scaled = exact / size
                digits = 0 if scaled.denominator == 1 or abs(scaled) >= 100 else 1
                return f"{self.number(scaled, digits)}{NO_BREAK}{unit}"
        return f"{self.number(bps)}{NO_BREAK}bit/s"

    def size(self, octets: int | float | Fraction) -> str:
        """A size given in bytes: 2 GiB, 25.3 GiB; exact where one decimal shows it."""
        exact = Fraction(octets)
        for power, unit in ((4, self("TiB")), (3, self("GiB")), (2, self("MiB")), (1, self("KiB"))):
            if exact >= 1024**power:
                scaled = exact / 1024**power
                return f"{self.number(scaled, 0 if scaled.denominator == 1 else 1)}{NO_BREAK}{unit}"
        return self.plural("{count} byte", "{count} bytes", int(exact))

    def duration(self, seconds: int | float | Fraction) -> str:
        """A duration given in seconds, in its two largest units."""
        left, parts = int(seconds), []
        for size, unit in ((86400, self.context("unit", "d")), (3600, "h"), (60, "min"), (1, "s")):
            if left >= size:
                parts.append(f"{self.number(left // size)}{NO_BREAK}{unit}")
                left %= size
        return " ".join(parts[:2]) or f"0{NO_BREAK}s"

    # ---- dates ----

    def date(self, day: dt.date) -> str:
        """24 Nov 2026, or 24/11/2026 in French."""
        if self.language == "fr":
            return f"{day:%d/%m/%Y}"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def time(self, at: dt.datetime) -> str:
        """14:02, or 14 h 02 in French."""
        return f"{at.hour}{NO_BREAK}h{NO_BREAK}{at:%M}" if self.language == "fr" else f"{at:%H:%M}"

    def datetime(self, at: dt.datetime) -> str:
        """A date and a time; the caller gives it in the site's time zone."""
        return self("{day} at {time}", day=self.date(at), time=self.time(at))

    def list(self, items: Sequence[str]) -> str:
        """a, b and c."""
        if len(items) < 2:
            return "".join(items)
        return self("{first} and {last}", first=", ".join(items[:-1]), last=items[-1])

    def _fill(self, pattern: str, values: Mapping[str, Value]) -> str:
        try:
            text = self._formatter.vformat(pattern, (), values)
        except (KeyError, ValueError, IndexError, AttributeError, TypeError):
            text = pattern  # a damaged catalogue must not hide the sentence
        return text if self._narrow else text.replace(NARROW, NO_BREAK)

    def format(self, value: Any, spec: str) -> str:
        """One value as a placeholder's format asks for it."""
        if isinstance(value, tuple):
            return self.list([self.format(item, "" if spec == "list" else spec) for item in value])
        if spec in _FORMATS:
            return str(getattr(self, _FORMATS[spec])(value))
        if spec == "ratio":
            return self.percent(Fraction(value) * 100, 1)
        if spec == "words":
            return self.words(str(value))
        if spec == "loss":
            return self.percent(Fraction(value) * 100, 2)
        if spec == "part":
            share = Fraction(value) * 100
            return self.percent(share, 0 if share.denominator == 1 else 1)
        if spec in ("raw", "list") or isinstance(value, str | bool):
            return str(value)
        if isinstance(value, dt.datetime):
            return self.datetime(value)
        if isinstance(value, dt.date):
            return self.date(value)
        digits = int(spec) if spec.isdigit() else (0 if Fraction(str(value)).denominator == 1 else 1)
        return self.number(value, digits)


_FORMATS: Final = {
    "rate": "rate",
    "percent": "percent",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
    "duration": "duration",
    "name": "name",
    "input": "input",
    "service": "service",
    "fault": "fault",
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _Formatter(string.Formatter):
    """`{name:format}` alone: no attributes, no indices, so that a message can never reach into a value."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        return self._texts.format(value, format_spec)


def _catalogue(language: str) -> gettext.NullTranslations:
    """All catalogues of a language, merged (each room of the house has its own)."""
    if language == "en":
        return gettext.NullTranslations()
    from importlib.resources import files

    folder = files("auditor") / "locale" / language / "LC_MESSAGES"
    merged: gettext.NullTranslations | None = None
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".mo"):
            with entry.open("rb") as stream:
                one = gettext.GNUTranslations(stream)
            if merged is None:
                merged = one
            else:
                merged.add_fallback(one)
    return merged or gettext.NullTranslations()

"""PDF/A-2b: a finished PDF made fit for the archive, with the extra `pdfa` (ISO 19005-2).

Fonts are embedded, links printed and nothing runs or is encrypted already; what is added is the metadata that says so,
the colour space that colours are meant in, and an identity that comes from the contents.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from auditor.values import N_, Message

PART, CONFORMANCE = "2", "B"
DATED: Final = slice(24, 36)
MADE: Final = bytes((0x07, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))
"""The date in the header of a colour profile (ICC.1, 7.2.8), always the same one: 1 January 2000."""


class ArchiveError(RuntimeError):
    """The extra is not installed; `message` says it to a reader."""

    def __init__(self) -> None:
        self.message = Message("pdfa.extra")
        super().__init__(self.message.id)


def need_extra() -> None:
    """Raises ArchiveError where the library is missing, before anything is written."""
    try:
        import pikepdf  # noqa: F401
    except ImportError:
        raise ArchiveError from None


def archive(path: Path) -> None:
    """Rewrite a PDF of ours as PDF/A-2b in its place; the same PDF gives the same bytes."""
    need_extra()
    import pikepdf

    with pikepdf.open(path, allow_overwriting_input=True) as document:
        if "/Trapped" in document.docinfo:
            del document.docinfo["/Trapped"]  # it has no place in the metadata, which must tell the same
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as told:
            told.load_from_docinfo(document.docinfo)
            told["pdfaid:part"], told["pdfaid:conformance"] = PART, CONFORMANCE
        profile = document.make_stream(_srgb())
        profile["/N"] = 3
        intent = pikepdf.Dictionary(
            Type=pikepdf.Name.OutputIntent,
            S=pikepdf.Name.GTS_PDFA1,
            OutputConditionIdentifier="sRGB",
            RegistryName="http://www.color.org",
            DestOutputProfile=profile,
        )
        document.Root.OutputIntents = pikepdf.Array([document.make_indirect(intent)])
        document.save(path, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _srgb() -> bytes:
    """The sRGB profile, without the moment at which it was made."""
    from PIL import ImageCms

    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[DATED] = MADE
    return bytes(data)


SENTENCES: Final = {
    "pdfa.extra": N_("PDF/A needs the extra pdfa: pip install 'remote-work-auditor[pdfa]'."),
}

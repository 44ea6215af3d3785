"""The licence of everything that is installed with the product, read from what is installed here."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution
from typing import Final

from packaging.requirements import Requirement

PRODUCT: Final = "remote-work-auditor"
SPDX: Final = {  # how older packages spell what SPDX names
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "MIT License": "MIT",
}


def licences() -> dict[str, str]:
    """Name to licence, of each package that a plain install brings, the product's own left out."""
    found: dict[str, str] = {}
    _follow(PRODUCT, found)
    return {name: found[name] for name in sorted(found, key=str.lower) if name != PRODUCT}


def _follow(name: str, found: dict[str, str]) -> None:
    one = distribution(name)
    label = one.metadata["Name"]
    if label in found:
        return
    found[label] = _licence(one)
    for line in one.requires or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            _follow(wanted.name, found)


def _licence(one: Distribution) -> str:
    meta = one.metadata
    classified = [line.rsplit(" :: ", 1)[1] for line in meta.get_all("Classifier", []) if line.startswith("License ::")]
    said = [*meta.get_all("License-Expression", []), *classified, *meta.get_all("License", []), _of_text(one)]
    for name in map(str, said):
        if name and "\n" not in name:
            return SPDX.get(name, name)
    raise ValueError(f"{meta['Name']} names no licence")


def _of_text(one: Distribution) -> str:
    """The two-clause BSD licence by its text, where a package carries the text and does not name it."""
    texts = [str(file.read_text()) for file in one.files or () if re.search(r"licen[cs]e", str(file), re.I)]
    for text in texts:
        if "Redistribution and use in source and binary forms" in text:
            return "BSD-3-Clause" if "Neither the name" in text else "BSD-2-Clause"
    return ""

"""Whether a CycloneDX bill of materials names what the product is made of: `python -m tools.bill FILE`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from tools.licences import licences


def missing(bill: dict[str, Any]) -> set[str]:
    """The packages of a plain install that a bill does not hold with a version, by their normal names (PEP 503)."""
    held = {normal(part["name"]) for part in bill["components"] if part.get("version") and part.get("purl")}
    return {normal(name) for name in licences()} - held


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    bill = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX", bill["bomFormat"]
    assert not (lacking := missing(bill)), f"the bill of materials lacks {sorted(lacking)}"
    print(f"{sys.argv[1]}: CycloneDX {bill['specVersion']}, {len(bill['components'])} components")


if __name__ == "__main__":
    main()

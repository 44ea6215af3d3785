"""The demo as a place to try everything: the network up for as long as one wants, and a site file of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from auditor.demo.network import DemoNetwork


class Stage:
    """Up from the first look until `close`; `file` is a copy of the company's site file, free to be edited."""

    def __init__(self, later: bool = False) -> None:
        self._network = DemoNetwork(later).__enter__()
        self._folder = tempfile.TemporaryDirectory(prefix="auditor-demo-")
        self.home = Path(self._folder.name)
        self.file = self.home / "site.toml"
        self.file.write_text(self._network.site_text, encoding="utf-8")
        self.credentials = self._network.credentials
        self.networks = tuple(sorted({place.address for place in self._network.places.values()}))
        """Where its devices are, and nothing else is: the company's own networks may be somebody's real ones."""

    def close(self) -> None:
        """End the network and leave nothing behind."""
        self._network.close()
        self._folder.cleanup()

"""The signature of a bundle: over its manifest, hence over every part, by OpenSSH's `ssh-keygen -Y`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from auditor.bundles.container import BundleError
from auditor.clean import line
from auditor.privacy import told_to_children
from auditor.values import N_

NAMESPACE: Final = "auditor-bundle"
_SECONDS: Final = 60


def sign(manifest: bytes, key: Path) -> bytes:
    """The signature of a manifest with an SSH key: a private key, or a public one whose other half ssh-agent holds.

    A passphrase is asked by ssh-keygen itself, on the terminal; it never passes through here.
    """
    done = _run(("-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE), manifest)
    if done.returncode or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise BundleError("bundle.not_signed", key=str(key), why=_said(done))
    return done.stdout


def signer(manifest: bytes, signature: bytes, signers: Path | None) -> str:
    """Who signed: a name of `signers` (a file as `ssh-keygen` calls allowed signers), else the key's fingerprint.

    Raises BundleError for a signature that does not fit, or by nobody in `signers`.
    """
    with tempfile.NamedTemporaryFile(suffix=".sig") as kept:
        kept.write(signature)
        kept.flush()
        done = _run(("-Y", "check-novalidate", "-n", NAMESPACE, "-s", kept.name), manifest)
        found = re.search(rb"SHA256:[A-Za-z0-9+/]{43}", done.stdout)
        if done.returncode or not found:
            raise BundleError("bundle.bad_signature", why=_said(done))
        if signers is None:
            return found[0].decode()
        return _known(manifest, kept.name, signers, found[0].decode())


def _known(manifest: bytes, signature: str, signers: Path, key: str) -> str:
    if not signers.is_file():
        raise BundleError("bundle.unreadable", file=str(signers), why="-")
    named = _run(("-Y", "find-principals", "-s", signature, "-f", str(signers)), b"")
    name = named.stdout.decode(errors="replace").partition("\n")[0].strip()
    if named.returncode or not name:
        raise BundleError("bundle.unknown_signer", key=key, file=str(signers))
    done = _run(("-Y", "verify", "-n", NAMESPACE, "-s", signature, "-f", str(signers), "-I", name), manifest)
    if done.returncode:
        raise BundleError("bundle.unknown_signer", key=key, file=str(signers))
    return line(name)[:80]


def _run(words: Sequence[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise BundleError("bundle.no_ssh_keygen")
    told = told_to_children(os.environ)
    try:
        return subprocess.run(  # noqa: S603
            [program, *words], input=given, capture_output=True, timeout=_SECONDS, check=False, env=told
        )
    except subprocess.TimeoutExpired:
        raise BundleError("bundle.no_ssh_keygen") from None


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    said = (done.stderr or done.stdout).decode(errors="replace").strip().rpartition("\n")[2]
    return line(said)[:120] or str(done.returncode)


SENTENCES: Mapping[str, str] = {
    "bundle.not_signed": N_("The bundle cannot be signed with {key} ({why}); nothing was written."),
    "bundle.bad_signature": N_(
        "The signature of the bundle does not fit its manifest ({why}); nothing in it is believed."
    ),
    "bundle.unknown_signer": N_("The bundle is signed with {key}, which nobody in {file} may sign with."),
    "bundle.no_ssh_keygen": N_("Signatures need OpenSSH's ssh-keygen, which is not here or does not answer."),
}

"""The tables of a history file, in numbered steps: a file of any released version is taken over from where it is."""

from __future__ import annotations

from typing import Final

from auditor.sampling import samples

MIGRATIONS: Final = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE audit (
        id TEXT PRIMARY KEY, site TEXT NOT NULL, at TEXT NOT NULL, status TEXT NOT NULL,
        site_text BLOB NOT NULL, version TEXT NOT NULL, catalogue TEXT NOT NULL DEFAULT '',
        seats INTEGER, required INTEGER, score REAL, grade TEXT NOT NULL DEFAULT '', result BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX audit_by_site ON audit (site, at);
    CREATE TABLE evidence (sha256 TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE device (
        audit TEXT NOT NULL REFERENCES audit ON DELETE CASCADE, name TEXT NOT NULL, status TEXT NOT NULL,
        body BLOB NOT NULL, PRIMARY KEY (audit, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE asked (
        audit TEXT NOT NULL, device TEXT NOT NULL, position INTEGER NOT NULL, method TEXT NOT NULL,
        request TEXT NOT NULL, at TEXT NOT NULL, seconds REAL NOT NULL, size INTEGER NOT NULL,
        sha256 TEXT NOT NULL REFERENCES evidence, PRIMARY KEY (audit, device, position),
        FOREIGN KEY (audit, device) REFERENCES device ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE edit (
        site TEXT NOT NULL, item TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
        who TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (site, item, field)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE supposition (
        site TEXT NOT NULL, name TEXT NOT NULL, changes TEXT NOT NULL, audit TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (site, name)
    ) STRICT, WITHOUT ROWID;
    """,
    samples.MIGRATION,
)

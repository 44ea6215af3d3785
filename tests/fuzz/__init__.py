"""Fuzz targets: every parser that reads octets from outside, by name; `python -m tests.fuzz` runs one for a while."""

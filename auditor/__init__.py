"""Auditor tells how many people of a site can work from home at the same time today, and what to do first."""

__version__ = "0.1.0"

"""Longer looks: samples of links and VPN users over hours, kept and counted."""

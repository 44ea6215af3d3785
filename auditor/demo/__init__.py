"""The built-in company network: a router, a firewall, a phone system and a UPS that answer on loopback."""

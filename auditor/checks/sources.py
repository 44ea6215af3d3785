"""What the checks rest on: the documents a reader may be referred to, each under one name."""

from __future__ import annotations

from typing import Final

from auditor.values import N_

INTERVIEW: Final = N_("Interview of a French operator's CEO on March 2020 (L'Informaticien)")
PRACTICE: Final = N_("Network operators' practice, 50 to 80% (NANOG, 2009 and 2020)")
OFFERS: Final = N_("French operators' offers: FTTO, FTTE and FTTH with or without a repair option")
COPPER: Final = N_("Closure of the copper network in France (the operator's published batches, to 2030)")
MOBILE: Final = N_("Closure dates of the French 2G and 3G networks (operators)")
NOTICES: Final = N_("Vendors' end-of-support notices")
LICENCES: Final = N_("Cisco, AnyConnect licences during COVID-19 (document 215331)")
DATA_SHEETS: Final = N_("Cisco community, best practices for remote access VPN performance")
SSL_VPN_END: Final = N_("Trade press, June 2025: FortiOS 7.6.3 ends the SSL VPN tunnel")
ARCEP: Final = N_("Arcep, advice for telework of March 2020")
LABOUR_CODE: Final = N_("French Labour Code, L1222-9 to L1222-11; CNIL guidance on telework")
GDPR: Final = N_("GDPR (information, register, minimisation)")
INSURANCE: Final = N_("French Insurance Code, L12-10-1 (complaint within 72 hours)")
NIS2: Final = N_("EU directive 2022/2555 (NIS 2); ANSSI's reference framework (ReCyF)")
CALLER_LAW: Final = N_("French law 2020-901 (caller number authentication)")

TEAMS: Final = "Microsoft, Prepare your organization's network for Teams (2024)"
TEAMS_TARGETS: Final = N_("Microsoft, Prepare your organization's network for Teams (2019), media targets")
TEAMS_SPLIT: Final = N_("Microsoft, split tunnelling for Teams (2024)")
RDP: Final = "Microsoft, Remote Desktop network guidance (2024)"
RDS: Final = "Microsoft, Remote Desktop Services virtual machine recommendations (2019)"
NAT365: Final = "Microsoft, NAT support with Microsoft 365"

NSA: Final = "NSA/CISA, Selecting and Hardening Remote Access VPN Solutions (2021)"
KEV: Final = N_("CISA, Known Exploited Vulnerabilities; CERT-FR alerts")
DEFAULTS: Final = N_("CISA, default credentials")
NIST_TELEWORK: Final = "NIST SP 800-46 Rev. 2"
NIST_BULLETIN: Final = N_("NIST ITL Bulletin, March 2020 (on SP 800-46)")
NIST_IPSEC: Final = "NIST SP 800-77 Rev. 1"
NIST_SPLIT: Final = "NIST SP 800-53, SC-7(7)"
BSI: Final = "BSI TR-02102-3"
CIS: Final = "CIS Benchmarks"
CNIL: Final = N_("CNIL, guidance on telework")

HYGIENE: Final = "ANSSI, Guide d'hygiène informatique"
HYGIENE_AWARENESS: Final = N_("ANSSI, Guide d'hygiène informatique, measures 1 and 2")
HYGIENE_HOSTING: Final = N_("ANSSI, Guide d'hygiène informatique, measure 3")
NOMADISM: Final = "ANSSI-PA-054, Recommandations sur le nomadisme numérique"
ADMINISTRATION: Final = N_("ANSSI-PA-022, R49 and R50")
IPSEC_TLS: Final = "ANSSI, Recommandations de sécurité relatives à IPsec (2015), R2"
IPSEC_IKE: Final = "ANSSI, Recommandations de sécurité relatives à IPsec (2015), R8"
IPSEC_PEERS: Final = "ANSSI, Recommandations de sécurité relatives à IPsec (2015), R9"
IPSEC_NAT: Final = "ANSSI, Recommandations de sécurité relatives à IPsec (2015), R11"
IPSEC_KEYS: Final = "ANSSI, Recommandations de sécurité relatives à IPsec (2015), R12-R13"
IPSEC_CIPHERS: Final = "ANSSI, Recommandations de sécurité relatives à IPsec (2015), R14-R15"
IPSEC_GROUPS: Final = "ANSSI, Recommandations de sécurité relatives à IPsec (2015), R16"

IF_MIB: Final = N_("RFC 2863 (IF-MIB): a port's speed is not the contract")
UPS_MIB: Final = "RFC 1628 (UPS-MIB)"
SNMPV3: Final = "RFC 3414 (SNMPv3)"
IKEV1: Final = N_("RFC 9395 (IKEv1 deprecated)")
IKEV2: Final = N_("RFC 8247 (IKEv2 algorithms)")
ESP: Final = N_("RFC 8221 (ESP algorithms)")
TLS: Final = "RFC 8996, RFC 9325 (TLS)"
PATH_MTU: Final = "RFC 1191, RFC 4821 (path MTU)"
CGNAT: Final = "RFC 6598, RFC 6888 (CGNAT)"
SSH: Final = N_("RFC 9142 (SSH key exchange)")
SRTP: Final = "RFC 3711 (SRTP)"
SIP: Final = "RFC 3261 (SIP)"
QUANTUM: Final = N_("RFC 9370 (several key exchanges in IKEv2)")
ML_KEM: Final = "FIPS 203 (ML-KEM)"
ERLANG: Final = "ITU-T E.520 (Erlang B)"
E_MODEL: Final = "ITU-T G.107 (E-model)"
R_BANDS: Final = "ITU-T G.109"

"""How devices spell secrets: the patterns of every platform that redaction runs on each line, whoever it came from."""

from __future__ import annotations

import re
from typing import Final

_S: Final = (
    r"""("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|["'][^\n]*|(?!<secret:|[][{};]+(?:\s|$))[^\s"'][^\s]*)"""  # quoted, or one word
)
_WORDS: Final = (
    r"(?:password|passwd|passwort|passphrase|pass-phrase|passcode|phash|secret|psk|pre-?shared-?key|community|pwd|"
    r"(?:bind|root|common-?)pw|auth-?pass|md5-?cred|key-?string|shared-?key|private-?key|auth(?:entication)?-?key|"
    r"enc(?:ryption)?-?key|api-?key|(?<!public)(?<!host)(?<!transmit)[-_]key|token|pincode|keytab|activation-code)"
)
_WORD: Final = _WORDS.replace("-?", "[-_]?")
# One lazy run, never a repeated group: headings such as "<Aor.........>" must not make it try every split.
NAME: Final = rf"[\w.-]*?{_WORD}(?:-hash(?:ed)?|-value|-data|-remote|-name|-string|-key|-l[12]|_key|\d)?"
"""What a secret is called, as far as one pattern can say it."""
_HOW: Final = (
    r"(?:[ \t]+(?:ENC|cipher|simple|irreversible-cipher|encrypted|hashed|plain|plaintext|clear|ascii-text|ascii|"
    r"hexadecimal|hex|text|md5|hmac-\S+|sha-?\d+|local|remote|is|was|key|value|set-key|pass-phrase|level[ \t]+\d+|"
    r"type[ \t]+\S+|\d{1,2}|(?:address|hostname)[ \t]+\S+(?:[ \t]+[\d.]+)?[ \t]+key))*"
)
TYPE: Final = re.compile(_HOW.removeprefix("(?:[ \\t]+").removesuffix(")*"), re.IGNORECASE)
"""A word that only says in which form the secret behind it is."""
_BEFORE: Final = rf"(?:[ \t]+(?:read|write|peer[ \t]+\S+|\S+[ \t]+(?:community-name|key)))?{_HOW}"
_FRESH: Final = (
    rf"(?!{_BEFORE}[ \t]+[\"']?<secret:)"  # not done already: a type is no secret because its secret is gone
)

# Where a word has its own grammar, and a rule for all would take a word of it for the secret. What may stand before a
# secret is taken for good (`?+`): once the secret is a token, no word before it becomes one.
_GRAMMAR: Final = (
    # Huawei VRP, command references of AR and USG
    rf"(\bsnmp-agent[ \t]+community(?:[ \t]+(?:read|write)\b|(?![ \t]+(?:read|write)\b)){_FRESH}{_HOW}[ \t]+){_S}",
    r"(\b(?:authentication|privacy)-mode[ \t]+(?:md5|sha\S*|hmac\S*|simple|3?des\S*|aes\S*)[ \t]+(?:\d+[ \t]+)?+"
    rf"(?:(?:cipher|simple|plain)[ \t]+)?+){_S}",
    rf"(\b(?:inbound|outbound)[ \t]+(?:esp|ah)[ \t]+(?:(?:cipher|simple)[ \t]+)?+){_S}",
    rf"(\bsecurityname[ \t]+(?:(?:cipher|simple)[ \t]+)?+){_S}",
    rf"(^[ \t]*pin[ \t]+(?:verify[ \t]+)?+(?:(?:cipher|simple)[ \t]+)?+){_S}",
    # Cisco IOS and ASA, command references
    r"(\b(?:nhrp|(?:standby|vrrp|glbp)[ \t]+\d+)[ \t]+authentication[ \t]+(?:text[ \t]+)?+(?!md5\b|text\b|key-)"
    rf"(?:[07][ \t]+)?+){_S}",
    rf"(\bcisco-authentication[ \t]+){_S}",
    rf"(\bspi[ \t]+\d+[ \t]+(?:md5|sha1)[ \t]+(?:[07][ \t]+)?+){_S}",
    rf"(\bspi[ \t]+\d+[ \t]+esp[ \t]+\S+(?:[ \t]+(?:128|192|256))?+[ \t]+(?:[07][ \t]+)?+){_S}",
    rf"(\bmsdp[ \t]+password[ \t]+peer[ \t]+\S+[ \t]+(?:\d[ \t]+)?+){_S}",
    rf"(\bkey[ \t]+\d[ \t]+size[ \t]+\d+bit[ \t]+(?:[07][ \t]+)?+){_S}",
    rf"(\bconfig-key[ \t]+\S+[ \t]+){_S}",
    rf"(\bcommunity-map[ \t]+){_S}",
    rf"(^[ \t]*aaa-server[ \t]+\S+[ \t]+(?:\(\S+\)[ \t]+)?host[ \t]+\S+[ \t]+)(?!timeout\b){_S}",
    rf"(\bauthentication[ \t]+key[ \t]+eigrp[ \t]+\d+[ \t]+(?:[08][ \t]+)?+){_S}",
    r"(\bactivation[ -]key:?[ \t]+)((?:0x\S+[ \t]*)+)",
    rf"(\bimport[ \t]+\S+[ \t]+pkcs12[ \t]+){_S}",
    # Junos, PAN-OS, Gaia, VyOS
    rf"(\bmd5[ \t]+\d+[ \t]+key[ \t]+){_S}",
    rf"(\b(?:authentication|encryption)[ \t]+(?:\S+[ \t]+)?key[ \t]+(?:(?:ascii-text|hexadecimal)[ \t]+)?+){_S}",
    rf"(\b(?:otp|private|id[ \t]+\S+|shared-secret[ \t]+\S+|licen[cs]e[ \t]+keys?)[ \t]+key[ \t]+){_S}",
    rf"(\b(?:trap-group|community-name|seed)[ \t]+){_S}",
    rf"(\bauthtype[ \t]+simple[ \t]+){_S}",
)  # fmt: skip

# No secret follows these: words of sudo's list (`NOPASSWD: /usr/bin/wg show`) and of nsswitch.conf (`passwd: sss`).
_SUDO_OR_NSS: Final = (
    r"(?!nopasswd:|passwd:[ \t]+(?:/|all\b|(?:no)?(?:setenv|exec|mail|follow|intercept|log_(?:in|out)put):"
    r"|(?:files|compat|sss|ldap|winbind|systemd|nis|db)\b))"
)

_COMMON: Final = (
    rf"((?<![\w<,=.-])(?<!snmp-agent )(?!no-?pass){NAME}{_FRESH}{_HOW}[ \t]+)"
    rf"(?![=:]|(?:add|set|print)\b[ \t].*=|(?:name|index|securityname):){_S}",
    rf"(^[ \t]*community[ \t]+(?:name|index|securityname):[ \t]*){_S}",
    # RouterOS: `preshared-key= client-address=…` is an empty key, and what follows is none;
    # ocserv: `plain[passwd=/etc/ocserv/ocpasswd,otp=…]` names files
    rf"""((?<![\w<.-]){_SUDO_OR_NSS}{NAME}["']?\s*(?:=>?|:=|:)\s*(?:ENC\s+|\d\s+(?=\S))?)"""
    rf"(?!(?:client|endpoint)-address=)(?!/(?:etc|var|usr|opt|run|tmp|home|root)/[\w./-]+[,\]]){_S}",
    rf"""((?<![\w<-])[\w.-]*?(?:pass|pin|static-key-\d|(?<![\w-])cak)["']?\s*=>?\s*){_S}""",
    rf"((?:message-digest|authentication)-key[ \t]+\d+[ \t]+(?:md5|sha\S*)(?:[ \t]+\d)?[ \t]+){_S}",
    rf"(^[ \t]*(?:(?:failover|pac|set)[ \t]+|server-)?key{_FRESH}{_HOW}(?:[ \t]*=[ \t]*|[ \t]+))"
    rf"(?!chain\b|config-key\b|=){_S}",
    rf"((?:isakmp|ike|server(?:-private)?|radius|tacacs\+?)[ \t](?:.{{0,120}}[ \t])?key{_FRESH}{_HOW}[ \t]+){_S}",
    rf"((?:^|\bmacsec[ \t].{{0,120}})[ \t]*\b(?:mka[ \t]+)?cak[ \t]+){_S}",  # VyOS: IEEE 802.1AE
    rf"(\bmacsec[ \t].{{0,120}}[ \t]key[ \t]+){_S}",
    rf"(\bauth[ \t]+(?:md5|sha[\w-]*)[ \t]+(?:0x)?){_S}",
    rf"(\bpriv(?!.{{0,20}}<secret:)[ \t]+(?:3?des|aes)(?:[ \t-]?\d+)?(?:-?c)?[ \t]+(?:0x)?){_S}",
    rf"(\bcreateUser[ \t]+(?:-e[ \t]+\S+[ \t]+)?\S+[ \t]+(?:MD5|SHA\S*)[ \t]+){_S}",
    rf"(\bcreateUser[ \t]+.{{0,200}}[ \t](?:DES|AES\S*)[ \t]+){_S}",
    rf"(\br[ow](?:community|comunity)6?[ \t]+){_S}",
    rf"(\bcom2sec6?[ \t]+(?:-Cn[ \t]+\S+[ \t]+)?\S+[ \t]+\S+[ \t]+){_S}",
    r"(\bsnmp-server[ \t]+host[ \t]+\S+(?:[ \t]+vrf[ \t]+\S+)?(?:[ \t]+(?:traps?|informs?))?"
    rf"[ \t]+version[ \t]+(?:1|2c)[ \t]+)(?!community\b){_S}",
    rf"(\bsnmp-server[ \t]+host[ \t]+(?:\d+\.){{3}}\d+[ \t]+(?:(?:traps?|informs?)[ \t]+)?)"
    rf"(?!version\b|traps?\b|informs?\b|community\b|poll\b|vrf\b|udp-port\b|(?:\d+\.){{3}}){_S}",
    rf"(:[ \t]*(?:PSK|EAP|XAUTH|NTLM|(?:PKCS12|PKCS8|RSA|ECDSA)[ \t]+\S+)[ \t]+){_S}",
    r"(\bregister[ \t]*=>[ \t]*(?:\w+://)?[^:\s]+:)(?!//|<secret:)([^:@\s]+)",
    r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@]{0,100}:)([^\s@/]+)(?=@)",
    r"(\bbearer[ \t]+)([\w.~+/=-]{8,})",
    r"(\bauthorization\s*[:=]\s*(?:basic|digest|token)[ \t]+)(\S+)",
    # an Asterisk's files: voicemail boxes, agents, conferences, a dial plan
    r"(^\d+[ \t]*=>[ \t]*-?)([^,\s<]+)(?=,)",
    r"(^(?:agent|conf)[ \t]*=>[ \t]*[^,\s]+,)(?!<secret:)([^,\s]+)",
    r"(^conf[ \t]*=>[ \t]*[^,\s]+,[^,\s]+,)(?!<secret:)([^,\s]+)",
    r"(\b(?:Authenticate|DISA)\()(?!<secret:)([^,)\s/]+)",
    r"(\b(?:SIP|IAX2?|PJSIP)/[^:\s/@,]{1,60}:)(?!<secret:)([^@\s]+)(?=@)",
    # elements and attributes of XML: a config.xml, a FreeSWITCH directory
    rf"(<(?!\w*pub(?:lic)?[-_]?key)(?:[\w:.-]*?(?:{_WORD}|prv|hash|(?<!by)pass|pw|key|keydata|tls|pin|seed|_api|pskvalue|trapstring)"
    r"(?:hash|-string|-name)?)(?:\s[^>]{0,200})?>)(?!<secret:)(<!\[CDATA\[[^\]]*\]\]>|[^<]+)(?=</)",
    rf"(\bname=\"[\w.-]*?(?:{_WORD}|hash|pin)\"[ \t]+value=){_S}",
    rf"(\bvalue=)(\"[^\"\n]*\")(?=[ \t]+name=\"[\w.-]*?{_WORD}\")",
    # `wg show dump`: an interface's private key, a peer's pre-shared key
    r"(^(?:\S+\t)?)([A-Za-z0-9+/]{43}=)(?=\t[A-Za-z0-9+/]{43}=\t\d+\t)",
    r"(^(?:\S+\t)?[A-Za-z0-9+/]{43}=\t)([A-Za-z0-9+/]{43}=)(?=\t(?:\S+:\d+|\(none\))\t)",
    # secrets of pppd, /etc/shadow
    r"(^[ \t]*(?:\"[^\"\n]+\"|[\w.@-]+)[ \t]+(?:\*|\"\*\")[ \t]+)(\"[^\"\n]+\")",
    r"(^[\w.@-]+:)(!?\$[^:\s]+)(?=:\d*:)",
)  # fmt: skip

# What is a secret wherever it stands: hashes of crypt(3), Junos $9$, Huawei's and PAN-OS's ciphers, signed web tokens.
_SHAPES: Final = (
    r"((?:^|[\s\"'=:>]))(\$(?:\d\w?|2[abxy]|y|gy|apr1|sha\d+|pbkdf2[\w-]*)\$[^\s\"';,<]{8,})",
    r"((?:^|[\s\"'=:>]))(%\^%#[^\s\"]+?%\^%#|%@%@[^\s\"]+?%@%@|%\$%\$[^\s\"]+?%\$%\$)",
    r"((?:^|[\s\"'=:>]))(-AQ==[\w+/=]{8,})",
    r"((?:^|[\s\"'=:>]))(eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)",
)

RULES: Final = tuple(re.compile(pattern, re.IGNORECASE) for pattern in (*_GRAMMAR, *_COMMON, *_SHAPES))
"""Each: what is kept (group 1), the secret (group 2). Written for one line at a time."""

LIKELY: Final = re.compile(
    r"pass|secret|psk|key|communi|pwd|pw\b|token|pin|auth|priv|createuser|com2sec|snmp-server|://|bearer|register|=>|prv"
    r"|hash|cred|seed|cak|spi |securityname|trap|_api|tls>|nhrp|activation|aaa-server|-mode|bound|pkcs|disa|value=|\*"
    r"|\$\w{1,8}\$|%[\^@$]%|-AQ==|eyJ|/\w+:"
    r"|: *(?:psk|eap|xauth|ntlm|rsa|ecdsa)|[A-Za-z0-9+/]{43}=",
    re.IGNORECASE,
)
"""What a line has that any rule could match; most lines of a configuration have nothing of it."""

# Where a community is called "name": the lines of one block, up to its end.
BLOCKS: Final = (
    (
        re.compile(r"^[ \t]*config system snmp community\b.*?(?=^end\b|\Z)", re.M | re.S),
        re.compile(rf"(^[ \t]*set name[ \t]+){_S}", re.M),
    ),
    (  # names and numbers of people in the voice part of an IOS configuration, which no page reads
        re.compile(
            r"^(?:ephone|ephone-dn|ephone-hunt|voice (?:register|hunt-group|translation-rule)|dial-peer voice|sip-ua"
            r"|telephony-service|call-manager-fallback)\b[^\n]*\n(?:[ \t]+[^\n]*(?:\n|\Z))+",
            re.M,
        ),
        re.compile(
            r"(^[ \t]+(?:(?:name|description|label|number|destination-pattern|answer-address|prefix|forward-digits"
            r"|pilot|voicemail|username|final|list|mac-address|id mac|rule \d+"
            r"|(?:speed-dial|fastdial|dialplan-pattern) \d+|call-forward \S+|incoming called-number"
            r"|(?:credentials|authentication) (?:username|number)"
            r"|system message)[ \t]+|(?:pin|password)(?: \d)?[ \t]+))(\S[^\n]*?)(?=[ \t]+(?:password|pin)\b|[ \t]*$)",
            re.M,
        ),
    ),
    (re.compile(r"^/snmp community\b.*?(?=^/|\Z)", re.M | re.S), re.compile(rf"(\bname=){_S}")),
    (
        re.compile(r"<SNMPCommunity\b.*?(?:</SNMPCommunity>|\Z)", re.S),
        re.compile(r"(<Name>)(?!<secret:)([^<\n]+)"),
    ),
)
"""The lines of a block, and the rule that only counts there."""

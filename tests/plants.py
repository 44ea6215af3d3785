"""Where each platform writes a secret: a line, or a few, with `{}` in the place of it. From the vendors' references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PLANTS: Final[Mapping[str, str]] = {
    "cisco_ios": """\
enable secret 9 {}
enable secret {}
enable password 7 {}
enable algorithm-type scrypt secret {}
username audit privilege 15 secret 8 {}
username audit password 0 {}
 password 7 {}
snmp-server community {} RO 10
snmp-server community {} view ALL RO ipv6 SIX 10
snmp-server host 192.0.2.1 vrf MGMT version 2c {}
snmp-server host 192.0.2.1 informs version 1 {} snmp
snmp-server user audit GROUP v3 auth sha {} priv aes 128 other-Secret-1
snmp-server user audit GROUP v3 auth sha other-Secret-1 priv aes 256 {}
snmp mib community-map {} engineid 80000009
crypto isakmp key {} address 203.0.113.9
crypto isakmp key 6 {} hostname peer.example.com
crypto isakmp key {} address ipv6 2001:db8::1/128
 pre-shared-key address 203.0.113.9 key {}
 pre-shared-key local 6 {}
 pre-shared-key remote {}
 pre-shared-key hex {}
crypto isakmp client configuration group STAFF
 key {}
 username staff password 6 {}
tacacs-server key 7 {}
radius-server host 192.0.2.2 auth-port 1812 acct-port 1813 key 7 {}
 server-private 192.0.2.2 timeout 5 key 7 {}
 address ipv4 192.0.2.2 auth-port 1812 acct-port 1813
 pac key 7 {}
  key-string 7 {}
 ip nhrp authentication {}
 standby 1 authentication {}
 standby 1 authentication md5 key-string 7 {}
 standby 1 authentication text {}
 vrrp 1 authentication text {}
 glbp 1 authentication md5 key-string {}
 ip ospf authentication-key 7 {}
 ip ospf message-digest-key 1 md5 7 {}
 area 0 virtual-link 192.0.2.3 message-digest-key 1 md5 {}
 area 0 authentication ipsec spi 256 md5 0 {}
 ospfv3 authentication ipsec spi 256 sha1 0 {}
 ospfv3 encryption ipsec spi 257 esp aes-cbc 256 {} sha1 other-Secret-1
 isis password {} level-1
 area-password {}
 domain-password {}
 neighbor 192.0.2.4 password 7 {}
 mpls ldp neighbor 192.0.2.4 password 7 {}
ip msdp password peer 192.0.2.4 7 {}
ntp authentication-key 1 md5 {} 7
ppp chap password 7 {}
 ppp pap sent-username audit@isp password 0 {}
 l2tp tunnel password 7 {}
ip ftp password 7 {}
ip http client password 7 {}
 wpa-psk ascii 0 {}
 security wpa psk set-key ascii 0 {}
encryption vlan 1 key 1 size 128bit 7 {} transmit-key
 authentication username 0472000000 password 7 {} realm sip.example.com
 credentials number 0472000000 username 0472000000 password 7 {} realm sip.example.com
 username 201 password {}
 web admin system name admin secret 5 {}
 pin {}
 license smart register idtoken {}
license smart trust idtoken {} all
 path ftp://backup:{}@192.0.2.5/$h
  pre-shared-key {}
crypto key pubkey-chain rsa
key config-key password-encrypt {}
""",
    "cisco_asa": """\
enable password {} encrypted
enable password {} pbkdf2
passwd {} encrypted
username audit password {} pbkdf2 privilege 15
username audit password {} nt-encrypted
 ikev1 pre-shared-key {}
 ikev2 remote-authentication pre-shared-key {}
 ikev2 local-authentication pre-shared-key 0 {}
snmp-server community {}
snmp-server community 8 {}
snmp-server host inside 192.0.2.1 community {} version 2c
snmp-server host inside 192.0.2.1 poll community 0 {} version 2c
snmp-server user audit GROUP v3 encrypted auth sha {} priv aes 256 other-Secret-1
snmp-server user audit GROUP v3 engineID 80000009 encrypted auth sha other-Secret-1 priv aes 256 {}
 key {}
 ldap-login-password {}
aaa-server RADIUS (inside) host 192.0.2.2 {} timeout 5
 radius-common-pw {}
failover key {}
failover key hex {}
failover ipsec pre-shared-key {}
ntp authentication-key 1 md5 {}
ntp authentication-key 1 sha256 8 {}
 ospf authentication-key {}
 ospf message-digest-key 1 md5 {}
 authentication key eigrp 100 {} key-id 1
 neighbor 192.0.2.4 password {}
vpdn username isp password {}
vpdn username isp password {} store-local
wccp web-cache redirect-list X password {}
key config-key password-encryption {}
 passphrase {}
license smart register idtoken {}
 key-string {}
 auto-signon allow ip 192.0.2.0 255.255.255.0 auth-type all username x password {}
activation-key 0x{}
Running Permanent Activation Key: 0x{}
crypto ca import T pkcs12 {}
 vpnclient username u password {}
vpnclient vpngroup G password {}
http-proxy-password {}
""",
    "fortinet": """\
        set passwd ENC {}
        set password ENC {}
        set old-password ENC {}
        set psksecret ENC {}
        set psksecret "{}"
        set psksecret-remote ENC {}
        set ppk-secret ENC {}
        set authpasswd ENC {}
        set secret ENC {}
        set secondary-secret ENC {}
        set tertiary-secret ENC {}
        set key ENC {}
        set secondary-key ENC {}
        set rsso-secret ENC {}
        set auth-pwd ENC {}
        set priv-pwd ENC {}
        set auth-key ENC {}
        set enc-key {}
        set authkey ENC {}
        set enckey {}
        set authkey 1-{}
        set authentication-key ENC {}
        set md5-key 1 ENC {}
        set key-string ENC {}
        set passphrase ENC {}
        set sae-password ENC {}
        set wep-key ENC {}
        set login-passwd ENC {}
        set auth-password-l1 ENC {}
        set api-key ENC {}
        set client-secret ENC {}
        set secret-key ENC {}
        set sdn-password {}
        set group-password ENC {}
        set proxy-password ENC {}
        set ddns-password ENC {}
        set ddns-key ENC {}
        set ppp-password ENC {}
        set private-key-password ENC {}
        set seed "{}"
        set activation-code "{}"
        set reg-id "x"
        set http-password "{}"
        set token {}
        set scep-password ENC {}
        set password2 ENC {}
config system snmp community
    edit 1
        set name "{}"
    next
end
""",
    "paloalto_panos": """\
set mgt-config users admin phash {}
set deviceconfig system snmp-setting access-setting version v2c snmp-community-string {}
set deviceconfig system snmp-setting access-setting version v3 users audit authpwd {}
set deviceconfig system snmp-setting access-setting version v3 users audit privpwd {}
set shared log-settings snmptrap T version v2c server S community {}
set network ike gateway GW authentication pre-shared-key key {}
set shared server-profile radius R server A secret {}
set shared server-profile tacplus T server A secret {}
set shared server-profile ldap L bind-password {}
set shared local-user-database user u phash {}
set network virtual-router default protocol ospf auth-profile P md5 1 key {}
set network virtual-router default protocol ospf auth-profile P password {}
set network virtual-router default protocol bgp auth-profile P secret {}
set shared certificate C private-key {}
set deviceconfig system secure-proxy-password {}
set deviceconfig system panorama auth-key {}
set global-protect global-protect-portal P client-config agent-user-override-key {}
set global-protect global-protect-portal P client-config configs C agent-ui passcode {}
set global-protect global-protect-portal P client-config configs C uninstall-password {}
set user-id-collector server-monitor S password {}
set vsys vsys1 user-id-agent A secret {}
set deviceconfig system vm-auth-key {}
set deviceconfig high-availability interface ha1 encryption-key {}
set network interface ethernet ethernet1/1 layer3 pppoe password {}
set network tunnel ipsec T manual-key esp authentication sha1 key {}
set network tunnel ipsec T manual-key esp encryption key {}
set network interface ethernet ethernet1/1 layer3 ddns-config ddns-vendor-config password value {}
set shared authentication-profile A single-sign-on kerberos-keytab {}
<phash>{}</phash>
<key>{}</key>
<secret>{}</secret>
<bind-password>{}</bind-password>
<private-key>{}</private-key>
<snmp-community-string>{}</snmp-community-string>
          phash {};
            key {};
""",
    "juniper_junos": """\
set system root-authentication encrypted-password "{}"
set system root-authentication plain-text-password-value "{}"
set system login user audit authentication encrypted-password "{}"
set system radius-server 192.0.2.2 secret "{}"
set system tacplus-server 192.0.2.2 secret "{}"
set system ntp authentication-key 1 type md5 value "{}"
set snmp community {} authorization read-only
set snmp community "{}" clients 192.0.2.0/24
set snmp trap-group {} version v2
set snmp v3 usm local-engine user u authentication-sha authentication-password "{}"
set snmp v3 usm local-engine user u authentication-sha authentication-key "{}"
set snmp v3 usm local-engine user u privacy-aes128 privacy-password "{}"
set snmp v3 usm local-engine user u privacy-aes128 privacy-key "{}"
set snmp v3 snmp-community index1 community-name "{}"
set security ike policy P pre-shared-key ascii-text "{}"
set security ike policy P pre-shared-key hexadecimal {}
set security ipsec vpn V manual authentication key ascii-text "{}"
set security ipsec vpn V manual encryption key hexadecimal "{}"
set access profile A client u firewall-user password "{}"
set access profile A client u chap-secret "{}"
set access profile A client u pap-password "{}"
set access radius-server 192.0.2.2 secret "{}"
set access ldap-options search admin-search password "{}"
set protocols ospf area 0 interface ge-0/0/0 authentication md5 1 key "{}"
set protocols ospf area 0 interface ge-0/0/0 authentication simple-password "{}"
set protocols bgp group G authentication-key "{}"
set protocols bgp group G neighbor 192.0.2.4 authentication-key "{}"
set protocols isis level 1 authentication-key "{}"
set protocols isis interface ge-0/0/0 level 1 hello-authentication-key "{}"
set protocols ldp session 192.0.2.4 authentication-key "{}"
set protocols rip authentication-key {}
set interfaces pp0 unit 0 ppp-options pap local-password "{}"
set interfaces pp0 unit 0 ppp-options pap default-password "{}"
set interfaces pp0 unit 0 ppp-options chap default-chap-secret "{}"
set security authentication-key-chains key-chain K key 1 secret "{}"
set interfaces ge-0/0/0 unit 0 family inet address 192.0.2.1/24 vrrp-group 1 authentication-key "{}"
set system archival configuration archive-sites "ftp://backup@192.0.2.5/" password "{}"
set system services webapi user audit password "{}"
set system services dynamic-dns client X server dyndns agent Y username u password "{}"
set system license keys key "{}"
            encrypted-password "{}"; ## SECRET-DATA
            pre-shared-key ascii-text "{}"; ## SECRET-DATA
    community {} {{
                    md5 1 key "{}"; ## SECRET-DATA
        secret "{}"; ## SECRET-DATA
""",
    "checkpoint_gaia": """\
set user admin password-hash {}
set expert-password-hash {}
set grub2-password-hash {}
set snmp community {} read-only
add snmp community {} read-only
set snmp traps receiver 192.0.2.1 version v2 community {}
add snmp usm user audit security-level authPriv auth-pass-phrase {} privacy-pass-phrase other-Secret-1
add snmp usm user audit security-level authPriv auth-pass-phrase-hashed {} privacy-pass-phrase-hashed other-Secret-1
set snmp usm user audit security-level authPriv auth-pass-phrase other-Secret-1 privacy-pass-phrase {}
add aaa radius-servers priority 1 host 192.0.2.2 port 1812 secret {} timeout 3
set aaa radius-servers priority 1 secret {}
add aaa tacacs-servers priority 1 server 192.0.2.2 key {} timeout 5
set bgp external remote-as 65001 peer 192.0.2.4 authtype md5 secret {}
set ospf interface eth1 authtype simple {}
set ospf interface eth1 authtype md5 key 1 secret {}
set rip interface eth1 authtype simple {}
set ntp server primary 192.0.2.3 key {}
set proxy user u password {}
set pppoe client id 1 password {}
set dynamic-dns password {}
set backup-scheduled target ftp 192.0.2.5 password {}
192.0.2.1  31Dec2026 CPSG-C-8-U CK-{}
""",
    "mikrotik_routeros": """\
/ppp secret add name=u password={} service=l2tp
add name=u password="{}"
/user add name=audit password={} group=read
/interface l2tp-server server set ipsec-secret="{}"
/interface eoip add ipsec-secret={}
/ip ipsec identity add peer=p secret={}
/ip ipsec identity add peer=p auth-method=eap username=u password={}
/ip ipsec peer add secret={}
/interface wireguard add name=wg0 private-key="{}"
/interface wireguard peers add interface=wg0 preshared-key="{}" public-key="x"
/interface wireless security-profiles set wpa-pre-shared-key={} mode=dynamic-keys
/interface wireless security-profiles set wpa2-pre-shared-key="{}"
/interface wireless security-profiles set static-key-0={}
/interface wireless security-profiles set static-sta-private-key={}
/interface wireless security-profiles set management-protection-key={}
/interface wireless security-profiles set mschapv2-password={}
/interface wifi security add passphrase={}
/interface wifi add security.passphrase="{}"
/interface wifiwave2 security add name=s passphrase={}
/caps-man security add passphrase={}
/snmp community set [ find default=yes ] name={}
/snmp community add name=x authentication-password={} encryption-password=other-Secret-1
/snmp community add name=x authentication-password=other-Secret-1 encryption-password={}
/snmp set trap-community={} trap-version=2
/radius add address=192.0.2.2 secret={} service=ppp
/tool e-mail set password={} user=u
/routing ospf interface add authentication=md5 authentication-key={}
/routing ospf interface-template add auth=md5 auth-key={}
/routing bgp peer add tcp-md5-key={}
/routing bgp connection add .tcp-md5-key={}
/interface vrrp add authentication=simple password={}
/interface pppoe-client add password={} user=u
/interface lte set lte1 pin={}
/interface lte apn add password={} user=u
/ip hotspot user add name=u password={}
/tool fetch url="ftp://u:{}@192.0.2.5/x"
/certificate import passphrase={}
/system ntp key add key="{}"
/ip cloud set ddns-token={}
/interface ovpn-client add password={} user=u
/user-manager router add shared-secret={}
/interface macsec add cak={} ckn=x
""",
    "huawei": """\
 local-user audit password irreversible-cipher {}
 local-user audit password cipher {}
 local-user audit password simple {}
 set authentication password cipher {}
super password level 3 cipher {}
snmp-agent community read {}
snmp-agent community write cipher {}
snmp-agent community read cipher {} acl 2000
snmp-agent usm-user v3 audit GROUP authentication-mode sha {} privacy-mode aes128 other-Secret-1
snmp-agent usm-user v3 audit authentication-mode sha cipher {}
snmp-agent usm-user v3 audit privacy-mode aes256 cipher {}
snmp-agent target-host trap address udp-domain 192.0.2.1 params securityname {} v2c
snmp-agent target-host trap address udp-domain 192.0.2.1 params securityname cipher {} v2c
 pre-shared-key cipher {}
 pre-shared-key simple {}
 pre-shared-key {}
radius-server shared-key cipher {}
hwtacacs-server shared-key cipher {}
 ppp chap password cipher {}
 ppp pap local-user u password cipher {}
 ospf authentication-mode md5 1 cipher {}
 authentication-mode hmac-sha256 1 cipher {}
 authentication-mode simple cipher {}
 isis authentication-mode md5 cipher {}
 peer 192.0.2.4 password cipher {}
ntp-service authentication-keyid 1 authentication-mode md5 cipher {}
ntp-service authentication-keyid 1 authentication-mode md5 {}
 vrrp vrid 1 authentication-mode md5 {}
 wpa2 psk pass-phrase {} aes
 security wpa2 psk pass-phrase %^%#{}%^%# aes
 tunnel password cipher {}
 l2tp tunnel password cipher {}
 ftp-server user u password cipher {}
 sa authentication-hex inbound esp cipher {}
 sa string-key inbound esp cipher {}
 sa encryption-hex outbound esp cipher {}
 pin verify {}
 authentication-key cipher {}
 key-string cipher {}
 ike user-psk cipher {}
 certificate-password cipher {}
""",
    "vyos": """\
set system login user vyos authentication encrypted-password '{}'
set system login user vyos authentication plaintext-password '{}'
set system login radius server 192.0.2.2 key '{}'
set system login tacacs server 192.0.2.2 key '{}'
set service snmp community {} authorization 'ro'
set service snmp v3 user u auth encrypted-password '{}'
set service snmp v3 user u auth plaintext-key '{}'
set service snmp v3 user u privacy encrypted-key '{}'
set vpn ipsec authentication psk P secret '{}'
set vpn ipsec site-to-site peer 203.0.113.9 authentication pre-shared-secret '{}'
set vpn ipsec remote-access connection C authentication pre-shared-secret '{}'
set vpn ipsec remote-access connection C authentication local-users username u password '{}'
set vpn l2tp remote-access authentication local-users username u password '{}'
set vpn l2tp remote-access ipsec-settings authentication pre-shared-secret '{}'
set vpn l2tp remote-access authentication radius server 192.0.2.2 key '{}'
set vpn openconnect authentication local-users username u password '{}'
set vpn openconnect authentication local-users username u otp key '{}'
set interfaces wireguard wg0 private-key '{}'
set interfaces wireguard wg0 peer p preshared-key '{}'
set interfaces pppoe pppoe0 authentication password '{}'
set interfaces openvpn vtun0 shared-secret-key '{}'
set interfaces openvpn vtun0 authentication password '{}'
set interfaces wireless wlan0 security wpa passphrase '{}'
set protocols ospf interface eth0 authentication md5 key-id 1 md5-key '{}'
set interfaces macsec macsec1 security mka cak '{}'
set interfaces macsec macsec1 security static key '{}'
set protocols ospf interface eth0 authentication plaintext-password '{}'
set protocols bgp neighbor 192.0.2.4 password '{}'
set protocols rip interface eth0 authentication md5 1 password '{}'
set protocols nhrp tunnel tun0 cisco-authentication '{}'
set high-availability vrrp group G authentication password '{}'
set pki certificate C private key '{}'
set pki ca C private key '{}'
set pki key-pair K private key '{}'
set pki openvpn shared-secret S key '{}'
set service dns dynamic name d password '{}'
set service https api keys id I key '{}'
            encrypted-password {}
            plaintext-password "{}"
                pre-shared-secret "{}"
        community {} {{
                key {}
""",
    "pfsense": """\
<rocommunity>{}</rocommunity>
<trapstring>{}</trapstring>
<bcrypt-hash>{}</bcrypt-hash>
<sha512-hash>{}</sha512-hash>
<md5-hash>{}</md5-hash>
<password>{}</password>
<prv>{}</prv>
<pre-shared-key>{}</pre-shared-key>
<shared_key>{}</shared_key>
<tls>{}</tls>
<radius_secret>{}</radius_secret>
<ldap_bindpw>{}</ldap_bindpw>
<secret>{}</secret>
<ipsecpsk>{}</ipsecpsk>
<privatekey>{}</privatekey>
<presharedkey>{}</presharedkey>
<passphrase>{}</passphrase>
<proxypass>{}</proxypass>
<authpw>{}</authpw>
<auth_pass>{}</auth_pass>
<keydata>{}</keydata>
<accountkey>{}</accountkey>
<redirpasswd>{}</redirpasswd>
<zonepass>{}</zonepass>
<apikey>{}</apikey>
<pushover_apikey>{}</pushover_apikey>
<telegram_api>{}</telegram_api>
<token>{}</token>
<encryption_password>{}</encryption_password>
<sshdkey>{}</sshdkey>
<pin>{}</pin>
<simpin>{}</simpin>
""",
    "opnsense": """\
<rocommunity>{}</rocommunity>
<password>{}</password>
<prv>{}</prv>
<otp_seed>{}</otp_seed>
<privkey>{}</privkey>
<psk>{}</psk>
<Key>{}</Key>
<key>{}</key>
<secret>{}</secret>
<apikeys><item><key>x</key><secret>{}</secret></item></apikeys>
<radius_secret>{}</radius_secret>
<ldap_bindpw>{}</ldap_bindpw>
<tls>{}</tls>
<shared_key>{}</shared_key>
<privateKey>{}</privateKey>
<httpdPassword>{}</httpdPassword>
<authPassword>{}</authPassword>
<encPassword>{}</encPassword>
<community>{}</community>
<gdrive_GDriveP12key>{}</gdrive_GDriveP12key>
<authkey>{}</authkey>
<password><![CDATA[{}]]></password>
""",
    "linux": """\
: PSK "{}"
192.0.2.1 203.0.113.9 : PSK {}
audit : EAP "{}"
audit : XAUTH "{}"
: RSA key.pem "{}"
: PKCS12 file.p12 "{}"
        secret = {}
        secret = "{}"
        secret = 0s{}
PrivateKey = {}
PresharedKey = {}
rocommunity {} 10.0.0.0/8
rocommunity6 {}
com2sec readonly default {}
createUser audit SHA "{}" AES "other-Secret-1"
createUser audit SHA other-Secret-1 AES {}
auth = "radius[config=/etc/radius.conf,secret={}]"
audit:$6$salt${}:19000:0:99999:7:::
root:$y$j9T$salt${}:19000:0:99999:7:::
auth_pass {}
bindpw {}
rootpw {}
admin_password = {}
wpa_passphrase={}
password="{}"
password {}
"password": "{}"
"audit" * "{}" *
db_password: {}
secret_key = "{}"
<secret>{}</secret>
--password {} --user x
PASSWORD='{}'
export API_TOKEN={}
""",
    "asterisk": """\
secret={}
secret = {}
md5secret={}
remotesecret={}
password={}
password = {}
md5_cred={}
auth_password={}
outbound_auth_password={}
register => 0472000000:{}@sip.example.com/0472000000
register => tls://user:{}@sip.example.com
register => user:{}:authuser@sip.example.com:5060/in
101 => {},Marie Durand,marie@example.com
agent => 1001,{},Marie Durand
conf => 900,{},4321
conf => 900,4321,{}
pin={}
admin_pin={}
user_pin={}
dbsecret={}
AMPDBPASS={}
AMPMGRPASS={}
turnpassword={}
ari_password={}
refresh_token={}
exten => 8,1,Authenticate({})
tlsprivatekey=/etc/asterisk/key.pem
dial=SIP/u:{}@sip.example.com
oauth_secret={}
serverpassword={}
""",
    "freeswitch": """\
<param name="password" value="{}"/>
<param name="vm-password" value="{}"/>
<X-PRE-PROCESS cmd="set" data="default_password={}"/>
<param name="auth-secret" value="{}"/>
<variable name="sip_auth_password" value="{}"/>
<param name="a1-hash" value="{}"/>
<param value="{}" name="password"/>
""",
    "sonicwall": """\
    shared-secret 4,{}
    password 4,{}
    secret "{}"
    pre-shared-secret {}
  snmp community-name {}
    get-community-name {}
    trap-community-name {}
    ldap bind-password 4,{}
    radius shared-secret {}
    wpa passphrase {}
""",
    "stormshield": """\
Password={}
PSK={}
psk="{}"
secret={}
Community={}
community={}
AuthPass={}
PrivPass={}
BindPassword={}
SharedSecret={}
RADIUSSecret={}
<pskvalue>{}</pskvalue>
""",
    "watchguard_fireware": """\
 pre-shared-key {}
 snmp-server community {}
 user audit password {}
 shared-secret {}
 radius secret {}
<psk>{}</psk>
<shared-secret>{}</shared-secret>
<community>{}</community>
<passphrase>{}</passphrase>
""",
    "sophos_sfos": """\
<Password>{}</Password>
<PresharedKey>{}</PresharedKey>
<SharedSecret>{}</SharedSecret>
<Community>{}</Community>
<AuthenticationPassword>{}</AuthenticationPassword>
<EncryptionPassword>{}</EncryptionPassword>
<PasswordHash passwordform="encrypt">{}</PasswordHash>
<Passphrase>{}</Passphrase>
set vpn l2tp psk {}
""",
}
"""By platform; lines without `{}` are there to be kept."""

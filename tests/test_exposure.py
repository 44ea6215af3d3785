"""One policy written for each platform: what the internet reaches, with objects, groups, ranges and order resolved.

Every configuration publishes the same: remote desktops by a group in a group, file shares inside a range of ports, SSH
for a partner alone, a database to all but one network; and what must not be told: a rule that is switched off, one
whose time is over, a port that an earlier rule refuses, and a host that nothing publishes.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from auditor import facts
from auditor.collectors.vendors import by_platform, iptables, netfilter, nft_text, reached
from auditor.facts import Route
from auditor.filters import shadowed

ASA: Final = """\
ASA Version 9.16(4)
hostname fw
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 203.0.113.2 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.20.0.1 255.255.255.0
interface GigabitEthernet0/2
 nameif dmz
 security-level 50
 ip address 10.30.0.1 255.255.255.0
object network TSE
 host 10.20.0.25
object network NAS
 host 10.20.0.26
object network DB
 host 10.30.0.27
object network HIDDEN
 host 10.20.0.99
object-group network TERMINALS
 network-object object TSE
object-group network PUBLISHED
 group-object TERMINALS
object-group service RDP tcp
 port-object eq 3389
object-group service REMOTE tcp
 group-object RDP
time-range OVER
 absolute start 00:00 01 January 2020 end 23:59 31 December 2020
access-list OUT extended deny udp any any eq sip
access-list OUT extended permit tcp any object-group PUBLISHED object-group REMOTE
access-list OUT extended permit tcp any object NAS range 440 450
access-list OUT extended permit tcp host 198.51.100.7 object NAS eq ssh
access-list OUT extended permit tcp any object TSE eq telnet inactive
access-list OUT extended permit tcp any object TSE eq ftp time-range OVER
access-list OUT extended permit udp any object TSE eq sip
access-list OUT extended permit tcp any object HIDDEN eq www
access-list OUT extended deny tcp host 198.51.100.9 object DB eq 3306
access-list OUT extended permit tcp any object DB eq 3306
access-list OUT extended permit tcp any6 host 2001:db8:20::5 eq https
access-list OUT extended deny ip any any
access-group OUT in interface outside
object network TSE
 nat (inside,outside) static 203.0.113.25
object network NAS
 nat (inside,outside) static 203.0.113.26
object network DB
 nat (dmz,outside) static interface service tcp 3306 3306
route outside 0.0.0.0 0.0.0.0 203.0.113.1 1
: end
"""

FORTIOS: Final = """\
config system interface
edit "wan1"
set vdom "root"
set ip 203.0.113.2 255.255.255.0
set role wan
next
edit "lan"
set vdom "root"
set ip 10.20.0.1 255.255.255.0
set role lan
next
edit "dmz"
set vdom "root"
set ip 10.30.0.1 255.255.255.0
set role dmz
next
end
config firewall address
edit "bad"
set subnet 198.51.100.9 255.255.255.255
next
edit "partner"
set subnet 198.51.100.7 255.255.255.255
next
edit "hidden"
set subnet 10.20.0.99 255.255.255.255
next
end
config firewall service custom
edit "RDP-own"
set tcp-portrange 3389
next
edit "files"
set tcp-portrange 440-450
next
edit "MYSQL-own"
set tcp-portrange 3306
next
edit "SIP-own"
set udp-portrange 5060
next
edit "SSH"
set tcp-portrange 22
next
edit "TELNET"
set tcp-portrange 23
next
edit "FTP"
set tcp-portrange 21
next
edit "HTTP"
set tcp-portrange 80
next
end
config firewall service group
edit "desktops"
set member "RDP-own"
next
edit "remote"
set member "desktops"
next
end
config firewall schedule onetime
edit "over"
set start 00:00 2020/01/01
set end 23:59 2020/12/31
next
end
config firewall vip
edit "tse"
set extip 203.0.113.25
set mappedip "10.20.0.25"
set extintf "any"
next
edit "nas"
set extip 203.0.113.26
set mappedip "10.20.0.26"
set extintf "wan1"
next
edit "db"
set extip 203.0.113.27
set mappedip "10.30.0.27"
set extintf "wan1"
set portforward enable
set extport 3306
set mappedport 3306
next
end
config firewall vipgrp
edit "published"
set interface "wan1"
set member "tse"
next
end
config firewall policy
edit 1
set srcintf "wan1"
set dstintf "lan"
set srcaddr "all"
set dstaddr "tse"
set service "SIP-own"
set schedule "always"
next
edit 2
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr "all"
set dstaddr "published"
set service "remote"
set schedule "always"
next
edit 3
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr "all"
set dstaddr "nas"
set service "files"
set schedule "always"
next
edit 4
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr "partner"
set dstaddr "nas"
set service "SSH"
set schedule "always"
next
edit 5
set status disable
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr "all"
set dstaddr "tse"
set service "TELNET"
set schedule "always"
next
edit 6
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr "all"
set dstaddr "tse"
set service "FTP"
set schedule "over"
next
edit 7
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr "all"
set dstaddr "tse"
set service "SIP-own"
set schedule "always"
next
edit 8
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr "all"
set dstaddr "hidden"
set service "HTTP"
set schedule "always"
next
edit 9
set srcintf "wan1"
set dstintf "lan"
set srcaddr "all"
set dstaddr "all"
set service "ALL"
set schedule "always"
next
edit 10
set srcintf "wan1"
set dstintf "dmz"
set action accept
set srcaddr "bad"
set srcaddr-negate enable
set dstaddr "db"
set service "MYSQL-own"
set schedule "always"
next
end
config router static
edit 1
set gateway 203.0.113.1
set device "wan1"
next
end
"""

PANOS: Final = """\
set network interface ethernet ethernet1/1 layer3 ip 203.0.113.2/24
set network interface ethernet ethernet1/2 layer3 ip 10.20.0.1/24
set network interface ethernet ethernet1/3 layer3 ip 10.30.0.1/24
set network virtual-router default routing-table ip static-route d destination 0.0.0.0/0
set network virtual-router default routing-table ip static-route d interface ethernet1/1
set zone untrust network layer3 ethernet1/1
set zone trust network layer3 ethernet1/2
set zone dmz network layer3 ethernet1/3
set address tse-public ip-netmask 203.0.113.25
set address nas-public ip-netmask 203.0.113.26
set address db-public ip-netmask 203.0.113.27
set address hidden ip-netmask 10.20.0.99
set address partner ip-netmask 198.51.100.7
set address bad ip-netmask 198.51.100.9
set address-group terminals static tse-public
set address-group published static terminals
set service rdp protocol tcp port 3389
set service files protocol tcp port 440-450
set service mysql protocol tcp port 3306
set service sip protocol udp port 5060
set service ssh protocol tcp port 22
set service telnet protocol tcp port 23
set service ftp protocol tcp port 21
set service-group desktops members rdp
set service-group remote members desktops
set schedule over schedule-type non-recurring 2020/01/01@00:00-2020/12/31@23:59
set rulebase nat rules tse from untrust
set rulebase nat rules tse to untrust
set rulebase nat rules tse destination tse-public
set rulebase nat rules tse destination-translation translated-address 10.20.0.25
set rulebase nat rules nas from untrust
set rulebase nat rules nas to untrust
set rulebase nat rules nas destination nas-public
set rulebase nat rules nas destination-translation translated-address 10.20.0.26
set rulebase nat rules db from untrust
set rulebase nat rules db to untrust
set rulebase nat rules db destination db-public
set rulebase nat rules db destination-translation translated-address 10.30.0.27
set rulebase security rules no-sip from untrust
set rulebase security rules no-sip to any
set rulebase security rules no-sip source any
set rulebase security rules no-sip destination any
set rulebase security rules no-sip application any
set rulebase security rules no-sip service sip
set rulebase security rules no-sip action deny
set rulebase security rules desktops from untrust
set rulebase security rules desktops to trust
set rulebase security rules desktops source any
set rulebase security rules desktops destination published
set rulebase security rules desktops application any
set rulebase security rules desktops service remote
set rulebase security rules desktops action allow
set rulebase security rules files from untrust
set rulebase security rules files to trust
set rulebase security rules files source any
set rulebase security rules files destination nas-public
set rulebase security rules files application any
set rulebase security rules files service files
set rulebase security rules files action allow
set rulebase security rules partner from untrust
set rulebase security rules partner to trust
set rulebase security rules partner source partner
set rulebase security rules partner destination nas-public
set rulebase security rules partner application any
set rulebase security rules partner service ssh
set rulebase security rules partner action allow
set rulebase security rules off from untrust
set rulebase security rules off to trust
set rulebase security rules off source any
set rulebase security rules off destination tse-public
set rulebase security rules off application any
set rulebase security rules off service telnet
set rulebase security rules off action allow
set rulebase security rules off disabled yes
set rulebase security rules over from untrust
set rulebase security rules over to trust
set rulebase security rules over source any
set rulebase security rules over destination tse-public
set rulebase security rules over application any
set rulebase security rules over service ftp
set rulebase security rules over action allow
set rulebase security rules over schedule over
set rulebase security rules sip from untrust
set rulebase security rules sip to trust
set rulebase security rules sip source any
set rulebase security rules sip destination tse-public
set rulebase security rules sip application any
set rulebase security rules sip service sip
set rulebase security rules sip action allow
set rulebase security rules hidden from untrust
set rulebase security rules hidden to trust
set rulebase security rules hidden source any
set rulebase security rules hidden destination hidden
set rulebase security rules hidden application any
set rulebase security rules hidden service service-http
set rulebase security rules hidden action allow
set rulebase security rules end from untrust
set rulebase security rules end to trust
set rulebase security rules end source any
set rulebase security rules end destination any
set rulebase security rules end application any
set rulebase security rules end service any
set rulebase security rules end action deny
set rulebase security rules db from untrust
set rulebase security rules db to dmz
set rulebase security rules db source bad
set rulebase security rules db negate-source yes
set rulebase security rules db destination db-public
set rulebase security rules db application any
set rulebase security rules db service mysql
set rulebase security rules db action allow
"""

JUNOS: Final = """\
set version 22.4R3
set interfaces ge-0/0/0 unit 0 family inet address 203.0.113.2/24
set interfaces ge-0/0/1 unit 0 family inet address 10.20.0.1/24
set interfaces ge-0/0/2 unit 0 family inet address 10.30.0.1/24
set routing-options static route 0.0.0.0/0 next-hop 203.0.113.1
set security zones security-zone untrust interfaces ge-0/0/0.0
set security zones security-zone trust interfaces ge-0/0/1.0
set security zones security-zone dmz interfaces ge-0/0/2.0
set security address-book global address tse 10.20.0.25/32
set security address-book global address nas 10.20.0.26/32
set security address-book global address db 10.30.0.27/32
set security address-book global address hidden 10.20.0.99/32
set security address-book global address partner 198.51.100.7/32
set security address-book global address bad 198.51.100.9/32
set security address-book global address-set terminals address tse
set security address-book global address-set published address-set terminals
set applications application rdp protocol tcp
set applications application rdp destination-port 3389
set applications application files protocol tcp
set applications application files destination-port 440-450
set applications application mysql protocol tcp
set applications application mysql destination-port 3306
set applications application-set desktops application rdp
set applications application-set remote application-set desktops
set schedulers scheduler over start-date 2020-01-01.00:00 stop-date 2020-12-31.23:59
set security nat static rule-set in from zone untrust
set security nat static rule-set in rule tse match destination-address 203.0.113.25/32
set security nat static rule-set in rule tse then static-nat prefix 10.20.0.25/32
set security nat static rule-set in rule nas match destination-address 203.0.113.26/32
set security nat static rule-set in rule nas then static-nat prefix 10.20.0.26/32
set security nat destination pool db address 10.30.0.27/32
set security nat destination rule-set db from zone untrust
set security nat destination rule-set db rule db match destination-address 203.0.113.27/32
set security nat destination rule-set db rule db then destination-nat pool db
set security policies from-zone untrust to-zone trust policy no-sip match source-address any
set security policies from-zone untrust to-zone trust policy no-sip match destination-address any
set security policies from-zone untrust to-zone trust policy no-sip match application junos-sip
set security policies from-zone untrust to-zone trust policy no-sip then deny
set security policies from-zone untrust to-zone trust policy desktops match source-address any
set security policies from-zone untrust to-zone trust policy desktops match destination-address published
set security policies from-zone untrust to-zone trust policy desktops match application remote
set security policies from-zone untrust to-zone trust policy desktops then permit
set security policies from-zone untrust to-zone trust policy files match source-address any
set security policies from-zone untrust to-zone trust policy files match destination-address nas
set security policies from-zone untrust to-zone trust policy files match application files
set security policies from-zone untrust to-zone trust policy files then permit
set security policies from-zone untrust to-zone trust policy partner match source-address partner
set security policies from-zone untrust to-zone trust policy partner match destination-address nas
set security policies from-zone untrust to-zone trust policy partner match application junos-ssh
set security policies from-zone untrust to-zone trust policy partner then permit
set security policies from-zone untrust to-zone trust policy off match source-address any
set security policies from-zone untrust to-zone trust policy off match destination-address tse
set security policies from-zone untrust to-zone trust policy off match application junos-telnet
set security policies from-zone untrust to-zone trust policy off then permit
deactivate security policies from-zone untrust to-zone trust policy off
set security policies from-zone untrust to-zone trust policy over match source-address any
set security policies from-zone untrust to-zone trust policy over match destination-address tse
set security policies from-zone untrust to-zone trust policy over match application junos-ftp
set security policies from-zone untrust to-zone trust policy over then permit
set security policies from-zone untrust to-zone trust policy over scheduler-name over
set security policies from-zone untrust to-zone trust policy sip match source-address any
set security policies from-zone untrust to-zone trust policy sip match destination-address tse
set security policies from-zone untrust to-zone trust policy sip match application junos-sip
set security policies from-zone untrust to-zone trust policy sip then permit
set security policies from-zone untrust to-zone trust policy hidden match source-address any
set security policies from-zone untrust to-zone trust policy hidden match destination-address hidden
set security policies from-zone untrust to-zone trust policy hidden match application junos-http
set security policies from-zone untrust to-zone trust policy hidden then permit
set security policies from-zone untrust to-zone trust policy end match source-address any
set security policies from-zone untrust to-zone trust policy end match destination-address any
set security policies from-zone untrust to-zone trust policy end match application any
set security policies from-zone untrust to-zone trust policy end then deny
set security policies from-zone untrust to-zone dmz policy db match source-address bad
set security policies from-zone untrust to-zone dmz policy db match source-address-excluded
set security policies from-zone untrust to-zone dmz policy db match destination-address db
set security policies from-zone untrust to-zone dmz policy db match application mysql
set security policies from-zone untrust to-zone dmz policy db then permit
"""

ROUTEROS: Final = """\
# 2026-11-20 10:00:00 by RouterOS 7.16
/interface list
add name=WAN
add name=LAN
/interface list member
add interface=ether1 list=WAN
add interface=bridge list=LAN
/ip address
add address=203.0.113.2/24 interface=ether1 network=203.0.113.0
add address=10.20.0.1/24 interface=bridge network=10.20.0.0
/ip firewall address-list
add address=198.51.100.7 list=partners
/ip firewall filter
add action=accept chain=forward connection-state=established,related
add action=drop chain=forward dst-port=5060 protocol=udp in-interface-list=WAN
add action=drop chain=forward dst-port=3306 limit=10,5:packet protocol=tcp in-interface-list=WAN
add action=accept chain=forward dst-address=10.20.0.25 dst-port=3389 protocol=tcp in-interface=ether1
add action=accept chain=forward dst-address=10.20.0.26 dst-port=440-450 protocol=tcp in-interface-list=WAN
add action=accept chain=forward dst-address=10.20.0.26 dst-port=22 protocol=tcp in-interface=ether1 \\
    src-address-list=partners
add action=accept chain=forward disabled=yes dst-address=10.20.0.25 dst-port=23 protocol=tcp in-interface=ether1
add action=accept chain=forward dst-address=10.20.0.25 dst-port=5060 protocol=udp in-interface=ether1
add action=accept chain=forward dst-address=10.20.0.99 dst-port=80 protocol=tcp in-interface=ether1
add action=accept chain=forward dst-address=10.30.0.27 dst-port=3306 protocol=tcp in-interface=ether1 \\
    src-address=!198.51.100.9
add action=drop chain=forward in-interface-list=WAN
add action=drop chain=input in-interface-list=!LAN
/ip firewall nat
add action=masquerade chain=srcnat out-interface-list=WAN
add action=dst-nat chain=dstnat dst-address=203.0.113.25 to-addresses=10.20.0.25
add action=dst-nat chain=dstnat dst-address=203.0.113.26 to-addresses=10.20.0.26
add action=dst-nat chain=dstnat dst-port=3306 in-interface=ether1 protocol=tcp to-addresses=10.30.0.27 to-ports=3306
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1
/system identity
set name=rtr
"""

VRP: Final = """\
!Software Version V600R007C20SPC600
#
sysname fw
#
ip address-set terminals type object
 address 0 10.20.0.25 mask 32
#
ip address-set published type group
 address 0 address-set terminals
#
ip service-set files type object
 service 0 protocol tcp source-port 0 to 65535 destination-port 440 to 450
#
ip service-set desktops type object
 service 0 protocol tcp destination-port 3389
#
ip service-set remote type group
 service 0 service-set desktops
#
interface GigabitEthernet1/0/0
 ip address 203.0.113.2 255.255.255.0
#
interface GigabitEthernet1/0/1
 ip address 10.20.0.1 255.255.255.0
#
interface GigabitEthernet1/0/2
 ip address 10.30.0.1 255.255.255.0
#
firewall zone trust
 set priority 85
 add interface GigabitEthernet1/0/1
#
firewall zone untrust
 set priority 5
 add interface GigabitEthernet1/0/0
#
firewall zone dmz
 set priority 50
 add interface GigabitEthernet1/0/2
#
ip route-static 0.0.0.0 0.0.0.0 GigabitEthernet1/0/0 203.0.113.1
#
nat server tse global 203.0.113.25 inside 10.20.0.25
nat server nas global 203.0.113.26 inside 10.20.0.26
nat server db protocol tcp global 203.0.113.27 3306 inside 10.30.0.27 3306
#
security-policy
 rule name no-sip
  source-zone untrust
  service protocol udp destination-port 5060
  action deny
 rule name desktops
  source-zone untrust
  destination-zone trust
  destination-address address-set published
  service remote
  action permit
 rule name files
  source-zone untrust
  destination-zone trust
  destination-address 10.20.0.26 mask 255.255.255.255
  service files
  action permit
 rule name partner
  source-zone untrust
  destination-zone trust
  source-address 198.51.100.7 mask 255.255.255.255
  destination-address 10.20.0.26 mask 255.255.255.255
  service ssh
  action permit
 rule name off
  disable
  source-zone untrust
  destination-zone trust
  destination-address 10.20.0.25 mask 255.255.255.255
  service telnet
  action permit
 rule name sip
  source-zone untrust
  destination-zone trust
  destination-address 10.20.0.25 mask 255.255.255.255
  service protocol udp destination-port 5060
  action permit
 rule name hidden
  source-zone untrust
  destination-zone trust
  destination-address 10.20.0.99 mask 255.255.255.255
  service http
  action permit
 rule name end
  source-zone untrust
  destination-zone trust
  action deny
 rule name not-bad
  source-zone untrust
  destination-zone dmz
  source-address 198.51.100.9 mask 255.255.255.255
  action deny
 rule name db
  source-zone untrust
  destination-zone dmz
  destination-address 10.30.0.27 mask 255.255.255.255
  service protocol tcp destination-port 3306
  action permit
#
return
"""

VYOS: Final = """\
set interfaces ethernet eth0 address '203.0.113.2/24'
set interfaces ethernet eth0 firewall in name 'OUT'
set interfaces ethernet eth0 firewall local name 'SELF'
set interfaces ethernet eth1 address '10.20.0.1/24'
set firewall group address-group PARTNERS address '198.51.100.7'
set firewall group address-group TERMINALS address '10.20.0.25'
set firewall group port-group REMOTE port '3389'
set firewall name SELF default-action 'drop'
set firewall name OUT default-action 'drop'
set firewall name OUT rule 5 action 'drop'
set firewall name OUT rule 5 protocol 'udp'
set firewall name OUT rule 5 destination port '5060'
set firewall name OUT rule 10 action 'accept'
set firewall name OUT rule 10 protocol 'tcp'
set firewall name OUT rule 10 destination group address-group 'TERMINALS'
set firewall name OUT rule 10 destination group port-group 'REMOTE'
set firewall name OUT rule 20 action 'accept'
set firewall name OUT rule 20 protocol 'tcp'
set firewall name OUT rule 20 destination address '10.20.0.26'
set firewall name OUT rule 20 destination port '440-450'
set firewall name OUT rule 30 action 'accept'
set firewall name OUT rule 30 protocol 'tcp'
set firewall name OUT rule 30 source group address-group 'PARTNERS'
set firewall name OUT rule 30 destination address '10.20.0.26'
set firewall name OUT rule 30 destination port '22'
set firewall name OUT rule 40 action 'accept'
set firewall name OUT rule 40 disable
set firewall name OUT rule 40 protocol 'tcp'
set firewall name OUT rule 40 destination address '10.20.0.25'
set firewall name OUT rule 40 destination port '23'
set firewall name OUT rule 50 action 'accept'
set firewall name OUT rule 50 protocol 'udp'
set firewall name OUT rule 50 destination address '10.20.0.25'
set firewall name OUT rule 50 destination port '5060'
set firewall name OUT rule 60 action 'accept'
set firewall name OUT rule 60 protocol 'tcp'
set firewall name OUT rule 60 destination address '10.20.0.99'
set firewall name OUT rule 60 destination port '80'
set firewall name OUT rule 70 action 'accept'
set firewall name OUT rule 70 protocol 'tcp'
set firewall name OUT rule 70 source address '!198.51.100.9'
set firewall name OUT rule 70 destination address '10.30.0.27'
set firewall name OUT rule 70 destination port '3306'
set nat destination rule 10 inbound-interface 'eth0'
set nat destination rule 10 destination address '203.0.113.25'
set nat destination rule 10 translation address '10.20.0.25'
set nat destination rule 20 inbound-interface 'eth0'
set nat destination rule 20 destination address '203.0.113.26'
set nat destination rule 20 translation address '10.20.0.26'
set nat destination rule 30 inbound-interface 'eth0'
set nat destination rule 30 protocol 'tcp'
set nat destination rule 30 destination port '3306'
set nat destination rule 30 translation address '10.30.0.27'
set protocols static route 0.0.0.0/0 next-hop 203.0.113.1
set system host-name 'rtr'
"""

IPTABLES: Final = """\
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 203.0.113.25/32 -i eth0 -j DNAT --to-destination 10.20.0.25
-A PREROUTING -d 203.0.113.26/32 -i eth0 -j DNAT --to-destination 10.20.0.26
-A PREROUTING -i eth0 -p tcp -m tcp --dport 3306 -j DNAT --to-destination 10.30.0.27:3306
-A POSTROUTING -o eth0 -j MASQUERADE
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:published - [0:0]
-A INPUT -i eth1 -j ACCEPT
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i eth0 -p udp -m udp --dport 5060 -j DROP
-A FORWARD -i eth0 -m addrtype --dst-type BROADCAST -j DROP
-A FORWARD -i eth0 -p tcp -m limit --limit 5/min -j DROP
-A FORWARD -i eth0 -o eth2 ! -d 10.30.0.27/32 -j DROP
-A FORWARD -i eth0 -j published
-A published -d 10.20.0.25/32 -p tcp -m multiport --dports 3389,3390 -j ACCEPT
-A published -d 10.20.0.26/32 -p tcp -m tcp --dport 440:450 -j ACCEPT
-A published -s 198.51.100.7/32 -d 10.20.0.26/32 -p tcp -m tcp --dport 22 -j ACCEPT
-A published -d 10.20.0.25/32 -p udp -m udp --dport 5060 -j ACCEPT
-A published -d 10.20.0.99/32 -p tcp -m tcp --dport 80 -j ACCEPT
-A published ! -s 198.51.100.9/32 -d 10.30.0.27/32 -p tcp -m tcp --dport 3306 -j ACCEPT
COMMIT
"""

NFT: Final = """\
table inet filter {
\tset partners {
\t\ttype ipv4_addr
\t\telements = { 198.51.100.7 }
\t}
\tset desktops {
\t\ttype inet_service
\t\telements = { 3389 }
\t}
\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\tiifname "eth1" accept
\t}
\tchain forward {
\t\ttype filter hook forward priority filter; policy drop;
\t\tct state established,related accept
\t\tiifname "eth0" udp dport 5060 drop
\t\tiifname "eth0" tcp dport 3306 limit rate over 10/minute drop
\t\tiifname "eth0" ip daddr 10.20.0.25 tcp dport @desktops accept
\t\tiifname "eth0" ip daddr 10.20.0.26 tcp dport 440-450 accept
\t\tiifname "eth0" ip saddr @partners ip daddr 10.20.0.26 tcp dport 22 accept
\t\tiifname "eth0" ip daddr 10.20.0.25 udp dport 5060 accept
\t\tiifname "eth0" ip daddr 10.20.0.99 tcp dport 80 accept
\t\tiifname "eth0" ip saddr != 198.51.100.9 ip daddr 10.30.0.27 tcp dport 3306 accept
\t}
}
table ip nat {
\tchain prerouting {
\t\ttype nat hook prerouting priority dstnat; policy accept;
\t\tiifname "eth0" ip daddr 203.0.113.25 dnat to 10.20.0.25
\t\tiifname "eth0" ip daddr 203.0.113.26 dnat to 10.20.0.26
\t\tiifname "eth0" tcp dport 3306 dnat to 10.30.0.27
\t}
}
"""

DESKTOP, SHARE, DATABASE = "10.20.0.25", "10.20.0.26", "10.30.0.27"
PUBLISHED: Final = {("rdp", "any", DESKTOP), ("smb", "any", SHARE), ("ssh", "198.51.100.7", SHARE),
                    ("database", "any", DATABASE)}  # fmt: skip
UNTOLD: Final = {"telnet", "ftp", "sip", "http"}


def read(platform: str, text: str) -> dict[Any, Any]:
    page = by_platform(platform)
    names = page.running or ("show running-config", "show")
    row = next(row for row in page.commands if row.line in names or {*row.also} & {*names})
    told = row.read(text)
    assert told.unparsed == 0
    return dict(told.facts)


def ruled(told: Any) -> dict[Any, Any]:
    """What a ruleset of Linux tells, where the default route leaves by eth0."""
    known: dict[Any, Any] = dict(netfilter.told(told).facts)
    known[facts.ROUTES_DEFAULT] = (Route("0.0.0.0/0", "eth0", "203.0.113.1"),)
    known[facts.FIREWALL_EXPOSED] = reached.exposed(known)
    return known


def known(platform: str) -> dict[Any, Any]:
    if platform == "iptables":
        return ruled(iptables.saved(IPTABLES))
    if platform == "nftables":
        return ruled(nft_text.ruleset(NFT))
    return read(platform, CONFIGURATIONS[platform])


CONFIGURATIONS: Final = {
    "cisco_asa": ASA, "fortinet": FORTIOS, "paloalto_panos": PANOS, "juniper_junos": JUNOS,
    "mikrotik_routeros": ROUTEROS, "huawei": VRP, "vyos": VYOS,
}  # fmt: skip
PLATFORMS: Final = (*CONFIGURATIONS, "iptables", "nftables")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_same_policy_opens_the_same_everywhere(platform: str) -> None:
    """Groups in groups, ranges, exceptions, order, zones, what is off and what is over are weighed alike."""
    rows = [(row.service, str(row.from_), str(row.to)) for row in known(platform)[facts.FIREWALL_EXPOSED]]
    told = {(service, from_.removesuffix("/32"), to.removesuffix("/32")) for service, from_, to in rows}
    assert told >= PUBLISHED
    assert not {service for service, _, to in told if to in (DESKTOP, SHARE, DATABASE)} & UNTOLD
    assert not [row for row in told if row[2] == "10.20.0.99"]
    assert ("any", "any", DESKTOP) not in told


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_an_earlier_rule_takes_is_told_as_hidden(platform: str) -> None:
    """The permission of SIP stands behind its refusal; nothing that is open is told as hidden."""
    rules = {rule.id: rule for rule in known(platform)[facts.FIREWALL_RULES]}
    hidden = [rules[id] for id in shadowed(tuple(rules.values()))]
    assert all(rule.services in (("udp/5060",), ("udp/5060", "tcp/5060")) for rule in hidden if "#" not in rule.id)
    assert not [rule for rule in hidden if {"tcp/3389", "tcp/440-450", "tcp/22", "tcp/3306"} & {*rule.services}]


SIX: Final = {
    "cisco_asa": ASA.replace("eq https", "eq ssh"),
    "fortinet": FORTIOS.replace(
        "config firewall service custom",
        """config firewall address6
edit "web6"
set ip6 2001:db8:20::5/128
next
end
config firewall service custom
edit "HTTPS"
set tcp-portrange 443
next""",
        1,
    ).replace(
        "config firewall policy\n",
        """config firewall policy
edit 60
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr6 "all"
set dstaddr6 "web6"
set service "SSH"
set schedule "always"
next
""",
        1,
    ),
    "fortinet 6.2": FORTIOS.replace(
        "config firewall service custom",
        """config firewall address6
edit "web6"
set ip6 2001:db8:20::5/128
next
end
config firewall service custom""",
        1,
    ).replace(
        "config router static\n",
        """config firewall policy6
edit 1
set srcintf "wan1"
set dstintf "lan"
set action accept
set srcaddr "all"
set dstaddr "web6"
set service "SSH"
set schedule "always"
next
end
config router static
""",
        1,
    ),
    "paloalto_panos": PANOS.replace(
        "set rulebase security rules end from",
        """set address web6 ip-netmask 2001:db8:20::5/128
set rulebase security rules v6 from untrust
set rulebase security rules v6 to trust
set rulebase security rules v6 source any
set rulebase security rules v6 destination web6
set rulebase security rules v6 application any
set rulebase security rules v6 service ssh
set rulebase security rules v6 action allow
set rulebase security rules end from""",
        1,
    ),
    "juniper_junos": JUNOS
    + "set security address-book global address web6 2001:db8:20::5/128\n"
    + "\n".join(
        f"set security policies from-zone untrust to-zone dmz policy v6 {said}"
        for said in (
            "match source-address any-ipv6",
            "match destination-address web6",
            "match application junos-ssh",
            "then permit",
        )
    )
    + "\n",
    "mikrotik_routeros": ROUTEROS.replace(
        "/ip route\n",
        """/ipv6 firewall filter
add action=accept chain=forward dst-address=2001:db8:20::5/128 dst-port=22 in-interface=ether1 protocol=tcp
add action=drop chain=forward in-interface-list=WAN
/ip route
""",
        1,
    ),
    "huawei": VRP.replace(
        " rule name end\n",
        """ rule name v6
  source-zone untrust
  destination-zone trust
  destination-address 2001:db8:20::5 128
  service ssh
  action permit
 rule name end
""",
        1,
    ),
    "vyos": VYOS
    + """set interfaces ethernet eth0 firewall in ipv6-name 'OUT6'
set firewall ipv6-name OUT6 default-action 'drop'
set firewall ipv6-name OUT6 rule 10 action 'accept'
set firewall ipv6-name OUT6 rule 10 protocol 'tcp'
set firewall ipv6-name OUT6 rule 10 destination address '2001:db8:20::5'
set firewall ipv6-name OUT6 rule 10 destination port '22'
""",
}


@pytest.mark.parametrize("case", SIX)
def test_a_host_of_version_6_is_reached_by_its_own_address(case: str) -> None:
    """Nothing translates it: the rule that names it opens it, and the refusals of version 4 do not close it."""
    rows = read(case.removesuffix(" 6.2"), SIX[case])[facts.FIREWALL_EXPOSED]
    told = [(row.service, row.from_, str(row.to).removesuffix("/128")) for row in rows if ":" in str(row.to)]
    assert told == [("ssh", "any", "2001:db8:20::5")]

"""The words of a watch, apart from what asks devices: screens need words before they need a network."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.values import N_

SENTENCES: Mapping[str, str] = {
    "watch.begun": N_("Watching {site} until {ends:datetime}; Ctrl-C ends it, what was sampled stays."),
    "watch.resumed": N_("Going on with the watch begun {begun:datetime}, until {ends:datetime}."),
    "watch.no_links": N_("{file} describes no link: there is nothing to watch."),
    "watch.no_link": N_("{file} has no link called “{name}”; there are {names:list}."),
    "watch.table": N_("{file}: {why}"),
    "watch.read": N_("{file}: {rows} intervals of {step:duration}, {first:datetime} to {last:datetime}."),
    "watch.unit_heading": N_("Unit: {unit}, read from the headings."),
    "watch.unit_cells": N_("Unit: {unit}, read from the cells."),
    "watch.unit_above": N_("Unit: {unit}, read from the text above the table."),
    "watch.unit_given": N_("Unit: {unit}, as given; the table does not say it."),
    "watch.left_out": N_("Rows without a time or a value, or said twice, left out: {rows}."),
    "watch.far_above": N_(
        "The most it holds is {most:rate}, and the contract says {committed:rate}: is the unit right, and the link?"
    ),
    "watch.tally": N_("{link}: samples kept in this run: {kept}, readings that gave none: {lost}."),
    "watch.counts": N_("Counts of remote users kept in this run: {counts}."),
    "watch.nothing": N_("{link}: nothing is known yet of what it carries."),
    "watch.down": N_(
        "{link}, download: busy hour {hour:raw}:00 to {until:raw}:00, 95th percentile {p95:rate}, most {most:rate}."
    ),
    "watch.up": N_(
        "{link}, upload: busy hour {hour:raw}:00 to {until:raw}:00, 95th percentile {p95:rate}, most {most:rate}."
    ),
    "watch.users": N_("{link}: remote users in the intervals that make it: {sessions}."),
    "watch.users_unknown": N_("{link}: the remote users of those intervals are not known, so 0 is taken."),
    "watch.enough": N_("{link}: {days} working days; an audit takes the 95th percentile."),
    "watch.few_days": N_(
        "{link}: working days: {days}. Fewer than five give no 95th percentile to rely on: an audit takes what is"
        " declared, else the most that was seen."
    ),
    "watch.link": N_("Link {link}: {interface} of {device} is watched."),
    "watch.quiet": N_("Quiet hours: nothing is asked of {site} until {until:datetime}."),
    "watch.trouble": N_("{link}: no sample at the moment."),
    "watch.again": N_("{link}: sampled again."),
    "watch.users_trouble": N_("Remote users: not counted at the moment."),
    "watch.users_again": N_("Remote users: counted again."),
    "watch.no_snmp": N_("The counters of {link} are read over SNMP; the site file gives no SNMP access to {device}."),
    "watch.no_users": N_("No gateway tells how many remote users are connected: only the links are watched."),
    "watch.users_silent": N_("The gateways did not tell how many remote users are connected."),
}

"""What people read of storms: of threads that alerts share, of a channel's summary, and of its digest."""

from __future__ import annotations

CAUSE_TITLE = "{name}"
MIXED_TITLE = "many different alerts of {system}"
SHARED_TITLE = "{severity} · {count} alerts · {title}"
SHARED_COUNTS = (
    "{count} alerts share this thread: {firing} firing, {acknowledged} acknowledged, {resolved} over."
)
SHARED_SNOOZED = " {count} are snoozed."
SHARED_NEWEST = " The newest came "
SHARED_COUNTS_FOR_EACH = "What is said here counts for each of them."
SHARED_MEANS = "Answer here and it is recorded for each of them; the clock runs once for all."
SHARED_UNTOLD = "Those that follow are recorded and counted above, but not named here any more."
PAGE_TITLE = "Alerts of this thread, page {page}"
PAGE_SUMMARY = "{count} alerts of this thread by name"
MEMBER_FIRING, MEMBER_SNOOZED = "firing", "snoozed"
MEMBER_ACKNOWLEDGED, MEMBER_RESOLVED = "acknowledged", "over"

STORM_TITLE = "Alert storm in this channel: {count} alerts"
STORM_SUMMARY = "Alert storm: {count} alerts, {rate} in the last {within}, gravest {gravest}"
STORM_RATE = "{rate} came in the last {within}, {peak} at the most. It began "
STORM_COUNTS = (
    "{firing} firing, {acknowledged} acknowledged, {resolved} over; {own} with a thread of their own."
)
STORM_GRAVEST = "Gravest: {severity}."
STORM_CAUSES = "Top causes"
STORM_CAUSE = " · {count} alerts, {firing} firing"
STORM_MORE = "and {count} more causes"
STORM_NEXT = (
    "Open a cause's thread, or reply {words} to this message to acknowledge all of them that you may."
)
STORM_NEXT_REVIEWED = "Open a cause's thread. No answer is asked for: these are reviewed in batch."
STORM_KEPT = "One message for the whole storm, kept up to date. Every alert is recorded."
STORM_OVER = "The storm is over: {count} alerts since "
STORM_OVER_TITLE = "The alert storm is over"

DIGEST_TITLE = "After the storm: {count} alerts, {open} still open"
DIGEST_SUMMARY = "After the storm: {count} alerts of {causes} causes, {open} still open"
DIGEST_LASTED = "It lasted from "
DIGEST_OPEN = "Still open"
DIGEST_CLOSED = "Over"
DIGEST_SEEN = " · acknowledged by "
DIGEST_NOBODY = " · nobody has it"
DIGEST_ALL_OVER = "Nothing of it is open any more."

ACKED_STORM = "{who} acknowledged {threads} shared threads with {count} alerts as {role}."
ACKED_STORM_LEFT = "{threads} threads are left: {why}"
STORM_NOTHING = "Nothing of this storm waits for an acknowledgement."

OFF_LINE = "{who} switched the alerts of {system} off until {until}: {why}"
OFF_TITLE = "Alerts of {system} are switched off"
OFF_MEANS = (
    "{held} are recorded and not told. Cases, quarantines and clocks of earlier alerts go on."
    " What is still open at the end is told then."
)
OFF_NEXT = "To have them back sooner: {words}"
ON_TITLE = "Alerts of {system} are back"
ON_AGAIN = "They are back since "
ON_BY = ", by {who}."
ON_SUMMARY = "Alerts of {system} are back; {count} were held back"
HELD_COUNTS = "Alerts that were held back: {count}. Still open, and told now: {told}. Over before: {over}."
SWITCH_USAGE = "Write {usage}. It lasts {longest} at most."
SWITCH_WHICH = "Which system's alerts? These have a kill switch: {systems}. Write {usage}."
SWITCH_ON_ALREADY = "They are off already. To change that, end it first: {words}"
SWITCH_NOT_ON = "The alerts of {system} are not switched off."
SWITCH_RECEIPT = (
    "The alerts of {system} are switched off now. A card in each channel says so. You can close this."
)
SWITCH_OFF_RECEIPT = (
    "The alerts of {system} come back now. A card in each channel says so. You can close this."
)

"""What people read when their words do not count, or when they may approve."""

from __future__ import annotations

NOBODY_UNKNOWN = "Slack knows no such account"
NOBODY_DELETED = "this account is deactivated"
NOBODY_STRANGER = "people of other organisations never count"
NOBODY_GUEST = "guests never count"
RULE_ONE_REVISION = "an approval covers exactly one revision"
RULE_DENIAL_REASON = "a denial gives its reason (CM-56)"
REASON_NEEDED_DENY = "A denial needs its reason. Nothing happened yet. Please write {form}"
REASON_NEEDED_APPROVE = "This approval needs a reason. Nothing happened yet. Please write {form}"
NEXT_CRITERIA = (
    "See to it. A resolved case, saved evidence or a backup renews the card by itself; after anything else,"
    " ask anew."
)
NOT_NEW = "That message is older than the card it would answer. Read the card, then reply again."
READ_BACK_GONE = "The reply is no longer in Slack, so it does not count. Please write it again."
READ_BACK_EDITED = "The reply was edited before it was counted, so it does not count. Please write a new one."
READ_BACK_DIFFERS = (
    "Slack does not show this reply as it reached the bot, so it does not count. Please write it again."
)
STALE_REVISION = "{id} changed since this was opened: it is now revision {revision}. Read the card again."
FORM_OLD = "This form was opened too long ago to count. Nothing happened. Copy your words, and open it again."
COMMAND_STALE = (
    "Your command took too long to reach me, so I cannot be sure that it is yours. If you typed it:"
)
NOT_VOUCHED = "Slack does not vouch that this was you."
NOTED = "You may approve {title}. Because: {why}"
NOTED_BY = "Asked by "
NOTED_UNTIL = " · answer before "
NOTED_LINK = "Open the request"

GROUP_CAME = "{who} joined a group that gives {role}. The role counts after the waiting time in policy."
GROUP_LEFT = "{who} left a group that gives {role}."

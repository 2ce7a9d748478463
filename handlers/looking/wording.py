"""What people read when they look: lists, boards, what is followed, what was edited after it counted."""

from __future__ import annotations

EDITED_TO_COUNT = "An edited message does not count: words count as first spoken. Please write a new reply."
EDITED_AFTER = "{who} edited an answer. What was said first stands. To change it, please write a new reply."
DELETED_AFTER = "An answer of {who} was deleted. It was recorded when spoken; nothing changed."
LOOK_AWAY = "{system} cannot be asked just now. {why} Try again in a minute."
ROWS_IN_FILE = "{more} more rows: all of them are in {file}, in your direct messages with me."
TEXT_IN_FILE = (
    "{lines} lines are too many for a message: they are in {file}, in your direct messages with me."
)
NARROWER = "To see less: {usage}"
FILE_CUT = "… cut here: {more} more lines. Ask for less to see them."
FILE_REFUSED = (
    "Slack did not take the file {file}, so it does not come. Ask for less, or ask whoever runs me to give me"
    " the scope {scope}."
)
FOLLOW_TITLE = "The newest lines of {target} ({system})"
FOLLOW_UNTIL = "Followed for {who} until {until}, then it stops by itself."
FOLLOW_OVER = "The time is over. Ask again to go on."
FOLLOW_STOPPED = "{who} stopped it."
FOLLOW_STOP = "Stop"
FOLLOW_COUNT = "The last {shown} of {seen} lines; times are UTC."
FOLLOW_AWAY = "The system does not answer just now; it is asked again."
NOT_GIVEN_NOW = "Policy no longer lets anybody look at this."
FOLLOWS_ENOUGH = (
    "{most} messages in this channel follow something already. Stop one first, or wait for its end."
)
FOLLOWS_NOTHING = "Nothing is followed in this channel."
PENDING = "Open requests: {count}."
PENDING_NONE = "Nothing waits. All requests of your systems have ended."
PENDING_MINE = "You may approve"
PENDING_OTHERS = "Not yours to approve, or not ready yet"
PENDING_UNMET = "criteria not met yet"
HISTORY = "What ended last:"
HISTORY_NONE = "Nothing has ended yet on your systems."
BY_ITSELF = "by itself, as policy says"
BOARD_TITLE = "What is open"
BOARD_SUMMARY = "Open: {count}"
BOARD_QUIET = "Nothing is open."
BOARD_KEPT = "Kept up to date until {until}."
BOARD_OVER = "No longer kept up to date. Write /ops board for a new one."
BOARD_NOT_YOURS = "A board is for people who have a part in a system. Ask who writes the policies."
STATUS_NONE = "Nothing is open here. What waits elsewhere: {pending}"

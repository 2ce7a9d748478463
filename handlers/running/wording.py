"""What a request's thread says while it has its effect, and afterwards."""

from __future__ import annotations

BY_RULE_STAMP = "policy {rule}"
STILL_UNKNOWN = "the target could not be asked"
GAVE_UP = "it was begun {claims} times and never ended"
UNDER_WAY = "{id} {what} is under way."
COUNTED = "{done} of {total} {what}"
TIME_LEFT = "About {left} to go, at the pace so far."
HELD_UP = "It waits: {why}."
PROGRESS_ENDED = "{id} {what}: {state}."
RESEALED = "{id} was looked at again and is now revision {revision}. Earlier approvals do not count for it."
WATCHED_IN_VAIN = "{id}: nothing came of it within {days} days. Please look whether it is still wanted."
WATCHED_BLIND = (
    "{id}: for {days} days I could not see what came of it. Please look. The last answer was: {why}"
)
RECOVERED = "Another replica found it done; the first one never said so."
PUT_RIGHT = "Put right: {what}"
NOT_DONE_LINE = "{action} was not done: {why}"
UNSURE_LINE = "{action}: {why} — please look"

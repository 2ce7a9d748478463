"""What people read about HTTP systems, in one place."""

from __future__ import annotations

NO_FIELD = "The answer of `{send}` has no `{field}`. Its route in policy and the API do not agree."
NO_LIST = "The answer of `{send}` has no list at `{field}`. Its route in policy and the API do not agree."
NO_OBJECT = "The answer of `{send}` is no JSON object. Its route in policy and the API do not agree."
NOT_ONE_VALUE = "`{field}` in the answer of `{send}` is not one short value and cannot be sealed."
TWICE_LISTED = "{what} is listed twice by `{send}`, so nobody can tell which one is meant."

NOT_LISTED = "Not listed under {title}: {what}."
WHAT_IS_LISTED = "The reading `{reading}` shows what is."
STILL_LISTED = "Still listed under {title}: {what}."
NOW_LISTED = "Listed under {title}: {what}."
GONE = "No longer listed under {title}: {what}. {left} left there."
LIST_GOES_ON = "The list {title} goes on elsewhere, so nobody can tell whether it holds {what}."
NOT_SO = "{found}, not {wanted}."
FIELD, FLAG, READ_BACK = "{field} is {value}", "{field}: {value}", "{fields}."
YES_OR_NO = {True: "yes", False: "no"}

SO_ALREADY = "That is so already, and there is nothing to do. {found}"
NOT_WHAT_WAS_SEALED = "Policy or the API's address has changed since this was approved. Look there."
NOTHING_SENT = "Nothing was sent: {why} Ask again when it answers."
NOT_SENT_AGAIN = "A replica stopped while it did this, and it was not sent again: {why}"
ANSWERED = "The API answered {status}."
UNSEEN = "{said} Read back, it is not so: {why}"
CANNOT_READ_BACK = "{said} It cannot be read back: {why}"
NOTHING_TO_READ = "Its route names nothing to read back, so nobody can tell whether it happened. Look there."
NOT_AGAIN = "It may have been sent before, and sending it again is not safe. {found}"

HINT_NUMBER = "a whole number from {least} to {most}"
HINT_AGO = "a duration such as 30m, 1h or 2d"
HINT_LIST = "up to {most}, with a space between"
HINT_CHOICES = "one of {choices}"

LIST_LONG = "{shown} and {more} more"
SENDS, WAY_BACK, NO_WAY_BACK = "Sends", "Way back", "none"
ROWS = "{count} under {title}"
PAGE = "{title}, part {page}"
TOO_MUCH = (
    "{count} are more than one card can show, and nobody approves what they cannot read. Ask for fewer."
)
NOTHING_THERE = "{title}: nothing is listed."

BAD_FORM = "“{value}” cannot stand here; it must match {pattern}"
BAD_CHOICE = "`{value}` is not known here; write one of {choices}"
BAD_LENGTH = "a value has 1 to {most} characters, not {count}"
BAD_PATH = "`{value}` cannot stand in an address"
BAD_COUNT = "write {least} to {most} of them, not {count}"
BAD_NUMBER = "`{value}` is no whole number from {least} to {most}"
TWICE_GIVEN = "`{value}` stands here twice; write it once"

"""Sentences that people see and more than one room says: short, kind, and ending with the next step.

What one room alone says stands in its `wording`.

Placeholders are filled by `say` with typed spans; a plain string is foreign text and gets escaped.
"""

from __future__ import annotations

from string import Formatter

from handlers.messages import Line, Span


def say(template: str, **spans: Span | Line | int) -> Line:
    """Fill a template. Raises KeyError when a placeholder has no span: a programming error."""
    line: list[Span] = []
    for literal, name, _, _ in Formatter().parse(template):
        if literal:
            line.append(literal)
        if name is None:
            continue
        value = spans[name]
        if isinstance(value, tuple):
            line.extend(value)
        else:
            line.append(str(value) if isinstance(value, int) else value)
    return tuple(line)


NOBODY_BOT = "bots never count"

REFUSED = "Not counted"
SOMEBODY = "Somebody"
RULE = "Rule: {rule}."
WHO_COULD = "Who could: {who}."
RULE_IDENTITY = "only members of this workspace count (identity)"
NOBODY = "{who}: {why}. Nothing happened."
NEXT_ASK_MEMBER = "Ask a member of this workspace who holds the role."

HINT_FORMS = ("ACK - what you do", "APPROVED - why", "DENIED - why")
RULE_AS_SPOKEN = "words count once and only as spoken"
RULE_ANSWERED_ONCE = "an answer counts once, for a request that waits for it"
RULE_NAMED_CASE = "a named case must be the thread's (CM-10)"
RULE_NAMED_REF = "a named reference must be the thread's"
FILE_SHARED = (
    "An answer with a file attached does not count. Please write the words in a message of their own."
)

OTHER_CASE = (
    "This thread's case is {case}; the message names {named}. Nothing happened. Name the thread's case."
)
OTHER_REF = "{ref} is not what this thread is about. Nothing happened. Look for it in its own thread."

ALREADY_ENDED = "{id} is already {state}. Nothing happened."
WHICH_ONE_PRESS = "Which one do you mean? Nothing happened yet."
CRITERIA_UNMET = "{id} cannot be approved yet. Not met: {unmet}."
FORM_FORGED = "This form was not opened by the bot for you. Nothing happened. Press the button again."
NOT_NOW = "Not now"
CLOSE = "Close"
RULE_VOUCHED = "what Slack does not vouch for counts for nobody (identity)"
NOT_YOURS = "{why} Nothing happened. If it was you, please try again."

NO_SUCH_REQUEST = "There is no request {id} here. Look up its id on its card."
NEED_TARGET = "Which one? Write {usage}."
BAD_VALUE = "{name}: {why}"
NEED_REASON = "Say why: {usage}. The reason is shown to the approver and recorded."
TOO_MANY_VALUES = "{word} is one value too many. Write {usage}."
COMMAND_TOO_LONG = "That command is {length} characters long; the limit is {limit}. Please shorten it."
COMMAND_BROKEN = "That command has line breaks or invisible characters in it. Please type it on one line."
REASON_TOO_LONG = "The reason is {length} characters long; the limit is {limit}. Please shorten it."
GIVEN_TWICE = "{name} is given twice. Which one do you mean?"
UNKNOWN_NAME = "{name} is no parameter of {action}. It takes: {known}."
MORE_ROWS = "{more} more are not shown."
TOO_SLOW = "It did not answer in time."
HIDDEN = "Hidden before anybody saw it: {what}."
LOCKED = "{who} stopped everything {when}: {why}"
LOCK_TITLE = "Lockdown: no action has any effect"
LOCK_MEANS = "Nothing runs, and nothing can be asked or approved. Alerts, ACK, DENIED and cancel go on."
LOCK_NEXT = "Two people who hold {who} lift it: each writes {words}."
LIFT_WORD = "{who} wants it lifted {when}: {why}"
LOCK_TAKEN = (
    "Somebody who can write to the store took the lockdown out of it. It was not lifted, so it holds on. "
    "Find out who has access to the store."
)
LOCK_OVER_TITLE = "The lockdown is lifted"
LOCK_OVER = "Actions have effects again. What was approved before and has not expired runs now."
RULE_LOCKDOWN = "a lockdown stops every effect until two people lift it"
HELD = "held by a lockdown"
HELP_NONE = "Policy gives you nothing in any system. Ask whoever keeps the policies for a role."

FIELD_TOO_LONG = "Please keep this under {limit} characters."

POLICY_ACTIVE = "Policies {revision} are now in force (before: {before})."

CHANGED_FIELDS = "what was sealed has changed ({fields})"
FIELD_CHANGED = "{field} was {was}, is {now}"
FIELD_MOVED = "{field}: {parts}"
CAME, WENT_AWAY, ANOTHER = "new {named}", "gone {named}", "changed {named}"
ANOTHER_ORDER = "in another order"
AND_MORE_OF = "{count} more"
TOO_LONG_TO_NAME = "one of {length} characters"
CHANGED_RULES = "the policy rules it was sealed under have changed"
FORGED = "the stored request does not carry the bot's own mark"
MIDWAY = "stopped midway"
UNDO_BUTTON = "Undo…"
RULE_UNDO = "what was done is undone once, and only while it is as it was left"
RULE_WAY_BACK = "only what has a way back can be undone"
NOTHING_TO_UNDO = "Nothing that was done in this thread can be undone. Name the request: undo R-… because …"

SENDERS_TIME = "Sender's time"
"""The label of a claim that is shown in the reader's zone."""
TROUBLE = "Trouble"
"""The label of a fact that an action found and that is no good news."""
OF_A_REQUEST = ("Asked by", "State")
CUT = " … (cut here: too long for one message)"

MOVED = (
    "{channel} takes no messages of mine ({why}), so this stands here, and what follows in its thread too."
)
MAYBE_RECORDED = (
    "My store does not answer, so I cannot tell whether I recorded this. If nothing follows within a minute,"
    " please try again; if it is urgent, call the person on duty."
)
NOT_RECORDED = (
    "I could not record this, so nothing was done. My store is away. Please try again in a minute;"
    " if it is urgent, call the person on duty."
)
NOT_HANDLED = (
    "I could not do this: something unexpected happened, {tries} times. Your words are kept and recorded, and"
    " I try no more. Please tell who runs me, and say it again once it is mended."
)
SLACK_REFUSED = "{why}. Nothing happened. Please tell who runs me: {words} lists what I need."

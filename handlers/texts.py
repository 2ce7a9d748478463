"""Every sentence that people see, in one place: short, kind, and ending with the next step.

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


NOBODY_UNKNOWN = "Slack knows no such account"
NOBODY_DELETED = "this account is deactivated"
NOBODY_BOT = "bots never count"
NOBODY_STRANGER = "people of other organisations never count"
NOBODY_GUEST = "guests never count"

REFUSED = "Not counted"
RULE = "Rule: {rule}."
WHO_COULD = "Who could: {who}."
RULE_IDENTITY = "only members of this workspace count (identity)"
NOBODY = "{who}: {why}. Nothing happened."
NEXT_ASK_MEMBER = "Ask a member of this workspace who holds the role."

HINT = {
    "quoted": "A quoted reply does not count. To answer, write the word yourself in a new message.",
    "code": "Words in code marks do not count. To answer, write the word plainly in a new message.",
    "look-alike": "That word has letters of another script in it. Please type it with Latin letters.",
    "form": "That was not read as an answer. Write the word first, then a dash:",
}
HINT_FORMS = ("ACK - what you do", "APPROVED - why", "DENIED - why")
EDITED_TO_COUNT = "An edited message does not count: words count as first spoken. Please write a new reply."
EDITED_AFTER = "{who} edited an answer. What was said first stands. To change it, please write a new reply."
DELETED_AFTER = "An answer of {who} was deleted. It was recorded when spoken; nothing changed."
OUTSIDE_THREAD = "An answer counts in the thread of its card. Open the thread and write it there."
BOT_SPOKE = "A bot wrote an answer here. Rule: bots never count. A person with the role must answer."
RULE_AS_SPOKEN = "words count once and only as spoken"
RULE_ANSWERED_ONCE = "an answer counts once, for a request that waits for it"
RULE_ONE_REVISION = "an approval covers exactly one revision"
RULE_DENIAL_REASON = "a denial gives its reason (CM-56)"
RULE_NAMED_CASE = "a named case must be the thread's (CM-10)"
RULE_NAMED_REF = "a named reference must be the thread's"
RULE_CANCEL = "only who asked can cancel, and only before it runs"
FILE_SHARED = (
    "An answer with a file attached does not count. Please write the words in a message of their own."
)

OTHER_CASE = (
    "This thread's case is {case}; the message names {named}. Nothing happened. Name the thread's case."
)
OTHER_REF = "{ref} is not what this thread is about. Nothing happened. Look for it in its own thread."

NOTHING_WAITS = "Nothing in this thread waits for an answer. What waits elsewhere: {pending}"
ALREADY_ENDED = "{id} is already {state}. Nothing happened."
WHICH_ONE = "Which one do you mean? Nothing happened yet. Reply with its id:"
WHICH_ONE_PRESS = "Which one do you mean? Nothing happened yet."
WHICH_LINE = "{reply} for {action} {target}"
REASON_NEEDED_DENY = "A denial needs its reason. Nothing happened yet. Please write {form}"
REASON_NEEDED_APPROVE = "This approval needs a reason. Nothing happened yet. Please write {form}"
CRITERIA_UNMET = "{id} cannot be approved yet. Not met: {unmet}."
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
FORM_FORGED = "This form was not opened by the bot for you. Nothing happened. Press the button again."
FORM_OLD = "This form was opened too long ago to count. Nothing happened. Copy your words, and open it again."
ACK_AGAIN = "Acknowledge"
FORM_STALE = "That button took too long to reach the bot. Press this one:"
NOT_NOW = "Not now"
CLOSE = "Close"
COMMAND_STALE = (
    "Your command took too long to reach me, so I cannot be sure that it is yours. If you typed it:"
)
COMMAND_AGAIN = "Yes, that was me"
NOT_VOUCHED = "Slack does not vouch that this was you."
RULE_VOUCHED = "what Slack does not vouch for counts for nobody (identity)"
NOT_YOURS = "{why} Nothing happened. If it was you, please try again."
RECEIPT_TITLE = "Received"
RECEIPT_BECAUSE = "Because: {why}"
RECEIPT_LOOKING = "I look at the target now; the request's card follows in its thread or channel."
RECEIPT_WAITS = "{who} then approves or denies it. You can close this."
RECEIPT_CANCEL = "I take {id} back; its card says so. You can close this."
RECEIPT_ACK = "I count your acknowledgement of {id}; its thread says so. You can close this."
RECEIPT_ALONE = "Policy asks for no approval. You can close this."
FILL_MISSING = "Still missing: {names}. Fill it in, or write {usage}."
FILL_TITLE = "Complete the command"
FILL_SUBMIT = "Ask"
FILL_REASON = "Why? The approver reads this, and it is recorded."
FILL_CONFIRM = "To confirm, type {target}"
FILL_CONFIRM_DIFFERS = "This must be exactly: {target}"

WHICH_SYSTEM = "More than one system has that. Name the one you mean:"
NO_SUCH_TARGET = "No system has {target}. These are the names that policy lists:"
UNKNOWN_COMMAND = "{words} is no command that I know. Try {help}."
DID_YOU_MEAN = "Did you mean:"
DRY_RUN = "This was a dry run: nothing was asked, nothing changes. Leave out {word} to ask for it."
DRY_RUN_TITLE = "Dry run: {title}"
WHICH_TO_CANCEL = "Which one? Write {words}. {pending} lists what is open."
NO_SUCH_REQUEST = "There is no request {id} here. Look up its id on its card."
CANNOT_CANCEL = "{id} is {state}. Nothing happened."
NEED_TARGET = "Which one? Write {usage}."
BAD_VALUE = "{name}: {why}"
NEED_REASON = "Say why: {usage}. The reason is shown to the approver and recorded."
TOO_MANY_VALUES = "{word} is one value too many. Write {usage}."
COMMAND_TOO_LONG = "That command is {length} characters long; the limit is {limit}. Please shorten it."
COMMAND_BROKEN = "That command has line breaks or invisible characters in it. Please type it on one line."
REASON_TOO_LONG = "The reason is {length} characters long; the limit is {limit}. Please shorten it."
GIVEN_TWICE = "{name} is given twice. Which one do you mean?"
UNKNOWN_NAME = "{name} is no parameter of {action}. It takes: {known}."
LOOK_AWAY = "{system} did not answer in time. Try again in a minute."
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
MORE_ROWS = "{more} more are not shown."
FOLLOW_TITLE = "The newest lines of {target} ({system})"
FOLLOW_UNTIL = "Followed for {who} until {until}, then it stops by itself."
FOLLOW_OVER = "The time is over. Ask again to go on."
FOLLOW_STOPPED = "{who} stopped it."
FOLLOW_STOP = "Stop"
FOLLOW_COUNT = "The last {shown} of {seen} lines; times are UTC."
FOLLOW_AWAY = "The system does not answer just now; it is asked again."
FOLLOW_NOT_GIVEN = "Policy no longer lets anybody look at this."
FOLLOWS_ENOUGH = (
    "{most} messages in this channel follow something already. Stop one first, or wait for its end."
)
FOLLOWS_NOTHING = "Nothing is followed in this channel."
HIDDEN = "Hidden before anybody saw it: {what}."
TARGET_AWAY = "{system} did not answer in time. Nothing was asked of it. Try again in a minute."
TOO_MANY_OPEN = "This thread already has {count} open requests. Answer or cancel some first."
JOINED = "{id} already asks for the same. You are now a requester of it too, so you cannot approve it."
ASKED_ALREADY = "{id} already asks for the same, and you asked for it. It waits for an approver."
ASKED = "Asked: {link}. It waits for {who}."
ASKED_ALONE = "Asked: {link}. Policy asks for no approval; its card says how it ends."
NO_CASE_HERE = "There is no case in this thread. Use this in the thread of the alert."
OPEN_FORM = "Please document the case in this form. An approver reads it before the case is resolved."
NOTED = "You may approve {title}. Because: {why}"
NOTED_BY = "Asked by "
NOTED_UNTIL = " · answer before "
NOTED_LINK = "Open the request"
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
BOARD_UNANSWERED = "nobody has it; answer before"
BOARD_KEPT = "Kept up to date until {until}."
BOARD_OVER = "No longer kept up to date. Write /ops board for a new one."
BOARD_NOT_YOURS = "A board is for people who have a part in a system. Ask who writes the policies."
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
LOCK_RECEIPT = "Everything stops now. A card in each channel says so. You can close this."
LIFT_RECEIPT = "Your word for lifting the lockdown is recorded. You can close this."
NOT_LOCKED = "There is no lockdown."
LIFTED_BEFORE = "Your word for lifting is counted already. It takes a second person."
RULE_LOCKDOWN = "a lockdown stops every effect until two people lift it"
HELD = "held by a lockdown"
HELP_INTRO = "Here is what you may do, in the words that I understand."
HELP_HOW = "Here is what you may do on {system}. Begin with {begin} and end what you ask for with because …"
HELP_RUNS = "Ask for"
HELP_APPROVES = "{who} approves"
HELP_OTHERS = "Not yours"
HELP_MAY_RUN = "Ask for {names}"
HELP_MAY_LOOK = "Look at {names}"
HELP_MORE = "The words: {help}"
HELP_ANYWHERE = "Anywhere"
HELP_NOTHING = "Policy gives you nothing to run here."
HELP_NOT_YOURS = "{action}: {who} could."
HELP_LOOKS = "Look at, shown to you alone"
HELP_NONE = "Policy gives you nothing in any system. Ask whoever keeps the policies for a role."
HELP_REPLIES = "In a thread: {forms}"
STATUS_NONE = "Nothing is open here. What waits elsewhere: {pending}"

SHEET_ANALYSIS = "What happened, and why."
SHEET_MITIGATION = "What was done so that it does not happen again."
SHEET_EVIDENCE = "How it is known that no personal or regulated data got out."
SHEET_EVIDENCE_MISSING = "This run is flagged as sensitive: say why nothing was exposed (CM-17)."
SHEET_BASELINE = "When the load was legitimate: why the baseline changes."
SHEET_BASELINE_MISSING = "The cause is legitimate load: say why the baseline changes (CM-17)."
FIELD_EMPTY = "Please fill this in."
FIELD_TOO_LONG = "Please keep this under {limit} characters."
SHEET_BUTTON = "Open the form"
SHEET_INTRO = "{title} for {target}. An approver reads this before the case is resolved."
ANSWER_TITLE_APPROVE = "Approve {id}"
ANSWER_TITLE_DENY = "Deny {id}"
ANSWER_REASON_APPROVE = "What did you check?"
ANSWER_REASON_DENY = "Why not?"

GROUP_CAME = "{who} joined a group that gives {role}. The role counts after the waiting time in policy."
GROUP_LEFT = "{who} left a group that gives {role}."
POLICY_ACTIVE = "Policies {revision} are now in force (before: {before})."

VOID = "{id} is void: {what}. Nothing was done."
NEXT_VOID = "Look at the target, then ask anew."
CHANGED_FIELDS = "what was sealed has changed ({fields})"
FIELD_CHANGED = "{field} was {was}, is {now}"
CHANGED_RULES = "the policy rules it was sealed under have changed"
CHANGED_CRITERIA = "a criterion no longer holds ({names})"
STRUCK = "An approval of {id} does not hold: {why}."
NEXT_STRUCK = "Nothing was done. It waits to be approved again."
STRUCK_ROLE = "the role is not held now"
STRUCK_MAC = "the stored approval does not carry the bot's own mark"
FORGED = "the stored request does not carry the bot's own mark"
EXPIRED = "{id} expired unanswered. Nothing was done. Ask anew if it is still wanted."
DENIED = "{who} denied {id}: {reason}. Everything stays where it was."
CANCELLED = "{who} cancelled {id}. Nothing was done."
SUCCEEDED = "{id} is done and was read back: {what}"
FAILED = "{id} failed: {why}. Nothing was changed."
STOPPED_MIDWAY = "{id} stopped midway: {why}. This is how it stands, as it was read back:"
NEXT_MIDWAY = "See to the cause, then ask anew: what is done already stays done."
MIDWAY = "stopped midway"
NEXT_FAILED = "See to the cause, then ask anew."
UNSURE = "{id} may or may not have had its effect: {why}. It is not run again. Please look at the target."
UNDO = "The way back: {way}."
UNDO_BUTTON = "Undo…"
UNDOES = "This undoes {id}."
UNDONE = "Undone by {by}."
RULE_UNDO = "what was done is undone once, and as it was left"
UNDO_NOT_DONE = "{id} ({what}) is not done, so there is nothing to undo. What still waits can be cancelled."
UNDONE_ALREADY = (
    "{id} ({what}) was undone already, by {by}. Nothing happened. To have it again, ask for it anew."
)
UNDO_NO_WAY = "{id} ({what}) has no way back. Nothing happened. Ask for what you want instead."
UNDO_NO_WAY_BECAUSE = "{id} ({what}) has no way back: {why}. Nothing happened. Ask for what you want instead."
UNDO_NOT_GRANTED = (
    "The way back of {id} is `{action}`, which policy grants to nobody here. Ask whoever keeps the policies."
)
LEFT_AS = "{field} was left at {was} and is {now}"
CHANGED_SINCE = (
    "{id} is not undone: its target has changed since ({what})."
    " Look at it, then ask for what you want by name."
)
NOT_TIMED = "{action} cannot be limited by {words}. Leave it out; undo it when its time has come."
NOT_A_TIME = "{typed} is no time that I know. Write 30m, 2h or 3d: a minute at least, 30 days at most."
FILL_FOR = "For how long?"
FILL_FOR_HINT = "Such as 2h: then the way back is asked for. Leave it empty for no end."
LASTS_LABEL = "For"
LASTS_PROPOSED = "{lasted}; then the way back is asked for"
LASTS_TAKEN = "{lasted}; then it goes back by itself, unless somebody has changed it ({rule})"
ENDS_PROPOSED = "It ends {when}: the way back is then asked for. To end it sooner, undo it; later, extend it."
ENDS_TAKEN = "It ends {when}: it then goes back by itself ({rule}). To end it sooner, undo it."
ENDS_NEVER = "It was asked for {lasted}, but no way back is known: please end it yourself in time."
EXTENDS = "This lets {id} last longer; nothing else is done."
MORE_LABEL, ENDS_LABEL, THEN_LABEL = "Longer by", "It ends now", "It would end"
LASTS_LONGER = "{id} ends {when} now."
RULE_EXTEND = "what was asked for a time can last longer before it ends, as its approvers agree"
EXTEND_USAGE = "Write {words}: which request, and how much longer it is to last."
NO_END = "{id} has no end ahead: it was not asked for a time, is not done, or was undone. Nothing happened."
END_IS_PAST = "The time of {id} is over already. Nothing happened. Answer its way back, or ask for it anew."
TOO_LONG_IN_ALL = "{id} would last longer than {days} days in all. Nothing happened. Ask without a time."
END_HAS_MOVED = "its end was moved or it was undone since"
END_CAME_FIRST = "its time was over first"
UNDO_EXTENSION = "{id} only let {other} last longer. To end that now, undo {other}."
TIME_OVER_REASON = "{id} ({what}) was asked for {lasted}, which is over"
TIME_OVER_ASKED = (
    "{id} ({what}) was asked for {lasted}, which is over. {link} asks for the way back: please answer it."
)
TIME_OVER_CHANGED = (
    "{id} ({what}) was asked for {lasted}, which is over. It does not go back by itself: {what_changed}"
    " {link} asks for what was before: please look, and answer it."
)
TIME_OVER_GOES_BACK = (
    "{id} ({what}) was asked for {lasted}, which is over. It goes back by itself, as {rule} says: {link}"
)
TIME_OVER_NO_WAY = (
    "{id} ({what}) was asked for {lasted}, which is over, and stays as it is. {why} Please look at it."
)
TIME_OVER_NOBODY = "Nobody who asked for it may ask for its way back now: {words}."
BY_RULE = "No approval is needed: {rule}"
BY_RULE_STAMP = "policy {rule}"
NOT_ITS_TIME = "it is not the way back of something whose time is over, or no policy lets it happen by itself"
NOTHING_TO_UNDO = "Nothing that was done in this thread can be undone. Name the request: undo R-… because …"
NOT_BY_ITSELF = "no policy lets {action} happen by itself here"
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
RECOVERED = "Another replica finished it after the first one stopped."

SENDERS_TIME = "Sender's time"
"""The label of a claim that is shown in the reader's zone."""
TROUBLE = "Trouble"
PUT_RIGHT = "Put right: {what}"
OF_A_REQUEST = ("Asked by", "State")
"""The label of a fact that an action found and that is no good news."""
CLAIMS = "What the sender says (not verified)"
BESIDE = "Also asked for here"
AND_MORE = " and {count} more"
SEALED_MARK = "🔒"
SEALED_MEANS = "🔒 is sealed: when it changes before the run, the approval is void"
CUT = " … (cut here: too long for one message)"
VERIFIED_LABEL = "What Countersign did and read back"
CRITERIA_LABEL = "What must hold"
CONTAINING = "Containment is under way; this message will say what was verified."
NEXT_ACK = "{roles}: reply {words} before {due}."
NEXT_ACK_NO_CLOCK = "No answer is asked for: this severity is reviewed in batch."
NEXT_RESOLVE = "Next: {mention} when root cause and mitigation are known."
NEXT_AFTER_RESOLVED = "Next: {release} if the run was a false positive or is mitigated, and is not back yet."
REPEATED = "Told {count} more times by its sender."
ESCALATED = "Nobody acknowledged {title} within {minutes} minutes. {who} please reply {words}."
RUNG_NOW = "it has just begun."
RUNG_SAYS = "{title}: {say} {who} please reply {words}."
ESCALATED_TRAIL = "Escalated, step {rung}."
CLAIMED_QUARANTINED = "The record said Quarantined, but its files lay in {home} when the bot first looked."
NOT_DONE_LINE = "{action} was not done: {why}"
UNSURE_LINE = "{action}: {why} — please look"

MOVED = (
    "{channel} takes no messages of mine ({why}), so this stands here, and what follows in its thread too."
)
NOT_RECORDED = (
    "I could not record this, so nothing was done. My store is away. Please try again in a minute;"
    " if it is urgent, call the person on duty."
)
SLACK_REFUSED = "{why}. Nothing happened. Please tell who runs me: {words} lists what I need."

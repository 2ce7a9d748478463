"""Every sentence about alerts that people see: short, kind, and ending with the next step."""

from __future__ import annotations

RULE_ACKED_ONCE = "an alert is acknowledged once"
RULE_ACK_FIRING = "an alert is acknowledged while it fires"
RULE_OPEN = "words about an alert count until it is resolved"
RULE_SNOOZE_FIRING = "a snooze holds a clock that runs"
RULE_CASE_FIRST = "an alert with a case is resolved with its case (CM-16)"
RULE_COUNTS = "an alert is given to somebody who counts and has a part in its system"

NO_ALERT = "There is no alert in this thread to acknowledge."
NO_ALERT_HERE = "{id} does not live in this thread, so nothing happened. Please answer in {thread}."
ANSWER_THERE = "Please answer in {thread}: it counts only there."
ITS_THREAD = "its own thread"
NO_ALERT_NAMED = "There is no alert {id} here. Look up its id at the foot of its card."
WHICH_ALERT = "Which alert? Write it in the alert's thread, or name it: {words}."
NO_CASE_HERE = "This alert has no case; the message names {named}. Nothing happened. Leave the case out."
ACKED_ALREADY = "{who} acknowledged this alert {when} as {role}. The clock is already stopped."
ALERT_RESOLVED = "This alert is already resolved."
ACKED = "{who} acknowledged as {role} {when}. The clock is stopped."
ACK_HOLDS = " It holds until {until}, and longer when something is done."
LAPSED = (
    "Nothing was done since {who} acknowledged this {when}, so the acknowledgement has run out."
    " It fires again. Please reply {words}"
)
LAPSED_TRAIL = "The acknowledgement of {who} ran out: nothing followed."
BEFORE = " before {due}."

SNOOZED = (
    "{who} snoozed this as {role} until {until}: {why}. Nobody is called before; then the clock goes on."
)
SNOOZED_TRAIL = "Snoozed by {who} until {until}: {why}"
HELD_BACK = "Held back meanwhile: step {rungs} of the escalation."
AWAKE = "The snooze is over and the clock goes on. Please reply {words}"
SNOOZE_NOW = "No clock of this alert runs ({state}), so there is nothing to snooze."
SNOOZE_NO_TIME = "{typed} is no time that I know. Write 15m, 30m or 1h."
SNOOZE_TOO_LONG = (
    "An alert may be snoozed for {most} in all, and {left} of that is left. Ask for less, or ACK."
)
SNOOZE_NONE_LEFT = "nothing"

ASSIGNED = "{by} gave this alert to {to}. The clock {clock}."
ASSIGNED_TRAIL = "Given to {to} by {by} {when}"
CLOCK_RUNS = "runs on until somebody acknowledges"
CLOCK_STANDS = "stands still"
ASSIGNED_YOU = "{by} gave you this alert: {title}."
ASSIGNED_OPEN = "Open its thread"
ASSIGN_WHOM = "Name one person with @: {words}."
ASSIGN_NOBODY = "{who} cannot take it: {why}. Give it to a member who works on {system}."
NO_PART = "no policy gives them a part in this system"

REGRADED = "{who} made this {after} as {role} (it was {before}): {why}. {clock}"
REGRADED_TRAIL = "{who} made it {after} (it was {before}): {why}"
CLOCK_ANEW = "Its clock begins now."
NO_CLOCK_ANY_MORE = "No clock runs for it any more; it is reviewed in batch."
STILL_ACKED = "Its acknowledgement holds."
SAME_SEVERITY = "It is {severity} already. Nothing happened."
WHICH_SEVERITY = "Which severity? {system} has {known}."
NO_SUCH_SEVERITY = "{typed} is no severity of {system}. It has {known}."
NOBODY_ACKS = (
    "{severity} has a clock and no rule lets anybody of {system} acknowledge it, so it cannot be chosen here."
)

RESOLVED_BY = "{who} resolved this as {role}: {why}."
RESOLVED_TRAIL = "Resolved by {who} {when}: {why}"
RESOLVED_PLAIN = "Resolved "
SENDER_DONE = "Its sender says that it is over."
SENDER_FIRES = "Its sender has not said that it is over: what it tells again is only counted."
CASE_FIRST = "This alert has the case {case} and is resolved with it. Mention me in its thread with {words}."

TICKED = "{who} did: {points}"
UNTICKED = "{who} says that this is not done: {points}"
TICKED_BY = " · {who} {when}"
TICK_WHICH = "Which point? The list has {count}. Write {words}."
TICKED_ALREADY = "Nothing changed: it is so already. The list is on the alert's card."
NO_LIST = "This alert has no checklist."
CHECKLIST = "What to do, from the runbook"

CLOCK_RUNNING = "⏱ Nobody has it yet. Answer before {due}"
CLOCK_PASSED = "⏱ Nobody has it, and the time to answer is over since {due}"
CLOCK_ACKED = "⏱ The clock is stopped: {who} has it since {when}"
CLOCK_SNOOZED = "⏱ The clock is held until {until} by {who}"
CLOCK_NONE = "No clock runs for this severity"
CLOCK_OVER = "Over since {when}"
GIVEN_TO = " · given to {who}"
WHERE = "{system} · {subject}received {when}"
CASE = " · case {case}"
ON_CALL = "On call: "
LINKS = "Links"
KEPT_BACK = (
    "Policy keeps {count} of its sender's labels and texts away from here (signals.tells);"
    " look them up in what sent it."
)
OPEN_RUNBOOK = "Open the runbook"
ACKNOWLEDGE = "Acknowledge"

HOME_TITLE = "Your desk"
HOME_QUIET = "Nothing waits for you."
HOME_BUSY = "What waits for somebody, the most urgent first. Open a thread to answer."
HOME_APPROVE = "You may approve"
HOME_UNSEEN = "Alerts that nobody has"
HOME_MINE = "Alerts that you have"
HOME_ON_CALL = "Who is on call"
HOME_DUTY = "· that is you"
HOME_ENDED = "What ended last"
HOME_FOOT = "Kept fresh for a quarter of an hour after you open it. What you may do: {help}"

NEED_VALUE = "Please write {words}."
NEED_WHY = "Say why: {words}. The reason is shown in the thread and recorded."
TOO_MANY = "{word} is one value too many. Write {words}."
RECEIPT = "I take your words about {id}; its thread says so. You can close this."
USAGE = {
    "snooze": "snooze 30m because …",
    "assign": "assign @user",
    "severity": "severity {example} because …",
    "resolve": "resolve because …",
    "done": "done 1",
    "undone": "undone 1",
}
"""The words to type, by their first."""

TITLES = {
    "snooze": "Snooze…",
    "assign": "Assign…",
    "severity": "Change severity…",
    "resolve": "Resolve…",
    "done": "Tick the checklist…",
}
"""How the words read on buttons, in the menu and above their forms."""
SUBMIT = "Do it"
FIELD_TIME = "For how long?"
FIELD_TIME_HINT = "Such as 30m. The clock goes on afterwards."
FIELD_PERSON = "Who takes it?"
FIELD_SEVERITY = "How grave is it really?"
FIELD_POINTS = "What is done?"
FIELD_WHY = "Why? The thread shows it, and it is recorded."

ON_CALL_NOBODY = "The schedule {schedule} names nobody now, so {group} is called."
ON_CALL_AWAY = "The schedule {schedule} could not be asked ({why}), so {group} is called."
ON_CALL_STRANGERS = "The schedule {schedule} names somebody whom policy does not map to a Slack id."
ON_CALL_OLD = "Who is on call was last read {when}; {schedule} could not be asked since."
ON_CALL_NONE = "You have a part in no system, so there is nobody to tell you of."
ON_CALL_HEAD = "Who is on call now"
ON_CALL_LINE = "{system}: {who}"
ON_CALL_NO_SCHEDULE = "{system}: policy names no schedule; add `on_call` to its file."
OUTLASTS = "{title} is not over {hours} hours after it began. {say} {who} please look: {link}."
NOT_READ = "Slack did not let me read this thread ({why}). If somebody has answered, please answer again."
NOT_TOLD = "{notifier} could not be told: {why}. I keep trying; the ladder goes on meanwhile."
NOT_TOLD_GIVEN_UP = "{notifier} could not be told for {hours} hours and I have stopped trying: {why}."
TOLD_LATE = "{notifier} was told after all, {when}."
NO_SUCH_NOTIFIER = "policy no longer has it"
TELLS = "{title} ({id}) in {system}: nobody has answered yet."
TELLS_ANSWERED = "{title} ({id}) in {system} was acknowledged."
TELLS_LASTS = "{title} ({id}) in {system} is not over {hours} hours after it began. {say}"
TELLS_OVER = "{title} ({id}) in {system} is over."
UNANSWERED = "{action} of {target} has waited for approval since {since}. {who} please look: {link}."
UNANSWERED_SAYS = (
    "{say} {action} of {target} has waited for approval since {since}. {who} please look: {link}."
)
UNANSWERED_WHO = "Only {roles} may approve it; being reminded gives nobody the right."
OVERDUE = (
    "My own work is late: something has been due since {since} and no replica has done it. "
    "Clocks and executions wait with it. Please look at the replicas and at Redis."
)
OVERDUE_OVER = "My work was late from {since} to {until}; it is done in time again."
REVIEW = "{count} {severity} alerts of {system} wait for this review."

CLAIMS = "What the sender says (not verified)"
VERIFIED_LABEL = "What Countersign did and read back"
CONTAINING = "Containment is under way; this message will say what was verified."
NEXT_ACK = "{roles}: reply {words} before {due}."
NEXT_ACK_NO_CLOCK = "No answer is asked for: this severity is reviewed in batch."
NEXT_RESOLVE = "Next: mention me here with {words} when root cause and mitigation are known."
RESOLVE_CASE = "resolve-case"
NEXT_AFTER_RESOLVED = "Next: {release} if the run was a false positive or is mitigated, and is not back yet."
REPEATED = "Told again by its sender, so far: {count}."
ESCALATED = "Nobody acknowledged {title} within {minutes} minutes. {who} please reply {words}."
RUNG_NOW = "it has just begun."
RUNG_SAYS = "{title}: {say} {who} please reply {words}."
ESCALATED_TRAIL = "Escalated, step {rung}."

"""What people read when words are heard: commands, replies, help, forms."""

from __future__ import annotations

HINT = {
    "quoted": "A quoted reply does not count. To answer, write the word yourself in a new message.",
    "code": "Words in code marks do not count. To answer, write the word plainly in a new message.",
    "look-alike": "That word has letters of another script in it. Please type it with Latin letters.",
    "form": "That was not read as an answer. Write the word first, then a dash:",
}
OUTSIDE_THREAD = "An answer counts in the thread of its card. Open the thread and write it there."
BOT_SPOKE = "A bot wrote an answer here. Rule: bots never count. A person with the role must answer."

NOTHING_WAITS = "Nothing in this thread waits for an answer. What waits elsewhere: {pending}"
WHICH_ONE = "Which one do you mean? Nothing happened yet. Reply with its id:"
WHICH_LINE = "{reply} for {action} {target}"
ACK_AGAIN = "Acknowledge"
FORM_STALE = "That button took too long to reach the bot. Press this one:"
RECEIPT_ACK = "I count your acknowledgement of {id}; its thread says so. You can close this."
FILL_CONFIRM_DIFFERS = "This must be exactly: {target}"

WHICH_SYSTEM = "More than one system has that. Name the one you mean:"
NO_SUCH_TARGET = "No system has {target}. These are the names that policy lists:"
UNKNOWN_COMMAND = "{words} is no command that I know. Try {help}."
DID_YOU_MEAN = "Did you mean:"
WHICH_TO_CANCEL = "Which one? Write {words}. {pending} lists what is open."
NO_CASE_HERE = "There is no case in this thread. Use this in the thread of the alert."
OPEN_FORM = "Please document the case in this form. An approver reads it before the case is resolved."
LOCK_RECEIPT = "Everything stops now. A card in each channel says so. You can close this."
LIFT_RECEIPT = "Your word for lifting is heard; the lockdown's card shows who is counted. You can close this."
NOT_LOCKED = "There is no lockdown."
LIFTED_BEFORE = "Your word for lifting is counted already. It takes a second person."
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
HELP_REPLIES = "In a thread: {forms}"
FIELD_EMPTY = "Please fill this in."
SHEET_BUTTON = "Open the form"
SHEET_INTRO = "{title} for {target}. An approver reads this before the case is resolved."
ANSWER_TITLE_APPROVE = "Approve {id}"
ANSWER_TITLE_DENY = "Deny {id}"
ANSWER_REASON_APPROVE = "What did you check?"
ANSWER_REASON_DENY = "Why not?"

"""What people read while a request is made, limited in time, extended or undone."""

from __future__ import annotations

RULE_CANCEL = "only who asked can cancel, and only before it runs"
COMMAND_AGAIN = "Yes, that was me"
RECEIPT_TITLE = "Received"
RECEIPT_BECAUSE = "Because: {why}"
RECEIPT_LOOKING = "I look at the target now; the request's card follows in its thread or channel."
RECEIPT_WAITS = "{who} then approves or denies it. You can close this."
RECEIPT_CANCEL = "I take {id} back; its card says so. You can close this."
RECEIPT_ALONE = "Policy asks for no approval. You can close this."
FILL_MISSING = "Still missing: {names}. Fill it in, or write {usage}."
FILL_TITLE = "Complete the command"
FILL_SUBMIT = "Ask"
FILL_REASON = "Why? The approver reads this, and it is recorded."
FILL_CONFIRM = "To confirm, type {target}"
DRY_RUN = "This was a dry run: nothing was asked, nothing changes. Leave out {word} to ask for it."
DRY_RUN_TITLE = "Dry run: {title}"
CANNOT_CANCEL = "{id} is {state}. Nothing happened."
TARGET_AWAY = "{system} cannot be asked just now. {why} Nothing was asked of it. Try again in a minute."
TOO_MANY_OPEN = "This thread already has {count} open requests. Answer or cancel some first."
JOINED = "{id} already asks for the same. You are now a requester of it too, so you cannot approve it."
ASKED_ALREADY = "{id} already asks for the same, and you asked for it. It waits for an approver."
ASKED = "Asked: {link}. It waits for {who}."
ASKED_ALONE = "Asked: {link}. Policy asks for no approval; its card says how it ends."
CHANGED_CRITERIA = "a criterion no longer holds ({names})"
STRUCK_ROLE = "the role is not held now"
STRUCK_MAC = "the stored approval does not carry the bot's own mark"
NOT_TIMED = "{action} cannot be limited by {words}. Leave it out; undo it when its time has come."
NOT_A_TIME = "{typed} is no time that I know. Write 30m, 2h or 3d: a minute at least, 30 days at most."
FILL_FOR = "For how long?"
FILL_FOR_HINT = "Such as 2h: then the way back is asked for. Leave it empty for no end."
MORE_LABEL, ENDS_LABEL, THEN_LABEL = "Longer by", "It ends now", "It would end"
LASTS_LONGER = "{id} ends {when} now."
RULE_EXTEND = "what was asked for a time can last longer before it ends, as its approvers agree"
EXTEND_USAGE = "Write {words}: which request, and how much longer it is to last."
NO_END = "{id} has no end ahead: it was not asked for a time, is not done, or was undone. Nothing happened."
END_IS_PAST = "The time of {id} is over already. Nothing happened. Answer its way back, or ask for it anew."
TOO_LONG_IN_ALL = "{id} would last longer than {days} days in all. Nothing happened. Ask without a time."
END_HAS_MOVED = "its end was moved or it was undone since"
END_CAME_FIRST = "its time was over first"
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
NOT_ITS_TIME = "it is not the way back of something whose time is over, or no policy lets it happen by itself"
NOT_BY_ITSELF = "no policy lets {action} happen by itself here"

"""What a request's card and thread say of its life and its way back."""

from __future__ import annotations

VOID = "{id} is void: {what}. Nothing was done."
NEXT_VOID = "Look at the target, then ask anew."
STRUCK = "An approval of {id} does not hold: {why}."
NEXT_STRUCK = "Nothing was done. It waits to be approved again."
EXPIRED = "{id} expired unanswered. Nothing was done. Ask anew if it is still wanted."
DENIED = "{who} denied {id}: {reason}. Everything stays where it was."
CANCELLED = "{who} cancelled {id}. Nothing was done."
SUCCEEDED = "{id} is done and was read back: {what}"
FAILED = "{id} failed: {why}. Nothing was changed."
STOPPED_MIDWAY = "{id} stopped midway: {why}. This is how it stands, as it was read back:"
NEXT_MIDWAY = "See to the cause, then ask anew: what is done already stays done."
NEXT_FAILED = "See to the cause, then ask anew."
UNSURE = "{id} may or may not have had its effect: {why}. It is not run again. Please look at the target."
UNDO = "The way back: {way}."
UNDOES = "This undoes {id}."
UNDONE = "Undone by {by}."
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
LASTS_LABEL = "For"
LASTS_PROPOSED = "{lasted}; then the way back is asked for"
LASTS_TAKEN = "{lasted}; then it goes back by itself, unless somebody has changed it ({rule})"
ENDS_PROPOSED = "It ends {when}: the way back is then asked for. To end it sooner, undo it; later, extend it."
ENDS_TAKEN = "It ends {when}: it then goes back by itself ({rule}). To end it sooner, undo it."
ENDS_NEVER = "It was asked for {lasted}, but no way back is known: please end it yourself in time."
EXTENDS = "This lets {id} last longer; nothing else is done."
UNDO_EXTENSION = "{id} only let {other} last longer. To end that now, undo {other}."
BY_RULE = "No approval is needed: {rule}"
BESIDE = "Also asked for here"
AND_MORE = " and {count} more"
SEALED_MARK = "🔒"
SEALED_MEANS = "🔒 is sealed: when it changes before the run, the approval is void"
CRITERIA_LABEL = "What must hold"

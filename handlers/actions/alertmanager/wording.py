"""What people read about silences, in one place."""

from __future__ import annotations

MATCHERS_TITLE = "name=value … for 2h"
HINT_MATCHERS = "as in alertname=HighLatency instance=~web-.* for 2h"
HINT_SILENCE = "the silence's id, as `silences` lists it"

NO_MATCHER = (
    "`{word}` is no matcher; write `name=value`, `name!=value`, `name=~expression` or `name!~expression`."
    " For a space write `=~` and `\\s`"
)
NO_MATCHERS = "say what is to be hidden, such as `alertname=HighLatency`"
TOO_MANY = "{most} matchers are enough for one silence, and {longest} characters for all of them"
NO_LENGTH = "say for how long, such as `for 2h`"
TWO_LENGTHS = "say for how long only once"
BAD_LENGTH = "a silence lasts 1m at least and 30d at most"
NO_ID = "`{text}` is no silence's id; `silences` lists them"

TOO_LONG = "A silence lasts {longest} at most here (policy: `silences`, `longest`). Ask for a shorter one."
NOT_OURS = (
    "Silences here hide only what has {carried} (policy: `silences`, `carries`), so `{typed}` cannot stand in"
    " one. Ask in the system whose alerts these are."
)
NEVER = (
    "`{typed}` names alerts of {grave}, which are never hidden here (policy: `silences`, `hides`)."
    " Acknowledge the alert in its thread, or snooze it there."
)
SO_ALREADY = "Silence {id} hides this already, until {until}, by {by}. There is nothing to do."
NO_SUCH = "Alertmanager has no silence {id}. `silences` lists those of this system."
OVER_ALREADY = "Silence {id} has ended at {ended}. There is nothing to do."
OTHERS = "Silence {id} is not one of this system's: it does not carry {carried}. Ask whoever made it: {by}."

HIDES, ONLY_OF, AUDIBLE, LASTS = "Hides", "Only of", "Never hides", "For"
HIDDEN_NOW, WHICH = "Would hide now", "Firing now, and then hidden"
MADE_BY, UNTIL, WHY = "Made by", "Until", "Because"
FIRING_LINE = "{name} ({labels}), since {since}"
BOUNDS_CHANGED = "Policy or Alertmanager's address has changed since this was approved. Look there for {id}."
CANNOT_READ_BACK = "It cannot be read back: {why}"
TOLD_AGAIN, WHICH_AGAIN = "Would be told again", "Firing now, and told again"
NOTHING_FIRES, ONE_FIRES, COUNT = "nothing that fires just now", "1 firing alert", "{count} firing alerts"
AT_ONCE = "{length}, from the moment it is made"
MORE = "and {count} more"
NOT_GRAVE = "{grave}: {matchers}"
ALL_MAY = "nothing is too grave here"

MADE = "Silence {id} is {state}, until {until}."
MADE_AND_OVER = "Silence {id} was made, and has ended at {ended}."
HIDING = "It hides {matchers}."
DOUBLE_ENDED = "Alertmanager had made it twice; {id} was ended again."
ENDED = "Silence {id} has ended: Alertmanager says since {ended}."
NOT_SEEN = "Alertmanager does not list the silence. Look there for {id}."
CHANGED = "Silence {id} is not as it was sealed; somebody has changed it."
NOT_ENDED = "Alertmanager still lists silence {id} as {state}."

OVER = "Silence {id} ended at {ended}, when its time was over."
OVER_EARLY = "Silence {id} was ended at {ended}, before its time; Alertmanager does not tell by whom."
FORGOTTEN = "Alertmanager no longer knows the silence of {id}: it hides nothing any more."
STILL_FIRES = "Still firing: {alert}"
NOTHING_FIRES_NOW = "Nothing of what it hid fires now."
FIRES_UNCLEAR = "What fires now cannot be told: {why}"

TITLE = "The silences of this system, and until when"
COLUMNS = ("Silence", "State", "Hides", "Who", "Why", "Ends (UTC)")
LISTED = "{active} active, {pending} pending, {over} ended lately"
LISTED_OTHERS = "; {count} more without {carried}, made elsewhere, may hide its alerts too"
OF_OTHERS = "{state}, for all that fits"
OTHERS_UNCLEAR = "Those made elsewhere without this system's labels cannot be told: {why}"
NONE = "Alertmanager has no silence with {carried}."
STAMP = "[countersign {id}]"
COMMENT = "{reason}{by} {stamp}"
APPROVED_BY = "; approved by {who}"
MAKER = "countersign"
MOMENT = "%Y-%m-%d %H:%M UTC"

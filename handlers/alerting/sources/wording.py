"""What cards call a sender's claims, and what a sender is told of a body that cannot be taken."""

DESCRIPTION = "Description"
VALUE = "Value"
LABELS = "Labels"
RISK_FLAGS = "Risk flags"
UNNAMED = "an alert that policy has no rule for"
AGAINST = "{value} (threshold {threshold})"

LATE_NAME = "CountersignDueWorkLate"
LATE_TITLE = "Countersign's own work is late"
LATE_DESCRIPTION = (
    "Something has been due for a while and no replica has done it. Clocks and executions wait with it. "
    "Please look at the replicas and at Redis."
)

GRAPH = "Graph"
MANAGER = "Where it was sent from"
RUNBOOK = "Runbook"
SENDERS_RUNBOOK = "Runbook, says the sender"
DASHBOARD = "Dashboard"
PANEL = "Panel"
IMAGE = "Picture of the panel"
SILENCE = "Silence it there"

NO_ALERTS = "alerts: there is none in this body"
TRUNCATED = "{source} left {count} alerts of a group out (its `max_alerts`): nobody is told of those."
NO_RULE = "policy of {system} has no rule for {source} alerts of {severity}"
NOT_TAKEN = "no policy takes {source} alerts"
NO_MAPPING = "no policy has a mapping of this name; there is: {known}"
NO_MAPPINGS = "only /alerts/generic takes the name of a mapping"

STRAYS = "Alerts of {source} that could not be taken and have no thread: {count}."
REFUSED = "{source} sends what cannot be taken, noticed so far: {count}."
STRAYS_BETWEEN = "From {first} to {last}."
STRAYS_SUMMARY = "Alerts of {source} that could not be taken"
NEXT_STRAYS = "Next: mend the sender or the policies. {check} says what policy makes of an alert's labels."

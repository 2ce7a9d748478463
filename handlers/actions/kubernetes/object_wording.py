"""What people read about config maps, secrets, manifests and jobs."""

from __future__ import annotations

HINT_OBJECT = "One that policy lists for this system."
HINT_CHANGE = "The key and its new value, such as pii_threshold=0.8."
HINT_KEY = "The key, such as jwt-secret."

NOT_AN_OBJECT = (
    "write an object's name: lower-case letters, digits, hyphens and dots, such as `egress-policies`"
)
NOT_A_CHANGE = "write the key and its new value with `=` between them, such as `pii_threshold=0.8`"

HINT_MANIFEST = "The manifest's name in the policy folder, such as emergency-network-policy."
NOT_A_KEY = "write a key of letters, digits, `-`, `_` and `.`, such as `jwt-secret`"

NOT_LISTED = "{name} is no {what} that policy lists here. It lists: {listed}."
NO_KEY = "Policy lists no key {key} of {name} to be changed. It lists: {listed}."
BAD_VALUE = "Policy does not let {key} of {name} be `{value}`: it must match {pattern}."
ANOTHER_VALUE = "{told} (another value)"
NOT_TOLD = "{size} bytes, not shown"
NOT_IN_WORDS = "none in words: a value that must not be seen is not told. Whoever keeps it can set it again."
ALREADY = "{key} of {name} already is {value}. Nothing need be done."
IMMUTABLE = (
    "{name} is immutable: the cluster lets nobody change it. Make another one and have it used instead."
)
NOT_SHOWN = "{size} bytes, not shown; SHA-256 {digest}"
ABSENT = "not there"

CONFIG_SET = "{key} in config map {name} is {value} (it was {before})."
CONFIG_SINCE = (
    "{key} in config map {name} was set to {wanted} and is {value} now: something else has changed it since."
)
RESTARTED = "{name} is restarted with it, as revision {revision}; {progress}"
THEN, OTHERS, WAY_BACK = "Then", "Other keys", "Way back"
FOLLOWED = "{names} restarted after it, so that the pods read it"
NOT_FOLLOWED = "nothing is restarted: pods that read it only at their start go on with what they have"
NOT_RESTARTED = (
    "{name} was not restarted; its pods go on with what they had. `restart {name}` has them read it."
)
MOVED_ON = "{name} is not as it was sealed and does not carry this request's stamp"
ANOTHER_ONE = "{name} is another deployment by now"

ROTATED = "{key} of secret {name} has a new value, made on the spot and shown to nobody; its other keys stay."
OF_A_KIND = (
    "{name} is a secret of type {type}, whose values are not made by chance. Only Opaque ones are rotated."
)
NEW_VALUE = "{what}, made when it runs and shown to nobody"
UNTOUCHED = "{count}; they stay as they are"
KEY_ABSENT = "there is none yet; it is made"
NO_WAY_BACK = "none: the old value is gone, except in a backup"

MANIFEST, NOW = "Manifest", "Now"
THERE = "it is there; what the manifest says is laid over it"
THERE_BY = "made or last written by {request}"
TAKEN_AWAY = "what it makes can be taken away again"
PUT_BACK = "what it changes can be put back as it was"
NOT_PUT_BACK = "none: nobody knows what the bot said of it before; the diff shows what it says now"
GOES = "it is taken away"
SAYS_AGAIN = "it says again what it said before the last apply; what others wrote stays"
PUT_BACK_DONE = "{kind} {name} says again what it said before; what others wrote of it stays."
MADE = "{kind} {name} is there as the manifest says; this request made it."
CHANGED = "{kind} {name} was there and now says what the manifest says."
OTHERS_TOO = "Other fields of {name} are written by: {managers}."
GONE_ALREADY = "{kind} {name} is not there. Nothing need be done."
NOT_OURS = (
    "{kind} {name} is not the bot's alone to take away: its fields are written by {managers}."
    " Whoever keeps it can take it away."
)
NOBODY_KNOWN = "nobody who left a stamp"
GONE = "{kind} {name} is gone."
GONE_AND_ANOTHER = "The {kind} {name} that was sealed is gone; another one of that name is there."

HINT_TEMPLATE = "The job's name in policy, such as migrate."
HINT_VALUES = "What it takes, such as limit=10."
IMAGE, COMMAND, FROM_SECRETS, BEFORE = "Image", "Command", "Gets", "Before it"
JOB, RUNNING = "Job", "it runs"
NOT_TAKEN = "The job {template} does not take `{value}`. It takes: {takes}."
MISSING = "The job {template} takes: {takes}. Write each with its value."
NO_IMAGE = "{name} names no image that the job could run."
NOT_BEFORE = (
    "{template} runs only after {job}, and none has succeeded within {within}."
    " Ask for `run-job {job}` first, then for this anew."
)
SUCCEEDED_AGO = "{job} succeeded {ago} ago"
JOB_DONE = "Job {name} ended with exit code 0. The end of its log:"
JOB_FAILED = "Job {name} failed ({reason}), {code}"
EXIT_CODE = "with exit code {code}"
NO_EXIT_CODE = "without an exit code"
JOB_RUNS = "Job {name} is made and runs; its end is told here."
JOB_GONE = "The job {template} was taken away before its end was seen."
ANOTHERS = "A Job {name} is there that this request did not make. Have it taken away, then ask anew."
FORGOTTEN = "no Job of {template} is there, and one that ended is kept only {keep}"
NO_LOG = "Its log could not be read: {why}"
EMPTY_LOG = "(it wrote nothing)"

SECRETS, OPENED_BY = "Secrets", "Opened by"
NO_SECRETS = "Policy lists no secret here. Add them under `cluster.secrets`; `{}` means: only saved."
SAVED = "Saved, encrypted: {names} in {file} ({size} bytes)."
DIGEST = "SHA-256 of the file: {sha256}"
NOT_WHOLE = "{file} was saved and is not what it was: its digest differs, or it is gone"

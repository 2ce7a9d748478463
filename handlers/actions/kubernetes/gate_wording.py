"""What people read about gates that ask for a backup or for evidence."""

from __future__ import annotations

BACKUP, EVIDENCE = "Backup", "Evidence"
IS_BACKED_UP = "It is backed up as it stands, within the last {ago}"
BACKED_UP = "as it stands now, in {file}"
NOT_BACKED_UP = (
    "none of it as it stands now within the last {ago}: `backup-secrets` first; this card is then renewed"
)
IS_KEPT = "The logs of its pods are saved as evidence, within the last {ago} and from as long ago"
KEPT = "the logs of all its containers are saved within the last {ago}"
LEFT = (
    "not saved yet: {names}. Save them with `preserve-evidence` or `preserve-logs {name}` first; this card is"
    " then renewed. A network policy (`apply`) cuts traffic at once and keeps the pods."
)

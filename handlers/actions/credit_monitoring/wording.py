"""What the forms and cards of the credit monitor say."""

from __future__ import annotations

SHEET_ANALYSIS = "What happened, and why."
SHEET_MITIGATION = "What was done so that it does not happen again."
SHEET_EVIDENCE = "How it is known that no personal or regulated data got out."
SHEET_EVIDENCE_MISSING = "This run is flagged as sensitive: say why nothing was exposed (CM-17)."
SHEET_BASELINE = "When the load was legitimate: why the baseline changes."
SHEET_BASELINE_MISSING = "The cause is legitimate load: say why the baseline changes (CM-17)."
CLAIMED_QUARANTINED = "The record said Quarantined, but its files lay in {home} when the bot first looked."

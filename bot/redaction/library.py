"""The detectors of bc-detect-secrets that are used, and why the others are not.

Only their patterns are: its own scan writes findings for source code, calls providers to verify them, and
for patterns with groups returns the group instead of the secret (`ghp` for a whole token of GitHub's).

Not used: Cloudant, IBM Cloud IAM, IBM COS and SoftLayer (their cost is cubic in the spaces after «key»),
Artifactory (10,000 steps for each «jfrog»), keyword and basic authentication (they take the rest of the line
with them, or miss what is not quoted; ours: `patterns`), entropy (it takes every digest and uid).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from handlers.redaction import Kind

_DETECTORS: tuple[tuple[type[RegexBasedDetector], Kind], ...] = (
    (AWSKeyDetector, Kind.KEY),
    (AzureStorageKeyDetector, Kind.KEY),
    (DiscordBotTokenDetector, Kind.TOKEN),
    (GitHubTokenDetector, Kind.TOKEN),
    (JwtTokenDetector, Kind.TOKEN),
    (MailchimpDetector, Kind.KEY),
    (NpmDetector, Kind.TOKEN),
    (SendGridDetector, Kind.KEY),
    (SlackDetector, Kind.TOKEN),
    (SquareOAuthDetector, Kind.TOKEN),
    (StripeDetector, Kind.KEY),
    (TwilioKeyDetector, Kind.KEY),
)


def detectors() -> Iterator[tuple[re.Pattern[str], Kind]]:
    """Every pattern, and what it finds."""
    for detector, kind in _DETECTORS:
        for pattern in detector().denylist:
            yield pattern, kind

"""What the library misses. In each pattern the group `hide` is taken out, or all of it without such a group.

Every pattern costs at most a constant number of steps a character: repeats are bounded, begin where a run of
such characters begins, or never give back what they took (`++`).
"""

from __future__ import annotations

import re

from handlers.redaction import Kind

_VALUE = (
    r"(?:(?P<quote>\\{0,4}[\"'`])(?P<hide>(?:(?!(?P=quote))(?:\\.|.))++)"
    r"|(?!(?:null|none|nil|true|false|undefined|\*+)(?=[,})\]]*+(?:[\s\"]|$)))(?P<bare>[^\s\"'`]\S*+))"
)
"""Quoted as in JSON or a shell, also within a text that is quoted itself; else up to white space."""
_NAMES = (
    r"(?:passw(?:or)?d|passwd|passphrase|passcode|pwd|secret|api[_.-]?key|access[_.-]?key|private[_.-]?key"
    r"|signing[_.-]?key|encryption[_.-]?key|account[_.-]?key|master[_.-]?key|credential|sess(?:ion)?[_.-]?id"
    r"|(?<![a-z])pass(?![a-z])|(?<![a-z])auth(?![a-z])|(?<![a-z])otp(?![a-z])|token(?!s\b))"
)
_ORDINARY = (
    r"(?!(?:required|incorrect|wrong|invalid|missing|empty|expired|too|not|set|correct|weak|ok|being)"
    r"(?=[.,;:)!]*+(?:\s|$)))"
)
_NO_CREDENTIAL = (
    r"(?!(?:tokens?|auth(?:entication|orization)?|realm|scheme|error|headers?|is|was|not|and|or)"
    r"(?=[.,;:)!]*+(?:\s|$)))"
)
_PREFIXES = (
    r"github_pat_|gh[pousr]_|gl(?:pat|dt|ft|soat|rt|imt|ptt|agent|oas)-|glcbt-|GR1348941|[srp]k_(?:live|test)_"
    r"|whsec_|xox[a-z]-|xoxe\.|xapp-|xwfp-|AIza|ya29\.|hf_|pypi-|do[opr]_v1_|npm_|shp(?:at|ss|ca|pa)_|dckr_pat_"
    r"|hv[sbr]\.|SG\.|AKC|AKIA|ASIA|ABIA|ACCA|AGE-SECRET-KEY-1|glsa_|glc_|lin_api_|rubygems_|PMAK-|sntrys_|EAAA"
    r"|eyJ"
)

PATTERNS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    # A header's value goes on to the end of the line, unless it is quoted.
    (
        re.compile(
            r"(?i)(?:proxy-)?authorization\\*[\"']?\s{0,4}[:=]\s{0,4}"
            r"(?:(?P<quote>\\*[\"'])(?P<hide>(?:(?!(?P=quote)).)++)|(?P<bare>\S.*+))"
        ),
        Kind.TOKEN,
    ),
    (
        re.compile(
            r"(?i)(?:set-)?cookie\\*[\"']?\s{0,4}[:=]\s{0,4}"
            r"(?:(?P<quote>\\*[\"'])(?P<hide>(?:(?!(?P=quote)).)++)|(?P<bare>\S.*+))"
        ),
        Kind.TOKEN,
    ),
    # DB_PASSWORD=…, "clientSecret": "…", x-api-key: …, \"token\": \"…\", --password …, password[0] => …
    (
        re.compile(
            rf"(?i){_NAMES}[\w.-]{{0,40}}(?:\[\w{{0,20}}\])?\\{{0,4}}[\"'`\]]{{0,2}}"
            rf"(?:\s{{0,8}}(?::=|=>|={{1,3}}|::?)\s{{0,8}}){_VALUE}"
        ),
        Kind.SECRET,
    ),
    (
        re.compile(rf"(?i)(?<![\w-])--?[\w-]{{0,40}}{_NAMES}[\w-]{{0,20}}\s{{1,8}}{_VALUE}"),
        Kind.SECRET,
    ),
    (
        re.compile(
            rf"(?i)\b(?:password|passphrase|passcode|pin)\s{{1,4}}(?:is|was|=)\s{{1,4}}{_ORDINARY}(?P<hide>\S++)"
        ),
        Kind.PASSWORD,
    ),
    (
        re.compile(
            rf"(?i)\b(?:bearer|basic|digest|negotiate|apikey)\s{{1,4}}{_NO_CREDENTIAL}(?P<hide>[^\s\"'`]{{6,}}+)"
        ),
        Kind.TOKEN,
    ),
    (re.compile(rf"(?<![A-Za-z0-9])(?:{_PREFIXES})[A-Za-z0-9._~+/=-]{{8,}}+"), Kind.TOKEN),
    (re.compile(r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{16,}+"), Kind.TOKEN),
    (re.compile(r"https?://hooks\.slack\.com/\S++"), Kind.TOKEN),
    # In a URL also as %40. What stands before it never contains an @, so no start is tried twice.
    (
        re.compile(r"(?<![\w.+'-])[\w.+'-]++(?:@|%40)(?=[\w.-]{0,255}\.[^\W\d_]{2})[\w.-]++"),
        Kind.EMAIL,
    ),
    (re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"), Kind.PERSON),
    (
        re.compile(
            r"(?i)\b(?:mrn|medical[ _-]record(?:[ _-](?:number|no\.?|id))?|patient[ _-]?(?:id|no|number)"
            r"|nhs[ _-]?(?:no|number)"
            r"|ssn|social security(?: number)?)\\*[\"']?[\s:=#]{1,6}\\*[\"']?(?P<hide>[\w-]{3,}+)"
        ),
        Kind.PERSON,
    ),
    (re.compile(r"(?<![\w+.])\+\d{1,3}[ .()-]{0,2}\d(?:[ .()-]{0,2}\d){6,12}(?!\d)"), Kind.PHONE),
    (re.compile(r"(?<![\w.-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"), Kind.PHONE),
)

KEY_BEGINS = re.compile(r"BEGIN[A-Z0-9 ]{1,40}PRIVATE KEY|PuTTY-User-Key-File|AGE-SECRET-KEY")
KEY_ENDS = re.compile(r"END[A-Z0-9 ]{1,40}PRIVATE KEY|Private-MAC")

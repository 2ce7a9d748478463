"""What people read when Alertmanager does not do as it should. Neither address nor token stands here."""

ODD = "What answers at `alertmanager_url` is not Alertmanager's API, version 2."
BAD_MATCHERS = (
    "Alertmanager does not take these matchers. Its expressions are RE2's; correct them and ask again."
)
UNNAMED = "an alert whose name is kept back"
NO_RULES = "The system has no `silences` in policy. Add them and start again."

"""Where alerts come from. A new source is a module here, and its line in `SOURCES`."""

from __future__ import annotations

from handlers.alerting.sources import alertmanager, generic, grafana, run_record
from handlers.alerting.sources.source import Source

SOURCES: dict[str, Source] = {
    one.name: one for one in (alertmanager.SOURCE, grafana.SOURCE, generic.SOURCE, run_record.SOURCE)
}
"""Every source, by the last part of its route: `POST /alerts/<name>`."""

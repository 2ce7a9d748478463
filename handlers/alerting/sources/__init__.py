"""Where alerts come from. A new source is a module here, and its line in `SOURCES`."""

from __future__ import annotations

from handlers.alerting.sources import alertmanager, generic, grafana, run_record, watchdog
from handlers.alerting.sources.source import Source

SOURCES: dict[str, Source] = {
    one.name: one
    for one in (alertmanager.SOURCE, grafana.SOURCE, generic.SOURCE, run_record.SOURCE, watchdog.SOURCE)
}
"""Every source by its name."""
ROUTED = {name: source for name, source in SOURCES.items() if source.routed}
"""Those with a route, by its last part: `POST /alerts/<name>`."""

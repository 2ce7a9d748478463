"""Actions of the credit monitor: quarantine, release and cases. Importing the package registers them."""

from handlers.actions.credit_monitoring import cases, files, readings
from handlers.actions.credit_monitoring.vocabulary import KIND

__all__ = ["KIND", "cases", "files", "readings"]

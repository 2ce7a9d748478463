"""Actions of the credit monitor: files, cases, reruns. Importing the package registers them."""

from handlers.actions.credit_monitoring import cases, files, readings, reruns, withdrawals
from handlers.actions.credit_monitoring.vocabulary import KIND

__all__ = ["KIND", "cases", "files", "readings", "reruns", "withdrawals"]

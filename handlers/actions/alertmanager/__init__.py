"""Silences in Alertmanager: made, ended and listed. Importing the package registers them."""

from handlers.actions.alertmanager import listing, silencing, unsilencing
from handlers.actions.alertmanager.vocabulary import KIND

__all__ = ["KIND", "listing", "silencing", "unsilencing"]

"""The methods of the Web API, by family."""

from __future__ import annotations

from sandbox.slack.methods import app_methods, chat, conversations, directory, file_methods, view_methods
from sandbox.slack.web_api import Method

METHODS: dict[str, Method] = {
    **app_methods.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **directory.METHODS,
    **file_methods.METHODS,
    **view_methods.METHODS,
}

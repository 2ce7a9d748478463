"""Alertmanager's API, version 2: silences, and the alerts that fire."""

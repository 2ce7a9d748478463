"""Prometheus and whatever speaks its HTTP API (Thanos, Mimir, VictoriaMetrics): ranges of measured values."""

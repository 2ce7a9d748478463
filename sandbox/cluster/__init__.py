"""A practice Kubernetes cluster: it speaks the HTTP API for what the bot's actions use, 501 for the rest."""

from __future__ import annotations

from sandbox.cluster.practice import PracticeCluster

__all__ = ["PracticeCluster"]

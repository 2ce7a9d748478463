"""A real Kubernetes control plane for the contract tests: docs/cluster.md."""

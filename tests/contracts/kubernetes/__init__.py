"""The adapter against an API server: the practice cluster, or a real one in its place.

`COUNTERSIGN_CONTRACT_KUBECONFIG` names an administrator's kubeconfig of a real one; `make test-cluster` has
one of its own (docs/cluster.md). Every test gets a new namespace there, and the bot in it an account with no
more than the documented Role.
"""

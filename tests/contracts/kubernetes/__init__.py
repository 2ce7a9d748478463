"""The adapter against an API server: the practice cluster, or a real one in its place.

`COUNTERSIGN_CONTRACT_KUBECONFIG` names a kubeconfig whose account may change deployments in a
namespace `auditron` with a deployment `auditron-api` of three replicas, an autoscaler
(3 to 10) and at least two revisions.
"""

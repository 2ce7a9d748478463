package plane

import (
	"fmt"
	"path/filepath"
)

// What the parts are told. No flag stands here that has its usual value.

func etcdArguments(folder, clients, peers string, k *keys) []string {
	return []string{
		"--data-dir=" + filepath.Join(folder, "etcd-data"),
		"--listen-client-url=" + clients,
		"--listen-peer-url=" + peers,
		"--cert-file=" + k.etcd.Certificate,
		"--key-file=" + k.etcd.Key,
		"--trusted-ca-file=" + k.authority.Path,
	}
}

func apiServerArguments(folder, etcd string, port int, k *keys) []string {
	return []string{
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--endpoint-reconciler-type=none", // An address on loopback cannot be an endpoint.
		"--service-cluster-ip-range=10.96.0.0/16",
		"--shutdown-delay-duration=0s",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--client-ca-file=" + k.authority.Path,
		"--tls-cert-file=" + k.server.Certificate,
		"--tls-private-key-file=" + k.server.Key,
		"--etcd-servers=" + etcd,
		"--etcd-cafile=" + k.authority.Path,
		"--etcd-certfile=" + k.toEtcd.Certificate,
		"--etcd-keyfile=" + k.toEtcd.Key,
		"--kubelet-preferred-address-types=InternalIP", // The names of the nodes stand in no DNS.
		"--kubelet-certificate-authority=" + k.authority.Path,
		"--kubelet-client-certificate=" + k.toNodes.Certificate,
		"--kubelet-client-key=" + k.toNodes.Key,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + k.signing,
		"--service-account-signing-key-file=" + k.signing,
		"--requestheader-client-ca-file=" + k.front.Path,
		"--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + k.toFront.Certificate,
		"--proxy-client-key-file=" + k.toFront.Key,
		"--audit-policy-file=" + filepath.Join(folder, auditPolicyFile),
		"--audit-log-path=" + filepath.Join(folder, auditFile),
	}
}

func managerArguments(kubeconfig string, k *keys) []string {
	return append(clientArguments(kubeconfig),
		"--use-service-account-credentials",
		"--service-account-private-key-file="+k.signing,
		"--root-ca-file="+k.authority.Path,
	)
}

func schedulerArguments(kubeconfig string) []string { return clientArguments(kubeconfig) }

// clientArguments are those of the parts that are there once, serve nobody, and are in a hurry.
func clientArguments(kubeconfig string) []string {
	return []string{
		"--kubeconfig=" + kubeconfig,
		"--secure-port=0",
		"--leader-elect=false",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
	}
}

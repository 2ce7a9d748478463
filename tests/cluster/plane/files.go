package plane

import (
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"countersign.dev/tests/cluster/certificates"
)

// auditPolicy keeps every request, and of those that change something what was sent; never a secret's value.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    resources:
      - {group: "", resources: [secrets, configmaps, serviceaccounts/token]}
      - {group: authentication.k8s.io, resources: [tokenreviews]}
  - level: Request
    verbs: [create, update, patch, delete, deletecollection]
  - level: Metadata
`

// keys are the certificates of one control plane.
type keys struct {
	authority, front *certificates.Authority
	server           certificates.Pair
	etcd, toEtcd     certificates.Pair
	toNodes, toFront certificates.Pair
	signing          string
}

func makeKeys(folder string) (*keys, error) {
	var made keys
	var err error
	if made.authority, err = certificates.New(folder, "authority"); err != nil {
		return nil, err
	}
	if made.front, err = certificates.New(folder, "front-authority"); err != nil {
		return nil, err
	}
	inside := []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	if made.server, err = made.authority.Server("kube-apiserver", inside); err != nil {
		return nil, err
	}
	if made.etcd, err = made.authority.Server("etcd", nil); err != nil {
		return nil, err
	}
	if made.toEtcd, err = made.authority.Client("etcd-client", "kube-apiserver"); err != nil {
		return nil, err
	}
	if made.toNodes, err = made.authority.Client("kubelet-client", "kube-apiserver-kubelet-client"); err != nil {
		return nil, err
	}
	if made.toFront, err = made.front.Client("front-client", "front-proxy"); err != nil {
		return nil, err
	}
	made.signing = filepath.Join(folder, "service-accounts.key")
	return &made, certificates.SigningKey(made.signing)
}

// writeKubeconfig makes a certificate for user and a kubeconfig with it inside; the answer is the kubeconfig's path.
func (k *keys) writeKubeconfig(folder, url, name, user string, groups ...string) (string, error) {
	pair, err := k.authority.Client(name+"-client", user, groups...)
	if err != nil {
		return "", err
	}
	config := api.NewConfig()
	config.Clusters["cluster"] = &api.Cluster{Server: url}
	config.AuthInfos["user"] = &api.AuthInfo{}
	config.Contexts["cluster"] = &api.Context{Cluster: "cluster", AuthInfo: "user"}
	config.CurrentContext = "cluster"
	for into, from := range map[*[]byte]string{
		&config.Clusters["cluster"].CertificateAuthorityData: k.authority.Path,
		&config.AuthInfos["user"].ClientCertificateData:      pair.Certificate,
		&config.AuthInfos["user"].ClientKeyData:              pair.Key,
	} {
		if *into, err = os.ReadFile(from); err != nil {
			return "", err
		}
	}
	path := filepath.Join(folder, name+".kubeconfig")
	return path, clientcmd.WriteToFile(*config, path)
}

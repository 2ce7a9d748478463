package plane

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/client-go/kubernetes"
)

const (
	measuredGroup = "metrics.k8s.io"
	measuredAs    = "metrics.kube-system.svc"
)

// startMetrics starts the stand-in of a metrics server, and tells the API server to ask it.
func startMetrics(
	ctx context.Context, folder, url string, port int, client *kubernetes.Clientset, parts *supervisor, k *keys,
) error {
	kubeconfig, err := k.writeKubeconfig(folder, url, "metrics", "metrics-stand-in", "system:masters")
	if err != nil {
		return err
	}
	server, err := k.authority.Server("metrics", []string{measuredAs})
	if err != nil {
		return err
	}
	err = parts.start("metrics", fmt.Sprintf("--address=127.0.0.1:%d", port), "--kubeconfig="+kubeconfig,
		"--cert-file="+server.Certificate, "--key-file="+server.Key, "--client-ca-file="+k.front.Path)
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(k.authority.Path)
	if err != nil {
		return err
	}
	// A name outside the cluster: a service of its own would need an address that is not on loopback.
	service := map[string]any{
		"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": "metrics"},
		"spec": map[string]any{"type": "ExternalName", "externalName": "localhost"},
	}
	offered := map[string]any{
		"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
		"metadata": map[string]any{"name": "v1beta1." + measuredGroup},
		"spec": map[string]any{
			"group": measuredGroup, "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
			"caBundle": authority,
			"service":  map[string]any{"namespace": "kube-system", "name": "metrics", "port": port},
		},
	}
	if err := post(ctx, client, "/api/v1/namespaces/kube-system/services", service); err != nil {
		return err
	}
	return post(ctx, client, "/apis/apiregistration.k8s.io/v1/apiservices", offered)
}

func post(ctx context.Context, client *kubernetes.Clientset, path string, made any) error {
	body, err := json.Marshal(made)
	if err != nil {
		return err
	}
	return client.RESTClient().Post().AbsPath(path).SetHeader("Content-Type", "application/json").Body(body).
		Do(ctx).Error()
}

// measures is whether figures of all nodes can be had.
func measures(client *kubernetes.Clientset) func(context.Context) bool {
	return func(ctx context.Context) bool {
		return client.RESTClient().Get().AbsPath("/apis/"+measuredGroup+"/v1beta1/nodes").Do(ctx).Error() == nil
	}
}

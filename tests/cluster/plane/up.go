// Package plane starts the parts of a control plane on loopback and ends them together.
package plane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/component-base/version"
)

const (
	auditPolicyFile = "audit-policy.yaml"
	auditFile       = "audit.jsonl"
	starting        = 2 * time.Minute
	lookEvery       = 50 * time.Millisecond
)

var nodeNames = []string{"node-1", "node-2", "node-3"}

// Ready is what is told on standard output, as one line of JSON, once the control plane can be used.
type Ready struct {
	Version    string `json:"version"`
	URL        string `json:"url"`
	Kubeconfig string `json:"kubeconfig"` // of an administrator
	Audit      string `json:"audit"`      // the audit log, one JSON object a line
}

// NewCommand starts everything in an empty folder, and ends it when it is told to or a part has ended.
func NewCommand() *cobra.Command {
	return &cobra.Command{
		Use:          "up FOLDER",
		Args:         cobra.ExactArgs(1),
		SilenceUsage: true,
		RunE: func(command *cobra.Command, arguments []string) error {
			folder, err := filepath.Abs(arguments[0])
			if err != nil {
				return err
			}
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return err
			}
			return run(command.Context(), folder, command.OutOrStdout())
		},
	}
}

func run(ctx context.Context, folder string, told io.Writer) error {
	parts := &supervisor{folder: folder, failed: make(chan string, 8)}
	defer parts.stop()
	ctx, cancel := context.WithTimeoutCause(ctx, 24*time.Hour, errors.New("its certificates have expired"))
	defer cancel()
	ready, err := start(ctx, folder, parts)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(told).Encode(ready); err != nil {
		return err
	}
	select {
	case part := <-parts.failed:
		return errors.New(part)
	case <-ctx.Done():
		return nil
	}
}

func start(ctx context.Context, folder string, parts *supervisor) (*Ready, error) {
	k, err := makeKeys(folder)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, auditPolicyFile), []byte(auditPolicy), 0o600); err != nil {
		return nil, err
	}
	ports, err := keptPorts(4)
	if err != nil {
		return nil, err
	}
	etcd, peers := fmt.Sprintf("https://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	url := fmt.Sprintf("https://127.0.0.1:%d", ports[2])
	admin, err := k.writeKubeconfig(folder, url, "admin", "admin", "system:masters")
	if err != nil {
		return nil, err
	}
	if err := parts.start("etcd", etcdArguments(folder, etcd, peers, k)...); err != nil {
		return nil, err
	}
	if err := parts.start("kube-apiserver", apiServerArguments(folder, etcd, ports[2], k)...); err != nil {
		return nil, err
	}
	client, err := clientOf(admin)
	if err != nil {
		return nil, err
	}
	if err := parts.until(ctx, "the API server", answers(client)); err != nil {
		return nil, err
	}
	if err := startClients(folder, url, parts, k); err != nil {
		return nil, err
	}
	if err := parts.until(ctx, "the namespace of the system", has(client, metav1.NamespaceSystem)); err != nil {
		return nil, err
	}
	if err := startMetrics(ctx, folder, url, ports[3], client, parts, k); err != nil {
		return nil, err
	}
	if err := parts.until(ctx, "the nodes", nodesReady(client)); err != nil {
		return nil, err
	}
	if err := parts.until(ctx, "the figures", measures(client)); err != nil {
		return nil, err
	}
	return &Ready{
		Version: version.Get().GitVersion, URL: url, Kubeconfig: admin, Audit: filepath.Join(folder, auditFile),
	}, nil
}

// startClients starts what talks to the API server: controllers, scheduler, nodes.
func startClients(folder, url string, parts *supervisor, k *keys) error {
	manager, err := k.writeKubeconfig(folder, url, "kube-controller-manager", "system:kube-controller-manager")
	if err != nil {
		return err
	}
	scheduler, err := k.writeKubeconfig(folder, url, "kube-scheduler", "system:kube-scheduler")
	if err != nil {
		return err
	}
	for _, name := range nodeNames {
		if _, err := k.writeKubeconfig(folder, url, name, "system:node:"+name, "system:nodes"); err != nil {
			return err
		}
		if _, err := k.authority.Server(name, []string{name}); err != nil {
			return err
		}
	}
	if err := parts.start("kube-controller-manager", managerArguments(manager, k)...); err != nil {
		return err
	}
	if err := parts.start("kube-scheduler", schedulerArguments(scheduler)...); err != nil {
		return err
	}
	return parts.start("nodes", append([]string{"--folder=" + folder, "--client-ca-file=" + k.authority.Path},
		nodeNames...)...)
}

func clientOf(kubeconfig string) (*kubernetes.Clientset, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

// until polls until it is so, a part has ended, or it takes too long.
func (s *supervisor) until(ctx context.Context, what string, is func(context.Context) bool) error {
	polled := wait.PollUntilContextTimeout(ctx, lookEvery, starting, true,
		func(ctx context.Context) (bool, error) {
			select {
			case part := <-s.failed:
				return false, errors.New(part)
			default:
				return is(ctx), nil
			}
		})
	if polled != nil {
		return fmt.Errorf("%s did not get ready: %w", what, polled)
	}
	return nil
}

func answers(client *kubernetes.Clientset) func(context.Context) bool {
	return func(ctx context.Context) bool {
		return client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil
	}
}

func has(client *kubernetes.Clientset, namespace string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		_, err := client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
		return err == nil
	}
}

// nodesReady is whether pods can be placed on every node: it is ready, and the taint of one that is not has gone.
func nodesReady(client *kubernetes.Clientset) func(context.Context) bool {
	return func(ctx context.Context) bool {
		nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil || len(nodes.Items) < len(nodeNames) {
			return false
		}
		for _, node := range nodes.Items {
			if len(node.Spec.Taints) > 0 || !ready(node.Status.Conditions) {
				return false
			}
		}
		return true
	}
}

func ready(conditions []corev1.NodeCondition) bool {
	for _, each := range conditions {
		if each.Type == corev1.NodeReady {
			return each.Status == corev1.ConditionTrue
		}
	}
	return false
}

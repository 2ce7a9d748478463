package metrics

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
)

const (
	group     = "metrics.k8s.io"
	version   = group + "/v1beta1"
	root      = "/apis/" + version
	standIn   = "countersign.dev/stand-in"
	notReal   = "these figures are made up"
	window    = "15s"
	core      = 150_000_000 // What a node without pods uses, in billionths of a core,
	kibibytes = 900_000     // and of memory.
)

// figures tells what pods and nodes might use: it follows from their uid and the minute.
type figures struct{ client *kubernetes.Clientset }

type object map[string]any

func (f *figures) routes() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET "+root, f.discover)
	routes.HandleFunc("GET "+root+"/nodes", answer("NodeMetrics", f.nodes))
	routes.HandleFunc("GET "+root+"/nodes/{name}", answer("NodeMetrics", f.nodes))
	routes.HandleFunc("GET "+root+"/pods", answer("PodMetrics", f.pods))
	routes.HandleFunc("GET "+root+"/namespaces/{namespace}/pods", answer("PodMetrics", f.pods))
	routes.HandleFunc("GET "+root+"/namespaces/{namespace}/pods/{name}", answer("PodMetrics", f.pods))
	return routes
}

func (f *figures) discover(to http.ResponseWriter, _ *http.Request) {
	resource := func(name, kind string, namespaced bool) object {
		return object{
			"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": []string{"get", "list"},
		}
	}
	send(to, http.StatusOK, object{
		"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version,
		"resources": []object{resource("nodes", "NodeMetrics", false), resource("pods", "PodMetrics", true)},
	})
}

// answer sends all that is found, or the one that is asked for by name.
func answer(kind string, find func(context.Context, *http.Request) ([]object, error)) http.HandlerFunc {
	return func(to http.ResponseWriter, asked *http.Request) {
		found, err := find(asked.Context(), asked)
		name := asked.PathValue("name")
		if err == nil && name != "" && len(found) == 0 {
			resource := map[string]string{"PodMetrics": "pods", "NodeMetrics": "nodes"}[kind]
			err = errors.NewNotFound(schema.GroupResource{Group: group, Resource: resource}, name)
		}
		status, told := err.(errors.APIStatus)
		switch {
		case told:
			refused := status.Status()
			refused.Kind, refused.APIVersion = "Status", "v1"
			send(to, int(refused.Code), refused)
		case err != nil:
			http.Error(to, err.Error(), http.StatusInternalServerError)
		case name != "":
			send(to, http.StatusOK, found[0])
		default:
			list := object{"kind": kind + "List", "apiVersion": version, "metadata": object{}, "items": found}
			send(to, http.StatusOK, list)
		}
	}
}

func (f *figures) pods(ctx context.Context, asked *http.Request) ([]object, error) {
	pods, err := f.client.CoreV1().Pods(asked.PathValue("namespace")).List(ctx, options(asked))
	if err != nil {
		return nil, err
	}
	found := []object{}
	for _, pod := range pods.Items {
		if pod.Status.Phase != corev1.PodRunning {
			continue
		}
		var containers []object
		for _, each := range pod.Spec.Containers {
			containers = append(containers, object{"name": each.Name, "usage": usage(guess(&pod, each.Name))})
		}
		one := shown("PodMetrics", pod.ObjectMeta)
		one["containers"] = containers
		found = append(found, one)
	}
	return found, nil
}

func (f *figures) nodes(ctx context.Context, asked *http.Request) ([]object, error) {
	nodes, err := f.client.CoreV1().Nodes().List(ctx, options(asked))
	if err != nil {
		return nil, err
	}
	found := []object{}
	for _, node := range nodes.Items {
		here := metav1.ListOptions{FieldSelector: "spec.nodeName=" + node.Name}
		pods, err := f.client.CoreV1().Pods("").List(ctx, here)
		if err != nil {
			return nil, err
		}
		cpu, memory := uint64(core), uint64(kibibytes)
		for _, pod := range pods.Items {
			for _, each := range pod.Spec.Containers {
				more, space := guess(&pod, each.Name)
				cpu, memory = cpu+more, memory+space
			}
		}
		one := shown("NodeMetrics", node.ObjectMeta)
		one["usage"] = usage(cpu, memory)
		found = append(found, one)
	}
	return found, nil
}

func options(asked *http.Request) metav1.ListOptions {
	found := metav1.ListOptions{LabelSelector: asked.URL.Query().Get("labelSelector")}
	if name := asked.PathValue("name"); name != "" {
		found.FieldSelector = "metadata.name=" + name
	}
	return found
}

func shown(kind string, of metav1.ObjectMeta) object {
	now := time.Now().UTC().Format(time.RFC3339)
	meta := object{
		"name": of.Name, "creationTimestamp": now, "labels": of.Labels, "annotations": object{standIn: notReal},
	}
	if of.Namespace != "" {
		meta["namespace"] = of.Namespace
	}
	return object{"kind": kind, "apiVersion": version, "metadata": meta, "timestamp": now, "window": window}
}

// guess is billionths of a core and kibibytes, the same for a whole minute.
func guess(pod *corev1.Pod, container string) (cpu, memory uint64) {
	steady := number(string(pod.UID) + container)
	moving := number(string(pod.UID) + time.Now().Format("15:04"))
	// Less than the 70 % of 250m that the tests' autoscaler aims at: it must not scale in the midst of a test.
	return 20_000_000 + steady%140_000_000 + moving%15_000_000, 60_000 + steady%360_000 + moving%8_000
}

func number(text string) uint64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(text))
	return hash.Sum64()
}

func usage(cpu, memory uint64) object {
	return object{"cpu": fmt.Sprintf("%dn", cpu), "memory": fmt.Sprintf("%dKi", memory)}
}

func send(to http.ResponseWriter, status int, body any) {
	to.Header().Set("Content-Type", "application/json")
	to.WriteHeader(status)
	_ = json.NewEncoder(to).Encode(body) // Who asked may have gone.
}

package node

import (
	"context"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/component-base/version"
)

const (
	leaseSeconds = 40
	renewEvery   = 10 * time.Second
)

// kubelet is one node and the pods on it.
type kubelet struct {
	client *kubernetes.Clientset
	name   string
	port   int
	events record.EventRecorder
	pods   *lives
}

func newKubelet(client *kubernetes.Clientset, name string, port int) *kubelet {
	broadcaster := record.NewBroadcaster()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	source := corev1.EventSource{Component: "kubelet", Host: name}
	recorder := broadcaster.NewRecorder(scheme.Scheme, source)
	return &kubelet{client, name, port, recorder, newLives()}
}

// beThere registers the node and says again and again that it is alive, as the node controller expects.
func (k *kubelet) beThere(ctx context.Context) error {
	node, err := k.client.CoreV1().Nodes().Create(ctx, k.node(), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	node.Status = k.status()
	if _, err := k.client.CoreV1().Nodes().UpdateStatus(ctx, node, metav1.UpdateOptions{}); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := k.renew(ctx, node); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(renewEvery):
		}
	}
	return nil
}

func (k *kubelet) renew(ctx context.Context, node *corev1.Node) error {
	leases := k.client.CoordinationV1().Leases(corev1.NamespaceNodeLease)
	seconds, now := int32(leaseSeconds), metav1.NowMicro()
	lease, err := leases.Get(ctx, k.name, metav1.GetOptions{})
	if errors.IsNotFound(err) {
		owner := metav1.OwnerReference{APIVersion: "v1", Kind: "Node", Name: node.Name, UID: node.UID}
		_, err = leases.Create(ctx, &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: k.name, OwnerReferences: []metav1.OwnerReference{owner}},
			Spec: coordinationv1.LeaseSpec{
				HolderIdentity: &k.name, LeaseDurationSeconds: &seconds, RenewTime: &now,
			},
		}, metav1.CreateOptions{})
		return err
	}
	if err != nil {
		return err
	}
	lease.Spec.RenewTime = &now
	_, err = leases.Update(ctx, lease, metav1.UpdateOptions{})
	return err
}

// keepPods lets the pods live that the scheduler places here.
func (k *kubelet) keepPods(ctx context.Context) error {
	here := informers.WithTweakListOptions(func(options *metav1.ListOptions) {
		options.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", k.name).String()
	})
	informer := informers.NewSharedInformerFactoryWithOptions(k.client, 0, here).Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(pod any) { k.saw(ctx, pod.(*corev1.Pod)) },
		UpdateFunc: func(_, pod any) { k.saw(ctx, pod.(*corev1.Pod)) },
		DeleteFunc: func(pod any) {
			if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(pod); err == nil {
				k.pods.end(key)
			}
		},
	})
	if err != nil {
		return err
	}
	informer.RunWithContext(ctx)
	return nil
}

func (k *kubelet) node() *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: k.name, Labels: map[string]string{
		corev1.LabelHostname: k.name, corev1.LabelOSStable: "linux", corev1.LabelArchStable: "amd64",
	}}}
}

func (k *kubelet) status() corev1.NodeStatus {
	has := corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("64"),
		corev1.ResourceMemory: resource.MustParse("256Gi"),
		corev1.ResourcePods:   resource.MustParse("500"),
	}
	status := corev1.NodeStatus{
		Capacity:        has,
		Allocatable:     has,
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(k.port)}},
		NodeInfo: corev1.NodeSystemInfo{
			KubeletVersion: version.Get().GitVersion, OperatingSystem: "linux", Architecture: "amd64",
			ContainerRuntimeVersion: "none://0",
		},
	}
	now := metav1.Now()
	for kind, value := range map[corev1.NodeConditionType]corev1.ConditionStatus{
		corev1.NodeReady: corev1.ConditionTrue, corev1.NodeMemoryPressure: corev1.ConditionFalse,
		corev1.NodeDiskPressure: corev1.ConditionFalse, corev1.NodePIDPressure: corev1.ConditionFalse,
	} {
		status.Conditions = append(status.Conditions, corev1.NodeCondition{
			Type: kind, Status: value, Reason: "Played", LastHeartbeatTime: now, LastTransitionTime: now,
		})
	}
	return status
}

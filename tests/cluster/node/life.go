package node

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// What becomes of a container stands in the tag of its image. Of every other image it runs and is ready, but in a
// pod that is not always restarted it finishes: there is something for it to do.
const (
	broken     = "broken"      // the image cannot be pulled
	neverReady = "never-ready" // it runs, and that is all
	crashes    = "crashes"     // it ends with exit code 1 soon after its start
	finishes   = "finishes"    // it ends with exit code 0 soon after its start
)

const (
	stepTakes    = 50 * time.Millisecond
	workTakes    = 500 * time.Millisecond
	firstBackOff = 10 * time.Second // as a kubelet's, and doubled each time up to the last
	lastBackOff  = 5 * time.Minute
)

// lives are the pods of a node that are alive, each with its own goroutine.
type lives struct {
	lock sync.Mutex
	held map[string]*life
}

// life is one pod from when it was seen here until it is gone.
type life struct {
	kubelet *kubelet
	pod     *corev1.Pod
	cancel  context.CancelFunc
	dying   bool
	lock    sync.Mutex // of the status
	status  corev1.PodStatus
}

func newLives() *lives { return &lives{held: map[string]*life{}} }

func (l *lives) end(key string) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if one, held := l.held[key]; held {
		one.cancel()
		delete(l.held, key)
	}
}

func (l *lives) find(key string) *life {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.held[key]
}

// saw begins a pod's life, or its end when somebody has deleted it.
func (k *kubelet) saw(ctx context.Context, pod *corev1.Pod) {
	key, err := cache.MetaNamespaceKeyFunc(pod)
	if err != nil {
		return
	}
	k.pods.lock.Lock()
	defer k.pods.lock.Unlock()
	one, held := k.pods.held[key]
	if held && one.pod.UID == pod.UID && (one.dying || pod.DeletionTimestamp == nil) {
		return
	}
	if held {
		one.cancel()
	}
	ctx, cancel := context.WithCancel(ctx)
	next := &life{kubelet: k, pod: pod, cancel: cancel, dying: pod.DeletionTimestamp != nil}
	pod.Status.DeepCopyInto(&next.status)
	k.pods.held[key] = next
	if next.dying {
		go next.die(ctx)
	} else {
		go next.live(ctx)
	}
}

func fateOf(container *corev1.Container) string {
	_, tag, _ := strings.Cut(container.Image[strings.LastIndex(container.Image, "/")+1:], ":")
	return tag
}

// fate is what becomes of the pod: that of its first container that has one.
func (l *life) fate() (string, *corev1.Container) {
	for at := range l.pod.Spec.Containers {
		container := &l.pod.Spec.Containers[at]
		switch tag := fateOf(container); tag {
		case broken, neverReady, crashes, finishes:
			return tag, container
		}
	}
	if l.pod.Spec.RestartPolicy != corev1.RestartPolicyAlways {
		return finishes, &l.pod.Spec.Containers[0]
	}
	return "", &l.pod.Spec.Containers[0]
}

func (l *life) live(ctx context.Context) {
	fate, container := l.fate()
	l.tell(ctx, corev1.PodPending, false, waiting("ContainerCreating", ""), 0)
	if !pause(ctx, stepTakes) {
		return
	}
	if fate == broken {
		l.failToPull(ctx, container)
		return
	}
	for restarts := int32(0); ; restarts++ {
		began := metav1.Now()
		l.event(corev1.EventTypeNormal, "Started", "Started container "+container.Name)
		l.tell(ctx, corev1.PodRunning, false, running(began), restarts)
		if fate == neverReady || !pause(ctx, stepTakes) {
			return
		}
		if fate == "" {
			l.tell(ctx, corev1.PodRunning, true, running(began), restarts)
			return
		}
		if !pause(ctx, workTakes) || !l.endOfWork(ctx, fate, began, restarts) {
			return
		}
	}
}

// endOfWork is whether the container is started again after its end.
func (l *life) endOfWork(ctx context.Context, fate string, began metav1.Time, restarts int32) bool {
	ended := terminated(fate, began)
	failed := ended.Terminated.ExitCode != 0
	policy := l.pod.Spec.RestartPolicy
	if policy == corev1.RestartPolicyNever || policy == corev1.RestartPolicyOnFailure && !failed {
		phase := corev1.PodSucceeded
		if failed {
			phase = corev1.PodFailed
		}
		l.tell(ctx, phase, false, ended, restarts)
		return false
	}
	backOff := min(firstBackOff<<min(restarts, 8), lastBackOff)
	message := fmt.Sprintf("back-off %s restarting failed container=%s pod=%s_%s(%s)",
		backOff, l.pod.Spec.Containers[0].Name, l.pod.Name, l.pod.Namespace, l.pod.UID)
	l.event(corev1.EventTypeWarning, "BackOff", message)
	l.tell(ctx, corev1.PodRunning, false, waiting("CrashLoopBackOff", message), restarts, ended)
	return pause(ctx, backOff)
}

func (l *life) failToPull(ctx context.Context, container *corev1.Container) {
	why := fmt.Sprintf("failed to pull and unpack image %q: not found", container.Image)
	l.event(corev1.EventTypeWarning, "Failed", "Failed to pull image: "+why)
	l.tell(ctx, corev1.PodPending, false, waiting("ErrImagePull", why), 0)
	if pause(ctx, workTakes) {
		message := fmt.Sprintf("Back-off pulling image %q", container.Image)
		l.event(corev1.EventTypeNormal, "BackOff", message)
		l.tell(ctx, corev1.PodPending, false, waiting("ImagePullBackOff", message), 0)
	}
}

// die takes a moment, then takes the pod out of the cluster: nothing in it needs its grace period.
func (l *life) die(ctx context.Context) {
	l.event(corev1.EventTypeNormal, "Killing", "Stopping container "+l.pod.Spec.Containers[0].Name)
	if !pause(ctx, stepTakes) {
		return
	}
	err := l.kubelet.client.CoreV1().Pods(l.pod.Namespace).Delete(ctx, l.pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: new(int64), Preconditions: &metav1.Preconditions{UID: &l.pod.UID},
	})
	if err != nil && ctx.Err() == nil {
		klog.ErrorS(err, "A pod could not be taken away", "pod", klog.KObj(l.pod))
	}
}

func (l *life) event(kind, reason, message string) {
	l.kubelet.events.Event(l.pod, kind, reason, message)
}

// tell writes the pod's status; last is how its containers ended before, if they did.
func (l *life) tell(
	ctx context.Context, phase corev1.PodPhase, ready bool, state corev1.ContainerState, restarts int32,
	last ...corev1.ContainerState,
) {
	status := statusOf(l.pod, phase, ready, state, restarts)
	if len(last) > 0 {
		l.setLast(&status, last[0])
	} else if restarts > 0 {
		l.keepLast(&status)
	}
	l.lock.Lock()
	l.status = status
	l.lock.Unlock()
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": l.pod.UID}, "status": status})
	if err == nil {
		_, err = l.kubelet.client.CoreV1().Pods(l.pod.Namespace).Patch(
			ctx, l.pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	}
	if err != nil && ctx.Err() == nil {
		klog.ErrorS(err, "A pod's status could not be told", "pod", klog.KObj(l.pod))
	}
}

func (l *life) setLast(status *corev1.PodStatus, last corev1.ContainerState) {
	for at := range status.ContainerStatuses {
		status.ContainerStatuses[at].LastTerminationState = last
	}
}

func (l *life) keepLast(status *corev1.PodStatus) {
	for at := range status.ContainerStatuses {
		status.ContainerStatuses[at].LastTerminationState = l.status.ContainerStatuses[at].LastTerminationState
	}
}

// pause is whether the life goes on afterwards.
func pause(ctx context.Context, time_ time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time_):
		return true
	}
}

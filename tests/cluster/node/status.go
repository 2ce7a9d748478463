package node

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func running(since metav1.Time) corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: since}}
}

func terminated(fate string, began metav1.Time) corev1.ContainerState {
	ended := &corev1.ContainerStateTerminated{StartedAt: began, FinishedAt: metav1.Now(), Reason: "Completed"}
	if fate == crashes {
		ended.Reason, ended.ExitCode = "Error", 1
	}
	return corev1.ContainerState{Terminated: ended}
}

func statusOf(
	pod *corev1.Pod, phase corev1.PodPhase, ready bool, state corev1.ContainerState, restarts int32,
) corev1.PodStatus {
	now := metav1.Now()
	status := corev1.PodStatus{
		Phase: phase, HostIP: "127.0.0.1", HostIPs: []corev1.HostIP{{IP: "127.0.0.1"}}, StartTime: &now,
	}
	if pod.Status.StartTime != nil {
		status.StartTime = pod.Status.StartTime
	}
	if phase == corev1.PodRunning {
		status.PodIP = addressOf(pod)
		status.PodIPs = []corev1.PodIP{{IP: status.PodIP}}
	}
	for _, each := range pod.Spec.Containers {
		started := state.Running != nil
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{
			Name: each.Name, Image: each.Image, Ready: ready, Started: &started, RestartCount: restarts, State: state,
		})
	}
	status.Conditions = conditions(phase, ready, now)
	return status
}

func conditions(phase corev1.PodPhase, ready bool, now metav1.Time) []corev1.PodCondition {
	is := map[bool]corev1.ConditionStatus{true: corev1.ConditionTrue, false: corev1.ConditionFalse}
	reason := ""
	switch {
	case phase == corev1.PodSucceeded:
		reason = "PodCompleted"
	case phase == corev1.PodFailed:
		reason = "PodFailed"
	case !ready:
		reason = "ContainersNotReady"
	}
	return []corev1.PodCondition{
		{Type: corev1.PodReadyToStartContainers, Status: is[phase == corev1.PodRunning], LastTransitionTime: now},
		{Type: corev1.PodInitialized, Status: corev1.ConditionTrue, LastTransitionTime: now},
		{Type: corev1.ContainersReady, Status: is[ready], Reason: reason, LastTransitionTime: now},
		{Type: corev1.PodReady, Status: is[ready], Reason: reason, LastTransitionTime: now},
	}
}

// addressOf is one of the many that nobody answers at.
func addressOf(pod *corev1.Pod) string {
	var number uint16
	for _, letter := range pod.UID {
		number = number*31 + uint16(letter)
	}
	return fmt.Sprintf("10.244.%d.%d", number>>8, number&255)
}

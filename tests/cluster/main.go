// Command control-plane is a Kubernetes control plane in one binary, for the contract tests.
//
// `control-plane up FOLDER` starts all of it on loopback; every other word runs one part in this process.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	_ "time/tzdata" // CronJobs name time zones

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"countersign.dev/tests/cluster/metrics"
	"countersign.dev/tests/cluster/node"
	"countersign.dev/tests/cluster/plane"
)

// The kernel ends the parts when the thread that started them ends, so that has to be the main one.
func init() { runtime.LockOSThread() }

var parts = map[string]func() *cobra.Command{
	"up":                      plane.NewCommand,
	"etcd":                    plane.NewEtcdCommand,
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": manager.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"nodes":                   node.NewCommand,
	"metrics":                 metrics.NewCommand,
}

func main() {
	if len(os.Args) > 1 {
		if part, known := parts[os.Args[1]]; known {
			command := part()
			command.SetArgs(os.Args[2:])
			if command.Context() == nil { // The parts of Kubernetes come with one that ends at a signal.
				ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
				defer stop()
				command.SetContext(ctx)
			}
			os.Exit(cli.Run(command))
		}
	}
	fmt.Fprintln(os.Stderr, "usage: control-plane up FOLDER")
	os.Exit(2)
}

// Package node plays kubelets: their nodes are ready, and pods live on them without a container.
package node

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// NewCommand plays one kubelet a name. Each has NAME.kubeconfig, NAME.crt and NAME.key in the folder.
func NewCommand() *cobra.Command {
	var folder, clientAuthority string
	command := &cobra.Command{Use: "nodes NAME…", SilenceUsage: true, Args: cobra.MinimumNArgs(1)}
	command.Flags().StringVar(&folder, "folder", "", "where kubeconfigs and keys lie")
	command.Flags().StringVar(&clientAuthority, "client-ca-file", "", "authority of the API server's certificate")
	command.RunE = func(command *cobra.Command, names []string) error {
		group, ctx := errgroup.WithContext(command.Context())
		for _, name := range names {
			group.Go(func() error { return play(ctx, name, filepath.Join(folder, name), clientAuthority) })
		}
		return group.Wait()
	}
	return command
}

func play(ctx context.Context, name, files, clientAuthority string) error {
	config, err := clientcmd.BuildConfigFromFlags("", files+".kubeconfig")
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 500, 1000
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	server, err := listen(files, clientAuthority)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	kubelet := newKubelet(client, name, server.port)
	group.Go(func() error { return server.serve(ctx, kubelet) })
	group.Go(func() error { return kubelet.beThere(ctx) })
	group.Go(func() error { return kubelet.keepPods(ctx) })
	return group.Wait()
}

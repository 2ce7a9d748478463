// Package metrics is a stand-in of a metrics server: nothing is measured, because nothing runs.
//
// https://github.com/kubernetes/design-proposals-archive/blob/main/instrumentation/resource-metrics-api.md
package metrics

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Files are where a stand-in finds who it is, who may call it, and the cluster that it tells about.
type Files struct{ Kubeconfig, Certificate, Key, ClientAuthority string }

// NewCommand serves the figures to an API server alone.
func NewCommand() *cobra.Command {
	var address string
	var files Files
	command := &cobra.Command{Use: "metrics", SilenceUsage: true, Args: cobra.NoArgs}
	command.Flags().StringVar(&address, "address", "", "where to listen")
	command.Flags().StringVar(&files.Kubeconfig, "kubeconfig", "", "the cluster")
	command.Flags().StringVar(&files.Certificate, "cert-file", "", "of this server")
	command.Flags().StringVar(&files.Key, "key-file", "", "of this server")
	command.Flags().StringVar(&files.ClientAuthority, "client-ca-file", "", "authority of the callers")
	command.RunE = func(command *cobra.Command, _ []string) error {
		return serve(command.Context(), address, files)
	}
	return command
}

func serve(ctx context.Context, address string, files Files) error {
	config, err := clientcmd.BuildConfigFromFlags("", files.Kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 500, 1000
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(files.ClientAuthority)
	if err != nil {
		return err
	}
	callers := x509.NewCertPool()
	if !callers.AppendCertsFromPEM(authority) {
		return errors.New("no certificate in " + files.ClientAuthority)
	}
	web := &http.Server{Addr: address, Handler: (&figures{client}).routes(), TLSConfig: &tls.Config{
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: callers, MinVersion: tls.VersionTLS12,
	}}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	if err := web.ListenAndServeTLS(files.Certificate, files.Key); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

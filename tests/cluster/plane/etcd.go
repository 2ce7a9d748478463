package plane

import (
	"errors"
	"net/url"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/client/pkg/v3/transport"
	"go.etcd.io/etcd/server/v3/embed"
)

// NewEtcdCommand runs an etcd of one member, which keeps nothing through a loss of power: its data is thrown away.
func NewEtcdCommand() *cobra.Command {
	var folder, clients, peers string
	var tls transport.TLSInfo
	command := &cobra.Command{Use: "etcd", SilenceUsage: true, Args: cobra.NoArgs}
	command.Flags().StringVar(&folder, "data-dir", "", "where the data lies")
	command.Flags().StringVar(&clients, "listen-client-url", "", "where the API server asks")
	command.Flags().StringVar(&peers, "listen-peer-url", "", "where nobody asks: there is one member")
	command.Flags().StringVar(&tls.CertFile, "cert-file", "", "certificate of the server")
	command.Flags().StringVar(&tls.KeyFile, "key-file", "", "key of the server")
	command.Flags().StringVar(&tls.TrustedCAFile, "trusted-ca-file", "", "authority of the clients")
	command.RunE = func(command *cobra.Command, _ []string) error {
		config := embed.NewConfig()
		config.Dir, config.UnsafeNoFsync, config.LogLevel = folder, true, "warn"
		tls.ClientCertAuth = true
		config.ClientTLSInfo = tls
		if err := listenAt(config, clients, peers); err != nil {
			return err
		}
		server, err := embed.StartEtcd(config)
		if err != nil {
			return err
		}
		defer server.Close()
		select {
		case err := <-server.Err():
			return err
		case <-server.Server.StopNotify():
			return errors.New("etcd has stopped")
		case <-command.Context().Done():
			return nil
		}
	}
	return command
}

func listenAt(config *embed.Config, clients, peers string) error {
	client, err := url.Parse(clients)
	if err != nil {
		return err
	}
	peer, err := url.Parse(peers)
	if err != nil {
		return err
	}
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	return nil
}

package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
)

// server is where the API server asks for logs.
type server struct {
	listener net.Listener
	tls      *tls.Config
	port     int
}

func listen(files, clientAuthority string) (*server, error) {
	certificate, err := tls.LoadX509KeyPair(files+".crt", files+".key")
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(clientAuthority)
	if err != nil {
		return nil, err
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(authority) {
		return nil, errors.New("no certificate in " + clientAuthority)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &server{listener, &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clients,
		MinVersion:   tls.VersionTLS12,
	}, listener.Addr().(*net.TCPAddr).Port}, nil
}

func (s *server) serve(ctx context.Context, k *kubelet) error {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", k.serveLog)
	web := &http.Server{Handler: routes, BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	if err := web.Serve(tls.NewListener(s.listener, s.tls)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

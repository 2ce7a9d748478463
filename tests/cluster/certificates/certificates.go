// Package certificates makes the keys of one control plane: good for a day, kept in its folder only.
package certificates

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const lifetime = 24 * time.Hour

// Pair is where a certificate and its key lie, as PEM.
type Pair struct{ Certificate, Key string }

// Authority signs the certificates of one trust domain.
type Authority struct {
	// Path is where its own certificate lies, as PEM.
	Path        string
	folder      string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// New makes an authority whose files lie in folder.
func New(folder, name string) (*Authority, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	made := &Authority{folder: folder}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	made.key, made.certificate = key, template
	signed, err := made.sign(template, key)
	if err != nil {
		return nil, err
	}
	if made.certificate, err = x509.ParseCertificate(signed); err != nil {
		return nil, err
	}
	made.Path = filepath.Join(folder, name+".crt")
	return made, write(made.Path, "CERTIFICATE", signed)
}

// Client makes a certificate that tells an API server who calls: user, and groups.
func (a *Authority) Client(file, user string, groups ...string) (Pair, error) {
	return a.issue(file, &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// Server makes a certificate for a server on loopback that has these names and addresses besides.
func (a *Authority) Server(file string, names []string, addresses ...net.IP) (Pair, error) {
	return a.issue(file, &x509.Certificate{
		Subject:     pkix.Name{CommonName: file},
		DNSNames:    append([]string{"localhost"}, names...),
		IPAddresses: append([]net.IP{net.IPv4(127, 0, 0, 1)}, addresses...),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
}

func (a *Authority) issue(file string, template *x509.Certificate) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	signed, err := a.sign(template, key)
	if err != nil {
		return Pair{}, err
	}
	path := filepath.Join(a.folder, file)
	pair := Pair{Certificate: path + ".crt", Key: path + ".key"}
	if err := write(pair.Certificate, "CERTIFICATE", signed); err != nil {
		return Pair{}, err
	}
	return pair, writeKey(pair.Key, key)
}

func (a *Authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Minute)
	template.NotAfter = template.NotBefore.Add(lifetime)
	return x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
}

// SigningKey makes the key that service account tokens are signed with.
func SigningKey(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return writeKey(path, key)
}

// writeKey writes a private key that only its owner can read.
func writeKey(path string, key *ecdsa.PrivateKey) error {
	bytes, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return write(path, "EC PRIVATE KEY", bytes)
}

func write(path, kind string, bytes []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600)
}

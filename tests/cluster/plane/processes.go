package plane

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const patience = 5 * time.Second // An API server that is told to stop waits a minute for its watches.

// process is one part of the control plane, run by this same binary.
type process struct {
	name    string
	command *exec.Cmd
	ended   chan struct{}
}

// supervisor starts the parts and ends them, the last first.
type supervisor struct {
	folder  string
	started []*process
	failed  chan string
}

// start runs one part, whose output goes to a file of its name. The kernel ends it together with this process.
func (s *supervisor) start(name string, arguments ...string) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	output, err := os.Create(filepath.Join(s.folder, name+".log"))
	if err != nil {
		return err
	}
	defer output.Close()
	part := &process{name, exec.Command(binary, append([]string{name}, arguments...)...), make(chan struct{})}
	part.command.Args[0] = name // It is the field manager of what the part writes.
	part.command.Stdout, part.command.Stderr = output, output
	part.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := part.command.Start(); err != nil {
		return err
	}
	s.started = append(s.started, part)
	go func() {
		_ = part.command.Wait() // How it ended is in its log.
		close(part.ended)
		s.failed <- fmt.Sprintf("%s has ended: see %s", name, output.Name())
	}()
	return nil
}

// stop asks each part to end, and ends it when it takes too long.
func (s *supervisor) stop() {
	deadline := time.After(patience)
	for at := len(s.started) - 1; at >= 0; at-- {
		part := s.started[at]
		_ = part.command.Process.Signal(syscall.SIGTERM)
		select {
		case <-part.ended:
		case <-deadline:
			_ = part.command.Process.Kill()
			<-part.ended
			deadline = time.After(0)
		}
	}
}

// keptPorts are ports on loopback that nobody else is given until this process ends: bound, and not listening.
func keptPorts(count int) ([]int, error) {
	var ports []int
	for range count {
		kept, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		// Who names the port is let in (socket(7)).
		if err := syscall.SetsockoptInt(kept, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
			return nil, err
		}
		if err := syscall.Bind(kept, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			return nil, err
		}
		address, err := syscall.Getsockname(kept)
		if err != nil {
			return nil, err
		}
		ports = append(ports, address.(*syscall.SockaddrInet4).Port)
	}
	return ports, nil
}

package node

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A container writes a few lines at its start and then one a second; some have what must never reach a chat.
// All names, numbers and secrets in them are invented.
var (
	firstLines = []string{
		"INFO  starting",
		"DEBUG connecting to postgres://auditron:invented-password@postgres:5432/auditron",
		"INFO  ready",
	}
	laterLines = []string{
		"INFO  GET /health 200 3ms",
		"WARN  slow query: 1.8s",
		"DEBUG query text: patient Jane Example, MRN 00012345, asks about her lisinopril dose",
		"ERROR upstream timeout after 5000ms, retrying (1/3)",
	}
	lastLines = map[string]string{crashes: "FATAL cannot go on", finishes: "INFO  done"}
)

// line is one of a log. A log is a function of when its container began and ended: nothing is kept.
type line struct {
	at   time.Time
	text string
}

// wanted is what of a log was asked for, in the words of the API.
type wanted struct {
	since            time.Time
	tail, limit      int
	stamped, follows bool
}

func (k *kubelet) serveLog(to http.ResponseWriter, asked *http.Request) {
	one := k.pods.find(asked.PathValue("namespace") + "/" + asked.PathValue("pod"))
	if one == nil {
		refuse(to, http.StatusNotFound, fmt.Sprintf("pod %q not found", asked.PathValue("pod")))
		return
	}
	query := asked.URL.Query()
	log := func() ([]line, bool, error) {
		return one.log(asked.PathValue("container"), query.Get("previous") == "true")
	}
	if _, _, err := log(); err != nil {
		refuse(to, http.StatusBadRequest, err.Error())
		return
	}
	want, err := parse(query)
	if err != nil {
		refuse(to, http.StatusUnprocessableEntity, err.Error())
		return
	}
	to.Header().Set("Content-Type", "text/plain")
	write(to, asked, want, log)
}

// refuse answers in plain words, which the API server puts into its own.
func refuse(to http.ResponseWriter, status int, why string) {
	to.WriteHeader(status)
	_, _ = io.WriteString(to, why) // Who asked may have gone.
}

// log is every line until now, and whether there will be no more.
func (l *life) log(container string, previous bool) (known []line, over bool, err error) {
	began, ended, err := l.span(container, previous)
	if err != nil {
		return nil, true, err
	}
	fate, _ := l.fate()
	return lines(fate, began, ended, time.Now()), !ended.IsZero(), nil
}

// span is when the container began and ended; the end is zero while it runs.
func (l *life) span(container string, previous bool) (began, ended time.Time, err error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	for _, each := range l.status.ContainerStatuses {
		if each.Name != container {
			continue
		}
		state := each.State
		if previous || state.Waiting != nil && each.LastTerminationState.Terminated != nil {
			state = each.LastTerminationState
		}
		switch {
		case state.Terminated != nil:
			return state.Terminated.StartedAt.Time, state.Terminated.FinishedAt.Time, nil
		case previous:
			err = fmt.Errorf("previous terminated container %q in pod %q not found", container, l.pod.Name)
		case state.Waiting != nil:
			err = fmt.Errorf("container %q in pod %q is waiting to start: %s",
				container, l.pod.Name, whyWaiting(state.Waiting))
		default:
			return state.Running.StartedAt.Time, ended, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("container %q in pod %q is not available", container, l.pod.Name)
	}
	return began, ended, err
}

// whyWaiting is in the kubelet's words.
func whyWaiting(state *corev1.ContainerStateWaiting) string {
	switch state.Reason {
	case "ErrImagePull":
		return "image can't be pulled"
	case "ImagePullBackOff":
		return "trying and failing to pull image"
	}
	return state.Reason
}

func lines(fate string, began, ended, now time.Time) []line {
	var found []line
	for _, text := range firstLines {
		found = append(found, line{began, text})
	}
	until := now
	if !ended.IsZero() {
		until = ended
	}
	for second := 1; began.Add(time.Duration(second) * time.Second).Before(until); second++ {
		text := laterLines[second%len(laterLines)]
		found = append(found, line{began.Add(time.Duration(second) * time.Second), text})
	}
	if last, ends := lastLines[fate]; ends && !ended.IsZero() {
		found = append(found, line{ended, last})
	}
	return found
}

func parse(query url.Values) (want wanted, err error) {
	want.tail, want.limit = -1, -1
	want.stamped, want.follows = query.Get("timestamps") == "true", query.Get("follow") == "true"
	for name, into := range map[string]*int{"tailLines": &want.tail, "limitBytes": &want.limit} {
		if text := query.Get(name); text != "" {
			if *into, err = strconv.Atoi(text); err != nil {
				return want, err
			}
		}
	}
	if text := query.Get("sinceSeconds"); text != "" {
		seconds, err := strconv.Atoi(text)
		want.since = time.Now().Add(-time.Duration(seconds) * time.Second)
		return want, err
	}
	if text := query.Get("sinceTime"); text != "" {
		want.since, err = time.Parse(time.RFC3339, text)
	}
	return want, err
}

// write sends what there is and, when it follows, each line as it comes, until the caller goes or the log ends.
func write(to http.ResponseWriter, asked *http.Request, want wanted, log func() ([]line, bool, error)) {
	known, over, err := log()
	sent := len(known)
	for len(known) > 0 && known[0].at.Before(want.since) {
		known = known[1:]
	}
	if want.tail >= 0 && len(known) > want.tail {
		known = known[len(known)-want.tail:]
	}
	for err == nil {
		for _, each := range known {
			if want.limit = put(to, each, want); want.limit == 0 {
				return
			}
		}
		to.(http.Flusher).Flush()
		if over || !want.follows || !pause(asked.Context(), stepTakes) {
			return
		}
		known, over, err = log()
		whole := len(known)
		known, sent = known[min(sent, whole):], whole
	}
}

// put writes one line, or what of it fits; the answer is how much may still be written, -1 for anything.
func put(to io.Writer, one line, want wanted) int {
	text := one.text + "\n"
	if want.stamped {
		text = one.at.UTC().Format(time.RFC3339Nano) + " " + text
	}
	if want.limit >= 0 && len(text) > want.limit {
		text = text[:want.limit]
	}
	if _, err := io.WriteString(to, text); err != nil {
		return 0
	}
	if want.limit < 0 {
		return want.limit
	}
	return want.limit - len(text)
}

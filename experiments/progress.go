package experiments

import (
	"sync"
	"time"
)

// Progress is what an experiment tells now and then, from one goroutine at a time.
type Progress struct {
	// Stage is what is being done, such as "givinostat-like, 100 held out: condot-identity".
	Stage string
	// Done of Total training rounds of all fits together; Total is 0 while nothing is trained.
	Done, Total int
	// Elapsed time of the experiment, and Left of its training at the rate so far.
	Elapsed, Left time.Duration
	// Message is a line that the user should read; mostly empty.
	Message string
}

// tellEvery is the least time between two reports without a message.
const tellEvery = 200 * time.Millisecond

// teller adds up the progress of fits that run side by side.
type teller struct {
	tell func(Progress)

	mu            sync.Mutex
	start, last   time.Time
	trainingStart time.Time
	stage         string
	done          map[string]int // rounds of each fit
	sum, total    int
	kept          int // rounds of the sum that an earlier run did
}

func newTeller(tell func(Progress)) *teller {
	return &teller{tell: tell, start: time.Now(), done: map[string]int{}}
}

// seconds since the experiment began.
func (t *teller) seconds() float64 { return time.Since(t.start).Seconds() }

// stageIs names what is being done.
func (t *teller) stageIs(stage string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stage = stage
	t.send("")
}

// expect adds rounds that will be trained.
func (t *teller) expect(rounds int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total += rounds
}

// skipped says that an earlier run did a fit of so many rounds.
func (t *teller) skipped(rounds int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum += rounds
	t.kept += rounds
}

// trained says that a fit has done so many rounds in all.
func (t *teller) trained(fit string, rounds int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.trainingStart.IsZero() {
		t.trainingStart = time.Now()
	}
	t.sum += rounds - t.done[fit]
	t.done[fit] = rounds
	if time.Since(t.last) >= tellEvery {
		t.send("")
	}
}

// message passes a line on at once.
func (t *teller) message(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.send(text)
}

// send needs the lock.
func (t *teller) send(message string) {
	if t.tell == nil {
		return
	}
	t.last = time.Now()
	p := Progress{Stage: t.stage, Done: t.sum, Total: t.total, Elapsed: time.Since(t.start), Message: message}
	if now := t.sum - t.kept; now > 0 {
		training := time.Since(t.trainingStart)
		p.Left = time.Duration(float64(training) * float64(t.total-t.sum) / float64(now))
	}
	t.tell(p)
}

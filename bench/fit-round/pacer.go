package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"
)

// pacer is a context that ends when its driver says so, and that makes the training loop,
// which asks it before every round, wait between blocks of rounds.
type pacer struct {
	context.Context
	commands *bufio.Scanner
	replies  io.Writer
	left     int       // rounds of this block that are still to come
	taken    int       // rounds let through in all
	started  time.Time // of this block
	over     bool
	err      error // of reading or writing
}

func newPacer(commands io.Reader, replies io.Writer) *pacer {
	return &pacer{Context: context.Background(), commands: bufio.NewScanner(commands), replies: replies}
}

// Err is nil for one round more.
func (p *pacer) Err() error {
	if p.left == 0 && !p.over {
		p.left, p.err = p.next()
		p.over = p.left == 0
	}
	if p.over {
		return context.Canceled
	}
	p.left--
	p.taken++
	return nil
}

// next answers the block that has ended and waits for the length of another.
func (p *pacer) next() (rounds int, err error) {
	reply := "{\"ready\": true}\n"
	if !p.started.IsZero() {
		reply = fmt.Sprintf("{\"seconds\": %.9f}\n", time.Since(p.started).Seconds())
	}
	if _, err := io.WriteString(p.replies, reply); err != nil {
		return 0, err
	}
	if !p.commands.Scan() {
		return 0, p.commands.Err()
	}
	if rounds, err = strconv.Atoi(p.commands.Text()); err != nil || rounds < 0 {
		return 0, fmt.Errorf("%q is not a number of rounds", p.commands.Text())
	}
	p.started = time.Now()
	return rounds, nil
}

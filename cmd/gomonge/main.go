// Command gomonge trains conditional optimal-transport maps and uses them.
//
//	gomonge synth       writes a task with a known answer
//	gomonge fit         trains a map on your data
//	gomonge transport   carries points by a trained map
//	gomonge evaluate    says how good a map is
//	gomonge inspect     says what a run or a model is
//	gomonge distance    measures how far one cloud is from another
//	gomonge backend     says what computes here, and gets XLA
//
// and the experiments of the papers, each a command. Every command's --help has
// examples. The result alone goes to the standard output, as one JSON object
// with --json; everything else goes to the standard error. Exit codes: 0 done;
// 1 a bug or the machine; 2 the request or the data is wrong; 3 training
// diverged; 4 no such backend; 130 interrupted.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

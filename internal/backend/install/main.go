// Command install gets an XLA plugin, cpu or cuda, before the first test or notebook runs. It is
// "gomonge backend install" for the Makefile, without the rest of gomonge to compile.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/gomonge/gomonge/internal/backend"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	platform := "cpu"
	if len(os.Args) > 1 {
		platform = os.Args[1]
	}
	c, err := backend.Install(ctx, platform, func(stage string) { fmt.Fprintln(os.Stderr, stage) })
	if err != nil {
		fmt.Fprintln(os.Stderr, "install:", err)
		os.Exit(1)
	}
	fmt.Println(c.Spec, c.Version, c.Path)
}

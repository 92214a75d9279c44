package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "The version of gomonge and of what it is made of",
		Example: `  gomonge version
  gomonge version --json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			versions := rundir.Versions()
			return a.result(versions, func(w io.Writer) {
				fmt.Fprintln(w, "gomonge", versions["gomonge"])
				for _, name := range slices.Sorted(maps.Keys(versions)) {
					if name != "gomonge" {
						fmt.Fprintln(w, name, versions[name])
					}
				}
			})
		},
	}
}

package main

import (
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

// defaultOut is where a command writes that was not told: runs/COMMAND-TIME.
func defaultOut(command string) string {
	return filepath.Join("runs", command+"-"+time.Now().Format("20060102-150405"))
}

// completeFrom completes a flag from a list.
func completeFrom(cmd *cobra.Command, flag string, values []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // there is no such flag
	}
}

package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// defaultOut is where a command writes that was not told: runs/COMMAND-TIME.
func defaultOut(command string) string {
	return filepath.Join("runs", command+"-"+time.Now().Format("20060102-150405"))
}

// completeFrom completes a flag from a list.
func completeFrom(cmd *cobra.Command, flag string, values []string) {
	complete(cmd, flag, cobra.ShellCompDirectiveDefault, func(string) []string { return values })
}

// complete completes a flag by what list returns for what is typed.
func complete(cmd *cobra.Command, flag string, how cobra.ShellCompDirective, list func(typed string) []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var fit []cobra.Completion
		for _, v := range list(typed) {
			if strings.HasPrefix(v, typed) {
				fit = append(fit, v)
			}
		}
		return fit, how | cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // there is no such flag
	}
}

// counted is a number of things: 1 row, 2 rows.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

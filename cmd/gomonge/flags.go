package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/spf13/cobra"
)

// defaultOut is where a command writes that was not told: runs/COMMAND-TIME,
// with a number behind it where that is taken.
func defaultOut(command string) string {
	base := filepath.Join("runs", command+"-"+time.Now().Format("20060102-150405"))
	name := base
	for n := 2; taken(name) || taken(name+rundir.Unfinished); n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	return name
}

func taken(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
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

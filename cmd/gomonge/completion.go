package main

import (
	"fmt"

	"github.com/gomonge/gomonge/internal/spell"
	"github.com/spf13/cobra"
)

func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "A script that completes commands and flags in your shell",
		Long: `completion prints a script for the shell. For this session:

  bash        source <(gomonge completion bash)
  zsh         source <(gomonge completion zsh)
  fish        gomonge completion fish | source
  powershell  gomonge completion powershell | Out-String | Invoke-Expression

For all sessions, put it where the shell looks for completions.`,
		Example: `  gomonge completion bash
  gomonge completion zsh`,
		ValidArgs: shells,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name one shell: bash, zsh, fish or powershell")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return machineError(root.GenBashCompletionV2(a.stdout, true))
			case "zsh":
				return machineError(root.GenZshCompletion(a.stdout))
			case "fish":
				return machineError(root.GenFishCompletion(a.stdout, true))
			case "powershell":
				return machineError(root.GenPowerShellCompletionWithDesc(a.stdout))
			}
			return fmt.Errorf("no completion for the shell %q (%s)", args[0], spell.Suggest(args[0], shells))
		},
	}
}

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/gomonge/gomonge/internal/backend"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

// engineInfo is what backend says of the engine that it would use.
type engineInfo struct {
	Name        string `json:"name"`
	Platform    string `json:"platform"`
	Version     string `json:"version"`
	Description string `json:"description"`
	Why         string `json:"why"`
	Fallback    bool   `json:"fallback"`
}

// candidateInfo is a line of backend list.
type candidateInfo struct {
	Spec     string   `json:"spec"`
	Platform string   `json:"platform,omitempty"`
	Version  string   `json:"version,omitempty"`
	Devices  []string `json:"devices,omitempty"`
	Path     string   `json:"path,omitempty"`
	Error    string   `json:"error,omitempty"`
}

func infoOf(c backend.Candidate) candidateInfo {
	info := candidateInfo{Spec: c.Spec, Platform: c.Platform, Version: c.Version, Devices: c.Devices, Path: c.Path}
	if c.Err != nil {
		info.Error = c.Err.Error()
	}
	return info
}

func (a *app) backendCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backend",
		Short: "What computes here: XLA through a plugin, or pure Go",
		Long: `backend says which engine computations would use, and why. It takes the first of
--backend, $GOMLX_BACKEND, the plugins in the folders of $PJRT_PLUGIN_LIBRARY_PATH, the
plugins where go-xla installs them, and pure Go, which needs nothing and is slower.`,
		Example: `  gomonge backend
  gomonge backend --backend go --json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			e, err := backend.Get(a.backend)
			if err != nil {
				return err
			}
			info := engineInfo{e.Name, e.Platform, e.Version, e.Description, e.Why, e.Fallback}
			return a.result(info, func(w io.Writer) {
				fmt.Fprintf(w, "%s\n%s\n%s\n", info.Name, info.Description, info.Why)
			})
		},
	}
	cmd.AddCommand(a.backendListCommand(), a.backendInstallCommand())
	return cmd
}

func (a *app) backendListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Every engine that is here, tried by running a small graph",
		Example: `  gomonge backend list
  gomonge backend list --json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			var list []candidateInfo
			for _, c := range backend.List() {
				list = append(list, infoOf(c))
			}
			return a.result(map[string]any{"backends": list}, func(w io.Writer) { writeCandidates(w, list) })
		},
	}
}

func writeCandidates(w io.Writer, list []candidateInfo) {
	t := newTable("backend", "platform", "version", "devices", "file")
	for _, c := range list {
		if c.Error != "" {
			t.AppendRow(table.Row{c.Spec, "does not work", c.Error, "", c.Path})
			continue
		}
		t.AppendRow(table.Row{c.Spec, c.Platform, c.Version, strings.Join(c.Devices, ", "), c.Path})
	}
	fmt.Fprintln(w, t.Render())
}

func (a *app) backendInstallCommand() *cobra.Command {
	platforms := []string{"cpu", "cuda"}
	return &cobra.Command{
		Use:   "install cpu|cuda",
		Short: "Get an XLA plugin, unless one is there that works",
		Long: `install gets the XLA plugin of a platform as a Python package, at a pinned version
and SHA-256, or from go-xla's releases where there is no pip; runs a small graph on it,
and moves it to where this and every program on go-xla find it. A plugin that
works is left alone. CUDA brings NVIDIA's libraries (2.5 GB) and needs a GPU.`,
		Example: `  gomonge backend install cpu`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name one platform: cpu or cuda")
			}
			if near := spell.Suggest(args[0], platforms); args[0] != "cpu" && args[0] != "cuda" {
				return fmt.Errorf("there is no plugin for the platform %q (%s)", args[0], near)
			}
			return nil
		},
		ValidArgs: platforms,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := backend.Install(cmd.Context(), args[0], func(stage string) { a.note("%s", stage) })
			if err != nil {
				return installError(cmd, err)
			}
			info := infoOf(c)
			return a.result(info, func(w io.Writer) {
				fmt.Fprintf(w, "%s works: %s\n%s\n", info.Spec, info.Version, info.Path)
			})
		},
	}
}

// installError is an error of the machine or the network, unless the user stopped it.
func installError(cmd *cobra.Command, err error) error {
	if cmd.Context().Err() != nil {
		return interrupted("interrupted; nothing was installed")
	}
	return machineError(err)
}

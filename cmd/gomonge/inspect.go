package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

func (a *app) inspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect RUN|MODEL",
		Short: "Say what a run or a model is, and how it was trained",
		Example: `  gomonge inspect runs/m
  gomonge inspect runs/m/model --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("name one folder: a run's or a model's")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.inspect(args[0]) },
	}
}

// inspection is what inspect says.
type inspection struct {
	Folder string         `json:"folder"`
	State  string         `json:"state,omitempty"` // of a run: finished, unfinished
	Run    *rundir.Config `json:"run,omitempty"`
	Report *train.Report  `json:"report,omitempty"`
	Model  *modelInfo     `json:"model,omitempty"`
	Files  []string       `json:"files"`
}

// modelInfo is what a model says of itself.
type modelInfo struct {
	Method     string   `json:"method"`
	Features   []string `json:"features"`
	Variables  []string `json:"variables"`
	Conditions []string `json:"conditions"`
	Inverse    bool     `json:"inverse"`
	Warnings   []string `json:"warnings"`
	// Certificates of W₂², of models that have some.
	Certificates []certificateInfo `json:"certificates,omitempty"`
}

// certificateInfo is a certificate and the interval that comes of it.
type certificateInfo struct {
	Condition string  `json:"condition"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	condot.Certificate
}

func (a *app) inspect(folder string) error {
	i := inspection{Folder: filepath.Clean(folder)}
	if info, err := os.Stat(folder); err != nil {
		if partial := i.Folder + rundir.Unfinished; rundir.Finished(partial) {
			return a.inspect(partial)
		}
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is a file: name the folder of a run or a model", folder)
	}
	if rundir.Finished(folder) {
		if err := i.readRun(); err != nil {
			return err
		}
	}
	if err := a.inspectModel(&i); err != nil {
		return err
	}
	if i.Run == nil && i.Model == nil {
		return fmt.Errorf("%s is no run and no model: it has no %s and no %s", folder, rundir.ConfigFile, modelFile)
	}
	if err := i.list(); err != nil {
		return err
	}
	return a.result(&i, i.text)
}

func (i *inspection) readRun() (err error) {
	if i.Run, err = rundir.ReadConfig(i.Folder); err != nil {
		return err
	}
	i.State = "finished"
	if strings.HasSuffix(i.Folder, rundir.Unfinished) {
		i.State = "unfinished"
	}
	text, err := os.ReadFile(filepath.Join(i.Folder, reportFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, &i.Report)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(i.Folder, reportFile), err)
	}
	return nil
}

// inspectModel reads the model of a run, or the one that the folder is.
func (a *app) inspectModel(i *inspection) error {
	folder := modelFolder(i.Folder)
	if folder == "" {
		return nil
	}
	m, err := a.openModel(folder)
	if err != nil {
		return err
	}
	i.Model = &modelInfo{Method: m.method, Features: m.features, Inverse: m.inverse != nil, Warnings: append([]string{}, m.warnings...)}
	for _, v := range m.schema.Variables {
		i.Model.Variables = append(i.Model.Variables, variableText(v))
	}
	for _, c := range m.conditions {
		i.Model.Conditions = append(i.Model.Conditions, m.schema.Format(c))
	}
	if m.networks == nil {
		return nil
	}
	i.Report = cmp.Or(i.Report, m.networks.Report)
	for _, c := range m.networks.Certificates {
		low, high := c.Interval()
		i.Model.Certificates = append(i.Model.Certificates, certificateInfo{m.schema.Format(c.Condition), low, high, c})
	}
	return nil
}

// list finds the files of the folder.
func (i *inspection) list() error {
	return filepath.WalkDir(i.Folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(i.Folder, path)
			i.Files = append(i.Files, name)
		}
		return err
	})
}

func (i *inspection) text(w io.Writer) {
	t := newTable()
	if r := i.Run; r != nil {
		t.AppendRow(table.Row{"run", fmt.Sprintf("gomonge %s, %s, begun %s", r.Command, i.State, r.Started.Local().Format("2006-01-02 15:04"))})
		t.AppendRow(table.Row{"made with", fmt.Sprintf("gomonge %s, %s, gomlx %s", r.Versions["gomonge"], r.Versions["go"], r.Versions["gomlx"])})
		if r.Backend.Name != "" {
			t.AppendRow(table.Row{"backend", r.Backend.Name + " " + r.Backend.Version})
		}
		for _, f := range r.Data {
			t.AppendRow(table.Row{"data", fmt.Sprintf("%s (SHA-256 %.12s...)", f.File, f.SHA256)})
		}
	}
	if m := i.Model; m != nil {
		t.AppendRow(table.Row{"method", m.Method})
		t.AppendRow(table.Row{"features", fmt.Sprintf("%d: %s", len(m.Features), shortened(m.Features))})
		t.AppendRow(table.Row{"variables", strings.Join(m.Variables, "\n")})
		t.AppendRow(table.Row{"trained on", fmt.Sprintf("%d conditions: %s", len(m.Conditions), shortened(m.Conditions))})
		for _, warning := range m.Warnings {
			t.AppendRow(table.Row{"warning", warning})
		}
		for _, c := range m.Certificates {
			t.AppendRow(table.Row{"certificate", fmt.Sprintf("%s: W₂² is between %.4g and %.4g (in %s)", c.Condition, c.Low, c.High, c.Space)})
		}
	}
	if i.Report != nil {
		t.AppendRow(table.Row{"training", reportText(i.Report)})
	}
	t.AppendRow(table.Row{"files", strings.Join(i.Files, "\n")})
	fmt.Fprintln(w, t.Render())
}

// shortened lists the first of many names.
func shortened(names []string) string {
	const shown = 8
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:shown], ", ") + ", ..."
}

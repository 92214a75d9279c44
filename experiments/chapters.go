package experiments

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomonge/gomonge/internal/spell"
)

// ChaptersOptions of [Chapters].
type ChaptersOptions struct {
	// Only some chapters, by name; nil means all.
	Only []string
	Seed uint64
	// Quick runs the small and short form of each.
	Quick bool
	// Backend, Checkpoint, Resume and Progress are as in [AblationOptions].
	Backend    string
	Checkpoint string
	Resume     bool
	Progress   func(Progress)
}

// chapter is an experiment with its default options.
type chapter struct {
	name string
	// flags with which the command line does the same.
	flags string
	run   func(ctx context.Context, o ChaptersOptions) (*Result, error)
}

var chapters = []chapter{
	{"initialisation", "", func(ctx context.Context, o ChaptersOptions) (*Result, error) {
		return Initialisation(ctx, InitialisationOptions{Seed: o.Seed, Quick: o.Quick, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume, Progress: o.Progress})
	}},
	{"dosage", "", func(ctx context.Context, o ChaptersOptions) (*Result, error) {
		return Dosage(ctx, DosageOptions{Seed: o.Seed, Quick: o.Quick, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume, Progress: o.Progress})
	}},
	{"covariate", "", func(ctx context.Context, o ChaptersOptions) (*Result, error) {
		return Covariate(ctx, CovariateOptions{Seed: o.Seed, Quick: o.Quick, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume, Progress: o.Progress})
	}},
	{"combination", "", func(ctx context.Context, o ChaptersOptions) (*Result, error) {
		return Combination(ctx, CombinationOptions{Seed: o.Seed, Quick: o.Quick, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume, Progress: o.Progress})
	}},
	{"climate", "", func(ctx context.Context, o ChaptersOptions) (*Result, error) {
		return Climate(ctx, ClimateOptions{Seed: o.Seed, Quick: o.Quick, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume, Progress: o.Progress})
	}},
	{"sensitivity", "--method exact,gaussian,neural", func(ctx context.Context, o ChaptersOptions) (*Result, error) {
		return Sensitivity(ctx, SensitivityOptions{Methods: []string{"exact", "gaussian", neuralMethod}, Seed: o.Seed, Quick: o.Quick, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume, Progress: o.Progress})
	}},
	{"pictures", "", func(ctx context.Context, o ChaptersOptions) (*Result, error) {
		return Pictures(ctx, PicturesOptions{Seed: o.Seed, Quick: o.Quick, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume, Progress: o.Progress})
	}},
	{"compare", "", func(ctx context.Context, o ChaptersOptions) (*Result, error) {
		return Comparison(ctx, ComparisonOptions{Seed: o.Seed, Quick: o.Quick, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume, Progress: o.Progress})
	}},
	{"ablation", "", func(ctx context.Context, o ChaptersOptions) (*Result, error) {
		return Ablation(ctx, AblationOptions{Seed: o.Seed, Quick: o.Quick, Backend: o.Backend, Checkpoint: o.Checkpoint, Resume: o.Resume, Progress: o.Progress})
	}},
}

// ChapterNames are the experiments that [Chapters] runs, in this order.
func ChapterNames() (names []string) {
	for _, c := range chapters {
		names = append(names, c.name)
	}
	return names
}

// Chapters runs every experiment, one after the other, on data that ships or is simulated. The result holds their tables and
// figures, and in Chapters each by itself; written to a folder it makes one page of HTML with all of them.
func Chapters(ctx context.Context, o ChaptersOptions) (*Result, error) {
	for _, name := range o.Only {
		if !slices.Contains(ChapterNames(), name) {
			return nil, fmt.Errorf("experiments: there is no chapter %q (%s)", name, spell.Suggest(name, ChapterNames()))
		}
	}
	all := &Result{Experiment: "paper"}
	for _, c := range chapters {
		if o.Only != nil && !slices.Contains(o.Only, c.name) {
			continue
		}
		own := o
		if o.Checkpoint != "" {
			own.Checkpoint = filepath.Join(o.Checkpoint, c.name)
		}
		if o.Progress != nil {
			own.Progress = func(p Progress) { p.Stage = c.name + ": " + p.Stage; o.Progress(p) }
		}
		r, err := c.run(ctx, own)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		r.Command = o.command(c)
		all.add(c.name, r)
	}
	return all, nil
}

// command that makes a chapter.
func (o ChaptersOptions) command(c chapter) string {
	parts := []string{"gomonge", c.name}
	if c.flags != "" {
		parts = append(parts, c.flags)
	}
	if o.Seed != 0 {
		parts = append(parts, fmt.Sprint("--seed ", o.Seed))
	}
	if o.Quick {
		parts = append(parts, "--quick")
	}
	return strings.Join(parts, " ")
}

// add a chapter.
func (r *Result) add(name string, chapter *Result) {
	r.Chapters = append(r.Chapters, chapter)
	r.Engine = chapter.Engine
	r.Seconds += chapter.Seconds
	for _, row := range chapter.Table {
		row.Data = name + ": " + row.Data
		r.Table = append(r.Table, row)
	}
	for _, s := range chapter.Summary {
		s.Data = name + ": " + s.Data
		r.Summary = append(r.Summary, s)
	}
	r.Sheets = append(r.Sheets, chapter.Sheets...)
	for _, d := range chapter.Drawings {
		d.Name = name + "-" + d.Name
		r.Drawings = append(r.Drawings, d)
	}
	for _, n := range chapter.Notes {
		r.Notes = append(r.Notes, name+": "+n)
	}
	r.warn(name, chapter.Warnings...)
}

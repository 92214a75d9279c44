package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gomonge/gomonge/datasets"
	"github.com/gomonge/gomonge/internal/train"
	"github.com/gomonge/gomonge/projection"
	"github.com/spf13/pflag"
	"gonum.org/v1/gonum/mat"
)

// projectFlags say which latent space a map is trained in.
type projectFlags struct {
	project string
	hidden  []int
	coding  int // training steps of an autoencoder
}

// Kinds of --project.
const (
	pcaKind         = "pca"
	autoencoderKind = "ae"
)

func (o *projectFlags) add(f *pflag.FlagSet) {
	f.StringVar(&o.project, "project", "", "train in a latent space of the training rows: pca:K, or ae:K for an autoencoder, K dimensions; images are decoded")
	f.IntSliceVar(&o.hidden, "hidden", nil, "widths of the autoencoder's hidden layers (512,512)")
	f.IntVar(&o.coding, "project-steps", 0, "training steps of the autoencoder (0: 3000)")
}

// kind and dimensions of --project; "" for none.
func (o *projectFlags) kind() (kind string, components int, err error) {
	if o.project == "" {
		if o.hidden != nil || o.coding != 0 {
			return "", 0, errors.New("--hidden and --project-steps are of an autoencoder: ask for one with --project ae:K")
		}
		return "", 0, nil
	}
	kind, text, _ := strings.Cut(o.project, ":")
	components, err = strconv.Atoi(text)
	switch {
	case kind != pcaKind && kind != autoencoderKind || err != nil || components < 1:
		return "", 0, fmt.Errorf("--project %q: write pca:K or ae:K with the number K of dimensions, such as ae:50", o.project)
	case kind == pcaKind && (o.hidden != nil || o.coding != 0):
		return "", 0, errors.New("--hidden and --project-steps are of an autoencoder, not of principal components")
	case o.coding < 0:
		return "", 0, fmt.Errorf("--project-steps %d: give 1 or more", o.coding)
	}
	return kind, components, nil
}

// space is a latent space in words.
func (o *projectFlags) space() string {
	kind, components, _ := o.kind()
	if kind == pcaKind {
		return fmt.Sprintf("%d principal components", components)
	}
	return fmt.Sprintf("%d latent dimensions of an autoencoder", components)
}

// fitProjection fits the projection to the training rows, or goes on with that of an interrupted run.
func (a *app) fitProjection(ctx context.Context, r *runner, o *fitFlags, task *datasets.Task) (projection.Projection, error) {
	done, err := r.run.Checkpoint(projectionFolder)
	if err != nil {
		return nil, err
	}
	if r.resumed && exists(done) {
		return projection.Load(done, a.backend)
	}
	x, err := trainingPoints(task)
	if err != nil {
		return nil, err
	}
	kind, components, err := o.kind()
	if err != nil {
		return nil, err
	}
	var p projection.Projection
	if kind == pcaKind {
		pca, err := projection.FitPCA(x, components)
		if err != nil {
			return nil, fmt.Errorf("--project: %w", err)
		}
		p = pca
	} else if p, err = a.fitAutoencoder(ctx, r, o, components, x); err != nil {
		return nil, err
	}
	return p, p.Save(done)
}

// codingFile is the state of the autoencoder's training, in the run's checkpoints.
const codingFile = "autoencoder.safetensors"

// fitAutoencoder trains one with the run's seed and a checkpoint of its own.
func (a *app) fitAutoencoder(ctx context.Context, r *runner, o *fitFlags, components int, x mat.Matrix) (projection.Projection, error) {
	checkpoint, err := r.run.Checkpoint(codingFile)
	if err != nil {
		return nil, err
	}
	options := projection.AutoencoderOptions{Components: components, Hidden: o.hidden, Steps: o.coding, Seed: o.seed, Backend: a.backend,
		Checkpoint: checkpoint, Resume: r.resumed && exists(checkpoint)}
	if o.quick && o.coding == 0 {
		options.Steps = quickSteps
	}
	bar := a.meter("autoencoder")
	options.Progress = bar.show
	n, d := x.Dims()
	a.note("training an autoencoder on %d rows, %d features to %d dimensions", n, d, components)
	p, report, err := projection.FitAutoencoder(ctx, x, options)
	bar.end()
	r.keep = r.keep || exists(checkpoint)
	switch {
	case err != nil && report != nil: // training began: what was asked was in order
		return nil, machineError(err)
	case err != nil:
		return nil, fmt.Errorf("--project: %w", err)
	case report.Reason == train.Interrupted:
		return nil, stopped(r, fmt.Sprintf(" after %d of %s steps of the autoencoder", report.Steps, planned(report.Planned)))
	}
	for _, w := range report.Warnings {
		a.warn("the autoencoder: %s", w)
	}
	if n := len(report.Validation); n > 0 {
		a.note("the autoencoder loses %.3g of the variance of rows kept for validation", report.Validation[n-1].Value[0])
	}
	return p, nil
}

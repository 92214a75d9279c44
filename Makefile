# make quickstart   get XLA, then run the dosage experiment: its table and figures land in runs/
# make test         everything that CI checks
# make notebooks    run copies of the notebooks in quick mode and export them as HTML, in build/notebooks
# make notebooks-full  run the notebooks at full length and keep their outputs in notebooks/ (NOTEBOOKS=02-dosage for one)
# make lab          JupyterLab with the Go kernel, on this machine only (as root: LABFLAGS=--allow-root)
# make bench        speed, side by side with JAX and PyTorch
#
# environment.md says what each needs and what to do where something is missing.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help quickstart test notebooks notebooks-full lab bench

NOTEBOOKS ?= $(patsubst notebooks/%.ipynb,%,$(wildcard notebooks/*.ipynb))

help:
	@sed -n 's/^# make/make/p' Makefile

quickstart: plugin
	go run ./cmd/gomonge dosage

test: lint plugin unit pure race nocgo tools-test committed notebooks readme workflow
	@echo "make test: all passed"

notebooks: $(NOTEBOOKS:%=build/notebooks/%.html)

notebooks-full: $(NOTEBOOKS:%=full-%)

lab: kernel plugin
	$(BIN)/jupyter lab --ip=127.0.0.1 $(LABFLAGS)

bench: plugin
	bench/run

# ------------------------------------------------------------------------------------------------
# Parts of the above.
.PHONY: plugin kernel lint unit pure race nocgo tools-test committed readme workflow clean

PY    ?= python3
VENV  := .venv
BIN   := $(CURDIR)/$(VENV)/bin
export PATH := $(CURDIR)/bin:$(BIN):$(PATH)
export GOMLX_NO_AUTO_INSTALL := 1

SOURCES := $(shell git ls-files -co --exclude-standard '*.go' go.mod go.sum)

# XLA's CPU plugin, in go-xla's folder in the user's home; one that works is left alone.
plugin:
	go run ./internal/backend/install cpu

lint: $(VENV)/.go
	@bad=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$bad" ]; then echo "gofmt would change: $$bad" >&2; exit 1; fi
	go vet ./...
	$(BIN)/staticcheck ./...

# A missing plugin fails here: nothing falls back to pure Go. The plan of the house is read anew each time.
# Files that the tests write are opened with Python's own anndata and pyarrow.
unit: plugin $(VENV)/.python
	go test -count=1 .
	GOMLX_BACKEND=xla:cpu GOMONGE_PYTHON=$(BIN)/python go test -timeout 25m ./...

# The packages that compute with an engine, once more in pure Go.
USES_ENGINE := {{range .Deps}}{{if eq . "github.com/gomonge/gomonge/internal/backend"}}{{$$.ForTest}}{{end}}{{end}}
pure:
	GOMLX_BACKEND=go go test -timeout 25m -short $$(go list -test -f '$(USES_ENGINE)' ./... | sort -u)

# The packages that start goroutines or share state; of those that train, which the race detector slows down tenfold, the
# tests that do several things at once or stop in the middle. checkptr is off because the Go backend of
# gomlx/compute v0.1.6 makes a pointer past the end of its operand.
RACE   := GOMLX_BACKEND=xla:cpu GORACE=atexit_sleep_ms=0 go test -timeout 25m -race -short -gcflags=all=-d=checkptr=0
TRAINS := cmd/gomonge condot experiments ncmt
race: plugin
	$(RACE) $$(git grep -lE '\bsync\.(Mutex|Wait)|\bgo func|\.Go\(' -- '*.go' $(TRAINS:%=':!%') | xargs -n1 dirname | sort -u | sed 's|^|./|')
	$(RACE) -run 'Concurrent|Interrupt|GoesOn' $(TRAINS:%=./%)

# Without a C compiler there is no XLA, and everything else builds and runs.
nocgo:
	CGO_ENABLED=0 go build ./...
	CGO_ENABLED=0 go test ./internal/backend

tools-test: kernel
	cd tools && $(BIN)/python -m unittest

# Do the notebooks hold the outputs of a full run of the code that stands in them?
committed:
	$(PY) tools/checknb.py committed notebooks/*.ipynb

build/notebooks/%.html: notebooks/%.ipynb tools/checknb.py $(SOURCES) | kernel plugin
	GOMONGE_QUICK=1 $(BIN)/python tools/checknb.py run --timeout 1200 $< build/notebooks/$*.ipynb
	$(BIN)/python tools/checknb.py check build/notebooks/$*.ipynb
	$(BIN)/jupyter trust build/notebooks/$*.ipynb
	$(TO_HTML) build/notebooks/$*.ipynb --output $*.html

# A notebook is replaced when all of it ran and is fit to be committed.
full-%: kernel plugin
	GOMONGE_QUICK= $(BIN)/python tools/checknb.py run --timeout 3600 notebooks/$*.ipynb build/notebooks-full/$*.ipynb
	$(BIN)/python tools/checknb.py committed build/notebooks-full/$*.ipynb
	$(TO_HTML) build/notebooks-full/$*.ipynb --output $*.html
	cp build/notebooks-full/$*.ipynb notebooks/.$*.tmp && mv notebooks/.$*.tmp notebooks/$*.ipynb

TO_HTML = $(BIN)/jupyter nbconvert --log-level WARN --to html

# Every command that the texts show.
readme: plugin
	rm -rf build/task build/readme-fit build/predicted.csv
	go build -o bin/ ./cmd/...
	$(PY) tools/readme.py $(wildcard README.md environment.md)

# The Snakemake workflow on two cores, killed in the middle and gone on with; its plans for clusters.
workflow: plugin $(VENV)/workflow/.done
	go build -o bin/ ./cmd/gomonge
	cd workflow/tests && $(CURDIR)/$(VENV)/workflow/bin/python -m unittest

$(VENV)/workflow/.done: tools/workflow.txt
	$(PY) -m venv $(VENV)/workflow
	$(VENV)/workflow/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Python of the notebooks, the Go tools of tools/go.mod, and the kernel that ties them together.
kernel: $(VENV)/.kernel

$(VENV)/.python: tools/requirements.txt
	$(PY) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	$(BIN)/jupyter labextension disable --level=sys_prefix "@jupyterlab/apputils-extension:announcements"
	touch $@

$(VENV)/.go: tools/go.mod tools/go.sum
	mkdir -p $(BIN)
	cd tools && GOBIN=$(BIN) go install tool
	touch $@

$(VENV)/.kernel: tools/kernelenv.py $(VENV)/.python $(VENV)/.go
	JUPYTER_DATA_DIR=$(CURDIR)/$(VENV)/share/jupyter $(BIN)/gonb --install -raw_error
	$(BIN)/python tools/kernelenv.py $(VENV)
	touch $@

clean:
	rm -rf build bin

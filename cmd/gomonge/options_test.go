package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomonge/gomonge/condot"
)

func TestKebab(t *testing.T) {
	for name, want := range map[string]string{"NonNegativity": "non-negativity", "EMA": "ema", "Beta1": "beta1", "EMADecay": "ema-decay", "Width": "width"} {
		if got := kebab(name); got != want {
			t.Errorf("%s is written %s, want %s", name, got, want)
		}
	}
}

func TestSetOptions(t *testing.T) {
	var o condot.Options
	err := setOptions("condot", &o, []string{"init=gaussian", "architecture.width=32", "architecture.non-negativity=clamp", "ema=.5", "batch=128"})
	if err != nil {
		t.Fatal(err)
	}
	if o.Init != condot.GaussianInit || o.Architecture.Width != 32 || o.Architecture.NonNegativity != condot.ClampBoth || o.EMA != .5 || o.Batch != 128 {
		t.Errorf("the options are %+v", o)
	}
	for text, want := range map[string]string{
		"archtecture.width=3": "nearest: architecture.width",
		"width=3":             "nearest: architecture.width",
		"inti=gaussian":       "nearest: init",
		"seed=3":              "a flag of its own",
		"batch=many":          "a whole number",
		"rate=fast":           "a number",
		"init":                "key=value",
		"checkpoint=file":     "a flag of its own",
	} {
		if err := setOptions("condot", &o, []string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--opt %s: %v, want %q in it", text, err, want)
		}
	}
	if err := setOptions("condot", &o, []string{"batch=1", "batch=2"}); err == nil {
		t.Error("an option that is given twice is taken")
	}
	if err := setOptions("identity", &struct{}{}, []string{"a=1"}); err == nil || !strings.Contains(err.Error(), "no options") {
		t.Errorf("an option of a method without any: %v", err)
	}
}

func TestOptionsLeaveFlagsOut(t *testing.T) {
	var keys []string
	for _, o := range optionsOf(&condot.Options{}) {
		keys = append(keys, o.key)
	}
	for _, k := range flagOptions {
		if slices.Contains(keys, k) {
			t.Errorf("%s is an option and a flag", k)
		}
	}
	if !slices.Contains(keys, "encoding.combinator") {
		t.Errorf("the options are %v", keys)
	}
}

// TestOptionHelp holds the help against the options that exist.
func TestOptionHelp(t *testing.T) {
	for _, m := range methods() {
		if m.options == nil {
			continue
		}
		help := optionHelp[m.explained]
		for _, o := range optionsOf(m.options()) {
			if help[o.key] == "" {
				t.Errorf("--opt %s of %s is not explained", o.key, m.name)
			}
		}
		if n := len(optionsOf(m.options())); len(help) != n {
			t.Errorf("%d options of %s are explained, there are %d", len(help), m.name, n)
		}
	}
}

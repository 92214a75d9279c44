package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/gomonge/gomonge/internal/rundir"
	"github.com/gomonge/gomonge/internal/spell"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// notSettings are flags that say nothing about the numbers of a run.
var notSettings = []string{"help", "json", "quiet", "out", "overwrite", "config", "resume"}

// changeable are settings that a run may go on with otherwise: they change its numbers by rounding alone.
var changeable = []string{"devices"}

// settingsOf are all flags of a command by name, as config.json keeps them.
func settingsOf(cmd *cobra.Command) map[string]any {
	settings := map[string]any{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(notSettings, f.Name) {
			settings[f.Name] = settingOf(f)
		}
	})
	return settings
}

// settingOf is a flag's value as JSON has it.
func settingOf(f *pflag.Flag) any {
	if s, ok := f.Value.(pflag.SliceValue); ok {
		return append([]string{}, s.GetSlice()...)
	}
	text := f.Value.String()
	switch f.Value.Type() {
	case "bool":
		return text == "true"
	case "int", "int64", "uint", "uint64", "float64":
		return json.Number(text)
	}
	return text
}

// apply sets the flags of a command that were not given to those of a
// configuration, and returns the names of those that were given otherwise.
func apply(cmd *cobra.Command, c *rundir.Config) (differ []string, err error) {
	if c.Command != cmd.Name() {
		return nil, fmt.Errorf("this is the configuration of gomonge %s, not of gomonge %s", c.Command, cmd.Name())
	}
	flags := cmd.Flags()
	for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
		f := flags.Lookup(name)
		if f == nil || slices.Contains(notSettings, name) {
			return nil, fmt.Errorf("the setting %q of the configuration is no flag of gomonge %s (%s)", name, cmd.Name(), spell.Suggest(name, slices.Collect(maps.Keys(settingsOf(cmd)))))
		}
		if f.Changed {
			if !sameSetting(settingOf(f), c.Settings[name]) {
				differ = append(differ, name)
			}
			continue
		}
		if err := setFlag(f, c.Settings[name]); err != nil {
			return nil, fmt.Errorf("the setting %q of the configuration: %w", name, err)
		}
	}
	return differ, nil
}

func sameSetting(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// setFlag sets a flag to a value as JSON has it, and leaves it as not given.
func setFlag(f *pflag.Flag, value any) error {
	list, isList := value.([]any)
	if s, ok := f.Value.(pflag.SliceValue); ok {
		if !isList {
			return fmt.Errorf("%v is no list", value)
		}
		if len(list) == 0 {
			return nil // as it is: an empty list may mean another thing than none
		}
		texts := make([]string, len(list))
		for i, v := range list {
			text, ok := v.(string)
			if !ok {
				return fmt.Errorf("%v is no text", v)
			}
			texts[i] = text
		}
		return s.Replace(texts)
	}
	switch v := value.(type) {
	case string:
		return f.Value.Set(v)
	case json.Number:
		return f.Value.Set(v.String())
	case bool:
		return f.Value.Set(strconv.FormatBool(v))
	}
	return fmt.Errorf("%v (a %s) is no value of a flag", value, reflect.TypeOf(value))
}

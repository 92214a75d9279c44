package main

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gomonge/gomonge/internal/spell"
)

// An option of a method is a field of its Options struct under the name that
// --opt gives it: words joined by -, fields of inner structs behind a dot,
// such as architecture.width.
type option struct {
	key   string
	value reflect.Value
}

// flagOptions are fields that flags of fit set, or the program itself.
var flagOptions = []string{"steps", "seconds", "seed", "backend", "devices", "checkpoint", "resume", "encoding.bank"}

// optionsOf lists the options of a pointer to an Options struct, in its order.
func optionsOf(target any) []option {
	return fieldsOf("", reflect.ValueOf(target).Elem())
}

func fieldsOf(prefix string, v reflect.Value) (list []option) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key := prefix + kebab(field.Name)
		switch {
		case !field.IsExported() || slices.Contains(flagOptions, key):
		case field.Type.Kind() == reflect.Struct:
			list = append(list, fieldsOf(key+".", v.Field(i))...)
		case settable(field.Type.Kind()):
			list = append(list, option{key, v.Field(i)})
		}
	}
	return list
}

func settable(k reflect.Kind) bool {
	return k == reflect.String || k == reflect.Bool || k == reflect.Int || k == reflect.Uint64 || k == reflect.Float64
}

// kebab writes NonNegativity as non-negativity and EMA as ema.
func kebab(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		starts := i > 0 && unicode.IsUpper(r) && (unicode.IsLower(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if starts {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// setOptions sets key=value assignments; method names the owner in errors.
func setOptions(method string, target any, assignments []string) error {
	options := optionsOf(target)
	keys := make([]string, len(options))
	for i, o := range options {
		keys[i] = o.key
	}
	seen := map[string]bool{}
	for _, text := range assignments {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return fmt.Errorf("--opt %q: write key=value, such as %s", text, example(keys))
		}
		at := slices.Index(keys, key)
		if at < 0 {
			return unknownOption(method, key, keys)
		}
		if seen[key] {
			return fmt.Errorf("--opt %s is given twice", key)
		}
		seen[key] = true
		if err := options[at].set(value); err != nil {
			return err
		}
	}
	return nil
}

func example(keys []string) string {
	if len(keys) == 0 {
		return "init=gaussian with --method condot"
	}
	return keys[0] + "=..."
}

// unknownOption names the nearest key, also where only the part behind a dot was given.
func unknownOption(method, key string, keys []string) error {
	if len(keys) == 0 {
		return fmt.Errorf("--opt %s: the method %s has no options", key, method)
	}
	if slices.Contains(flagOptions, key) {
		return fmt.Errorf("--opt %s: that is a flag of its own, or not for you to set", key)
	}
	for _, k := range keys {
		if strings.HasSuffix(k, "."+key) {
			return fmt.Errorf("--opt %s: %s has no such option (nearest: %s)", key, method, k)
		}
	}
	return fmt.Errorf("--opt %s: %s has no such option (%s)", key, method, spell.Suggest(key, keys))
}

// set reads the option's value from text.
func (o option) set(text string) error {
	var err error
	switch o.value.Kind() {
	case reflect.String:
		o.value.SetString(text)
	case reflect.Bool:
		var v bool
		v, err = strconv.ParseBool(text)
		o.value.SetBool(v)
	case reflect.Int:
		var v int64
		v, err = strconv.ParseInt(text, 10, 64)
		o.value.SetInt(v)
	case reflect.Uint64:
		var v uint64
		v, err = strconv.ParseUint(text, 10, 64)
		o.value.SetUint(v)
	case reflect.Float64:
		var v float64
		v, err = strconv.ParseFloat(text, 64)
		o.value.SetFloat(v)
	}
	if err != nil {
		return fmt.Errorf("--opt %s=%s: it takes %s", o.key, text, kindWords[o.value.Kind()])
	}
	return nil
}

var kindWords = map[reflect.Kind]string{
	reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Uint64: "a whole number from 0", reflect.Float64: "a number",
}

package condition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// MarshalValue writes a value as a JSON object, name -> number, string or
// list of strings (a set), in the order of the schema.
func (s Schema) MarshalValue(v Value) ([]byte, error) {
	if err := s.checkShape(v); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, variable := range s.Variables {
		var content any
		switch variable.Kind {
		case Continuous:
			content = v[i].Number
		case Set:
			content = append([]string{}, setOf(v[i].Labels)...)
		default:
			content = v[i].Labels[0]
		}
		name, err := json.Marshal(variable.Name)
		if err != nil {
			return nil, fmt.Errorf("condition: %w", err)
		}
		text, err := json.Marshal(content)
		if err != nil {
			return nil, fmt.Errorf("condition: variable %s: %w", variable.Name, err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalValue reads what [Schema.MarshalValue] writes. Names may stand in
// any order; a set may also be a string of the form A+B. A name that is
// missing, unknown or given twice is an error.
func (s Schema) UnmarshalValue(data []byte) (Value, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("condition: a condition in JSON is an object, name -> value, not %.40s", data)
	}
	value := make(Value, len(s.Variables))
	given := make([]bool, len(s.Variables))
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("condition: %w", err)
		}
		name, _ := t.(string)
		at, err := s.index(name)
		if err != nil {
			return nil, err
		}
		if given[at] {
			return nil, fmt.Errorf("condition: %s is given twice", name)
		}
		given[at] = true
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, fmt.Errorf("condition: %s: %w", name, err)
		}
		if value[at], err = s.Variables[at].unmarshalField(raw); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("condition: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("condition: there is more after the condition's object")
	}
	if i := slices.Index(given, false); i >= 0 {
		return nil, fmt.Errorf("condition: %s gives no %s; the variables are %s", data, s.Variables[i].Name, strings.Join(s.Names(), ", "))
	}
	return value, nil
}

func (v Variable) unmarshalField(raw json.RawMessage) (Field, error) {
	wrong := func(want string) error {
		return fmt.Errorf("condition: %s is %.40s; a %v variable wants %s", v.Name, raw, v.Kind, want)
	}
	if string(raw) == "null" {
		return Field{}, wrong("a value, not null")
	}
	switch v.Kind {
	case Continuous:
		var x float64
		if json.Unmarshal(raw, &x) != nil {
			return Field{}, wrong("a number")
		}
		return Field{Number: x + 0}, nil
	case Set:
		var text string
		if json.Unmarshal(raw, &text) == nil {
			return v.parseText(text)
		}
		var labels []string
		if json.Unmarshal(raw, &labels) != nil {
			return Field{}, wrong(`a list of strings or "A+B"`)
		}
		f := Field{Labels: setOf(labels)}
		return f, v.checkField(f)
	}
	var label string
	if json.Unmarshal(raw, &label) != nil {
		return Field{}, wrong("a string")
	}
	f := Field{Labels: []string{label}}
	return f, v.checkField(f)
}

// UnmarshalJSON reads a schema as models save it and checks it.
func (s *Schema) UnmarshalJSON(data []byte) error {
	type plain Schema
	var read plain
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&read); err != nil {
		return fmt.Errorf("condition: schema: %w", err)
	}
	if err := Schema(read).Validate(); err != nil {
		return err
	}
	*s = Schema(read)
	return nil
}

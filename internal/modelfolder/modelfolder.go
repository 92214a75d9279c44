// Package modelfolder writes and reads the folders of saved models: model.json, which describes a
// model, and the weights of its networks by name in weights.safetensors.
package modelfolder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomonge/gomonge/internal/nn"
	"github.com/gomonge/gomonge/internal/safetensors"
)

// Names of the files in a model's folder.
const (
	Description = "model.json"
	Weights     = "weights.safetensors"
)

// Write fills a folder under a temporary name beside dir and renames it, so that dir never
// holds half a model. A model that is already there is replaced; a folder that holds
// anything but the named parts of one is an error. The folder that dir is in must exist.
func Write(dir string, parts []string, fill func(folder string) error) error {
	dir = filepath.Clean(dir)
	if err := replaceable(dir, parts); err != nil {
		return err
	}
	fresh := hiddenName(dir, "tmp")
	if err := os.Mkdir(fresh, 0o777); err != nil {
		return err
	}
	defer os.RemoveAll(fresh) // gone already where all went well
	if err := fill(fresh); err != nil {
		return err
	}
	return swap(fresh, dir)
}

// hiddenName is a new name in the folder that dir is in.
func hiddenName(dir, what string) string {
	return filepath.Join(filepath.Dir(dir), fmt.Sprintf(".%s.%s-%d", filepath.Base(dir), what, rand.Uint64()))
}

// replaceable says why a model may not take the place of what is at dir.
func replaceable(dir string, parts []string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if !slices.Contains(parts, e.Name()) {
			return fmt.Errorf("the folder holds %s, which is no part of a model; name a new folder", e.Name())
		}
	}
	return err
}

// swap gives fresh the name dir, by way of a third name where dir exists.
func swap(fresh, dir string) error {
	old := hiddenName(dir, "old")
	err := os.Rename(dir, old)
	if errors.Is(err, fs.ErrNotExist) {
		return os.Rename(fresh, dir)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return os.RemoveAll(old)
}

// Network is one network of a model: its layout and its flat vector, under a prefix of names.
type Network struct {
	Prefix string
	Layout *nn.Layout
	Values []float32
}

// WriteWeights writes the networks' parameters by name and returns the file's SHA-256.
func WriteWeights(path, method string, networks ...Network) (sha string, err error) {
	var arrays []safetensors.Array
	for _, n := range networks {
		for _, p := range n.Layout.Params {
			arrays = append(arrays, safetensors.Array{Name: n.Prefix + p.Name, Dims: p.Dims, Data: n.Values[p.Offset : p.Offset+p.Size]})
		}
	}
	if err := safetensors.Write(path, arrays, map[string]string{"method": method}); err != nil {
		return "", err
	}
	return HashFile(path)
}

// ReadWeights fills the networks' values from a file of that SHA-256. Errors say which weights are
// missing, of another shape or not finite, or that the file belongs to another model.
func ReadWeights(path, sha string, networks ...*Network) error {
	arrays, _, err := safetensors.Read(path)
	if err != nil {
		return err
	}
	byName := map[string]safetensors.Array{}
	for _, a := range arrays {
		byName[a.Name] = a
	}
	for _, n := range networks {
		if err := n.fill(byName); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	got, err := HashFile(path)
	if err != nil {
		return err
	}
	if got != sha {
		return fmt.Errorf("%s is damaged or belongs to another model: its SHA-256 is %.12s…, %s says %.12s…", path, got, Description, sha)
	}
	return nil
}

// fill joins the network's parameters to one vector.
func (n *Network) fill(arrays map[string]safetensors.Array) error {
	n.Values = make([]float32, n.Layout.Size)
	for _, p := range n.Layout.Params {
		a, ok := arrays[n.Prefix+p.Name]
		if !ok {
			return fmt.Errorf("the weights %s%s are missing", n.Prefix, p.Name)
		}
		if !slices.Equal(a.Dims, p.Dims) {
			return fmt.Errorf("the weights %s%s have shape %v, the architecture of %s wants %v", n.Prefix, p.Name, a.Dims, Description, p.Dims)
		}
		for _, v := range a.Data {
			if v-v != 0 { // NaN or infinite
				return fmt.Errorf("the weights %s%s hold %g", n.Prefix, p.Name, v)
			}
		}
		copy(n.Values[p.Offset:], a.Data)
	}
	return nil
}

// ReadDescription reads the model.json of a folder into what into points to. Whether it is of that method
// and version comes first, so that the error for another one says just that.
func ReadDescription(dir, method string, version int, into any) error {
	path := filepath.Join(dir, Description)
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("there is no model in %s: %w", dir, err)
	}
	var head struct {
		Method  string
		Version int
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return fmt.Errorf("%s is cut short or damaged: %w", path, err)
	}
	if head.Method != method {
		return fmt.Errorf("%s describes a model of method %q; this reads %q", path, head.Method, method)
	}
	if head.Version != version {
		return fmt.Errorf("%s has version %d; this program reads version %d", path, head.Version, version)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// HashFile is the SHA-256 of a file, in hexadecimal.
func HashFile(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

//go:build !(cgo && !noxla && ((linux && (amd64 || arm64)) || (darwin && arm64)))

package backend

import "errors"

const (
	xlaBuilt = false
	notBuilt = "this program was built without XLA (it needs cgo and a C compiler, and Linux on x86-64 or ARM or macOS on ARM)"
)

func xlaConfig(path, platform, options string) (string, func(), error) {
	return "", func() {}, errors.New(notBuilt)
}

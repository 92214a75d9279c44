package condot

import (
	"github.com/gomlx/compute"
	"github.com/gomonge/gomonge/internal/batches"
	"github.com/gomonge/gomonge/internal/train"
)

// The training state: parameters and Adam moments of g and f, and their averages.
const (
	gNow = iota
	gFirst
	gSecond
	fNow
	fFirst
	fSecond
	meanG
	meanF
	stateCount
)

var stateNames = []string{gNow: "g", gFirst: "g_first", gSecond: "g_second", fNow: "f", fFirst: "f_first", fSecond: "f_second", meanG: "g_mean", meanF: "f_mean"}

// allState is every array of the state.
var allState = []int{gNow, gFirst, gSecond, fNow, fFirst, fSecond, meanG, meanF}

// device is what stays in the device's memory during a run.
type device struct {
	*train.Device
	floorG, floorF compute.Buffer
	data           batches.Placed
}

func (v *device) place(be compute.Backend, d *batches.Data, gp, fp, gFloor, fFloor []float32) (err error) {
	defer func() {
		if err != nil {
			v.free()
		}
	}()
	zeroG, zeroF := make([]float32, len(gp)), make([]float32, len(fp))
	start := [][]float32{gNow: gp, gFirst: zeroG, gSecond: zeroG, fNow: fp, fFirst: zeroF, fSecond: zeroF, meanG: gp, meanF: fp}
	if v.Device, err = train.NewDevice(be, stateNames, start); err != nil {
		return err
	}
	if v.floorG, err = train.Upload(be, gFloor, len(gFloor)); err != nil {
		return err
	}
	if v.floorF, err = train.Upload(be, fFloor, len(fFloor)); err != nil {
		return err
	}
	v.data, err = d.Upload(be)
	return err
}

// free gives all buffers up.
func (v *device) free() {
	if v.Device != nil {
		train.Free(v.State...)
	}
	train.Free(v.floorG, v.floorF)
	train.Free(v.data.Buffers[:]...)
}

package backend

import (
	"flag"
	"io"

	"k8s.io/klog/v2"
)

// The libraries' log lines stay off the user's terminal: what fails comes back as an error.
// klog's fatal lines still show, since the process ends with them. XLA's own log level is set by
// go-xla ($TF_CPP_MIN_LOG_LEVEL=3, unless the user set it).
func init() {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	for name, value := range map[string]string{"logtostderr": "false", "alsologtostderr": "false", "stderrthreshold": "FATAL"} {
		if err := flags.Set(name, value); err != nil {
			klog.Warningf("klog flag %s: %v", name, err)
		}
	}
	klog.SetOutput(io.Discard)
}

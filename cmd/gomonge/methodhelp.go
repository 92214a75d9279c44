package main

import (
	"fmt"
	"strings"

	"github.com/gomonge/gomonge/condot"
	"github.com/gomonge/gomonge/ncmt"
)

// optionHelp says what an option is and, in parentheses, what holds where it is not given.
var optionHelp = map[string]map[string]string{
	"samples": {
		"points": "rows of a cloud that the coupling is solved on (1000)",
	},
	"ridge": {
		"components": "principal components that shifts are predicted in (10)",
		"lambda":     "penalty on squared weights (chosen by leaving out one condition at a time)",
	},
	"cpa": {
		"covariates":      "variables that the source has too, such as a cell line: A,B or none (those with sources of their own)",
		"latent":          "dimension of the basal latent space (64)",
		"width":           "width of the autoencoder's hidden layers (128)",
		"depth":           "hidden layers of encoder and decoder (2)",
		"adversary-width": "width of the classifier's hidden layers (64)",
		"adversary-depth": "its hidden layers (2)",
		"doser-width":     "width of a dose response's hidden layers (16)",
		"doser-depth":     "hidden layers of a dose response; negative: none, a plain sigmoid (1)",
		"batch":           "source points and target points a step (256)",
		"rate":            "learning rate of the autoencoder at its peak (2e-3)",
		"adversary-rate":  "that of the classifier (2e-3)",
		"adversary-steps": "steps of the classifier before one of the autoencoder (3)",
		"adversary":       "weight of what the classifier knows; negative: no adversary (10)",
		"penalty":         "weight of the squared gradient of the classifier's answers; negative: none (3)",
		"ema":             "decay of the moving average of weights that is served, a step; negative: none (0.998)",
		"validation":      "share of rows kept to watch the energy distance; negative: none (0.05)",
		"patience":        "validations without a better value that end training; 0: never (0)",
	},
	"ncmt": {
		"cost":                        "of carrying a point: strong, weak or kernel; the last two make the map stochastic (strong)",
		"gamma":                       "reward of spread in a weak cost, 0 to 1 (0)",
		"noise-dim":                   "numbers of the noise that a stochastic map draws (the dimension of the data)",
		"noise-sigma":                 "its standard deviation (1)",
		"draws":                       "draws of noise a point while training (4)",
		"architecture.width":          "width of all layers (64; 128 from 32 dimensions on, or from 8 on in 2500 steps or 120 seconds)",
		"architecture.encoder":        "blocks before the condition comes in (2)",
		"architecture.decoder":        "blocks of the map behind it (4)",
		"architecture.critic-decoder": "blocks of the critic behind it (3)",
		"architecture.module":         "how the condition comes in: hypernetwork, low-rank, film, adain, concatenation or attention (hypernetwork)",
		"architecture.hidden":         "hidden width of the hypernetwork (128)",
		"architecture.rank":           "rank of low-rank (8)",
		"architecture.tokens":         "tokens of attention (4)",
		"architecture.no-orthogonal":  "true: weights start at random instead of orthogonal (false)",
		"architecture.no-residual":    "true: blocks without their residual connection (false)",
		"architecture.no-norm":        "true: blocks without layer normalisation (false)",
		"conditions.encoding":         "of numbers: scalar, positional or fourier (scalar)",
		"conditions.scale":            "of the encoding (10 radians over the range for positional, 1 for fourier)",
		"conditions.frequencies":      "length of the encoding (64)",
		"conditions.hidden":           "hidden width of the network that reads conditions (64)",
		"conditions.width":            "numbers that it hands on (32)",
		"conditions.combinator":       "how actions of a set join: multi-hot or deep-set (multi-hot)",
		"conditions.combinator-width": "width of a deep set (32)",
		"conditions.shared":           "true: the critic reads the map's embedding of conditions (false)",
		"inner":                       "steps of the map before one of the critic (5)",
		"batch":                       "points a step, over all its conditions (512)",
		"per-batch":                   "conditions a batch (all, up to 16)",
		"rate":                        "learning rate of the map at its peak (3e-3)",
		"critic-rate":                 "that of the critic (that of the map)",
		"beta1":                       "decay of Adam's first moment (0.5)",
		"beta2":                       "decay of Adam's second moment (0.999)",
		"decay":                       "decay of weights; negative: none (0.03)",
		"clip":                        "largest norm of a gradient; negative: any (1)",
		"expectile":                   "of the critic's regularisation, with the strong cost (0.99)",
		"expectile-weight":            "its weight; negative: none (0.3)",
		"pretrain":                    "steps that bring the map to the identity first; negative: none (500)",
		"pretrain-critic":             "steps that make the critic smooth first (0)",
		"ema":                         "decay of the moving average of weights that is served, a round (0.998)",
		"validation":                  "share of rows kept to watch the energy distance; negative: none (0.05)",
		"patience":                    "validations without a better value that end training; 0: never (0)",
	},
	"networks": {
		"preset":                      "faithful fills in the paper's settings where none are given (none)",
		"init":                        "start of the potentials: identity, gaussian or vanilla (identity)",
		"objective":                   "dual or primal (dual)",
		"architecture.layers":         "hidden layers of a potential (4)",
		"architecture.width":          "their width (64, from 32 dimensions on 128)",
		"architecture.activation":     "softplus, leaky-relu or celu (softplus)",
		"architecture.quadratic":      "quadratic term: diagonal, full, none, or bank, the paper's one a condition (diagonal; none with init=vanilla)",
		"architecture.modulator":      "how a bank weighs the conditions' terms: sharp or dot, the paper's (sharp)",
		"architecture.non-negativity": "how weights are kept from below 0: clamp-penalty, clamp or softplus (clamp-penalty)",
		"encoding.scale":              "scale of the positional encoding of numbers (0: the bare number)",
		"encoding.frequencies":        "length of the positional encoding (64)",
		"encoding.hidden":             "hidden width of the network that reads conditions (64)",
		"encoding.width":              "numbers that it hands to the potentials (32)",
		"encoding.combinator":         "how actions of a set join: multi-hot or deep-set (multi-hot)",
		"encoding.combinator-width":   "width of a deep set (32)",
		"encoding.sharing":            "who trains what reads conditions: own (f and g have one each), g or joint (own)",
		"encoding.rate":               "learning rate of what reads conditions (rate)",
		"inner":                       "steps a round: of f and g together, or g-steps with refine below 0 (10)",
		"refine":                      "gradient evaluations that improve a proposal before an f-step; negative: plain minimax (5)",
		"batch":                       "points a step, over all its conditions (512)",
		"conditions":                  "conditions a batch (all, up to 16)",
		"rate":                        "learning rate at its peak (2e-3 in 2 dimensions to 5e-3 from 16 on)",
		"beta1":                       "decay of Adam's first moment (0.5)",
		"beta2":                       "decay of Adam's second moment (0.9)",
		"penalty":                     "weight of the penalty of clamp-penalty (1)",
		"expectile-weight":            "weight of the expectile regularisation of f, as in ENOT (0)",
		"ema":                         "decay of the moving average of weights that is served, a step; negative: none (0.998)",
		"validation":                  "share of rows kept to watch the dual value; negative: none (0.05)",
		"patience":                    "validations without a better value that end training; 0: never (0)",
	},
}

// methodHelp lists the methods and their options for fit's help.
func methodHelp() string {
	var b strings.Builder
	b.WriteString("Methods (--method):\n")
	owners := map[string][]string{}
	for _, m := range methods() {
		fmt.Fprintf(&b, "  %-24s %s\n", m.name, wrapped(27, m.about))
		owners[m.explained] = append(owners[m.explained], m.name)
	}
	for _, m := range methods() {
		if m.options == nil || owners[m.explained][0] != m.name {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", wrapped(0, "Options of "+strings.Join(owners[m.explained], ", ")+" (--opt KEY=VALUE):"))
		for _, o := range optionsOf(m.options()) {
			fmt.Fprintf(&b, "  %-28s %s\n", o.key, wrapped(31, optionHelp[m.explained][o.key]))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// wrapped breaks a text into lines of 100 letters, all but the first behind some spaces.
func wrapped(indent int, text string) string {
	const width = 100
	var b strings.Builder
	column := indent
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// optionValues are the words that options of networks take.
var optionValues = map[string][]string{
	"preset":                      {string(condot.Faithful)},
	"init":                        {string(condot.IdentityInit), string(condot.GaussianInit), string(condot.VanillaInit)},
	"objective":                   {string(condot.Dual), string(condot.Primal)},
	"architecture.activation":     {string(condot.SmoothRelu), string(condot.LeakyRelu), string(condot.Celu)},
	"architecture.quadratic":      {string(condot.DiagonalQuadratic), string(condot.FullQuadratic), string(condot.NoQuadratic), string(condot.BankQuadratic)},
	"architecture.modulator":      {string(condot.SharpModulator), string(condot.DotModulator)},
	"architecture.non-negativity": {string(condot.ClampPenalty), string(condot.ClampBoth), string(condot.SoftplusWeights)},
	"encoding.sharing":            {string(condot.OwnPaths), string(condot.PathOfG), string(condot.JointPath)},
	"encoding.combinator":         {string(condot.MultiHot), string(condot.DeepSet)},
	"cost":                        {string(ncmt.StrongCost), string(ncmt.WeakCost), string(ncmt.KernelCost)},
	"architecture.module":         {string(ncmt.Hypernetwork), string(ncmt.LowRank), string(ncmt.FiLM), string(ncmt.AdaIN), string(ncmt.Concatenation), string(ncmt.Attention)},
	"conditions.encoding":         {string(ncmt.ScalarEncoding), string(ncmt.PositionalEncoding), string(ncmt.FourierEncoding)},
	"conditions.combinator":       {string(ncmt.MultiHot), string(ncmt.DeepSet)},
}

// completeOption completes --opt by the keys of the method and the words that a key takes.
func completeOption(method string, typed string) []string {
	m, err := methodNamed(method)
	if err != nil || m.options == nil {
		return nil
	}
	var list []string
	for _, o := range optionsOf(m.options()) {
		if values := optionValues[o.key]; values != nil && strings.HasPrefix(typed, o.key+"=") {
			for _, v := range values {
				list = append(list, o.key+"="+v)
			}
		}
		list = append(list, o.key+"="+"\t"+optionHelp[m.explained][o.key])
	}
	return list
}

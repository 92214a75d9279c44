"""Potentials, maps and weights of the condw2 benchmark program, for golden_test.go.

The Go package draws its own random numbers, so the parameters that the Python
program drew are stored here together with what it computes from them.

    python condw2_golden.py FOLDER_OF_CONDW2 > condw2_golden.json     # numpy 2.4.6
"""
import json, sys
import numpy as np

sys.path.insert(0, sys.argv[1])
import condw2

out = []
for name, d in (("A", 2), ("B", 3), ("C", 3), ("G", 3)):
    t = condw2.Task(name, d, seed=3)
    x = t.src.sample(6, np.random.default_rng(8))
    case = dict(task=name, dim=d, x=x.tolist(), scale=float(t.scale), shift=t.shift.tolist(), conditions=[])
    if name == "G":
        case.update(axes=t.q.tolist(), log_low=t.l0.tolist(), log_slope=t.l1.tolist(), drift=t.m0.tolist(),
                    oscillation=t.m1.tolist(), covariance=t.src.cov.tolist())
    else:
        case["basis"] = [dict(w=p.W.tolist(), b=p.b.tolist(), tau=float(p.tau)) for p in t.pots]
    if name == "B":
        case.update(amplitude=t.amp.tolist(), c50=t.c50.tolist())
    if name == "C":
        case.update(single=t.amp.tolist(), pair=t.inter.tolist())
    for c in t.conds[:: 3]:
        case["conditions"].append(dict(
            dose=c["dose"], cat=c["cat"], perts=[f"p{p}" for p in c["perts"]] if c["perts"] is not None else None,
            map=t.T(x, c).tolist(),
            potential=t.psi(x, c).tolist(),
            w2squared=t.w2sq(c)[0] if name == "G" else None))
    out.append(case)
json.dump(out, sys.stdout)

"""umap-learn on the steps of umap-steps: umap_peer.py free|seeded ROWS COLUMNS POINTS NEW OUT.

numba has compiled before the clock starts, on 4200 points of the same width, which take the same paths."""
import json
import resource
import sys
import time
import warnings

import numpy as np
from umap import UMAP

warnings.filterwarnings("ignore")


def measure(do):
    cpu, start = time.process_time(), time.perf_counter()
    result = do()
    return result, dict(seconds=time.perf_counter() - start, cpu=time.process_time() - cpu, peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main():
    mode, rows, columns, *files, out = sys.argv[1:]
    x, new = (np.fromfile(f, "<f8").reshape(int(rows), int(columns)).astype(np.float32) for f in files)
    settings = dict(random_state=1) if mode == "seeded" else {}
    warm = np.random.default_rng(0).standard_normal((4200, x.shape[1])).astype(np.float32)
    UMAP(n_epochs=11, **settings).fit(warm).transform(warm[:50] + .01)
    model = UMAP(**settings)
    _, fit = measure(lambda: model.fit(x))
    placed, transform = measure(lambda: model.transform(new))
    np.concatenate([model.embedding_, placed]).astype("<f8").tofile(out)
    print(json.dumps(dict(fit=fit, transform=transform)))


if __name__ == "__main__":
    main()

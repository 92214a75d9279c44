# Shrinkage intensities by scikit-learn, for the Go test of intensity.
# Made with Python 3.11.7, scikit-learn 1.9.1, numpy 2.4.6:
#     python oas.py > oas.json
import json

import numpy as np
from sklearn.covariance import oas

rng = np.random.default_rng(5)
cases = []
for n, d in [(2, 6), (5, 8), (12, 8), (40, 8), (3, 2), (200, 3)]:
    x = np.round(rng.normal(size=(n, d)) * np.linspace(3, 0.3, d) + 1, 4)
    cov, intensity = oas(x)
    cases.append({"points": x.tolist(), "intensity": intensity, "covariance": cov.tolist()})
print(json.dumps(cases))

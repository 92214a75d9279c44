"""The first points of scipy's Sobol' sequence, not scrambled, in chosen dimensions, as integers of 2^-30.

    pip install scipy==1.17.1
    python sobol.py > sobol.json
"""
import json

from scipy.stats import qmc

u = qmc.Sobol(100, scramble=False, bits=30).random(64)
print(json.dumps({str(j): [int(v * 2**30) for v in u[:, j]] for j in (0, 1, 2, 5, 20, 63, 99)}))

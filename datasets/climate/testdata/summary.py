# Makes summary.json and prints the spread of coefficients: the derived numbers from which package climate
# draws synthetic countries. The tables themselves are not part of the project:
#   ssp/ssp_v2_gdp_pop_country.csv   SSP database v2, IIASA: Riahi et al. 2017 (overview), Dellink et al. 2017
#                                    (GDP, OECD Env-Growth), KC & Lutz 2017 (population)
#   climate/country_baseline_temperature_1980_2010.csv, bhm/bootstrap_*.csv
#                                    Ricke, Drouet, Caldeira & Tavoni 2018, country-level-scc/cscc-paper-2018
#   climate/country_warming_pattern_rcp85_bhm2015.csv
#                                    Burke, Hsiang & Miguel 2015, replication data
# Python 3.11, NumPy 2.4, SciPy 1.17:  GOMONGE_DATA=... python summary.py > ../summary.json
import csv, json, os, sys
import numpy as np
from scipy.stats import norm

D = os.environ["GOMONGE_DATA"]
rows = lambda p: list(csv.DictReader(open(os.path.join(D, p))))
temp = {r["iso3"]: float(r["temp_c_popweighted_1980_2010"]) for r in rows("climate/country_baseline_temperature_1980_2010.csv")}
pattern = {r["iso3"]: float(r["ratio_to_global_mean"]) for r in rows("climate/country_warming_pattern_rcp85_bhm2015.csv")}
gdp, pop = {}, {}
for r in rows("ssp/ssp_v2_gdp_pop_country.csv"):
    key = r["ssp"], r["iso3"], int(r["year"])
    gdp[key], pop[key] = float(r["gdp_ppp_bn_usd2005"]), float(r["pop_million"])
ssps = ["SSP%d" % k for k in range(1, 6)]
years = list(range(2010, 2101, 5))
iso = sorted(c for c in temp if c in pattern and all((s, c, y) in gdp for s in ssps for y in years))

P = np.array([[[pop[s, c, y] for y in years] for c in iso] for s in ssps])
Y = np.array([[[gdp[s, c, y] for y in years] for c in iso] for s in ssps]) / P  # 10^3 $ of 2005 a head
table = np.column_stack([[temp[c] for c in iso], np.log(Y[0, :, 0]), np.log(P[0, :, 0]), [pattern[c] for c in iso]])
n = len(iso)
# Finer at the ends: one poor country alone must not stretch over a twentieth of all.
levels = np.array([0, .005, .01, .02, .03] + [.05 * k for k in range(1, 20)] + [.97, .98, .99, .995, 1])
score = norm.ppf((np.argsort(np.argsort(table, axis=0), axis=0) + .5) / n)
z = score[:, 1]

def growth(levels):  # per SSP and period: mean, slope in z, spread of the rest; and each country's rest
    g = np.diff(np.log(levels), axis=2) / 5
    b = (g * z[None, :, None]).mean(1) / (z**2).mean()
    a = g.mean(1)
    rest = g - a[:, None, :] - b[:, None, :] * z[None, :, None]
    sd = rest.std(1)
    return a, b, sd, (rest / sd[:, None, :]).mean((0, 2))

ga, gb, gs, gr = growth(Y)
pa, pb, ps, pr = growth(P)
r = lambda x, k=5: np.round(x, k).tolist()
out = {
    "countries": n,
    "variables": ["temperature", "log_gdp_per_capita_2010", "log_population_2010", "warming_pattern"],
    "levels": r(levels, 3),
    "quantiles": r(np.quantile(table, levels, axis=0).T, 4),
    "correlation": r(np.corrcoef(np.column_stack([score, gr / gr.std(), pr / pr.std()]).T), 3),
    "ssps": ssps, "years": years,
    "income_growth": {"mean": r(ga), "slope": r(gb), "spread": r(gs * gr.std())},
    "population_growth": {"mean": r(pa), "slope": r(pb), "spread": r(ps * pr.std())},
}
json.dump(out, sys.stdout, indent=None, separators=(",", ":"))
print()

for name, columns in (("noLag", "temp temp2"), ("5Lag", "tlin tsq"), ("richpoor", "temp temp2 temppoor temp2poor"), ("richpoor_5lag", "tlin tsq tlinpoor tsqpoor")):
    b = rows("bhm/bootstrap_%s.csv" % name)
    x = np.array([[float(q[c]) for c in columns.split()] for q in b])
    print(name, "point", x[0].tolist(), "mean", x[1:].mean(0).tolist(), "sd", x[1:].std(0, ddof=1).tolist(), "corr", np.corrcoef(x[1:].T).round(4).tolist(), file=sys.stderr)

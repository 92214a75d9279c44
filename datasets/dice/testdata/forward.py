# Forward runs of DICE-2016R2 and DICE-2023 under the base policies in closed form, written from the
# equations (Nordhaus 2017; Barrage & Nordhaus 2024) apart from the Go code, for the tests of this package.
# Checked against the workbook DICE-2016R-090916ap-v2-REVISEDtoR2.xlsm and the GAMS runs of DICE-2023.
# Python 3.11, NumPy 2.4, SciPy 1.17:  python forward.py > forward.json
import json, math
from scipy.optimize import brentq

def dice2016(a2=.00227, t2x=3.1, ga0=.076, gs1=-.0152, mueq=360.):
    L, A, K, sig, gs = 7403., 5.115, 223., .3503200274, gs1
    MAT, MU, ML, T, TO = 851., 460., 1740., .85, .0068
    S = (.1 + .004) / (.1 + .004 * 1.45 + .015) * .3
    rows = []
    for t in range(100):
        pb = 550 * .975 ** t
        miu = min((2 * 1.02 ** (5 * t) / pb) ** (1 / 1.6), 1. if t < 29 else 1.2)
        Yg = A * (L / 1000) ** .7 * K ** .3
        E = sig * Yg * (1 - miu) + 2.6 * .885 ** t
        D = a2 * T ** 2
        Y = Yg * (1 - D) - Yg * pb * sig / 2.6 / 1000 * miu ** 2.6
        rows.append([2015 + 5 * t, T, MAT, E, Yg, D, 1000 * (1 - S) * Y / L, K])
        K = .9 ** 5 * K + 5 * S * Y
        L *= (11500 / L) ** .134
        A /= 1 - ga0 * math.exp(-.005 * 5 * t)
        sig *= math.exp(5 * gs)
        gs *= .999 ** 5
        b21 = .12 * 588 / mueq
        b32 = .007 * mueq / 1720
        MAT, MU, ML = .88 * MAT + b21 * MU + E * 5 / 3.666, .12 * MAT + (1 - b21 - .007) * MU + b32 * ML, (1 - b32) * ML + .007 * MU
        Fex = .5 + .5 * min((t + 1) / 17, 1)
        F = 3.6813 * math.log2(MAT / 588) + Fex
        T, TO = T + .1005 * (F - 3.6813 / t2x * T - .088 * (T - TO)), TO + .025 * (T - TO)
    return rows

def dice2023():
    em, tau = (.2173, .224, .2824, .2763), (1e6, 394.4, 36.53, 4.304)
    cap = lambda t: (.05, .10)[t] if t < 2 else .12 * t if t < 8 else .85 + .05 * (t - 7) if t < 11 else 1 if t < 20 else 1.1 if t < 37 else 1.05 if t < 57 else 1
    ramp = lambda a, b, t: a + (b - a) * min(t / 16, 1)
    L, A, K, sig = 7752.9, 5.84, 295., 37.56 / (135.7 * .95)
    R, box, cum, fghg = [150.093, 102.698, 39.534, 6.1865], [.1477, 1.099454], 633.5, .518
    MAT, T, alpha = 886.5128014, 1.24715, .4471535905
    rows = []
    for t in range(81):
        pb = 515 * math.exp(-(.05 if t <= 6 else .005) * (t - 6))
        miu = min((6 * 1.025 ** (5 * t) / pb) ** (1 / 1.6), cap(t))
        Yg = A * (L / 1000) ** .7 * K ** .3
        E = (sig * Yg + 5.9 * .9 ** t) * (1 - miu)
        if t:
            def state(a):
                r = [e * s * a * E / 3.667 * (1 - math.exp(-5 / (s * a))) + x * math.exp(-5 / (s * a)) for e, s, x in zip(em, tau, R)]
                m = 588 + sum(r)
                F = 3.93 * math.log2(m / 588) + ramp(-.054, .265, t) + fghg
                b = [x * math.exp(-5 / d) + q * F * (1 - math.exp(-5 / d)) for x, d, q in zip(box, (236, 4.07), (.324, .44))]
                return r, m, b, sum(b)
            def gap(a):
                _, m, _, temp = state(a)
                return 32.4 + .019 * (cum - (m - 588)) + 4.165 * temp - sum(a * e * s * (1 - math.exp(-100 / (a * s))) for e, s in zip(em, tau))
            alpha = brentq(gap, .05, 200, xtol=1e-14, rtol=1e-14)
            R, MAT, box, T = state(alpha)
        D = .003467 * T ** 2
        Y = Yg * (1 - D) - Yg * pb * sig * ramp(1.40, 1.21, t) / 2.6 / 1000 * miu ** 2.6
        rows.append([2020 + 5 * t, T, MAT, E, Yg, D, 1000 * .72 * Y / L, K])
        K = .9 ** 5 * K + 5 * .28 * Y
        L *= (10825 / L) ** .145
        A /= 1 - .066 * math.exp(-.0015 * 5 * t)
        sig *= math.exp(5 * min(-.015 * .96 ** t, -.005))
        cum += E * 5 / 3.666
        fghg = .861 * fghg + .00955 * ramp(9.96, 15.5, t) * (1 - miu)
    return rows

pick = lambda rows, years: [r for r in rows if r[0] in years]
years = (2020, 2050, 2100, 2200, 2300, 2400)
print(json.dumps({
    "columns": ["year", "temperature", "carbon", "emissions", "output", "damage", "consumption", "capital"],
    "2016R2": pick(dice2016(), years),
    "2016R2 inputs": pick(dice2016(.004, 4.5, .05, -.01, 300.), years),
    "2023": pick(dice2023(), years)}, indent=1))

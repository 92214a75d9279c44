"""Makes dasatinib.csv, the dose series that the package embeds.

Input: the sample data of the R package clustsimlR (MIT; HMS LINCS Center): MCF10A cells after 24 hours of dasatinib,
nuclear levels of four proteins by cyclic immunofluorescence, log10, 50 cells at each of three doses in micromolar. The
number of the cell is dropped, Conc is called dose, levels are rounded to 5 significant digits.

    python dasatinib.py lincs_cycif_mcf10a_dasatinib_150x4.csv
"""
import csv, sys

with open(sys.argv[1]) as f:
    header, *rows = csv.reader(f)
assert header[:2] == ["Cell no.", "Conc"], header
with open("dasatinib.csv", "w") as f:
    f.write(",".join(["dose", *header[2:]]) + "\n")
    for r in rows:
        f.write(",".join([r[1]] + [f"{float(v):.5g}" for v in r[2:]]) + "\n")

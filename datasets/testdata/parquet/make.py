"""Parquet files in the forms that Python writes, and what is in them.

pyarrow 26.0.1, pandas 2.3.3, numpy 2.4.6:  python make.py
check.py, beside this, reads what the package writes.
"""
import json
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

n = 23
rng = np.random.default_rng(1)
drug = ["control", "givinostat", None, "KLF1+MAP2K6"]
x = rng.normal(size=(n, 3))
rows = {
    "cell_id": [f"cell {i}" for i in range(n)],
    "drug": [drug[i % 4] for i in range(n)],
    "dose": [[0.0, 0.1, 10.0][i % 3] for i in range(n)],
    "passed": [i % 3 > 0 for i in range(n)],
    "plate": [i // 5 for i in range(n)],
    "weight": [0.5 + i for i in range(n)],
    "g1": x[:, 0].astype(np.float32),
    "g2": x[:, 1],
    "g3": np.arange(n) - 4,
    "big": [2**63 + 2048 * i for i in range(n)],
}
types = {"passed": pa.bool_(), "plate": pa.uint8(), "g1": pa.float32(), "g3": pa.int32(), "big": pa.uint64()}
arrays = [pa.array(v, type=types.get(k)) for k, v in rows.items()]
table = pa.table(arrays, names=list(rows))
coded = table.set_column(1, "drug", table["drug"].dictionary_encode())

pq.write_table(table, "plain.parquet", compression="none", use_dictionary=False)
pq.write_table(table, "snappy-groups.parquet", compression="snappy", row_group_size=7)
pq.write_table(coded, "dictionary-gzip.parquet", compression="gzip", row_group_size=10)
pq.write_table(table, "zstd-v2.parquet", compression="zstd", data_page_version="2.0", data_page_size=64, version="2.6")
pq.write_table(table, "lz4-delta.parquet", compression="lz4", use_dictionary=False, use_byte_stream_split=["g1", "g2"],
               column_encoding=None)
pq.write_table(table, "brotli-old.parquet", compression="brotli", version="1.0")
frame = table.to_pandas().set_index("cell_id")
frame.index.name = None
frame["drug"] = frame["drug"].astype("category")
frame.to_parquet("pandas.parquet")

one = pa.table({"dose": [1.0, 2.0], "x": [0.5, 1.5]})
pq.write_table(one.append_column("tags", pa.array([["a"], ["b", "c"]])), "bad-list.parquet")
pq.write_table(one.append_column("t", pa.array([0, 1], type=pa.timestamp("ms"))), "bad-time.parquet")
pq.write_table(one.append_column("y", pa.array([1.0, None])), "bad-null.parquet")
pq.write_table(one.append_column("y", pa.array([float("nan"), 1.0])), "bad-nan.parquet")
pq.write_table(one.append_column("y", pa.array(["1", "low"])), "bad-text.parquet")
pq.write_table(one.append_column("x", pa.array([1.0, 2.0])), "bad-twice.parquet")
pq.write_table(one.slice(0, 0), "bad-empty.parquet")

with open("expected.json", "w") as f:
    json.dump({k: [None if v is None else v if isinstance(v, str) else bool(v) if isinstance(v, (bool, np.bool_)) else str(v) if k == "big" else float(v)
                   for v in values] for k, values in rows.items()}, f)

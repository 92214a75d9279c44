"""Read the Parquet file that the package wrote and print it as JSON: python check.py FILE

pyarrow 26.0.1 and later. Columns in order, their types, their values.
"""
import json
import sys
import pyarrow.parquet as pq

t = pq.read_table(sys.argv[1])
print(json.dumps({"columns": t.column_names, "types": [str(f.type) for f in t.schema], "rows": t.to_pydict(),
                  "groups": pq.ParquetFile(sys.argv[1]).num_row_groups}))

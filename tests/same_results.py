"""Tell whether two files of results agree: ``python3 tests/same_results.py A.json B.json``."""

import json
import math
import sys
from pathlib import Path


def same(a, b):
    """Compare objects; numbers may differ in their last bits, as those of other libraries do."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return a == b


if __name__ == "__main__":
    first, other = (json.loads(Path(path).read_text("utf-8")) for path in sys.argv[1:])
    sys.exit(None if same(first, other) else "the results differ")

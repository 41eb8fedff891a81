"""The numbers that cases/ expects, computed again in rational arithmetic.

The program is not run here: `cargo test -p terabin-cli` does that, and compares bits.
"""

import math
import re
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from case_axes import Axis, Numbers, is_nan, split_name, split_outside_brackets
from exact_arithmetic import moment, nearest, nearest_sqrt, same

CASES = Path(__file__).resolve().parents[2] / "cases"
FILES = sorted(CASES.glob("*/*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_case(path):
    case = tomllib.loads(path.read_text())
    assert "expect" in case, "run UPDATE_CASES=1 cargo test -p terabin-cli"
    if "error" in case["expect"]:
        assert case["expect"]["error"]["words"]
        return
    spec, expect = case["spec"], case["expect"]
    data = Data(case)
    requests = spec.get("histogram") or [{"by": many(spec.get("by", []))}]
    if not many(spec.get("by", [])) and "histogram" not in spec:
        requests = [{"by": [h["name"]]} for h in expect["histogram"]]
        assert [h["name"] for h in expect["histogram"]] == data.numeric
    assert data.rows == expect["rows"]
    assert len(requests) == len(expect["histogram"])
    for request, wanted in zip(requests, expect["histogram"], strict=True):
        check_histogram(data, spec | request, wanted)


def check_histogram(data, spec, wanted):
    texts = many(spec["by"])
    axes = [Axis(text, spec, data) for text in texts]
    assert len(axes) == len(wanted["axes"])
    for axis, edges in zip(axes, wanted["axes"], strict=True):
        axis.check_edges(edges)
    flow = spec.get("flow", False)
    bins = [axis.bins_of_rows() for axis in axes]
    cells, counts = {}, {"in_range": 0, "outside": 0, "nan_axis": 0}
    for row in range(data.kept):
        place = [b[row] for b in bins]
        if None in place:
            counts["nan_axis"] += 1
            continue
        inside = all(0 <= k < a.size for k, a in zip(place, axes, strict=True))
        counts["in_range" if inside else "outside"] += 1
        if inside or (flow and all(a.has_place(k) for k, a in zip(place, axes, strict=True))):
            cells.setdefault(tuple(place), []).append(row)
    assert {key: wanted[key] for key in counts} == counts
    assert wanted.get("filtered", 0) == data.rows - data.kept
    for i, (b, axis) in enumerate(zip(bins, axes, strict=True)):
        assert wanted["underflow"][i] == sum(k is not None and k < 0 for k in b)
        assert wanted["overflow"][i] == sum(k is not None and k >= axis.size for k in b)
    check_values(data, spec, wanted, cells, [a.places(flow) for a in axes])


def check_values(data, spec, wanted, cells, places):
    named = [split_name(text) for text in many(spec.get("stat", []))]
    named = {name.strip() if name else None: text for name, text in named}
    if "index" in wanted:
        # Sparse: just the cells that have rows, in row-major order.
        order = sorted(cells)
        sizes = [len(axis) for axis in places]
        assert wanted["index"] == [int(np.ravel_multi_index(cell, sizes)) for cell in order]
    else:
        order = [()]
        for axis in places:
            order = [(*cell, k) for cell in order for k in axis]
    for name, numbers in wanted["values"].items():
        function, value, options = statistic(weighted(named.get(name, name), spec.get("weights")))
        columns = [data.evaluate(v) for v in value]
        rows = [cells.get(cell, []) for cell in order]
        if function in ("first", "last"):
            check_chosen(function, columns, wanted, name, cells, rows)
            continue
        if len(columns) == 2 or "weights" in options:
            weights = [data.evaluate(options.pop("weights"))] if "weights" in options else []
            check_moments(function, columns, weights, options, wanted, name, cells, rows)
            continue
        column = columns[0] if columns else None
        ddof, level, rule = options.get("ddof", 0), options.get("level"), spec.get("nan", "omit")
        got = [answer(function, column, ddof, r, rule, level) for r in rows]
        numbers = [int(n) if isinstance(n, str) else n for n in numbers]
        assert len(got) == len(numbers)
        for cell, ours, theirs in zip(order, got, numbers, strict=True):
            assert same(theirs, ours), f"{wanted['name']}, {name}, {cell}: {theirs}, not {ours}"
        if column is not None:
            nan = sum(is_nan(column[row]) for r in cells.values() for row in r)
            assert wanted["nan_value"][name] == nan


def check_moments(function, columns, weights, options, wanted, name, cells, rows):
    of_rows = [[[c[row] for row in r] for c in columns] for r in rows]
    weighing = [[w[row] for row in r] for w in weights for r in rows] or [None] * len(rows)
    got = [moment(function, *c, weights=w, **options) for c, w in zip(of_rows, weighing, strict=True)]
    for ours, theirs in zip(got, wanted["values"][name], strict=True):
        assert same(theirs, ours), f"{wanted['name']}, {name}: {theirs}, not {ours}"
    all_rows = [row for r in cells.values() for row in r]
    nan = sum(any(is_nan(c[row]) for c in columns + weights) for row in all_rows)
    assert wanted["nan_value"][name] == nan


def check_chosen(function, columns, wanted, name, cells, rows):
    """Rows are ordered by time and then by value: none of them is first by its place."""
    value, time = columns
    whole, times = value.dtype.kind in "iub", value.dtype.kind == "M"
    for r, theirs in zip(rows, wanted["values"][name], strict=True):
        kept = [(time[row], value[row]) for row in r if not is_nan(time[row]) and not is_nan(value[row])]
        ours = NAT if times else 0 if whole else math.nan
        if kept:
            ours = (min if function == "first" else max)(kept)[1]
        assert same(int(theirs) if isinstance(theirs, str) else theirs, ours), f"{name}: {theirs}, not {ours}"
    all_rows = [row for r in cells.values() for row in r]
    nan = sum(any(is_nan(c[row]) for c in columns) for row in all_rows)
    assert wanted["nan_value"][name] == nan


def weighted(text, weights):
    """The request with the weights that it has by default."""
    takes = text.partition("(")[0] in ("mean", "var", "std", "sem", "cov", "corr")
    if weights is None or "weights" in text or not takes:
        return f"{text}({weights})" if text in ("sumw", "sumw2") else text
    return f"{text.removesuffix(')')}, weights={weights})"


def answer(function, column, ddof, rows, rule, level=None):
    """One statistic of one cell."""
    if column is None:
        return len(rows)
    values = [column[row] for row in rows]
    kept = [v for v in values if not is_nan(v)]
    n = len(kept)
    if function == "count":
        return n
    if rule == "propagate" and n < len(values):
        return NAT if column.dtype.kind == "M" else math.nan
    whole = column.dtype.kind in "iub"
    if function in ("min", "max"):
        empty = NAT if column.dtype.kind == "M" else 0 if whole else math.nan
        return (min if function == "min" else max)(kept, default=empty)
    if function in ("median", "quantile", "percentile"):
        return quantile(sorted(kept), level)
    infinite = {v for v in kept if isinstance(v, float) and math.isinf(v)}
    if infinite:
        return sum(infinite) if function in ("sum", "mean") else math.nan
    total = sum(map(Fraction, kept), Fraction(0))
    if function == "sumw2":
        total = sum((Fraction(v) ** 2 for v in kept), Fraction(0))
    if function in ("sum", "sumw", "sumw2"):
        low, high = (0, 2**64) if column.dtype.kind in "ub" else (-(2**63), 2**63)
        return int(total) if whole and low <= total < high else nearest(total)
    if function == "mean":
        return nearest(total / n) if n else math.nan
    if n <= ddof:
        return math.nan
    variance = sum((Fraction(v) - total / n) ** 2 for v in kept) / (n - ddof)
    return {
        "var": lambda: nearest(variance),
        "std": lambda: nearest_sqrt(variance),
        "sem": lambda: nearest_sqrt(variance / n),
    }[function]()


def statistic(text):
    function, _, rest = text.strip().partition("(")
    arguments = split_outside_brackets(rest.removesuffix(")"), ",") if rest else []
    values = [a.strip() for a in arguments if not re.match(r"\s*(ddof|weights)=", a)]
    options = dict(a.strip().split("=", 1) for a in arguments if a.strip() not in values)
    options["ddof"] = int(options.get("ddof", function in ("sem", "cov")))
    if function in ("quantile", "percentile"):
        options["level"] = float(values.pop()) / (100 if function == "percentile" else 1)
    return function, [v for v in values if v], options


def quantile(kept, level):
    """As numpy.quantile, whole differences of integers; a median is rounded once."""
    if not kept:
        return math.nan
    ends = {x for x in kept if isinstance(x, float) and math.isinf(x)}
    if level is None:
        low, high = kept[(len(kept) - 1) // 2], kept[len(kept) // 2]
        if ends & {low, high}:
            return float(low + high)
        return float(low) if low == high else nearest((Fraction(low) + Fraction(high)) / 2)
    place = (len(kept) - 1) * level
    low, share = kept[int(place)], place - int(place)
    high = kept[min(int(place) + 1, len(kept) - 1)]
    if share == 0 or low == high:
        return float(low)
    if ends & {low, high}:
        return low + high
    return high - (high - low) * (1 - share) if share >= 0.5 else low + (high - low) * share


NAT = -(2**63)


class Data:
    """The rows of a case: every column of the chosen table, over all files."""

    def __init__(self, case):
        spec = case["spec"]
        self.files = {f["name"]: f["columns"] for f in case["file"] if "columns" in f}
        self.texts = {f["name"]: f["text"] for f in case["file"] if "text" in f}
        chosen = [self.files[name] for name in self._names(spec)]
        texts = [spec, *spec.get("histogram", [])]
        used = " ".join(
            w
            for s in texts
            for w in many(s.get("by", []))
            + many(s.get("stat", []))
            + many(s.get("weights", []))
            + many(s.get("where", []))
        )
        table = self._table(spec, chosen, used)
        parts = [p for columns in chosen for p in table_parts(columns, table)]
        self.columns, lengths = {}, set()
        first, last = (int(t) if t else None for t in spec.get("rows", "..").replace("_", "").split(".."))
        for name in parts[0] if parts else {}:
            arrays = [array(part[name]) for part in parts if name in part]
            values = np.concatenate(arrays)[first:last]
            self.columns[name] = values
            if "*" in used or not used or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", used):
                lengths.add(len(values))
        assert len(lengths) == 1, "the columns of a case have one length"
        self.rows = self.kept = lengths.pop()
        if "where" in spec:
            # NaN is less, equal and greater than nothing.
            kept = eval(spec["where"], {}, self.columns)
            self.columns = {name: column[kept] for name, column in self.columns.items()}
            self.kept = int(kept.sum())
        self.numeric = sorted(name for name in self.columns if has_range(self.columns[name]))

    def _names(self, spec):
        if "data" not in spec:
            return list(self.files)
        (text,) = many(spec["data"])
        pattern = text.removeprefix("{dir}/")
        pattern = pattern if "*" in pattern else f"{pattern}/*"
        folder, _, last = pattern.rpartition("/")
        regex = re.escape(last).replace(r"\*", ".*")
        places = [(n, *n.rpartition("/")[::2]) for n in self.files]
        found = [n for n, place, name in places if place == folder and re.fullmatch(regex, name)]
        return sorted(found, key=natural)

    @staticmethod
    def _table(spec, chosen, used):
        if "table" in spec:
            return spec["table"]
        groups = {name.rpartition("/")[0] for columns in chosen for name in columns}
        if not used:
            size = {g: sum(rows_of(p) for c in chosen for p in table_parts(c, g)) for g in groups}
            return max(size, key=size.get)
        named = [g for g in groups if g and g in used]
        if named or len(groups) == 1:
            return (named or list(groups))[0]
        words = set(re.findall(r"\w+", used))
        has = {g: {n for c in chosen for p in table_parts(c, g) for n in p} for g in groups}
        return max(groups, key=lambda g: len(words & has[g]))

    def evaluate(self, text):
        """An expression over the columns; singles are computed in doubles."""
        text = text.replace("`", "")
        if text in self.columns:
            return Numbers(self.columns[text])
        known = {
            "pi": math.pi,
            "e": math.e,
            "inf": math.inf,
            "nan": math.nan,
            "sqrt": np.sqrt,
            "floor": np.floor,
        }
        names = {}
        for i, (name, values) in enumerate(sorted(self.columns.items(), key=lambda c: -len(c[0]))):
            text, found = re.subn(rf"(?<![\w]){re.escape(name)}(?![\w(])", f"_{i}_", text)
            if found:
                names[f"_{i}_"] = widened(values)
        # Names with their group.
        text = re.sub(r"\w+\.(?=_\d+_)", "", text)
        with np.errstate(all="ignore"):
            return Numbers(np.asarray(eval(text, {}, known | names)))


def natural(name):
    return [int(w) if w.isdigit() else w for w in re.split(r"(\d+)", name)]


def array(column):
    if column["dtype"] in ("text", "datetime"):
        dtype = {"text": "U", "datetime": "M8[ns]"}[column["dtype"]]
        return np.array(column["values"] * column.get("repeat", 1), dtype)
    kind, bits = re.fullmatch(r"([a-z]+)(\d*)", column["dtype"]).groups()
    dtype = f"{kind}{int(bits) // 8}" if bits else "bool"
    values = [int(v) if isinstance(v, str) else v for v in column["values"]]
    return np.array(values * column.get("repeat", 1), dtype)


def widened(values):
    """Arithmetic is done in the widest type of a kind."""
    return values.astype({"i": "i8", "u": "u8", "f": "f8"}.get(values.dtype.kind, values.dtype))


def table_parts(columns, table):
    """The columns of each matching table of a file, by the last part of their names."""
    pattern = re.escape(table).replace(r"\*", "[^/]*")
    groups = sorted({name.rpartition("/")[0] for name in columns})
    parts = [
        {n.rpartition("/")[2]: c for n, c in columns.items() if n.rpartition("/")[0] == g}
        for g in groups
        if re.fullmatch(pattern, g)
    ]
    alone = {n.rpartition("/")[2]: c for n, c in columns.items() if n == table}
    return parts or ([alone] if alone else [])


def rows_of(part):
    return max(len(c["values"]) for c in part.values())


def has_range(values):
    """Whether a column can be binned by itself: one without finite values cannot."""
    if values.ndim != 1 or values.dtype.kind not in "biuf":
        return False
    return len(values) == 0 or bool(np.isfinite(values).any())


def many(value):
    return [value] if isinstance(value, str) else list(value)

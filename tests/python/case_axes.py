"""Axes as the cases say them: edges by their definition, and the bin of every row."""

import math
import re
from fractions import Fraction

import numpy as np

RULES = ("auto", "fd", "doane", "scott", "rice", "sqrt", "sturges")


class Axis:
    """The edges of an axis by their definition, and the bin of every row."""

    def __init__(self, text, spec, data):
        _, text = split_name(text)
        # The colons of times belong to them.
        text = re.sub(r"-\d\dT[\d:.]+", lambda time: time[0].replace(":", "\0"), text)
        expression, *arguments = (p.replace("\0", ":") for p in split_outside_brackets(text, ":"))
        self.values = data.evaluate(expression)
        self.texts = data.texts
        kinds = ("log", "step", "edges", "int", "circular", "cat", "quantile", *RULES)
        self.kind = arguments.pop(0) if arguments and arguments[0] in kinds else "equal"
        limits = [a for a in arguments if ".." in a]
        numbers = [a for a in arguments if ".." not in a]
        limits = limits[0] if limits else spec.get("range")
        self.limits = tuple(constant(t) for t in limits.split("..")) if limits else None
        self.number = numbers[0] if numbers else None
        self.default_bins = spec.get("bins", 10)
        self.convention = spec.get("convention", "numpy")
        if self.values.dtype == "bool" and self.kind in ("equal", "cat") and not arguments:
            self.kind = "boolean"
        if self.values.dtype.kind == "U" and self.kind == "equal" and not arguments:
            self.kind = "cat"
        self.stored = self.values
        if self.kind not in ("int", "cat") and self.values.dtype.kind in "iu":
            # Edges are float64, and NumPy compares whole numbers with them as such.
            self.values = Numbers(np.array(self.values, dtype="f8"))
        self.edges = self.size = None

    def check_edges(self, edges):
        """Ends are exact; in between, powers of ten may be an ulp or two from NumPy's."""
        self.size = len(edges) - 1
        if self.kind == "boolean":
            assert edges == ["false", "true"]
            self.size = 2
            return
        if self.kind == "cat":
            self.categories = self._categories()
            assert edges == [str(c) for c in self.categories]
            self.size = len(edges)
            return
        self.edges = edges
        ours = self._edges()
        if self.kind == "log":
            np.testing.assert_allclose(edges, ours, rtol=1e-15 * 4)
            assert (edges[0], edges[-1]) == (ours[0], ours[-1])
        else:
            np.testing.assert_array_equal(edges, ours)

    def _categories(self):
        if self.number is None:
            return sorted(set(self.values), key=lambda v: v.encode() if isinstance(v, str) else v)
        words = [w[1:-1] if w[:1] == "'" else w for w in self.number.split(",")]
        return words if self.values.dtype.kind == "U" else [int(w) for w in words]

    def _edges(self):
        finite = [v for v in self.values if not is_nan(v) and math.isfinite(v)]
        finite = [v for v in finite if self.kind != "log" or v > 0]
        low, high = self.limits or (below(min(finite, default=0)), above(max(finite, default=1)))
        if not finite and self.kind == "log" and not self.limits:
            low = 1.0
        counted = self.kind in ("equal", "log", "circular", "quantile") and self.number
        bins = int(self.number) if counted else self.default_bins
        if self.kind == "quantile" or self.kind in RULES:
            return self._by_rule(bins)
        if self.kind == "int":
            return np.arange(math.floor(low), math.floor(high) + 2)
        if self.kind == "edges":
            return [constant(t) for t in self._listed()]
        if self.kind == "step":
            step = width(self.number)
            # The largest multiple, as a float, that is not above the smallest value.
            multiples = (k * step for k in range(math.floor(low / step), math.floor(low / step) - 2, -1))
            low = low if self.limits else next(m for m in multiples if m <= low)
            # The first edge at or above the limit; a tenth is what was written.
            count = math.ceil((Fraction(repr(high)) - Fraction(repr(low))) / Fraction(repr(step)))
            return np.arange(count + 1) * step + low
        one_time = self.values.dtype.kind == "M" and high == math.nextafter(low, math.inf)
        if one_time and not self.limits:
            low, high = around(low, bins)[0], around(high, bins)[1]
        elif low == high:
            low, high = (low / 2, high * 2) if self.kind == "log" else around(low, bins)
        space = np.geomspace if self.kind == "log" else np.linspace
        return space(low, high, bins + 1)

    def _by_rule(self, bins):
        """NumPy has these rules: over the finite values, singles as doubles."""
        low, high = self.limits or (-math.inf, math.inf)
        some = [v for v in self.stored if not is_nan(v) and math.isfinite(v) and low <= v <= high]
        some = np.array(some, dtype="f8" if self.stored.dtype.kind == "f" else self.stored.dtype)
        if self.kind in RULES:
            return np.histogram_bin_edges(some, bins=self.kind, range=self.limits)
        if not len(some):
            return self.limits or (0.0, 1.0)
        edges = np.unique(np.quantile(some, np.linspace(0, 1, bins + 1)))
        return edges if len(edges) > 1 else around(edges[0], 1)

    def _listed(self):
        if not self.number.startswith("@"):
            return self.number.split(",")
        text = self.texts[self.number.rpartition("/")[2]]
        return re.sub(r"#.*|,", " ", text).split()

    def bins_of_rows(self):
        return [self._bin(v) for v in self.values]

    def _bin(self, value):
        """None for NaN; -1 below, the number of bins above."""
        if self.kind == "boolean":
            return int(value)
        if self.kind == "cat":
            return self.categories.index(value) if value in self.categories else self.size
        if is_nan(value):
            return None
        if math.isinf(value) and self.kind == "circular":
            return self.size
        low, high = self.edges[0], self.edges[-1]
        if self.kind not in ("int", "circular"):
            if self.convention == "boost" and self.kind == "equal":
                place = (below(value) - low) / (high - low)
                return self.size if place >= 1 else int(place * self.size) if place >= 0 else -1
            if self.convention == "boost" and value >= high:
                return self.size
            if self.convention == "scipy" and self._rounds_to_the_end(value):
                return self.size - 1
        value = value if math.isinf(value) else Fraction(value)
        if self.kind == "circular":
            period = Fraction(high) - Fraction(low)
            value = (value - Fraction(low)) % period + Fraction(low)
        if value < low:
            return -1
        if value > high or (self.kind == "int" and value == high):
            return self.size
        return min(sum(value >= e for e in self.edges) - 1, self.size - 1)

    def _rounds_to_the_end(self, value):
        """What SciPy adds to the last bin."""
        decimals = int(-np.log10(np.diff(self.edges).min())) + 6
        rounded = np.around([above(value), self.edges[-1]], decimals)
        return value >= self.edges[-1] and rounded[0] == rounded[1]

    def has_place(self, k):
        return 0 <= k < self.size or self.kind not in ("boolean", "circular", "cat")

    def places(self, flow):
        return range(-1, self.size + 1) if flow and self.has_place(-1) else range(self.size)


class Numbers(list):
    """Python numbers or texts of one NumPy type; times are nanoseconds, or None."""

    def __init__(self, array):
        super().__init__(array.tolist())
        self.dtype = array.dtype


def around(constant, bins):
    """NumPy's half a unit, or as much as bins need that float64 can tell apart."""
    half = max(0.5, float(np.spacing(abs(constant))) * bins)
    return constant - half, constant + half


def below(value):
    """The largest float that is not above a value."""
    nearest = float(value)
    if math.isinf(nearest):
        return nearest
    return math.nextafter(nearest, -math.inf) if Fraction(nearest) > value else nearest


def above(value):
    return -below(-value)


def width(text):
    """A number, or one with a unit of time, as nanoseconds."""
    found = re.fullmatch(r"([\d.]+)(ns|us|ms|s|min|h|d|w)", text)
    if not found:
        return constant(text)
    number, unit = found.groups()
    unit = {"min": "m", "d": "D", "w": "W"}.get(unit, unit)
    return float(Fraction(number) * int(np.timedelta64(1, unit) / np.timedelta64(1, "ns")))


def constant(text):
    if re.match(r"\d{4}-\d\d-\d\d", text):
        return float(np.datetime64(text, "ns").astype("i8"))
    return float(eval(text, {}, {"pi": math.pi, "inf": math.inf}))


def is_nan(value):
    return value is None or (isinstance(value, float) and math.isnan(value))


def split_name(text):
    found = re.match(r"\s*([\w ]+?)\s*=(?!=)(.*)", text)
    return found.groups() if found else (None, text)


def split_outside_brackets(text, mark):
    depth, parts = 0, [""]
    for c in text:
        depth += (c in "([") - (c in ")]")
        if c == mark and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts

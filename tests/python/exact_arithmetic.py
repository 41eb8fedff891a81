"""Statistics in rational arithmetic, rounded once: the definition that terabin must meet."""

import math
from fractions import Fraction

NAN = math.nan


def nearest(value):
    """The float nearest to a fraction, ties to even, infinite beyond the largest.

    CPython divides two integers with one correct rounding, subnormals included.
    """
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def nearest_sqrt(value):
    """The float nearest to the square root of a fraction.

    The root is cut after at least 64 bits. If something is cut off, half a unit
    is added: it lies on the right side of every midpoint, so that one rounding
    remains.
    """
    if value == 0:
        return 0.0
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    k = 64 - bits // 2
    scaled = value * Fraction(4) ** k
    whole = scaled.numerator // scaled.denominator
    root = math.isqrt(whole)
    cut = root * root != whole or whole != scaled
    return nearest(Fraction(2 * root + cut, 2) / Fraction(2) ** k)


def statistics(values):
    """Every statistic of one bin; NaNs are left out, infinities propagate."""
    kept = [v for v in map(_number, values) if v == v]
    n = len(kept)
    result = {"count": len(list(values)), "count(v)": n}
    result["min"] = min(kept) if kept else NAN
    result["max"] = max(kept) if kept else NAN
    if any(math.isinf(v) for v in kept if isinstance(v, float)):
        return result | _with_infinities(kept)
    total = sum(map(Fraction, kept), Fraction(0))
    squares = sum((Fraction(v) ** 2 for v in kept), Fraction(0))
    spread = n * squares - total**2
    variance = spread / n**2 if n else None
    sample = spread / (n * (n - 1)) if n > 1 else None
    return result | {
        "sum": nearest(total),
        "exact_sum": total,
        "mean": nearest(total / n) if n else NAN,
        "var": nearest(variance) if n else NAN,
        "std": nearest_sqrt(variance) if n else NAN,
        "var1": nearest(sample) if n > 1 else NAN,
        "std1": nearest_sqrt(sample) if n > 1 else NAN,
        "sem": nearest_sqrt(sample / n) if n > 1 else NAN,
    }


def moment(function, u, v=None, weights=None, ddof=0):
    """A moment of one value or two over rows without NaN, weighted or not.

    As numpy.cov with aweights defines it, in fractions, and rounded once.
    """
    v = u if v is None else v
    rows = [
        (_number(a), _number(b), 1 if weights is None else _number(w))
        for a, b, w in zip(u, v, u if weights is None else weights, strict=True)
    ]
    rows = [row for row in rows if all(x == x for x in row)]
    if not rows:
        return NAN
    if any(isinstance(x, float) and math.isinf(x) for row in rows for x in row):
        return _infinite_mean(rows) if function == "mean" else NAN
    rows = [tuple(map(Fraction, row)) for row in rows]
    total = sum(w for _, _, w in rows)
    mean_u, mean_v = (sum(w * row[i] for *row, w in rows) / total if total else None for i in (0, 1))
    if function == "mean":
        return NAN if mean_u is None else nearest(mean_u)
    squared = sum(w * w for _, _, w in rows)

    def comoment(i, j):
        means = (mean_u, mean_v)
        return sum(row[2] * (row[i] - means[i]) * (row[j] - means[j]) for row in rows)

    if function == "corr":
        spreads = [comoment(i, i) / total if total else 0 for i in (0, 1)]
        if min(spreads) <= 0:
            return NAN
        joint = comoment(0, 1) / total
        return nearest_sqrt(joint**2 / (spreads[0] * spreads[1])) * (1 if joint >= 0 else -1)
    denominator = total - ddof * squared / total if total else 0
    if denominator * total <= 0:
        return NAN
    variance = comoment(0, 1) / denominator
    if function == "sem":
        variance *= squared / total**2
    if function == "cov":
        return nearest(variance)
    if variance < 0:
        return NAN
    return nearest(variance) if function == "var" else nearest_sqrt(variance)


def _infinite_mean(rows):
    """In floats, which are exact where only signs matter."""
    total = sum(w for _, _, w in rows)
    products = {w * u for u, _, w in rows if not math.isfinite(u) or not math.isfinite(w)}
    return NAN if total == 0 else sum(products) / total


def _with_infinities(kept):
    signs = {v > 0 for v in kept if isinstance(v, float) and math.isinf(v)}
    total = NAN if len(signs) == 2 else math.copysign(math.inf, 1 if True in signs else -1)
    return {"sum": total, "mean": total} | dict.fromkeys(("var", "std", "var1", "std1", "sem"), NAN)


def _number(value):
    """A NumPy scalar as the Python number of the same value."""
    return value.item() if hasattr(value, "item") else value


def same(got, wanted):
    """Equal as numbers, NaN equal to NaN."""
    got = _number(got)
    return got == wanted or (got != got and wanted != wanted)

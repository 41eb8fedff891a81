"""Makes the tables of the elementary functions, and those that test functions.

Run as `python crates/terabin-expr/tests/data/elementary.py`; it writes
`src/elementary/tables.rs`, and beside itself `elementary.csv` (by mpmath), `pairs.csv`
(by NumPy) and `calendar.csv` (by pandas); `cargo fmt` then formats the first.
"""

import math
import random
import struct
from pathlib import Path

import numpy as np
import pandas as pd
from mpmath import mp, mpf

mp.prec = 1400
CRATE = Path(__file__).resolve().parents[2]


def double(value):
    """A number as two doubles."""
    hi = float(value)
    return hi, float(value - mpf(hi))


def cut(value, bits):
    """A number as a multiple of 2**-bits and a double."""
    hi = mp.nint(value * mpf(2) ** bits) / mpf(2) ** bits
    assert mpf(float(hi)) == hi
    return float(hi), float(value - hi)


def bits(value):
    return grouped(struct.unpack("<Q", struct.pack("<d", value))[0])


def f64(value):
    return f"f64::from_bits({bits(value)})"


def grouped(bits):
    digits = f"{bits:016x}"
    return "0x" + "_".join(digits[i : i + 4] for i in range(0, 16, 4))


def pair(parts):
    return f"Double::from_bits([{bits(parts[0])}, {bits(parts[1])}])"


def row_of_bits(parts):
    return f"[{', '.join(map(bits, parts))}]"


def tables():
    ln2 = mp.log(2)
    numbers = [
        ("The logarithm of 2.", "LN2", double(ln2)),
        ("The logarithm of 2, the high part a multiple of 2^-42.", "LN2_42", cut(ln2, 42)),
        ("A 64th of the logarithm of 2, the high part with 36 bits.", "LN2_64", cut(ln2 / 64, 42)),
        ("One over the logarithm of 2.", "INV_LN2", double(1 / ln2)),
        ("One over the logarithm of 10.", "INV_LN10", double(1 / mp.log(10))),
        ("Half a turn.", "PI", double(mp.pi)),
        ("A quarter turn.", "HALF_PI", double(mp.pi / 2)),
        ("A degree in radians.", "DEGREE", double(mp.pi / 180)),
        ("A radian in degrees.", "RADIAN", double(180 / mp.pi)),
        ("One sixth.", "SIXTH", double(mpf(1) / 6)),
    ]
    lines = ["//! Numbers made by `tests/data/elementary.py`.", "", "use super::double::Double;", ""]
    for doc, name, parts in numbers:
        lines += [f"/// {doc}", f"pub(super) const {name}: Double = {pair(parts)};"]
    first = cut(mp.pi / 2, 32)[0]
    second = cut(mp.pi / 2 - mpf(first), 65)[0]
    third = float(mp.pi / 2 - mpf(first) - mpf(second))
    lines += [
        "/// 64 over the logarithm of 2.",
        f"pub(super) const INV_LN2_64: f64 = {f64(float(64 / ln2))};",
        "/// One over a quarter turn.",
        f"pub(super) const INV_HALF_PI: f64 = {f64(float(2 / mp.pi))};",
        "/// A quarter turn in three parts, the first two with 33 bits.",
        f"pub(super) const HALF_PI_PARTS: [f64; 3] = [{', '.join(map(f64, (first, second, third)))}];",
        "/// The bits of 2/pi after 64 zeros: the first of the second word counts one, the next a half.",
    ]
    words = [0, *(int(mp.floor(2 / mp.pi * mpf(2) ** (64 * i + 63))) % 2**64 for i in range(20))]
    lines += [f"pub(super) const TWO_OVER_PI: [u64; 21] = [{', '.join(map(grouped, words))}];"]
    powers = [row_of_bits(double(mpf(2) ** (mpf(j) / 64))) for j in range(64)]
    angles = [row_of_bits(double(mp.atan(mpf(j) / 64))) for j in range(65)]
    inverses = []
    for i in range(45, 92):
        inverse = mp.nint(mpf(64) / i * 512) / 512
        inverses.append(row_of_bits((float(inverse), *cut(-mp.log(inverse), 42))))
    lines += [
        "/// 2^(j/64), as the bits of a sum of two doubles.",
        f"pub(super) const POWERS: [[u64; 2]; 64] = [{', '.join(powers)}];",
        "/// The angle whose tangent is j/64, as the bits of a sum of two doubles.",
        f"pub(super) const ANGLES: [[u64; 2]; 65] = [{', '.join(angles)}];",
        "/// The number to which the first entry of `INVERSES` belongs, in 64ths.",
        "pub(super) const FIRST_INVERSE: f64 = 45.0;",
        "/// 64/i to ten bits, and minus its logarithm, the high part a multiple of 2^-42: bits.",
        f"pub(super) const INVERSES: [[u64; 3]; {len(inverses)}] = [{', '.join(inverses)}];",
    ]
    return "\n".join(lines) + "\n"


def power(x, y):
    return mp.power(x, y)


ONE = {
    "exp": (mp.exp, (-746, 710)),
    "exp2": (lambda x: mp.power(2, x), (-1076, 1024)),
    "expm1": (mp.expm1, (-40, 710)),
    "log": (mp.log, (0, math.inf)),
    "log2": (lambda x: mp.log(x) / mp.log(2), (0, math.inf)),
    "log10": (lambda x: mp.log(x) / mp.log(10), (0, math.inf)),
    "log1p": (lambda x: mp.log(1 + x), (-1, math.inf)),
    "sin": (mp.sin, (-math.inf, math.inf)),
    "cos": (mp.cos, (-math.inf, math.inf)),
    "tan": (mp.tan, (-math.inf, math.inf)),
    "arcsin": (mp.asin, (-1, 1)),
    "arccos": (mp.acos, (-1, 1)),
    "arctan": (mp.atan, (-math.inf, math.inf)),
    "sinh": (mp.sinh, (-711, 711)),
    "cosh": (mp.cosh, (-711, 711)),
    "tanh": (mp.tanh, (-45, 45)),
    "arcsinh": (mp.asinh, (-math.inf, math.inf)),
    "arccosh": (mp.acosh, (1, math.inf)),
    "arctanh": (mp.atanh, (-1, 1)),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), (-math.inf, math.inf)),
    "deg2rad": (lambda x: x * mp.pi / 180, (-math.inf, math.inf)),
    "rad2deg": (lambda x: x * 180 / mp.pi, (-math.inf, math.inf)),
}
TWO = {
    "arctan2": mp.atan2,
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "power": power,
}
# Next to multiples of pi/2, where most bits cancel (J.-M. Muller, Elementary Functions, table 11.1),
# and other arguments on which known libraries are far off.
HARD = [
    6381956970095103 * 2.0**797, 5319372648326541.0 * 2.0**-1, 1.5707963267948966, 3.141592653589793,
    1e22, 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 2.2250738585072009e-308,
    0.5, 2.0**-0.5, 2.0**0.5, 0.7853981633974483, 0.785398163397448, 1e6, 999999.9999999999, 1e-9,
    9.999999999999999e-10, 0.0078125, 0.015625, 0.00781249999999999, 40.0, 40.00000000000001,
    709.782712893384, -745.1332191019411, -708.4, 1023.9999999999999, -1074.0, -1022.5, -1074.5,
    0.9999999999999999, 1.0000000000000002, 1.0, 10.0, 1000.0, 0.3183098861837907,
    0.0110, 0.9921875, 1.0078125, 710.4758600739439, 1e10, 10000000000.000002, 0.1, 1.0 / 3.0,
]  # fmt: skip


def arguments(low, high, count, rng):
    """Arguments within the limits: hard ones, moderate ones, and random bits."""
    found = [x for h in HARD for x in (h, -h) if low <= x <= high]
    while len(found) < count + len(HARD):
        kind = rng.random()
        if kind < 0.35:
            x = rng.uniform(max(low, -10), min(high, 10))
        elif kind < 0.6:
            x = rng.choice((-1, 1)) * 2.0 ** rng.uniform(-40, 20)
        elif kind < 0.75:
            x = 1 + rng.choice((-1, 1)) * 2.0 ** rng.uniform(-50, 0)
        elif kind < 0.85 and math.isfinite(low) and math.isfinite(high):
            x = rng.uniform(low, high)
        else:
            x = struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
        if low <= x <= high and math.isfinite(x):
            found.append(x)
    return found


def rounded(value):
    """The nearest double, as hexadecimal, and how far the truth lies above it in units of 1/1000 ulp."""
    nearest = float(value)
    if math.isinf(nearest) or value == 0:
        return nearest, 0
    return nearest, int(mp.nint((value - mpf(nearest)) / mpf(math.ulp(nearest)) * 1000))


def row(name, arguments, truth):
    value, above = rounded(truth)
    numbers = [f"{struct.unpack('<Q', struct.pack('<d', v))[0]:x}" for v in (*arguments, value)]
    return ",".join([name, *numbers, str(above)])


def pairs(name, count, rng):
    everything = arguments(-math.inf, math.inf, 20 * count, rng)
    found = [(x, y) for x in (0.3, 1e-310, 1e300, 7.0) for y in (0.5, 3.0, 1e-300, 1e308)]
    found += [(x, float(n)) for x in (1.1, 0.7, 3e17, 1e-18, 2.5e18) for n in (-16, -3, -2, 3, 5, 7, 16, 17)]
    while len(found) < count:
        x, y = rng.choice(everything), rng.choice(everything)
        if rng.random() < 0.5:
            y = (
                x * rng.uniform(0, 3)
                if name != "power"
                else rng.uniform(-1, 1) * 700 / (abs(math.log(abs(x))) + 1e-300)
            )
        if name == "power":
            x = abs(x)
            if x == 0 or not abs(y * math.log(x)) < 750:
                continue
        if math.isfinite(y) and (x, y) != (0, 0):
            found.append((x, y))
    return found


def rows(count, seed):
    rng = random.Random(seed)
    for name, (function, (low, high)) in ONE.items():
        for x in arguments(low, high, count, rng):
            if (name.startswith("log") and (x == 0 or x == -1)) or (name == "arctanh" and abs(x) == 1):
                continue
            yield row(name, (x,), function(mpf(x)))
    for name, function in TWO.items():
        for x, y in pairs(name, 2 * count, rng):
            yield row(name, (x, y), function(mpf(x), mpf(y)))


PAIRS = ("floor_divide", "remainder", "fmod", "minimum", "maximum", "fmin", "fmax", "copysign", "heaviside")
SIDES = (0.0, -0.0, 1.0, -1.0, 3.5, -3.5, 0.1, -0.3, 1e308, -1e308, 5e-324, math.inf, -math.inf, math.nan)


def pair_rows():
    """NumPy's functions of two numbers, special ones among them."""
    with np.errstate(all="ignore"):
        for name in PAIRS:
            for x in SIDES:
                for y in SIDES:
                    bits = [f"{v:x}" for v in np.array([x, y, getattr(np, name)(x, y)]).view(np.uint64)]
                    yield ",".join([name, *bits])


def calendar_rows():
    rng = random.Random(2)
    times = [-(2**63) + 1, 2**63 - 1, 0, -1, 951782400 * 10**9, 951868799999999999, 4107542400 * 10**9]
    times += [rng.randrange(-(2**63) + 1, 2**63) for _ in range(200)]
    for time in times:
        t = pd.Timestamp(time, unit="ns")
        digits = t.microsecond * 1000 + t.nanosecond
        parts = (t.year, t.month, t.day, t.day_of_week, t.day_of_year, t.hour, t.minute, t.second, digits)
        yield ",".join(str(v) for v in (time, *parts))


if __name__ == "__main__":
    (CRATE / "src/elementary/tables.rs").write_text(tables())
    head = "# function,arguments and the rounded value as bits,1/1000 ulp that the truth lies above it"
    (CRATE / "tests/data/elementary.csv").write_text("\n".join([head, *rows(60, 1)]) + "\n")
    (CRATE / "tests/data/pairs.csv").write_text(
        "\n".join(["# function,arguments and value as bits", *pair_rows()]) + "\n"
    )
    head = "# nanoseconds,year,month,day,day of the week,day of the year,hour,minute,second,nanosecond"
    (CRATE / "tests/data/calendar.csv").write_text("\n".join([head, *calendar_rows()]) + "\n")

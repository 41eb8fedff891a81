//! The grammar: Python's precedences, and what the messages say.

use terabin_expr::parse;

/// Expressions, and how Python's own `ast.parse` reads them.
const PYTHON: &[(&str, &str)] = &[
    ("a + b * c", "(a + (b * c))"),
    ("a - b - c", "((a - b) - c)"),
    ("a / b / c", "((a / b) / c)"),
    ("a / b * c", "((a / b) * c)"),
    ("-a * b", "((-a) * b)"),
    ("a - -b", "(a - (-b))"),
    ("+ - ~a", "(+(-(~a)))"),
    ("a * -b", "(a * (-b))"),
    ("~a & b", "((~a) & b)"),
    ("a | b & c", "(a | (b & c))"),
    ("a & b | c", "((a & b) | c)"),
    ("a + b & c", "((a + b) & c)"),
    ("a & b + c", "(a & (b + c))"),
    ("x > 0 & y > 0", "(x > (0 & y) > 0)"),
    ("x > 0 and y > 0", "((x > 0) and (y > 0))"),
    ("x > 0 | y > 0", "(x > (0 | y) > 0)"),
    ("a | b > c | d", "((a | b) > (c | d))"),
    ("0 < x <= 3", "(0 < x <= 3)"),
    ("a < b == c != d", "(a < b == c != d)"),
    ("not a == b", "(not (a == b))"),
    ("not a and b", "((not a) and b)"),
    ("not not a", "(not (not a))"),
    ("not a or b and not c", "((not a) or (b and (not c)))"),
    ("a or b and c or d", "((a or (b and c)) or d)"),
    ("a and b or c and d", "((a and b) or (c and d))"),
    ("~x > 0", "((~x) > 0)"),
    ("not x > 0 and y", "((not (x > 0)) and y)"),
    ("-x < -1.5e3", "((-x) < (-1500.0))"),
    ("a or not b < c", "(a or (not (b < c)))"),
    ("abs(a) + sqrt(b + c) * d", "(abs(a) + (sqrt((b + c)) * d))"),
    (
        "where(a < b, a + 1, b and c)",
        "where((a < b), (a + 1), (b and c))",
    ),
    ("(a + b) * (c - d)", "((a + b) * (c - d))"),
    ("a - (b - c)", "(a - (b - c))"),
    ("a / (b * c)", "(a / (b * c))"),
    ("(a < b) < c", "((a < b) < c)"),
    ("a < (b < c)", "(a < (b < c))"),
    ("(a and b) == c", "((a and b) == c)"),
    ("-(a + b)", "(-(a + b))"),
    ("~(a and b)", "(~(a and b))"),
    ("not (a and b)", "(not (a and b))"),
    ("1_000 * 2.5 - .5 / 1.", "((1000 * 2.5) - (0.5 / 1.0))"),
    ("a.b / c.d", "(a.b / c.d)"),
    ("-a ** b", "(-(a ** b))"),
    ("a ** -b", "(a ** (-b))"),
    ("a ** b ** c", "(a ** (b ** c))"),
    ("(a ** b) ** c", "((a ** b) ** c)"),
    ("(-a) ** b", "((-a) ** b)"),
    ("a ** -b ** c", "(a ** (-(b ** c)))"),
    ("a * b ** c", "(a * (b ** c))"),
    ("a ** b * c", "((a ** b) * c)"),
    ("~a ** b", "(~(a ** b))"),
    ("a // b * c % d", "(((a // b) * c) % d)"),
    ("a + b % c", "(a + (b % c))"),
    ("a % -b", "(a % (-b))"),
    ("a in (1, b + 2)", "(a in (1, (b + 2)))"),
    ("a not in (1,)", "(a not in (1,))"),
    ("not a in (b,)", "(not (a in (b,)))"),
    ("a + 1 in () or b", "(((a + 1) in ()) or b)"),
    ("0 < a in (1, 2)", "(0 < a in (1, 2))"),
    ("a | b in (c,)", "((a | b) in (c,))"),
    (
        "a == 'it\\'s' or a in (\"b\", 'c')",
        "((a == \"it's\") or (a in ('b', 'c')))",
    ),
];

#[test]
fn precedences_are_those_of_python() {
    for (text, meaning) in PYTHON {
        assert_eq!(parse(text).unwrap(), parse(meaning).unwrap(), "{text}");
    }
}

#[test]
fn display_needs_no_more_parentheses_than_were_written() {
    for (text, meaning) in PYTHON {
        let expr = parse(meaning).unwrap();
        let shown = expr.to_string();
        assert_eq!(parse(&shown).unwrap(), expr, "{text}");
        let parentheses = |text: &str| text.matches('(').count();
        assert!(
            parentheses(&shown) <= parentheses(text),
            "{text} became {shown}"
        );
    }
}

#[test]
fn lists_and_points_have_one_way_to_be_written() {
    let cases = [
        ("x in [1, 2,]", "x in (1, 2)"),
        ("x in[1]", "x in (1,)"),
        ("x not  in ( )", "x not in ()"),
        ("kind in ('gas', 'a\"b')", r#"kind in ("gas", "a\"b")"#),
        (
            "distance(Pos, (1, 2,))",
            "distance((Pos[:,0], Pos[:,1]), (1, 2))",
        ),
        (
            "distance(`my pos`, [x + 1, y], box=2 * pi)",
            "distance((`my pos[:,0]`, `my pos[:,1]`), (x + 1, y), 2 * pi)",
        ),
        (
            "distance((x, y), A[:,3], box=None)",
            "distance((x, y), (A[:,3,0], A[:,3,1]))",
        ),
        (
            "distance(p, (q, distance(r, (0,))), (1, 2))",
            "distance((p[:,0], p[:,1]), (q, distance((r[:,0],), (0,))), (1, 2))",
        ),
        ("asin(x) + degrees(y)", "arcsin(x) + rad2deg(y)"),
    ];
    for (text, shown) in cases {
        let expr = parse(text).unwrap();
        assert_eq!(expr.to_string(), shown);
        assert_eq!(parse(shown).unwrap(), expr, "{text}");
    }
    assert_eq!(
        parse("distance(Pos, (x, 2))").unwrap().columns(),
        ["Pos[:,0]", "Pos[:,1]", "x"]
    );
}

#[test]
fn names_read_back() {
    let cases = [
        ("x", "x"),
        ("PartType0.Masses", "PartType0.Masses"),
        ("a [ : , 0 ]", "a[:,0]"),
        ("`a`[:,007,1]", "a[:,7,1]"),
        ("Größe_2", "Größe_2"),
        ("`mass (g)`", "mass (g)"),
        ("`tick``s`", "tick`s"),
        ("`not`", "not"),
        ("`pi`", "pi"),
        ("`1.5`", "1.5"),
        ("`a.1`", "a.1"),
        ("`a[:,00]`", "a[:,00]"),
        ("`True`", "True"),
        ("PartType0.Positions[:,2]", "PartType0.Positions[:,2]"),
        (
            "attr( 'Header','MassTable' , 1 )",
            "attr(\"Header\", \"MassTable\", 1)",
        ),
        ("attr(\"/a b\", \"t\", 0)", "attr(\"/a b\", \"t\")"),
        (r#"attr('a"\'\\', "b")"#, r#"attr("a\"'\\", "b")"#),
        ("index(2)", "index(2)"),
        ("index", "index"),
    ];
    for (text, name) in cases {
        let expr = parse(text).unwrap();
        assert_eq!(expr.as_column(), Some(name), "{text}");
        assert_eq!(parse(&expr.to_string()).unwrap(), expr, "{text}");
    }
    assert_ne!(parse("`pi`").unwrap(), parse("pi").unwrap());
}

/// Texts that are no expressions, where that is noticed, and the message.
const WRONG: &[(&str, usize, &str)] = &[
    ("", 0, "there is no expression"),
    ("  ", 0, "there is no expression"),
    ("x +", 3, "unexpected end"),
    ("x % % 2", 4, "unexpected `%`"),
    ("x ** 2 **", 9, "unexpected end"),
    ("** 2", 0, "unexpected `**`"),
    ("x $ 2", 2, "unexpected `$`"),
    ("x in 3", 5, "`in` takes a list: (1, 2, 5), or (5,) for one"),
    (
        "x in (3)",
        5,
        "`in` takes a list: (1, 2, 5), or (5,) for one",
    ),
    (
        "x not 3",
        2,
        "unexpected `not`; put `not` and its operand in parentheses",
    ),
    (
        "1 + (2, 3)",
        4,
        "a list stands only after `in` and in distance()",
    ),
    (
        "-(2, 3)",
        1,
        "a list stands only after `in` and in distance()",
    ),
    ("[x]", 0, "a list stands only after `in` and in distance()"),
    ("()", 0, "a list stands only after `in` and in distance()"),
    (
        "x in (1, (2, 3))",
        9,
        "a list stands only after `in` and in distance()",
    ),
    (
        "x in (1, 2) + 1",
        5,
        "a list stands only after `in` and in distance()",
    ),
    (
        "x in (1, 2) < 1",
        5,
        "a list stands only after `in` and in distance()",
    ),
    (
        "abs((1, 2))",
        4,
        "a list stands only after `in` and in distance()",
    ),
    (
        "abs(x=1)",
        4,
        "only distance() has an argument with a name: box=",
    ),
    ("x in (1, 2", 10, "unexpected end"),
    (
        "distance(p, q)",
        9,
        "`distance` takes points: distance(Coordinates, (50, 50, 50), box=100)",
    ),
    (
        "distance(p, (1, 2), box=(1, 2, 3))",
        24,
        "`distance` needs 2 numbers here as in the first point, not 3",
    ),
    (
        "distance((x, y), (1, 2, 3))",
        17,
        "`distance` needs 2 numbers here as in the first point, not 3",
    ),
    (
        "distance(p)",
        9,
        "`distance` takes points: distance(Coordinates, (50, 50, 50), box=100)",
    ),
    ("x y", 2, "unexpected `y`"),
    ("(x", 2, "unexpected end"),
    ("x)", 1, "unexpected `)`"),
    ("x = 1", 2, "unexpected `=`; equality is written `==`"),
    (
        "1 + not x",
        4,
        "unexpected `not`; put `not` and its operand in parentheses",
    ),
    (
        "in > 3",
        0,
        "unexpected `in`; a column of that name is written in back-quotes",
    ),
    ("`x", 0, "this back-quote is not closed"),
    ("1 + ``", 4, "there is no name between the back-quotes"),
    ("a[0]", 1, "a component of `a` is written `a[:,0]`"),
    ("sqrt(x, y)", 0, "`sqrt` takes 1 argument, not 2"),
    ("where(x)", 0, "`where` takes 3 arguments, not 1"),
    ("abs()", 0, "`abs` takes 1 argument, not 0"),
    (
        "is_nan(x)",
        0,
        "there is no function `is_nan`; did you mean `isnan`?",
    ),
    (
        "attr(\"Header\", \"Time) > 3",
        15,
        "this quote is not closed",
    ),
    (
        r#"attr("a\n", "b")"#,
        7,
        "a backslash in quotes stands before a quote or a backslash",
    ),
    (
        "attr(\"Header\")",
        0,
        "`attr` takes 2 or 3 arguments, not 1",
    ),
    ("attr()", 0, "`attr` takes 2 or 3 arguments, not 0"),
    (
        "attr(\"a\", \"b\", 1, 2)",
        0,
        "`attr` takes 2 or 3 arguments, not 4",
    ),
    ("attr(\"a\" \"b\")", 9, "unexpected `\"b\"`"),
    ("attr(\"a\", \"b\"", 13, "unexpected end"),
    ("attr(\"a\",", 9, "unexpected end"),
    ("x + index()", 4, "`index` takes 1 argument, not 0"),
    ("index(0, 1)", 0, "`index` takes 1 argument, not 2"),
    (
        "indx(0)",
        0,
        "there is no function `indx`; did you mean `index`?",
    ),
    (
        "flor(x)",
        0,
        "there is no function `flor`; did you mean `floor`?",
    ),
    ("row(1)", 0, "`row` takes 0 arguments, not 1"),
    ("clip(x, 1)", 0, "`clip` takes 3 arguments, not 2"),
    ("1__0", 0, "`1__0` is not a number"),
    ("0x10", 0, "`0x10` is not a number"),
    (
        "012",
        0,
        "`012` has zeros in front, which Python does not allow",
    ),
    (
        "1e999",
        0,
        "`1e999` is larger than any float64; write `inf` for infinity",
    ),
    (
        "99999999999999999999",
        0,
        "`99999999999999999999` does not fit in 64 bits; write it as a float, such as 1e20",
    ),
];

#[test]
fn errors_say_what_and_where() {
    for (text, position, message) in WRONG {
        let error = parse(text).expect_err(text);
        assert_eq!(error.message(), *message, "{text}");
        assert_eq!(error.position(), *position, "{text}");
    }
}

#[test]
fn lookups_take_literals() {
    let attribute = "`attr` takes a path and a name in quotes";
    let index = "`index` takes the number of a dimension";
    let cases = [
        ("attr(Header, \"t\")", 5, attribute),
        ("attr(\"a\", b)", 10, attribute),
        ("attr(\"a\", \"b\", 1.5)", 15, attribute),
        ("attr(\"a\", \"b\", -1)", 15, attribute),
        ("attr(\"a\", \"b\", \"c\")", 15, attribute),
        ("attr(1, \"b\")", 5, attribute),
        ("attr(\"a\", \"b\",)", 14, attribute),
        ("index(1.5)", 6, index),
        ("index(-1)", 6, index),
        ("index(x)", 6, index),
        ("2 * index(\"0\")", 10, index),
    ];
    for (text, position, message) in cases {
        let error = parse(text).expect_err(text);
        assert!(error.message().starts_with(message), "{text}: {error}");
        assert_eq!(error.position(), position, "{text}: {error}");
    }
}

#[test]
fn an_error_is_one_short_line() {
    let long = format!("{}\n $ {}", "a + ".repeat(50), "b".repeat(500));
    let shown = parse(&long).unwrap_err().to_string();
    assert!(
        !shown.contains('\n') && shown.chars().count() < 200,
        "{shown}"
    );
}

#[test]
fn quotients_of_names_propose_the_dotted_name() {
    let dotted = |text: &str| parse(text).unwrap().dotted_names();
    assert_eq!(dotted("a/b/c > 2"), [("a.b.c".to_owned(), 0..5)]);
    assert_eq!(dotted("x/2 + (p/q)"), [("p.q".to_owned(), 6..11)]);
    assert_eq!(dotted("2/x"), []);
    assert_eq!(dotted("a/(b/c)"), [("b.c".to_owned(), 2..7)]);
    assert_eq!(dotted("a/index(0)"), []);
}

#[test]
fn constants_have_values() {
    let value = |text: &str| parse(text).unwrap().constant();
    assert_eq!(value("-4"), Ok(-4.0));
    assert_eq!(value("1e-3"), Ok(1e-3));
    assert_eq!(value("2*pi"), Ok(std::f64::consts::TAU));
    assert_eq!(value("1_000 / 8"), Ok(125.0));
    assert_eq!(
        value("-9223372036854775808"),
        Ok(-9_223_372_036_854_775_808.0)
    );
    assert_eq!(value("where(2 > 1, inf, 0)"), Ok(f64::INFINITY));
    assert!(value("nan").unwrap().is_nan());
    assert!(
        value("1 < 2")
            .unwrap_err()
            .to_string()
            .contains("is bool, not a number")
    );
    assert!(
        value("x + 1")
            .unwrap_err()
            .to_string()
            .contains("`x` is not a number")
    );
    assert!(value("9223372036854775807 + 1").is_err());
}

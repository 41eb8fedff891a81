//! No text makes the parser panic, overflow the stack, or take long.

use proptest::prelude::*;
use terabin_core::source::Schema;
use terabin_expr::{Expr, ParseError, parse};

/// Everything that can be done with a text.
fn exercise(text: &str) -> Result<Expr, ParseError> {
    let parsed = parse(text);
    match &parsed {
        Ok(expr) => {
            let shown = expr.to_string();
            assert_eq!(&parse(&shown).unwrap(), expr, "{text:?} became {shown:?}");
            let _ = (expr.columns(), expr.dotted_names(), expr.constant());
            if let Err(error) = expr.bind(&Schema::default()) {
                assert!(!error.to_string().contains('\n'));
                assert_eq!(error.pointed(text).lines().count(), 2, "{text:?}: {error}");
            }
        }
        Err(error) => {
            assert!(error.position() <= text.len());
            assert!(!error.to_string().contains('\n'));
            assert_eq!(
                error.pointed(text).matches('\n').count(),
                1,
                "{text:?}: {error}"
            );
        }
    }
    parsed
}

#[test]
fn deep_nesting_is_refused() {
    for open in [
        "(",
        "-",
        "~",
        "not ",
        "abs(",
        "1+(",
        "a or b and c<d|e&f+g*(",
        "where(1,2,",
        "1**",
        "x in (",
        "[",
        "distance(x,(",
        "distance((1,",
    ] {
        let repeats = 100_000_usize;
        assert!(exercise(&open.repeat(repeats)).is_err(), "{open}");
        let within_the_length = 30_000 / open.len();
        let error = exercise(&open.repeat(within_the_length)).unwrap_err();
        assert!(
            error.message().contains("within each other"),
            "{open}: {error}"
        );
    }
}

#[test]
fn a_hundred_levels_are_accepted() {
    let text = format!("{}x{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(exercise(&text).unwrap(), parse("x").unwrap());
    assert!(exercise(&format!("({text})")).is_err());
}

#[test]
fn long_chains_are_no_nesting() {
    for link in [
        "1+",
        "1/",
        "x==1 or ",
        "a/",
        "1<",
        "1//",
        "1%",
        "x in(1,)or ",
    ] {
        let text = format!("{}1", link.repeat(30_000 / link.len()));
        assert!(exercise(&text).is_ok(), "{link}");
    }
}

#[test]
fn long_names_are_only_names() {
    let name = "a".repeat(1_000_000);
    assert_eq!(exercise(&name).unwrap().as_column(), Some(name.as_str()));
    assert!(exercise(&format!("{name}(1)")).is_err());
}

#[test]
fn odd_texts() {
    let odd = [
        "`",
        "``",
        "```",
        "````",
        "`\n`",
        "é + `ü`",
        "x²",
        "1é",
        "\u{0}",
        "a[",
        "a[:",
        "a[:,",
        "a[:,0",
        "a[:,-1]",
        "a[:,99999999999]",
        ".",
        "..",
        "a.",
        "a..b",
        "1..2",
        "1.e",
        "1e",
        "1e+",
        "_",
        "__",
        "1_",
        "_1",
        "a b",
        "😀",
        "“x”",
        "x\u{a0}+ 1",
        "!",
        "!=",
        "x!y",
        "(,)",
        "abs(,)",
        "abs(x,)",
        "not",
        "and",
        "True(1)",
        "pi(1)",
        "`abs`(x)",
        "\"",
        "'\\",
        "attr(",
        "attr(\"",
        "attr(\"\", \"\")",
        "attr('\n', '\u{0}')",
        "attr(\"a\", \"b\", 99999999999999999999)",
        "index(18446744073709551615)",
        "`index(0)`",
        "`attr(\"a\",\"b\")`",
        "index(0)[:,1]",
        "index(index(0))",
        "in",
        "in [1]",
        "x in",
        "x not in",
        "x not",
        "x in []",
        "x in (1,,2)",
        "x in (,)",
        "[",
        "]",
        "()",
        "1 ** ",
        "9 ** 9 ** 9",
        "0 ** 18446744073709551615",
        "row()",
        "row(",
        "distance(",
        "distance()",
        "distance(p",
        "distance(p,",
        "distance(p, (",
        "distance(p, ())",
        "distance(p, (1,)",
        "distance(p, (1, 2), box=",
        "distance(p, (1, 2), box=None)",
        "distance(p, (1, 2), box=0)",
        "distance(`p]`, (1, 2))",
        "distance(p, ]",
        "'x' in ('x',)",
        "'2024-01-01' < t",
        "'a' < 'b'",
    ];
    for text in odd {
        let _ = exercise(text);
    }
}

/// `text` in quotes of one kind or the other.
fn quoted(text: &str, quote: char) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace(quote, &format!("\\{quote}"));
    format!("{quote}{escaped}{quote}")
}

proptest! {
    #[test]
    fn texts_of_any_characters_read_back(path in any::<String>(), name in any::<String>(), element: u64) {
        let column = |quote| {
            let (path, name) = (quoted(&path, quote), quoted(&name, quote));
            let expr = exercise(&format!("attr({path}, {name}, {element})")).unwrap();
            expr.as_column().unwrap().to_owned()
        };
        let canonical = column('"');
        prop_assert_eq!(&column('\''), &canonical);
        let element = if element == 0 { String::new() } else { format!(", {element}") };
        let (path, name) = (quoted(&path, '"'), quoted(&name, '"'));
        prop_assert_eq!(canonical, format!("attr({path}, {name}{element})"));
    }

    #[test]
    fn any_text(text in any::<String>()) {
        let _ = exercise(&text);
    }

    #[test]
    fn any_words(words in prop::collection::vec(prop::sample::select(vec![
        "x", "`a b`", "a.b", "[:,0]", "1", "2.5", ".5", "1e3", "(", ")", "(", ")", ",", "+", "-", "*",
        "/", "~", "&", "|", "<", "<=", "==", "!=", " and ", " or ", " not ", "abs(", "where(", "True",
        "pi", "%", "`", " ", "attr(", "index(", "\"a b\"", "'c'", "\"", "'", "\\", "**", "//", " in ",
        "[", "]", "distance(", "box=", "row()", "None", "hour(", "int64(",
    ]), 0..25)) {
        let _ = exercise(&words.concat());
    }
}

//! Texts of options and of the files that they name.

use std::path::Path;

/// Reads a text file of the user's, which must be a file and of a sensible size.
pub fn read_file(path: &Path) -> std::io::Result<String> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    if about.len() > MAX_TEXT {
        return Err(std::io::Error::other("it is larger than 256 MiB"));
    }
    std::fs::read_to_string(path)
}

const MAX_TEXT: u64 = 256 << 20;

/// Splits at `separator` outside of brackets, quotes, back-quotes and datetimes; a
/// backslash in quotes keeps the next character from closing them.
pub fn split_outside_brackets(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0usize, None);
    // Where the datetime ends, and what stands before `i`.
    let (mut end_of_date, mut before) = (0, ' ');
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        if i < end_of_date {
            continue;
        }
        let in_word = std::mem::replace(&mut before, c);
        if c.is_ascii_digit() && !in_word.is_alphanumeric() && in_word != '_' {
            end_of_date = i + crate::datetime::length(&text[i..]);
        }
        match (quote, c) {
            (Some('\'' | '"'), '\\') => {
                chars.next();
            }
            (Some(q), _) if q == c => quote = None,
            (None, '`' | '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, _) if c == separator && depth == 0 => {
                parts.push(&text[start..i]);
                start = i + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Splits at `separator` outside of quotes.
pub fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let mut quote = None;
    text.split(|c| {
        quote = match (quote, c) {
            (Some(open), _) if open == c => None,
            (None, '\'' | '"') => Some(c),
            _ => quote,
        };
        c == separator && quote.is_none()
    })
    .collect()
}

/// Takes the quotes off; a quote within is written twice.
pub fn unquoted(text: &str) -> String {
    for quote in ['\'', '"'] {
        let inner = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner.replace(&format!("{quote}{quote}"), &quote.to_string());
        }
    }
    text.to_owned()
}

/// The text in quotes, if it cannot stand without: if it is empty or has white space
/// at its ends, quotes, brackets or one of `marks`.
pub fn quoted(text: &str, marks: &str) -> String {
    let held = |c: char| "'\"`()[]{}".contains(c) || marks.contains(c);
    if !text.is_empty() && text.trim() == text && !text.contains(held) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Takes a leading `name=` off; `==` and comparisons are none.
pub fn split_name(text: &str) -> (Option<&str>, &str) {
    let Some((name, rest)) = text.split_once('=') else {
        return (None, text);
    };
    let name = name.trim();
    let word = |c: char| c.is_alphanumeric() || "_-. ".contains(c);
    if name.is_empty() || rest.starts_with('=') || !name.chars().all(word) {
        return (None, text);
    }
    (Some(name), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_quotes_hold_together() {
        let parts = split_outside_brackets("a[:,0] + `b:c`:10:(1:2)..3", ':');
        assert_eq!(parts, ["a[:,0] + `b:c`", "10", "(1:2)..3"]);
        let parts = split_outside_brackets(r#"attr("a\":", '\\'):`\`:3"#, ':');
        assert_eq!(parts, [r#"attr("a\":", '\\')"#, r"`\`", "3"]);
    }

    #[test]
    fn names_are_not_comparisons() {
        assert_eq!(split_name("r=x"), (Some("r"), "x"));
        assert_eq!(split_name("x==3"), (None, "x==3"));
        assert_eq!(split_name("x<=3"), (None, "x<=3"));
        assert_eq!(split_name("f(x, ddof=1)"), (None, "f(x, ddof=1)"));
    }
}

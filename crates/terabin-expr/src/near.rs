//! Names that someone may have meant.

/// At most three of `candidates` that resemble `name`, the nearest first.
///
/// Upper and lower case count as equal. A name longer than any sensible one has none:
/// the distance costs the product of both lengths.
pub(crate) fn near<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    const LONGEST: usize = 200;
    if name.len() > LONGEST {
        return Vec::new();
    }
    let name = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .map(|c| {
            (
                strsim::normalized_damerau_levenshtein(&name, &c.to_lowercase()),
                c,
            )
        })
        .filter(|(score, _)| *score >= 0.6)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored
        .iter()
        .take(3)
        .map(|(_, c)| (*c).to_owned())
        .collect()
}

/// `; did you mean …?` for the end of an error message, or nothing.
pub(crate) fn proposal(near: &[String]) -> String {
    if near.is_empty() {
        return String::new();
    }
    let names: Vec<String> = near.iter().map(|n| format!("`{n}`")).collect();
    format!("; did you mean {}?", names.join(" or "))
}

//! Reads a list of texts that Python has pickled, and nothing else of a pickle: nothing
//! is looked up, called or made.

/// The texts of a pickled list of strings, by any protocol from 0 to 5; none where the
/// bytes hold anything else.
///
/// <https://github.com/python/cpython/blob/main/Lib/pickletools.py>
pub(super) fn pickled_texts(bytes: &[u8]) -> Option<Vec<String>> {
    let mut pickle = Pickle { rest: bytes };
    let mut list: Option<Vec<String>> = None;
    // Texts since the mark, which `e` and `l` put into the list.
    let mut texts: Vec<String> = Vec::new();
    loop {
        match pickle.byte()? {
            // Marks, frames and memory change nothing in a list of texts.
            0x80 | b'q' => drop(pickle.take(1)?),
            b'(' | 0x94 => {}
            b'r' => drop(pickle.take(4)?),
            0x95 => drop(pickle.take(8)?),
            b'p' => drop(pickle.line()?),
            b']' if list.is_none() => list = Some(Vec::new()),
            b'l' if list.is_none() => list = Some(std::mem::take(&mut texts)),
            b'a' | b'e' => list.as_mut()?.append(&mut texts),
            b'V' => texts.push(escaped(pickle.line()?)?),
            b'S' => texts.push(quoted(pickle.line()?)?),
            b'U' | 0x8c | b'C' => texts.push(pickle.text(1)?),
            b'T' | b'X' | b'B' => texts.push(pickle.text(4)?),
            0x8d | 0x8e => texts.push(pickle.text(8)?),
            b'.' if texts.is_empty() && pickle.rest.is_empty() => return list,
            _ => return None,
        }
    }
}

struct Pickle<'a> {
    rest: &'a [u8],
}

impl<'a> Pickle<'a> {
    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// The bytes up to the end of the line.
    fn line(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|&b| b == b'\n')?;
        let line = self.take(end)?;
        self.take(1)?;
        Some(line)
    }

    /// A text behind its length, which takes `width` bytes.
    fn text(&mut self, width: usize) -> Option<String> {
        let mut length = [0; 8];
        length.get_mut(..width)?.copy_from_slice(self.take(width)?);
        let length = usize::try_from(u64::from_le_bytes(length)).ok()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }
}

/// The text of Python's `raw-unicode-escape`: `\u00e9` and `\U0001f600` stand for one
/// character, and no other escape is known.
fn escaped(line: &[u8]) -> Option<String> {
    let mut rest = std::str::from_utf8(line).ok()?;
    let mut text = String::new();
    while let Some(at) = rest.find('\\') {
        text.push_str(rest.get(..at)?);
        let digits = match rest.as_bytes().get(at + 1) {
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => return None,
        };
        let code = rest.get(at + 2..at + 2 + digits)?;
        text.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        rest = rest.get(at + 2 + digits..)?;
    }
    text.push_str(rest);
    // This stands where the bytes of the file were no UTF-8: the text is lost.
    (!text.contains(char::REPLACEMENT_CHARACTER)).then_some(text)
}

/// The text of a literal of Python 2 that has no escapes.
fn quoted(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    let inner = |quote| line.strip_prefix(quote)?.strip_suffix(quote);
    let text = inner('\'').or_else(|| inner('"'))?;
    (!text.contains(['\\', char::REPLACEMENT_CHARACTER])).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pickle.dumps(["a", "temperature"], protocol)` of Python 3.
    const LISTS: [&[u8]; 6] = [
        b"(lp0\nVa\np1\naVtemperature\np2\na.",
        b"]q\x00(X\x01\x00\x00\x00aq\x01X\x0b\x00\x00\x00temperatureq\x02e.",
        b"\x80\x02]q\x00(X\x01\x00\x00\x00aq\x01X\x0b\x00\x00\x00temperatureq\x02e.",
        b"\x80\x03]q\x00(X\x01\x00\x00\x00aq\x01X\x0b\x00\x00\x00temperatureq\x02e.",
        b"\x80\x04\x95\x17\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x01a\x94\x8c\x0btemperature\x94e.",
        b"\x80\x05\x95\x17\x00\x00\x00\x00\x00\x00\x00]\x94(\x8c\x01a\x94\x8c\x0btemperature\x94e.",
    ];

    #[test]
    fn lists_of_every_protocol() {
        for bytes in LISTS {
            assert_eq!(pickled_texts(bytes).unwrap(), ["a", "temperature"]);
        }
        assert_eq!(pickled_texts(b"(lp0\n.").unwrap(), [""; 0]);
        assert_eq!(pickled_texts(b"]\x94.").unwrap(), [""; 0]);
        assert_eq!(pickled_texts(b"(lp0\nS'a b'\np1\na.").unwrap(), ["a b"]);
        assert_eq!(
            pickled_texts(b"(lp0\nV\\u00e9 \\U0001f600\np1\na.").unwrap(),
            ["\u{e9} \u{1f600}"]
        );
    }

    #[test]
    fn anything_else_is_refused() {
        let others: [&[u8]; 12] = [
            b"",
            b".",
            b"N.",
            b"(lp0\nI0\naI1\na.",
            b"cos\nsystem\np0\n(Vtrue\np1\ntp2\nRp3\n.",
            b"(lp0\ncos\nsystem\na.",
            b"(lp0\n(I0\nVindex\np1\ntp2\na.",
            b"(dp0\nVa\np1\nVb\np2\ns.",
            b"\x80\x04\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x8c\x08sequence\x94.",
            b"(lp0\nVa\\x41\np1\na.",
            b"]X\xff\xff\xff\xffa.",
            b"(lp0\nVa\np1\na.more",
        ];
        for bytes in others {
            let shown = String::from_utf8_lossy(bytes);
            assert_eq!(pickled_texts(bytes), None, "{shown}");
        }
    }

    #[test]
    fn no_shortened_or_changed_list_is_a_panic() {
        for bytes in LISTS {
            for end in 0..bytes.len() {
                assert_eq!(pickled_texts(&bytes[..end]), None);
                for byte in [0, b'.', b'(', 0x8d, 0xff] {
                    let mut changed = bytes.to_vec();
                    changed[end] = byte;
                    let _ = pickled_texts(&changed);
                }
            }
        }
    }
}

//! What the machine offers: processors and memory, and what this process takes.

use std::env;
use std::fs;
use std::str::FromStr;

use terabin_core::kernel::InstructionSet;

use crate::error::{Error, Result};

/// The processors that this process may use (affinity, cgroup quota).
#[must_use]
pub fn available_cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The best instructions of this processor, or those that `TERABIN_INSTRUCTION_SET`
/// names: for tests and comparisons, as no result depends on them.
///
/// # Errors
/// A name that is no set of this processor.
pub fn instruction_set() -> Result<InstructionSet> {
    match env::var_os(INSTRUCTION_SET) {
        None => Ok(InstructionSet::best()),
        Some(name) if name.is_empty() => Ok(InstructionSet::best()),
        Some(name) => InstructionSet::named(&name.to_string_lossy())
            .map_err(|e| Error::request(format!("{INSTRUCTION_SET}: {e}"))),
    }
}

const INSTRUCTION_SET: &str = "TERABIN_INSTRUCTION_SET";

/// Half of the smaller of free memory and the cgroup's limit, in bytes.
#[must_use]
pub fn default_memory() -> u64 {
    let free = kilobytes("/proc/meminfo", "MemAvailable:").unwrap_or(2 << 30);
    cgroup_limit().map_or(free, |limit| limit.min(free)) / 2
}

/// The peak resident memory of this process so far, in bytes; 0 where the system does
/// not tell.
#[must_use]
pub fn peak_resident_memory() -> u64 {
    kilobytes("/proc/self/status", "VmHWM:").unwrap_or(0)
}

/// A number of bytes, written as `512MiB`, `2GB` or `1000000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub u64);

impl FromStr for ByteSize {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let split = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kib" => 1 << 10,
            "m" | "mib" => 1 << 20,
            "g" | "gib" => 1 << 30,
            "t" | "tib" => 1 << 40,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            "tb" => 1_000_000_000_000,
            _ => return Err(not_a_size(text)),
        };
        let number: f64 = number.parse().map_err(|_| not_a_size(text))?;
        #[allow(clippy::cast_precision_loss)] // factors are small or powers of two
        let bytes = number * factor as f64;
        if !(1.0..1e18).contains(&bytes) {
            return Err(not_a_size(text));
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
        Ok(Self(bytes as u64))
    }
}

/// Bytes for people: `1.5 GiB`.
#[must_use]
pub fn readable_bytes(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss)] // three digits are shown
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "B" {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {unit}")
    }
}

fn not_a_size(text: &str) -> Error {
    Error::request(format!(
        "`{text}` is not a size of memory; write 512MiB, 2GiB or a number of bytes"
    ))
}

/// The value of a line `key: N kB`.
fn kilobytes(path: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix(key))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(number * 1024)
}

/// The smallest limit on the way from this process's cgroup to the root.
fn cgroup_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mut smallest = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            c if c.split(',').any(|c| c == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        for folder in std::path::Path::new(path).ancestors() {
            let inner = folder.strip_prefix("/").unwrap_or(folder);
            let limit = fs::read_to_string(std::path::Path::new(root).join(inner).join(file));
            if let Some(limit) = limit.ok().and_then(|l| l.trim().parse::<u64>().ok()) {
                smallest = Some(smallest.map_or(limit, |s: u64| s.min(limit)));
            }
        }
    }
    smallest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        let bytes = |text: &str| text.parse::<ByteSize>().map(|s| s.0).ok();
        assert_eq!(bytes("512MiB"), Some(512 << 20));
        assert_eq!(bytes("2gb"), Some(2_000_000_000));
        assert_eq!(bytes("1.5G"), Some(3 << 29));
        assert_eq!(bytes("1000"), Some(1000));
        for wrong in ["", "MiB", "12 parsecs", "-1", "0", "1e400", "nan"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
        assert_eq!(readable_bytes(1536 << 20), "1.5 GiB");
        assert_eq!(readable_bytes(12), "12 B");
    }

    #[test]
    fn this_process_takes_memory() {
        assert!(peak_resident_memory() > 0);
        assert!(default_memory() > 0);
        assert!(available_cpus() > 0);
    }
}

//! Virtual datasets: where the blocks that they are made of lie.
//!
//! The library opens sources itself when it reads a virtual dataset or is asked for its
//! extent; neither is ever done here.

use std::collections::HashMap;
use std::ffi::c_char;

use hdf5_metno_sys::h5d::H5Dget_space;
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5p::{
    H5Pget_virtual_count, H5Pget_virtual_dsetname, H5Pget_virtual_filename,
    H5Pget_virtual_srcspace, H5Pget_virtual_vspace,
};

use super::dataset::{Place, dataset, extent, refused};
use super::files::Unreached;
use super::locate::locate;
use super::selection::{MOST, Run, Selection, Steps, selection};
use super::{Describer, blocks, walk};
use crate::description::{DatasetDescription, Layout, VirtualTable};
use crate::library::{Cause, Id, status};

/// Virtual datasets made of virtual datasets are followed no deeper than this.
const DEEPEST: usize = 8;
/// The longest name of a source.
const LONGEST: usize = 1 << 16;

/// The extent as it was written; sources decide on it where a dimension is unlimited.
pub(super) fn shape(id: &Id, list: &Id) -> Result<Option<Vec<u64>>, Cause> {
    let space = if count(list)? == 0 {
        // SAFETY: an open dataset, which has no sources.
        unsafe { H5Dget_space(id.raw()) }
    } else {
        // SAFETY: there is a mapping 0.
        unsafe { H5Pget_virtual_vspace(list.raw(), 0) }
    };
    extent(&Id::new(space)?)
}

fn count(list: &Id) -> Result<usize, Cause> {
    let mut count = 0;
    // SAFETY: `list` is the creation list of a virtual dataset.
    status(unsafe { H5Pget_virtual_count(list.raw(), &raw mut count) })?;
    Ok(count)
}

/// Fills in the layout of a virtual dataset, and its extent along unlimited dimensions.
pub(super) fn layout(
    describer: &mut Describer,
    list: &Id,
    found: &mut DatasetDescription,
) -> Result<(), Cause> {
    let mappings = mappings(describer, list)?;
    let here = (found.host, found.host_path.clone());
    let reason = if describer.within.contains(&here) {
        Some("is made of itself".into())
    } else if describer.within.len() >= DEEPEST {
        Some(format!("is behind {DEEPEST} other virtual datasets"))
    } else {
        describer.within.push(here);
        let made = table(describer, &mappings, found);
        describer.within.pop();
        match made {
            Ok(table) => {
                found.layout = Layout::Virtual(table);
                None
            }
            Err(reason) => Some(reason),
        }
    };
    if let Some(reason) = reason {
        found.layout = refused(&match describer.within.as_slice() {
            [] => format!("is a virtual dataset that {reason}; name the files with the data"),
            _ => reason,
        });
    }
    Ok(())
}

/// One mapping as the file has it.
struct Mapping {
    file: Vec<u8>,
    dataset: String,
    target: Selection,
    source: Selection,
}

fn mappings(describer: &mut Describer, list: &Id) -> Result<Vec<Mapping>, Cause> {
    let mut mappings = Vec::new();
    for i in 0..count(list)? {
        if !describer.budget.object() {
            break;
        }
        // SAFETY: there is a mapping `i`.
        let (target, source) = unsafe {
            (
                Id::new(H5Pget_virtual_vspace(list.raw(), i))?,
                Id::new(H5Pget_virtual_srcspace(list.raw(), i))?,
            )
        };
        let dataset = name(list, i, H5Pget_virtual_dsetname)?;
        mappings.push(Mapping {
            file: name(list, i, H5Pget_virtual_filename)?,
            dataset: String::from_utf8(dataset).map_err(|e| Cause(e.to_string()))?,
            target: selection(&target)?,
            source: selection(&source)?,
        });
    }
    Ok(mappings)
}

type Get = unsafe extern "C" fn(hid_t, usize, *mut c_char, usize) -> isize;

fn name(list: &Id, index: usize, get: Get) -> Result<Vec<u8>, Cause> {
    // SAFETY: the mapping exists; without a buffer, the length is asked for.
    let length = unsafe { get(list.raw(), index, std::ptr::null_mut(), 0) };
    let length = usize::try_from(length).ok().filter(|&l| l <= LONGEST);
    let length = length.ok_or_else(|| Cause("its sources have impossible names".into()))?;
    let mut name = vec![0_u8; length + 1];
    // SAFETY: room for the name and the NUL at its end.
    let written = unsafe { get(list.raw(), index, name.as_mut_ptr().cast(), name.len()) };
    if written < 0 {
        return Err(Cause("its sources have no names".into()));
    }
    name.truncate(length);
    Ok(name)
}

fn table(
    describer: &mut Describer,
    mappings: &[Mapping],
    found: &mut DatasetDescription,
) -> Result<VirtualTable, String> {
    let mut made = Made {
        describer,
        found,
        table: VirtualTable::default(),
        known: HashMap::new(),
        missing: Vec::new(),
        reach: Vec::new(),
        least: Vec::new(),
    };
    made.reach = vec![None; made.found.shape.len()];
    made.least = vec![0; made.found.shape.len()];
    for mapping in mappings {
        made.mapping(mapping)?;
    }
    made.finish()
}

/// A table in the making.
struct Made<'a> {
    describer: &'a mut Describer,
    found: &'a mut DatasetDescription,
    table: VirtualTable,
    /// Numbers of the sources by file and dataset.
    known: HashMap<(Vec<u8>, String), usize>,
    missing: Vec<String>,
    /// Where an unlimited dimension ends, as far as is known.
    reach: Vec<Option<u64>>,
    /// Where the blocks of limited mappings end.
    least: Vec<u64>,
}

impl Made<'_> {
    fn mapping(&mut self, mapping: &Mapping) -> Result<(), String> {
        let target = match &mapping.target {
            Selection::Nothing => return Ok(()),
            Selection::All => self.found.shape.iter().map(|&s| Steps::whole(s)).collect(),
            Selection::Steps(steps) => steps.clone(),
            Selection::Irregular => return Err("has blocks that are no regular pattern".into()),
        };
        if target.len() != self.found.shape.len() {
            return Err("has a mapping of another rank".into());
        }
        let endless: Vec<usize> = (0..target.len())
            .filter(|&d| target.get(d).is_some_and(Steps::is_endless))
            .collect();
        for &dim in &endless {
            if let Some(reach) = self.reach.get_mut(dim) {
                reach.get_or_insert(0);
            }
        }
        let pattern = Pattern::parse(&mapping.file).zip(Pattern::parse(mapping.dataset.as_bytes()));
        let (file, dataset) = pattern.ok_or("names its sources with an unknown pattern")?;
        let endless_source =
            matches!(&mapping.source, Selection::Steps(s) if s.iter().any(Steps::is_endless));
        let numbered = file.is_numbered() || dataset.is_numbered();
        match endless.as_slice() {
            [dim] if numbered && !endless_source => {
                return self.numbered(mapping, &target, *dim, &file, &dataset);
            }
            [] | [_] => {}
            _ => return Err("is unlimited in more than one dimension".into()),
        }
        let number = self.source(file.name(0), dataset.name(0))?;
        self.part(&target, &mapping.source, number)
    }

    /// A mapping of one block after the other to sources with numbers in their names, as
    /// far as there are sources.
    fn numbered(
        &mut self,
        mapping: &Mapping,
        target: &[Steps],
        dim: usize,
        file: &Pattern,
        dataset: &Pattern,
    ) -> Result<(), String> {
        let mut target = target.to_vec();
        for i in 0..MOST as u64 {
            let before = self.table.sources.len();
            let number = self.source(file.name(i), dataset.name(i))?;
            if self.table.sources.get(number).is_none_or(Option::is_none) {
                // Sources end with the first that does not exist; it is none that is missing,
                // unless another mapping names it.
                if self.table.sources.len() > before {
                    self.table.sources.truncate(before);
                    self.known.retain(|_, n| *n < before);
                    self.missing.pop();
                }
                return Ok(());
            }
            if let Some(steps) = target.get_mut(dim) {
                if i > 0 {
                    steps.start = steps.start.checked_add(steps.stride).ok_or("is too long")?;
                }
                steps.count = 1;
            }
            self.part(&target, &mapping.source, number)?;
        }
        Err(format!("is made of more than {MOST} sources"))
    }

    /// Adds what one source gives.
    fn part(&mut self, target: &[Steps], source: &Selection, number: usize) -> Result<(), String> {
        let given = self.table.sources.get(number).and_then(Option::as_ref);
        let source: Vec<Steps> = match (source, given) {
            (Selection::Nothing, _) => return Ok(()),
            (Selection::Irregular, _) => {
                return Err("takes no regular pattern of its sources".into());
            }
            (Selection::Steps(steps), _) => steps.clone(),
            (Selection::All, Some(given)) => whole(&given.shape, target),
            (Selection::All, None) => Vec::new(),
        };
        let Some(given) = given else {
            return self.absent(target, number);
        };
        let shape = given.shape.clone();
        if source.len() != shape.len() {
            return Err(format!(
                "takes a source of rank {} as one of rank {}",
                shape.len(),
                source.len()
            ));
        }
        let extents = source.iter().zip(&shape);
        let endless = extents.clone().find(|(s, _)| s.is_endless());
        let more = endless.map(|(s, &extent)| s.below(extent));
        let from = runs(&source, more)?;
        let beyond = from.iter().zip(&shape).any(|(r, &s)| end(r) > s);
        if beyond {
            return Err(format!(
                "takes elements beyond the shape {shape:?} of {}",
                self.name(number)
            ));
        }
        let to = runs(target, more)?;
        self.reached(&to)?;
        if to.iter().any(Vec::is_empty) {
            return Ok(());
        }
        let joined = blocks::join(&to, &from, number, &mut self.table.blocks);
        joined.map_err(|reason| format!("{reason} from {}", self.name(number)))
    }

    /// A block without a source has the fill value; how far an unlimited one would go, no
    /// one knows.
    fn absent(&mut self, target: &[Steps], number: usize) -> Result<(), String> {
        if target.iter().any(Steps::is_endless) {
            return Ok(());
        }
        let to = runs(target, None)?;
        self.reached(&to)?;
        if to.iter().any(Vec::is_empty) {
            return Ok(());
        }
        blocks::join(&to, &to, number, &mut self.table.blocks)?;
        for block in self.table.blocks.iter_mut().rev() {
            if block.source != number || block.source_start.is_empty() {
                break;
            }
            block.source_start = Vec::new();
            block.source_dims = Vec::new();
        }
        Ok(())
    }

    /// Notes how far unlimited dimensions go, and that no other dimension is left.
    fn reached(&mut self, to: &[Vec<Run>]) -> Result<(), String> {
        let shape = self.found.shape.iter();
        let known = self.reach.iter_mut().zip(&mut self.least);
        for ((runs, (reach, least)), &extent) in to.iter().zip(known).zip(shape) {
            *least = (*least).max(end(runs));
            match reach {
                Some(reach) => *reach = (*reach).max(end(runs)),
                None if end(runs) > extent => return Err("has blocks outside of its shape".into()),
                None => {}
            }
        }
        Ok(())
    }

    fn name(&self, number: usize) -> String {
        let source = self.table.sources.get(number).and_then(Option::as_ref);
        source.map_or_else(String::new, |s| s.host_path.clone())
    }

    /// The number of a source, which is described when it is named first.
    fn source(&mut self, file: Vec<u8>, dataset: Vec<u8>) -> Result<usize, String> {
        let dataset = String::from_utf8(dataset).map_err(|e| e.to_string())?;
        let key = (file, dataset);
        if let Some(&number) = self.known.get(&key) {
            return Ok(number);
        }
        let label = format!("{} of {}", key.1, String::from_utf8_lossy(&key.0));
        let described = match self.described(&key.0, &key.1) {
            Ok(described) => Some(described),
            Err(Unreached::Missing(reason)) => {
                self.missing
                    .push(format!("{label} ({reason} does not exist)"));
                None
            }
            Err(unreached) => {
                let reason = format!("needs {label}, which {unreached}");
                if matches!(unreached, Unreached::Damaged(_)) {
                    self.describer.damage.get_or_insert(reason.clone());
                }
                return Err(reason);
            }
        };
        if let Some(described) = &described {
            self.check(described, &label)?;
        }
        let number = self.table.sources.len();
        self.table.sources.push(described);
        self.known.insert(key, number);
        Ok(number)
    }

    fn described(&mut self, file: &[u8], path: &str) -> Result<DatasetDescription, Unreached> {
        if !self.describer.budget.object() {
            return Err(Unreached::Broken("is one too many".into()));
        }
        let host = match file {
            b"." => self.found.host,
            name => self.describer.files.resolve(self.found.host, name)?,
        };
        let located = locate(&mut self.describer.files, host, path)?;
        if !walk::is_dataset(&located.id)? {
            return Err(Unreached::Broken("is not a dataset".into()));
        }
        let place = Place {
            host: located.host,
            path: located.path.clone(),
            host_path: located.path,
        };
        Ok(dataset(self.describer, &place, &located.file, &located.id)?)
    }

    fn check(&self, source: &DatasetDescription, label: &str) -> Result<(), String> {
        if let Layout::Refused { reason } = &source.layout {
            return Err(format!("needs {label}, which {reason}"));
        }
        if let Layout::Library { reason } = &source.layout {
            return Err(format!("needs {label}, which has {reason}"));
        }
        if source.element != self.found.element {
            let (has, is) = (&source.element, &self.found.element);
            return Err(format!(
                "needs {label}, which has {has} where {is} is declared"
            ));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<VirtualTable, String> {
        let known = self.reach.iter().zip(&self.least);
        for (extent, (reach, least)) in self.found.shape.iter_mut().zip(known) {
            *extent = reach.map_or(*extent, |reach| reach.max(*least));
        }
        match blocks::are_disjoint(&self.table.blocks) {
            Some(true) => {}
            Some(false) => return Err("has blocks that overlap".into()),
            None => return Err("has too many blocks to tell whether they overlap".into()),
        }
        self.table.blocks.sort_by(|a, b| a.start.cmp(&b.start));
        let sources = self.table.sources.iter().flatten();
        self.found.stored_bytes = sources.fold(0, |n, s| n.saturating_add(s.stored_bytes));
        if let Some(first) = self.missing.first() {
            self.describer.notes.push(format!(
                "{}: {} sources are missing and stand for fill values; the first is {first}",
                self.found.path,
                self.missing.len()
            ));
        }
        Ok(self.table)
    }
}

/// All of a source; the first rows of one that has grown since, as the library has it.
fn whole(shape: &[u64], target: &[Steps]) -> Vec<Steps> {
    let mut steps: Vec<Steps> = shape.iter().map(|&s| Steps::whole(s)).collect();
    let wanted = target
        .iter()
        .try_fold(1_u64, |n, s| n.checked_mul(s.total()?));
    let row = shape
        .iter()
        .skip(1)
        .try_fold(1_u64, |n, &s| n.checked_mul(s));
    let rows = wanted
        .zip(row)
        .filter(|(w, r)| *r > 0 && w % r == 0)
        .map(|(w, r)| w / r);
    if let Some((first, rows)) = steps.first_mut().zip(rows) {
        first.block = first.block.min(rows);
    }
    steps
}

fn end(runs: &[Run]) -> u64 {
    runs.last().map_or(0, |r| r.start.saturating_add(r.length))
}

/// The runs of each dimension; an endless one has `more` places.
fn runs(steps: &[Steps], more: Option<u64>) -> Result<Vec<Vec<Run>>, String> {
    let runs = |s: &Steps| s.runs(s.total().or(more.filter(|_| s.is_endless()))?);
    let runs: Option<Vec<_>> = steps.iter().map(runs).collect();
    runs.ok_or_else(|| "has blocks that are too many, or unlimited on one side only".into())
}

/// A name in which `%b` stands for the number of a block and `%%` for a percent sign.
struct Pattern(Vec<Vec<u8>>);

impl Pattern {
    fn parse(name: &[u8]) -> Option<Self> {
        let mut parts = vec![Vec::new()];
        let mut bytes = name.iter();
        while let Some(&byte) = bytes.next() {
            let part = parts.last_mut()?;
            match byte {
                b'%' => match bytes.next() {
                    Some(b'b') => parts.push(Vec::new()),
                    Some(b'%') => part.push(b'%'),
                    _ => return None,
                },
                _ => part.push(byte),
            }
        }
        Some(Self(parts))
    }

    fn is_numbered(&self) -> bool {
        self.0.len() > 1
    }

    fn name(&self, number: u64) -> Vec<u8> {
        self.0.join(number.to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_numbers() {
        let name = |text: &str, i| Pattern::parse(text.as_bytes()).map(|p| p.name(i));
        assert_eq!(name("a%b-%b%%.h5", 12), Some(b"a12-12%.h5".to_vec()));
        assert_eq!(name("plain", 3), Some(b"plain".to_vec()));
        assert_eq!(name("a%d", 1), None);
        assert_eq!(name("a%", 1), None);
        assert!(Pattern::parse(b"%b").is_some_and(|p| p.is_numbered()));
        assert!(Pattern::parse(b"%%").is_some_and(|p| !p.is_numbered()));
    }
}

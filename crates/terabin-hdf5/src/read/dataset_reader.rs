//! One dataset on its way into columns.

use crate::description::Layout;
use crate::error::Result;
use crate::need::Need;
use crate::read::chunked::{ChunkedReader, impossible};
use crate::read::contiguous::{Bytes, ContiguousReader};
use crate::read::library_reader::LibraryReader;
use crate::read::site::{Shared, Site};
use crate::read::target::{SKIPPED, Target};
use crate::read::virtual_reader::VirtualReader;
use crate::row_space::RowBox;

/// Reads rows of one dataset, whatever its layout.
pub(crate) struct DatasetReader<'a> {
    site: Site<'a>,
    way: Way<'a>,
}

enum Way<'a> {
    Contiguous(ContiguousReader<'a>),
    Chunked(ChunkedReader<'a>),
    Virtual(VirtualReader<'a>),
    Library(LibraryReader<'a>),
}

impl<'a> DatasetReader<'a> {
    /// A reader for what `need` asks for, or a part of that; `tile` is the tile of the
    /// rows, if they are read in tiles.
    pub(crate) fn new(site: Site<'a>, need: &Need, tile: Option<&'a [u64]>) -> Result<Self> {
        let way = match &site.dataset.layout {
            Layout::Contiguous { segments } => {
                ContiguousReader::new(site, Bytes::Segments(segments)).map(Way::Contiguous)
            }
            Layout::Inline(bytes) => {
                ContiguousReader::new(site, Bytes::Inline(bytes)).map(Way::Contiguous)
            }
            Layout::Chunked(table) => ChunkedReader::new(site, table, need, tile).map(Way::Chunked),
            Layout::Virtual(table) => Some(Way::Virtual(VirtualReader::new(site, table, tile))),
            Layout::Library { .. } => Some(Way::Library(LibraryReader::new(site))),
            Layout::Refused { .. } => None,
        };
        let way = way.ok_or_else(|| impossible(&site))?;
        Ok(Self { site, way })
    }

    /// Reads the rows in `part`; rows that cannot be read are marked where they are to
    /// be left out.
    pub(crate) fn rows(
        &mut self,
        shared: &mut Shared,
        need: &Need,
        part: &RowBox,
        target: &mut Target<'_>,
    ) -> Result<()> {
        let done = match &mut self.way {
            Way::Contiguous(r) => r.rows(shared, need, part, target),
            Way::Chunked(r) => r.rows(shared, need, part, target),
            Way::Virtual(r) => r.rows(shared, need, part, target),
            Way::Library(r) => r.rows(shared, need, part, target),
        };
        let Err(error) = done else {
            return Ok(());
        };
        shared.forgive(error)?;
        if target.marks.set_box(SKIPPED, part, target.rows) {
            Ok(())
        } else {
            Err(self.site.failed(part, 0, "its rows lie beyond the batch"))
        }
    }
}

//! The unwind tables of an image: `.debug_frame`, by address.

use std::sync::Arc;

use gimli::{
    BaseAddresses, CieOrFde, DebugFrame, EndianReader, FrameDescriptionEntry, RunTimeEndian, UnwindContext,
    UnwindSection, UnwindTableRow,
};

use crate::image::Image;

pub(crate) type Reader = EndianReader<RunTimeEndian, Arc<[u8]>>;

/// The tables of all functions.
pub(crate) struct Tables {
    section: DebugFrame<Reader>,
    /// By first address.
    entries: Vec<FrameDescriptionEntry<Reader>>,
}

impl Tables {
    /// Reads them; `None` if there are none.
    pub(crate) fn new(image: &Image) -> Option<Self> {
        let endian = if image.little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let data = Arc::<[u8]>::from(image.section_data(image.section(".debug_frame")?));
        let mut section = DebugFrame::from(EndianReader::new(data, endian));
        section.set_address_size(image.word_bytes());
        let bases = BaseAddresses::default();
        let mut found = Vec::new();
        let mut entries = section.entries(&bases);
        while let Ok(Some(entry)) = entries.next() {
            let CieOrFde::Fde(partial) = entry else { continue };
            let Ok(entry) = partial.parse(DebugFrame::cie_from_offset) else { continue };
            // A linker sets the address of a function that it left out to 0, where the vector table is.
            if entry.initial_address() != 0 {
                found.push(entry);
            }
        }
        found.sort_by_key(FrameDescriptionEntry::initial_address);
        (!found.is_empty()).then_some(Self { section, entries: found })
    }

    /// The table of the function at an address.
    pub(crate) fn of(&self, address: u64) -> Option<&FrameDescriptionEntry<Reader>> {
        let end = self.entries.partition_point(|entry| entry.initial_address() <= address);
        self.entries[..end].last().filter(|entry| entry.contains(address))
    }

    /// What it says of that address; `None` if it cannot be read.
    pub(crate) fn row(&self, entry: &FrameDescriptionEntry<Reader>, address: u64) -> Option<UnwindTableRow<usize>> {
        let mut context = UnwindContext::new();
        entry.unwind_info_for_address(&self.section, &BaseAddresses::default(), &mut context, address).ok().cloned()
    }
}

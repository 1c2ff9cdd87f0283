//! Where the members of a structure are, from DWARF: for kernels that do not describe themselves.

use std::sync::Arc;

use gimli::{
    AttributeValue, DebuggingInformationEntry, Dwarf, EndianReader, RunTimeEndian, Unit, UnitOffset, constants,
};

use crate::image::Image;

type Reader = EndianReader<RunTimeEndian, Arc<[u8]>>;

/// How many names of a type may stand for each other, one for the next: a damaged file may let them stand in a circle.
const MOST_ALIASES: usize = 16;

/// The types of an image.
pub struct Types {
    dwarf: Dwarf<Reader>,
}

impl Types {
    /// Prepares the debug information of `image`; `None` if it has none that can be read.
    #[must_use]
    pub fn new(image: &Image) -> Option<Self> {
        image.section(".debug_info")?;
        let endian = if image.little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let dwarf = Dwarf::load(|id| {
            let data = image.section(id.name()).map_or(&[][..], |section| image.section_data(section));
            Ok::<_, gimli::Error>(EndianReader::new(Arc::<[u8]>::from(data), endian))
        });
        Some(Self { dwarf: dwarf.ok()? })
    }

    /// The offset in bytes of a member of the structure `name`; of a structure inside of it behind a dot, as `item.next`.
    #[must_use]
    pub fn offset(&self, name: &str, member: &str) -> Option<u64> {
        let mut units = self.dwarf.units();
        while let Ok(Some(header)) = units.next() {
            let Ok(unit) = self.dwarf.unit(header) else { continue };
            if let Some(structure) = self.structure(&unit, name) {
                return self.walk(&unit, structure, member);
            }
        }
        None
    }

    /// The definition of a structure in a unit.
    fn structure(&self, unit: &Unit<Reader>, name: &str) -> Option<UnitOffset> {
        let mut entries = unit.entries();
        while let Ok(Some(entry)) = entries.next_dfs() {
            if entry.tag() == constants::DW_TAG_structure_type
                && entry.attr(constants::DW_AT_declaration).is_none()
                && self.is_named(unit, entry, name)
            {
                return Some(entry.offset());
            }
        }
        None
    }

    fn walk(&self, unit: &Unit<Reader>, structure: UnitOffset, path: &str) -> Option<u64> {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let mut tree = unit.entries_tree(Some(structure)).ok()?;
        let mut children = tree.root().ok()?.children();
        while let Ok(Some(child)) = children.next() {
            let entry = child.entry();
            if entry.tag() != constants::DW_TAG_member || !self.is_named(unit, entry, name) {
                continue;
            }
            let offset = entry.attr_value(constants::DW_AT_data_member_location)?.udata_value()?;
            let Some(rest) = rest else { return Some(offset) };
            let inner = self.walk(unit, Self::resolved(unit, entry)?, rest)?;
            return offset.checked_add(inner);
        }
        None
    }

    /// The structure that a member's type stands for.
    fn resolved(unit: &Unit<Reader>, member: &DebuggingInformationEntry<Reader>) -> Option<UnitOffset> {
        let mut at = member.attr_value(constants::DW_AT_type)?;
        for _ in 0..MOST_ALIASES {
            let AttributeValue::UnitRef(offset) = at else { return None };
            let entry = unit.entry(offset).ok()?;
            if entry.tag() == constants::DW_TAG_structure_type {
                return Some(offset);
            }
            at = entry.attr_value(constants::DW_AT_type)?;
        }
        None
    }

    fn is_named(&self, unit: &Unit<Reader>, entry: &DebuggingInformationEntry<Reader>, name: &str) -> bool {
        let value = entry.attr_value(constants::DW_AT_name);
        let text = value.and_then(|value| self.dwarf.attr_string(unit, value).ok());
        text.is_some_and(|text| text.bytes() == name.as_bytes())
    }
}

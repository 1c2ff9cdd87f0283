//! Where the code of some functions is, from DWARF: their own, and what of them was copied into others.
//!
//! A function is named by its path, `bluekernel::trace` for all that is declared beneath it: modules, methods, closures. What
//! is copied into such a function from elsewhere is its code, too; what it calls elsewhere is not.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use gimli::{
    AttributeValue, DebugInfoOffset, DebuggingInformationEntry, Dwarf, EndianReader, RunTimeEndian, Unit, UnitOffset,
};

use crate::image::Image;
use crate::unwind;

type Reader = EndianReader<RunTimeEndian, Arc<[u8]>>;
type Entry = DebuggingInformationEntry<Reader>;

/// From a copy to what it is a copy of, and from there to its declaration: more steps are a loop in a damaged file.
const MOST_STEPS: usize = 8;

impl Image {
    /// Addresses of the code that was declared beneath one of these paths, like `bluekernel::trace` or
    /// `bluekernel::rtt::trace`: sorted, and none overlaps or touches another. `None` if the file has no debug information
    /// that can be read, or none of functions.
    #[must_use]
    pub fn code_beneath(&self, paths: &[&str]) -> Option<Vec<Range<u64>>> {
        self.section(".debug_info")?;
        let endian = if self.little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let dwarf = Dwarf::load(|id| {
            let data = self.section(id.name()).map_or(&[][..], |section| self.section_data(section));
            Ok::<_, gimli::Error>(EndianReader::new(Arc::<[u8]>::from(data), endian))
        });
        let dwarf = dwarf.ok()?;
        let units = units(&dwarf).ok()?;
        let mut declared = HashSet::new();
        for unit in &units {
            declarations(&dwarf, unit, paths, &mut declared).ok()?;
        }
        let mut found = Found { of: Vec::new(), functions: 0 };
        for unit in &units {
            code(&dwarf, &units, unit, &declared, &mut found).ok()?;
        }
        let sections = unwind::code(self);
        // Of a function that the linker left out, the addresses begin at 0 or 1, where the vector table may be.
        let is_there = |range: &Range<u64>| {
            range.start > 1 && sections.iter().any(|section| section.start <= range.start && range.end <= section.end)
        };
        found.of.retain(is_there);
        (found.functions > 0).then(|| joined(found.of))
    }
}

/// Addresses, and how many functions have any.
struct Found {
    of: Vec<Range<u64>>,
    functions: usize,
}

fn units(dwarf: &Dwarf<Reader>) -> gimli::Result<Vec<Unit<Reader>>> {
    let mut units = Vec::new();
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        units.push(dwarf.unit(header)?);
    }
    Ok(units)
}

/// Collects the functions that are declared beneath one of the paths.
fn declarations(
    dwarf: &Dwarf<Reader>,
    unit: &Unit<Reader>,
    paths: &[&str],
    declared: &mut HashSet<DebugInfoOffset>,
) -> gimli::Result<()> {
    // The path down to each depth, and whether it is beneath.
    let mut above: Vec<(String, bool)> = Vec::new();
    let mut entries = unit.entries();
    while let Some(entry) = entries.next_dfs()? {
        above.truncate(usize::try_from(entry.depth()).unwrap_or(0));
        let (outer, mut beneath) = above.last().cloned().unwrap_or_default();
        let mut path = outer;
        let (is_function, is_scope) = (
            entry.tag() == gimli::DW_TAG_subprogram,
            matches!(
                entry.tag(),
                gimli::DW_TAG_namespace
                    | gimli::DW_TAG_structure_type
                    | gimli::DW_TAG_enumeration_type
                    | gimli::DW_TAG_union_type
            ),
        );
        if !beneath && (is_function || is_scope) {
            let name = entry.attr_value(gimli::DW_AT_name).and_then(|name| dwarf.attr_string(unit, name).ok());
            if let Some(name) = name {
                if !path.is_empty() {
                    path.push_str("::");
                }
                path.push_str(&gimli::Reader::to_string_lossy(&name)?);
                beneath = paths.contains(&path.as_str());
            }
        }
        if beneath && is_function {
            declared.extend(entry.offset().to_debug_info_offset(&unit.header));
        }
        above.push((path, beneath));
    }
    Ok(())
}

/// Collects the addresses of the functions that were declared, and of their copies.
fn code(
    dwarf: &Dwarf<Reader>,
    units: &[Unit<Reader>],
    unit: &Unit<Reader>,
    declared: &HashSet<DebugInfoOffset>,
    found: &mut Found,
) -> gimli::Result<()> {
    let mut entries = unit.entries();
    while let Some(entry) = entries.next_dfs()? {
        if !matches!(entry.tag(), gimli::DW_TAG_subprogram | gimli::DW_TAG_inlined_subroutine) {
            continue;
        }
        let mut ranges = dwarf.die_ranges(unit, entry)?;
        while let Some(range) = ranges.next()? {
            found.functions += 1;
            if range.begin < range.end && is_declared(units, unit, entry, declared) {
                found.of.push(range.begin..range.end);
            }
        }
    }
    Ok(())
}

/// Whether an entry, or what it is a copy or the body of, was declared.
fn is_declared(
    units: &[Unit<Reader>],
    unit: &Unit<Reader>,
    entry: &Entry,
    declared: &HashSet<DebugInfoOffset>,
) -> bool {
    let Some(mut at) = entry.offset().to_debug_info_offset(&unit.header) else { return false };
    let (mut unit, mut entry) = (unit, entry.clone());
    for _ in 0..MOST_STEPS {
        if declared.contains(&at) {
            return true;
        }
        let origin = entry.attr_value(gimli::DW_AT_abstract_origin);
        let Some((next_unit, offset)) = origin
            .or_else(|| entry.attr_value(gimli::DW_AT_specification))
            .and_then(|value| target(units, unit, value))
        else {
            return false;
        };
        let Ok(next) = next_unit.entry(offset) else { return false };
        let Some(place) = offset.to_debug_info_offset(&next_unit.header) else { return false };
        (unit, entry, at) = (next_unit, next, place);
    }
    false
}

/// The entry that an attribute refers to.
fn target<'u>(
    units: &'u [Unit<Reader>],
    unit: &'u Unit<Reader>,
    value: AttributeValue<Reader>,
) -> Option<(&'u Unit<Reader>, UnitOffset)> {
    match value {
        AttributeValue::UnitRef(offset) => Some((unit, offset)),
        AttributeValue::DebugInfoRef(offset) => {
            units.iter().find_map(|unit| Some((unit, offset.to_unit_offset(&unit.header)?)))
        }
        _ => None,
    }
}

/// The same addresses, sorted and without overlaps.
pub(crate) fn joined(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one() {
        assert_eq!(joined(vec![20..30, 0..10, 10..12, 2..4, 25..26, 40..41]), [0..12, 20..30, 40..41]);
        assert_eq!(joined(Vec::new()), []);
    }
}

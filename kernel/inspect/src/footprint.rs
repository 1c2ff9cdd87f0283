//! Flash and RAM of an image: by region, section, crate and symbol, and the tasks' stacks.
//!
//! Every byte of every section that takes memory is counted exactly once in each view, so that the sums agree with each
//! other and with `size` (Berkeley format) of binutils. Bytes that no symbol covers (literals, padding, veneers) are
//! counted as `"?"`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::image::{Image, Section, SymbolKind};
use crate::symbols;

/// Name of the crate and symbol for bytes that no symbol covers.
pub const UNKNOWN: &str = "?";

/// Totals as `size` of binutils prints them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Code and constants.
    pub text: u64,
    /// Variables with an initial value.
    pub data: u64,
    /// Variables without.
    pub bss: u64,
}

/// A region of the board, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegionUse {
    /// Its name.
    pub name: String,
    /// First address.
    pub base: u64,
    /// Bytes.
    pub size: u64,
    /// Bytes in use: the sum of its sections.
    pub used: u64,
    /// Bytes from the first address to the end of the last section: `used` and the gaps between.
    pub extent: u64,
    /// The sections in it, by address. A section that is copied at start-up is in two regions.
    pub sections: Vec<(String, u64)>,
}

/// A section that takes memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SectionUse {
    /// Its name.
    pub name: String,
    /// Where it is when the firmware runs.
    pub address: u64,
    /// Where a programmer puts it.
    pub load_address: u64,
    /// Bytes of the image that is programmed.
    pub flash: u64,
    /// Bytes of RAM.
    pub ram: u64,
}

/// What a crate takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CrateUse {
    /// Its name; `"c"` for symbols without a path, `"?"` for bytes without a symbol.
    pub name: String,
    /// Bytes of the image that is programmed.
    pub flash: u64,
    /// Bytes of RAM.
    pub ram: u64,
}

/// What a symbol takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SymbolUse {
    /// Its name, demangled.
    pub name: String,
    /// Its crate.
    pub krate: String,
    /// Its section.
    pub section: String,
    /// Its address.
    pub address: u64,
    /// Bytes of the image that is programmed.
    pub flash: u64,
    /// Bytes of RAM.
    pub ram: u64,
}

/// A task's stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StackUse {
    /// The task.
    pub task: String,
    /// Bytes reserved.
    pub bytes: u64,
}

/// What an image takes on its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Footprint {
    /// Totals as binutils counts.
    pub totals: Totals,
    /// Bytes that are programmed.
    pub flash: u64,
    /// Bytes of RAM, the tasks' stacks included, the main stack not.
    pub ram: u64,
    /// By region, in the order given.
    pub regions: Vec<RegionUse>,
    /// Bytes in no region: `(section, address, bytes)`. Such an image does not fit the board.
    pub outside: Vec<(String, u64, u64)>,
    /// By section, in the file's order.
    pub sections: Vec<SectionUse>,
    /// By crate, the largest first.
    pub crates: Vec<CrateUse>,
    /// By symbol, the largest first.
    pub symbols: Vec<SymbolUse>,
    /// The tasks' stacks, by task number; empty for a firmware without this kernel.
    pub stacks: Vec<StackUse>,
}

impl Footprint {
    /// Measures `image` on a board with `regions`: name, first address, bytes.
    #[must_use]
    pub fn of(image: &Image, regions: &[(&str, u64, u64)]) -> Self {
        let allocated: Vec<(usize, &Section)> =
            image.sections().iter().enumerate().filter(|(_, section)| section.alloc && section.size > 0).collect();
        let sections: Vec<SectionUse> = allocated.iter().map(|(_, section)| section_use(section)).collect();
        let (regions, outside) = place(&allocated, regions);
        let symbols = symbol_uses(image, &allocated);
        // A damaged table costs the stacks only; whoever needs to know why asks `Image::kernel`.
        let table = image.kernel().ok().flatten();
        let stacks = table.map_or_else(Vec::new, |table| {
            table.tasks.into_iter().map(|task| StackUse { task: task.name, bytes: task.stack_bytes }).collect()
        });
        Self {
            totals: totals(&allocated),
            flash: sections.iter().fold(0, |sum, section| sum.saturating_add(section.flash)),
            ram: sections.iter().fold(0, |sum, section| sum.saturating_add(section.ram)),
            regions,
            outside,
            sections,
            crates: crate_uses(&symbols),
            symbols,
            stacks,
        }
    }
}

/// The rules of binutils' `size`: read-only or code is text, the rest with contents is data, the rest is bss.
fn totals(allocated: &[(usize, &Section)]) -> Totals {
    let mut totals = Totals::default();
    for (_, section) in allocated {
        let sum = match section {
            section if section.execute || !section.write => &mut totals.text,
            section if !section.nobits => &mut totals.data,
            _ => &mut totals.bss,
        };
        *sum = sum.saturating_add(section.size);
    }
    totals
}

fn is_ram(section: &Section) -> bool {
    section.write || section.nobits || section.address != section.load_address
}

fn section_use(section: &Section) -> SectionUse {
    SectionUse {
        name: section.name.clone(),
        address: section.address,
        load_address: section.load_address,
        flash: if section.nobits { 0 } else { section.size },
        ram: if is_ram(section) { section.size } else { 0 },
    }
}

type Outside = Vec<(String, u64, u64)>;

fn place(allocated: &[(usize, &Section)], regions: &[(&str, u64, u64)]) -> (Vec<RegionUse>, Outside) {
    let mut uses: Vec<RegionUse> = regions
        .iter()
        .map(|(name, base, size)| RegionUse {
            name: (*name).to_owned(),
            base: *base,
            size: *size,
            used: 0,
            extent: 0,
            sections: Vec::new(),
        })
        .collect();
    let mut outside = Vec::new();
    for (_, section) in allocated {
        let loaded_elsewhere = !section.nobits && section.load_address != section.address;
        for address in [Some(section.address), loaded_elsewhere.then_some(section.load_address)].into_iter().flatten() {
            // A section that begins in a region and overflows it belongs to it: that is what the report must show.
            match uses.iter_mut().find(|region| address.checked_sub(region.base).is_some_and(|at| at < region.size)) {
                None => outside.push((section.name.clone(), address, section.size)),
                Some(region) => {
                    region.used = region.used.saturating_add(section.size);
                    region.extent = region.extent.max((address - region.base).saturating_add(section.size));
                    region.sections.push((section.name.clone(), section.size));
                }
            }
        }
    }
    (uses, outside)
}

/// Gives every byte of every section to one symbol.
fn symbol_uses(image: &Image, allocated: &[(usize, &Section)]) -> Vec<SymbolUse> {
    let mut uses = Vec::new();
    for (index, section) in allocated {
        let loaded = !section.nobits;
        let ram = is_ram(section);
        let mut add = |name: &str, krate: &str, address, bytes| {
            uses.push(SymbolUse {
                name: name.to_owned(),
                krate: krate.to_owned(),
                section: section.name.clone(),
                address,
                flash: if loaded { bytes } else { 0 },
                ram: if ram { bytes } else { 0 },
            });
        };
        let end = section.address.saturating_add(section.size);
        let mut covered = section.address;
        let mut unknown = 0;
        // By address; of several names for the same bytes, a Rust path or a global name says most.
        let mut symbols: Vec<_> = image
            .symbols()
            .iter()
            .filter(|symbol| symbol.section == Some(*index) && symbol.size > 0 && symbol.kind != SymbolKind::Other)
            .collect();
        symbols.sort_by_key(|symbol| {
            (symbol.address, symbols::crate_of(&symbol.name) == symbols::C, !symbol.global, &symbol.raw)
        });
        for symbol in symbols {
            let start = symbol.address.max(covered);
            let stop = symbol.address.saturating_add(symbol.size).min(end);
            if start >= stop {
                continue;
            }
            unknown += start - covered;
            add(&symbol.name, symbols::crate_of(&symbol.name), start, stop - start);
            covered = stop;
        }
        unknown += end - covered;
        if unknown > 0 {
            add(UNKNOWN, UNKNOWN, section.address, unknown);
        }
    }
    uses.sort_by(|a, b| (b.flash.max(b.ram), &a.name, a.address).cmp(&(a.flash.max(a.ram), &b.name, b.address)));
    uses
}

fn crate_uses(symbols: &[SymbolUse]) -> Vec<CrateUse> {
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for symbol in symbols {
        let (flash, ram) = sums.entry(&symbol.krate).or_default();
        *flash = flash.saturating_add(symbol.flash);
        *ram = ram.saturating_add(symbol.ram);
    }
    let mut crates: Vec<CrateUse> =
        sums.into_iter().map(|(name, (flash, ram))| CrateUse { name: name.to_owned(), flash, ram }).collect();
    crates.sort_by(|a, b| (b.flash.saturating_add(b.ram), &a.name).cmp(&(a.flash.saturating_add(a.ram), &b.name)));
    crates
}

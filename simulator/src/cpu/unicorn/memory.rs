//! The bytes that Unicorn and we share, and where they are mapped.
//!
//! Each memory is one allocation that Unicorn maps at its base and at its aliases. If code may run from it, it has one more
//! place, in a hole of the chip's map: the *code alias*, where [`super::tail`] ends a run inside a block. All code aliases
//! lie next to each other, so that one pair of bounds tells them from real addresses. Nothing is mapped there: the engines
//! tell Unicorn that these pages are the real ones, so that a store to code is seen there, too. The core sees nothing there
//! that it could store to or execute; but on Arm, a load finds the code, where a chip would have a BusFault.

mod host_pages;
mod images;
mod sharing;

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::{Cell, RefCell};
use std::ptr;
use std::rc::Rc;

use unicorn_engine::{Prot, uc_error};

use host_pages::HostPages;
pub(super) use sharing::News;
use sharing::Seat;

use super::shell::Shell;
use crate::bus::BusError;
use crate::cpu::config::{CpuError, MemoryRegion};
use crate::cpu::image::{CHUNK, Image};

const PAGE: u32 = 0x1000;

/// One mapping of one memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    /// First address.
    pub(super) base: u32,
    /// Bytes.
    pub(super) size: u32,
    /// What the core may do.
    pub(super) rights: Prot,
    /// Where its code alias begins, if it has one.
    pub(super) code_alias: Option<u32>,
    host: *mut u8,
    /// Whose bytes these are.
    allocation: usize,
}

impl Mapping {
    /// Whether the core may store here.
    pub(super) fn writable(&self) -> bool {
        self.rights.0 & Prot::WRITE.0 != 0
    }

    /// Whether the core may load from here.
    pub(super) fn readable(&self) -> bool {
        self.rights.0 & Prot::READ.0 != 0
    }

    /// Whether code may run from here.
    pub(super) fn executable(&self) -> bool {
        self.rights.0 & Prot::EXEC.0 != 0
    }

    /// Code alias address minus real address, if there is one.
    pub(super) fn code_delta(&self) -> Option<u32> {
        Some(self.code_alias?.wrapping_sub(self.base))
    }

    /// How far `len` bytes from `address` on lie inside: their offset.
    fn offset(&self, address: u32, len: usize) -> Option<usize> {
        let offset = address.wrapping_sub(self.base);
        let end = u64::from(offset) + len as u64;
        (end <= u64::from(self.size)).then_some(offset as usize)
    }
}

/// Which memory has a code alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aliases {
    /// If code may run from it.
    OfCode,
    /// All.
    OfAll,
}

/// The bytes of one memory.
struct Allocation {
    /// At a page of the host.
    host: *mut u8,
    size: usize,
    /// Whether the core may store to it: what it stores, nobody notices.
    writable: bool,
    /// What it held when somebody last asked or told, and the chunks that have been written from outside since then.
    known: RefCell<Image>,
    written: Box<[Cell<bool>]>,
    /// What the host's allocator has given.
    block: *mut u8,
    layout: Layout,
}

impl Allocation {
    /// The host's pages are not larger.
    const ALIGNMENT: usize = 64 << 10;

    /// Zeroed bytes, of which the host provides none before they are touched: it does so where the allocator need not
    /// align, and so that is done here.
    fn new(size: usize, writable: bool) -> Option<Self> {
        let layout = Layout::from_size_align(size.checked_add(Self::ALIGNMENT)?, 1).ok()?;
        // SAFETY: the layout has a size.
        let block = unsafe { alloc_zeroed(layout) };
        if block.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: less than the alignment is skipped, by which the block is longer.
        let host = unsafe { block.add(block.align_offset(Self::ALIGNMENT) % Self::ALIGNMENT) };
        let written = std::iter::repeat_with(Cell::default).take(size / CHUNK).collect();
        Some(Self { host, size, writable, known: RefCell::new(Image::zeroed(size)), written, block, layout })
    }

    /// Bytes were written from outside.
    fn note(&self, offset: usize, len: usize) {
        if len > 0 {
            self.written[offset / CHUNK..=(offset + len - 1) / CHUNK].iter().for_each(|chunk| chunk.set(true));
        }
    }
}

impl Drop for Allocation {
    fn drop(&mut self) {
        // SAFETY: made by `alloc_zeroed` with this layout; the instance that maps it is gone by the contract of
        // `Memory::map_into`.
        unsafe { dealloc(self.block, self.layout) };
    }
}

/// All memories of a core. A clone is another core's way to the same bytes.
///
/// The bytes are reached through raw pointers only, by Unicorn's generated code while it runs and by these functions
/// while it does not, or inside one of its hooks. All of that is one thread.
#[derive(Clone)]
pub(super) struct Memory {
    mappings: Vec<Mapping>,
    allocations: Vec<Rc<Allocation>>,
    /// `None` where the host does not tell.
    host_pages: Option<Rc<HostPages>>,
    /// `None` for a core that shares them with no other.
    seat: Option<Seat>,
    aliases: Aliases,
    /// First and last address of all code aliases.
    pub(super) alias_range: (u32, u32),
}

impl Memory {
    /// Allocates the memories, zeroed, and finds a hole for the code aliases in one of the spaces (first address, end)
    /// that the core may run code from.
    pub(super) fn new(
        regions: &[MemoryRegion],
        executable_space: &[(u64, u64)],
        aliases: Aliases,
    ) -> Result<Self, CpuError> {
        let mut memory = Self {
            mappings: Vec::new(),
            allocations: Vec::new(),
            host_pages: HostPages::open().map(Rc::new),
            seat: None,
            aliases,
            alias_range: (0, 0),
        };
        for region in regions {
            let bad = |what: &str| CpuError::Config(format!("memory at {:#010x}: {what}", region.base));
            if region.size == 0 || region.size % PAGE != 0 {
                return Err(bad("its size is not in whole 4 KiB pages"));
            }
            let allocation =
                Allocation::new(region.size as usize, region.attrs.write).ok_or_else(|| bad("too large"))?;
            let (host, index) = (allocation.host, memory.allocations.len());
            memory.allocations.push(Rc::new(allocation));
            for base in std::iter::once(region.base).chain(region.aliases.iter().copied()) {
                if base % PAGE != 0 || u64::from(base) + u64::from(region.size) > 1 << 32 {
                    return Err(bad("it does not begin at a 4 KiB page, or leaves the address space"));
                }
                let mut rights = Prot::NONE;
                for (wanted, right) in [
                    (region.attrs.read, Prot::READ),
                    (region.attrs.write, Prot::WRITE),
                    (region.attrs.execute, Prot::EXEC),
                ] {
                    if wanted {
                        rights = Prot(rights.0 | right.0);
                    }
                }
                memory.mappings.push(Mapping {
                    base,
                    size: region.size,
                    rights,
                    code_alias: None,
                    host,
                    allocation: index,
                });
            }
        }
        memory.mappings.sort_by_key(|mapping| mapping.base);
        for pair in memory.mappings.windows(2) {
            if u64::from(pair[0].base) + u64::from(pair[0].size) > u64::from(pair[1].base) {
                return Err(CpuError::Config(format!(
                    "memories at {:#010x} and {:#010x} overlap",
                    pair[0].base, pair[1].base
                )));
            }
        }
        memory.place_code_aliases(executable_space)?;
        Ok(memory)
    }

    /// Puts the code aliases at the top of the highest hole of executable space that holds them.
    fn place_code_aliases(&mut self, executable_space: &[(u64, u64)]) -> Result<(), CpuError> {
        let wanted: u64 = self.code_mappings().map(|mapping| u64::from(mapping.size)).sum();
        let mut start = None;
        for &(low, high) in executable_space {
            let mut top = high;
            for mapping in self.mappings.iter().rev() {
                let (base, end) = (u64::from(mapping.base), u64::from(mapping.base) + u64::from(mapping.size));
                if base >= top || end <= low {
                    continue;
                }
                if top >= end && top - end >= wanted {
                    break;
                }
                top = base;
            }
            if top >= low + wanted && start.is_none() {
                start = Some(top - wanted);
            }
        }
        let Some(start) = start.and_then(|start| u32::try_from(start).ok()) else {
            return Err(CpuError::Config("no hole in the memory map for the engine's view of the code".into()));
        };
        let mut next = start;
        for mapping in &mut self.mappings {
            if mapping.executable() || self.aliases == Aliases::OfAll {
                mapping.code_alias = Some(next);
                next = next.wrapping_add(mapping.size);
            }
        }
        self.alias_range = (start, next.wrapping_sub(1));
        Ok(())
    }

    /// Those that have a code alias.
    fn code_mappings(&self) -> impl Iterator<Item = &Mapping> {
        let all = self.aliases == Aliases::OfAll;
        self.mappings.iter().filter(move |mapping| all || mapping.executable())
    }

    /// Maps everything into an instance.
    ///
    /// # Safety
    /// This memory outlives the instance.
    pub(super) unsafe fn map_into(&self, shell: &Shell) -> Result<(), uc_error> {
        for mapping in &self.mappings {
            // SAFETY: `host` points to `size` bytes that live as long as `self`; nobody makes references into them.
            unsafe { shell.map(mapping.base.into(), mapping.size, mapping.rights, mapping.host)? };
        }
        Ok(())
    }

    /// Maps everything once more, so much higher and without the rights to read and to execute.
    ///
    /// # Safety
    /// As [`Memory::map_into`].
    pub(super) unsafe fn map_again(&self, shell: &Shell, higher: u64) -> Result<(), uc_error> {
        for mapping in &self.mappings {
            let rights = Prot(mapping.rights.0 & Prot::WRITE.0);
            // SAFETY: as in `map_into`.
            unsafe { shell.map(higher + u64::from(mapping.base), mapping.size, rights, mapping.host)? };
        }
        Ok(())
    }

    /// Lets the core store to its memories, also where [`Memory::map_again`] has put them, or not.
    pub(super) fn permit_stores(&self, higher: u64, permit: bool, protect: impl Fn(u64, u32, Prot)) {
        let mask = if permit { u32::MAX } else { !Prot::WRITE.0 };
        for mapping in self.mappings.iter().filter(|mapping| mapping.writable()) {
            protect(mapping.base.into(), mapping.size, Prot(mapping.rights.0 & mask));
            protect(higher + u64::from(mapping.base), mapping.size, Prot(Prot::WRITE.0 & mask));
        }
    }

    /// The real address behind one of a code alias.
    pub(super) fn behind_alias(&self, address: u32) -> Option<u32> {
        let within =
            |mapping: &&Mapping| mapping.code_alias.is_some_and(|alias| address.wrapping_sub(alias) < mapping.size);
        let mapping = self.mappings.iter().find(within)?;
        Some(address.wrapping_sub(mapping.code_delta()?))
    }

    /// The mappings in ascending order, code aliases not among them.
    pub(super) fn mappings(&self) -> &[Mapping] {
        &self.mappings
    }

    /// The ranges (first, last) in ascending order that are not memory, nor a code alias.
    pub(super) fn outside(&self) -> Vec<(u32, u32)> {
        let (first, last) = self.alias_range;
        let mut ranges = Vec::new();
        for (low, high) in self.holes() {
            if last < first || low > last || high < first {
                ranges.push((low, high));
                continue;
            }
            if low < first {
                ranges.push((low, first - 1));
            }
            if high > last {
                ranges.push((last + 1, high));
            }
        }
        ranges
    }

    fn holes(&self) -> Vec<(u32, u32)> {
        let mut ranges = Vec::new();
        let mut next = 0_u64;
        for mapping in &self.mappings {
            let base = u64::from(mapping.base);
            if base > next {
                ranges.push((next as u32, (base - 1) as u32));
            }
            next = base + u64::from(mapping.size);
        }
        if next < 1 << 32 {
            ranges.push((next as u32, u32::MAX));
        }
        ranges
    }

    /// The mapping that holds all of `len` bytes from `address` on.
    #[inline]
    pub(super) fn find(&self, address: u32, len: usize) -> Option<&Mapping> {
        self.mappings.iter().find(|mapping| mapping.offset(address, len).is_some())
    }

    /// A halfword of code; 0 (which never runs: the fetch fails first) where there is no memory.
    #[inline]
    pub(super) fn halfword(&self, address: u32) -> u16 {
        for mapping in &self.mappings {
            if let Some(offset) = mapping.offset(address, 2) {
                // SAFETY: two bytes at `offset` lie inside the allocation; the address may be odd on the host.
                return u16::from_le(unsafe { mapping.host.add(offset).cast::<u16>().read_unaligned() });
            }
        }
        0
    }

    /// Reads; `false`, and an unchanged buffer, if some byte is not memory.
    pub(super) fn read(&self, address: u32, buffer: &mut [u8]) -> bool {
        if let Some(mapping) = self.find(address, buffer.len()) {
            let offset = address.wrapping_sub(mapping.base) as usize;
            // SAFETY: the bytes lie inside the allocation by `find`; the buffer is a Rust slice, so it is elsewhere.
            unsafe { ptr::copy_nonoverlapping(mapping.host.add(offset), buffer.as_mut_ptr(), buffer.len()) };
            return true;
        }
        let Some(pieces) = self.pieces(address, buffer.len()) else { return false };
        for (at, from, len) in pieces {
            self.read(at, &mut buffer[from..from + len]);
        }
        true
    }

    /// Writes, whatever the core may do, and lets other cores know; `false`, and nothing written, if some byte is not memory.
    pub(super) fn write(&self, address: u32, bytes: &[u8]) -> bool {
        if let Some(mapping) = self.find(address, bytes.len()) {
            let offset = address.wrapping_sub(mapping.base) as usize;
            // SAFETY: as in `read`; no reference into the allocation exists anywhere, and Unicorn is not running.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), mapping.host.add(offset), bytes.len()) };
            self.allocations[mapping.allocation].note(offset, bytes.len());
            self.tell_others(address, bytes.len(), mapping.writable());
            return true;
        }
        let Some(pieces) = self.pieces(address, bytes.len()) else { return false };
        for (at, from, len) in pieces {
            self.write(at, &bytes[from..from + len]);
        }
        true
    }

    /// A load or store of up to 4 bytes that Unicorn does not make itself. `None`: it is the system's, since there is no
    /// memory, or none that the core could write.
    pub(super) fn access(&self, address: u32, size: u32, write: Option<u32>) -> Option<Result<u32, BusError>> {
        let mapping = self.find(address, size as usize)?;
        let len = size.min(4) as usize;
        let Some(value) = write else {
            let mut bytes = [0; 4];
            let read = mapping.readable() && self.read(address, &mut bytes[..len]);
            return Some(if read { Ok(u32::from_le_bytes(bytes)) } else { Err(BusError) });
        };
        (mapping.writable() && self.write(address, &value.to_le_bytes()[..len])).then_some(Ok(value))
    }

    /// Every range (first, last) at which these bytes of one memory appear, code aliases among them; `None` if they are
    /// not all in one memory.
    pub(super) fn appearances(&self, address: u32, len: usize) -> Option<Vec<(u32, u32)>> {
        let mapping = self.find(address, len)?;
        let (offset, host) = (address.wrapping_sub(mapping.base), mapping.host);
        let same = self.mappings.iter().filter(|other| other.host == host);
        let bases = same.flat_map(|other| std::iter::once(other.base).chain(other.code_alias));
        let extent = u32::try_from(len).ok()?.checked_sub(1)?;
        Some(bases.map(|base| (base + offset, base + offset + extent)).collect())
    }

    /// The addresses at which a byte appears to the core, in ascending order.
    pub(super) fn places(&self, address: u32) -> impl Iterator<Item = u32> {
        let mapping = self.find(address, 1);
        let same = self.mappings.iter().filter(move |other| mapping.is_some_and(|mapping| other.host == mapping.host));
        same.map(move |other| other.base + mapping.map_or(0, |mapping| address.wrapping_sub(mapping.base)))
    }

    /// The first of [`Memory::places`]. A memory that appears several times is to Unicorn what it is here: so a store at one
    /// place is seen by the code that was translated at another.
    pub(super) fn home(&self, address: u32) -> u32 {
        self.places(address).next().unwrap_or(address)
    }

    /// Splits a range at the borders of memories: (address, offset, bytes) each; `None` if a byte is not memory.
    fn pieces(&self, address: u32, len: usize) -> Option<Vec<(u32, usize, usize)>> {
        let mut pieces = Vec::new();
        let mut done = 0;
        while done < len {
            let at = u32::try_from(u64::from(address) + done as u64).ok()?;
            let mapping = self.find(at, 1)?;
            let room = (u64::from(mapping.base) + u64::from(mapping.size) - u64::from(at)) as usize;
            let piece = room.min(len - done);
            pieces.push((at, done, piece));
            done += piece;
        }
        Some(pieces)
    }
}

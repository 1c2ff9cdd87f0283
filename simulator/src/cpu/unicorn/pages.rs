//! Which page of memory stands behind a page of the core's addresses, and with which rights: what Unicorn asks when it
//! meets a page for the first time, and then remembers until [`Shell::flush_pages`].
//!
//! Memories lie in Unicorn's physical space where the core sees them, at the first place ([`Memory::home`]). 4 GiB higher
//! lies the *mirror*: every address of the core once more, and every access there goes through a hook first, which knows its
//! exact address and instruction. Another 4 GiB higher is the *edge*: the memories once more, without the right to read.
//!
//! | the page | loads and stores | fetches |
//! |---|---|---|
//! | memory, and all of it permitted alike | directly | yes |
//! | the same, but the page behind it is not read directly | in the edge, if there is no code; else directly, and loads in the mirror | yes |
//! | memory that is forbidden, or where a right begins or ends inside | in the mirror: checked one by one | if some of it is executable; [`Pages::checks_fetches`] then |
//! | memory of which some is watched | in the mirror, and the system is told | yes |
//! | code of another core ([`super::memory`]) | loads directly, stores in the mirror | yes |
//! | no memory: devices, and nothing | in the mirror | no |
//!
//! The edge is there for loads that are not aligned and go on into the page behind: of that one, Unicorn asks no hook. But
//! like the first load from a page, they take its slow path, which looks at the right to read and gives up; a second try
//! of the first load succeeds, and such a load fails again and is made with [`Pages::set_exact`].
//!
//! Memory that the core can write is not executable for Unicorn until code runs there: to a page that may hold translated
//! code every store takes the slow path, 40 ns in place of 5. The first fetch is refused, the page is noted
//! ([`Pages::admit`]), and the fetch tried again.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use unicorn_engine::{MemType, Prot};

use super::memory::{Mapping, Memory};
use super::shell::Shell;
use crate::cpu::protection::{ProtectionMap, Right, Rights, Violation};

/// How far above an address its mirror is.
pub(super) const MIRROR: u64 = 1 << 32;

/// How far above an address its place in the edge is.
pub(super) const EDGE: u64 = 2 << 32;

/// How an engine wants its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Directly wherever that is exact.
    Fast,
    /// While anything is protected, every access is checked by itself. The engine checks fetches itself.
    Checked,
}

/// The rights of the core's pages.
pub(super) struct Pages {
    access: Access,
    /// Bytes of a page.
    size: u32,
    map: RefCell<Option<ProtectionMap>>,
    /// Pages of writable memory that code has run from, by their first place.
    code: RefCell<BTreeSet<u32>>,
    /// The page whose fetch was refused last.
    refused: Cell<u32>,
    checks_fetches: Cell<bool>,
    /// No page is read or written directly.
    exact: Cell<bool>,
    /// Addresses (first, last) whose accesses somebody wants to know of.
    watched: RefCell<Vec<(u32, u32)>>,
    /// Translations are being forgotten, which takes a fetch of them; whether that was let pass against the rights.
    forgetting: Cell<bool>,
    forced: Cell<bool>,
}

impl Pages {
    pub(super) fn new(access: Access, size: u32) -> Self {
        Self {
            access,
            size,
            map: RefCell::default(),
            code: RefCell::default(),
            refused: Cell::new(0),
            checks_fetches: Cell::new(false),
            exact: Cell::new(false),
            watched: RefCell::default(),
            forgetting: Cell::new(false),
            forced: Cell::new(false),
        }
    }

    /// This is what is permitted from now on. The pages must then be flushed. Returns the pages whose translations must be
    /// forgotten: what was code there is data now.
    pub(super) fn protect(&self, map: Option<&ProtectionMap>, memory: &Memory) -> Vec<u32> {
        let inside_page =
            |border: u32| !border.is_multiple_of(self.size) && memory.find(border, 1).is_some_and(Mapping::executable);
        self.checks_fetches.set(map.is_some_and(|map| map.borders(Right::Execute).any(inside_page)));
        self.map.replace(map.cloned());
        let Some(map) = map else { return Vec::new() };
        let mut code = self.code.borrow_mut();
        let executes = |page: u32| {
            [true, false].into_iter().any(|level| map.within(page, page + (self.size - 1), level).1.has(Right::Execute))
        };
        let data: Vec<u32> = code.iter().copied().filter(|page| !memory.places(*page).any(executes)).collect();
        code.retain(|page| !data.contains(page));
        data
    }

    /// Whether there are executable and other instructions in one page, so that each block is to be checked.
    pub(super) fn checks_fetches(&self) -> bool {
        self.checks_fetches.get()
    }

    /// Every access of the pages that hold these addresses (first, last) goes through the mirror from now on. The pages must
    /// then be flushed.
    pub(super) fn watch(&self, ranges: &[(u32, u32)]) {
        self.watched.replace(ranges.to_vec());
    }

    /// Whether one of some bytes is watched.
    #[inline]
    pub(super) fn is_watched(&self, address: u32, size: u32) -> bool {
        let last = address.saturating_add(size - 1);
        self.watched.borrow().iter().any(|range| range.0 <= last && address <= range.1)
    }

    /// Whether an access is permitted.
    #[inline]
    pub(super) fn check(&self, address: u32, size: u32, right: Right, privileged: bool) -> Result<(), Violation> {
        self.map.borrow().as_ref().map_or(Ok(()), |map| map.check(address, size, right, privileged))
    }

    /// What is permitted in all of a page, and in some of it.
    fn permitted(&self, page: u32, privileged: bool) -> (Rights, Rights) {
        let all = (Rights::ALL, Rights::ALL);
        self.map.borrow().as_ref().map_or(all, |map| map.within(page, page + (self.size - 1), privileged))
    }

    /// Whether something may have been translated from the pages of these bytes.
    pub(super) fn may_hold_code(&self, memory: &Memory, mapping: &Mapping, address: u32, len: u32) -> bool {
        let home = memory.home(address);
        let first = home & !(self.size - 1);
        let last = home.saturating_add(len.saturating_sub(1));
        let noted = || self.code.borrow().range(first..=last).next().is_some();
        mapping.executable() && (self.access == Access::Checked || !mapping.writable() || noted())
    }

    /// The answer for a page and an access of it: the physical page, and what may be done with it until the flush. `None`:
    /// the access, a fetch, is refused.
    pub(super) fn answer(&self, memory: &Memory, page: u32, right: Right, privileged: bool) -> Option<(u64, Prot)> {
        let rights = |read, write, execute| {
            let rights = [(read, Prot::READ), (write, Prot::WRITE), (execute, Prot::EXEC)];
            Prot(rights.iter().filter(|(has, _)| *has).fold(0, |rights, (_, right)| rights | right.0))
        };
        let direct = self.direct(memory, page, privileged);
        let at_edge = direct.reads && !self.direct(memory, page.wrapping_add(self.size), privileged).reads;
        // The edge is no place for code that may be written: what was translated is found by the physical page.
        let edge = at_edge && self.access == Access::Fast && !(direct.has_code && direct.writes);
        let home = u64::from(memory.home(page));
        let executes = direct.executes || self.forgetting.get() && memory.find(page, 2).is_some();
        match right {
            Right::Execute if executes => {
                self.forced.set(self.forced.get() || !direct.executes);
                Some((home, rights(direct.reads && !at_edge, direct.writes, true)))
            }
            Right::Execute => {
                self.refused.set(page);
                None
            }
            Right::Read if edge => Some((EDGE + u64::from(page), rights(true, direct.writes, false))),
            Right::Write if edge && direct.writes => Some((EDGE + u64::from(page), rights(true, true, false))),
            Right::Read if direct.reads && !at_edge => Some((home, rights(true, direct.writes, executes))),
            Right::Write if direct.writes => Some((home, rights(direct.reads && !at_edge, true, executes))),
            Right::Read => Some((MIRROR + u64::from(page), rights(true, !direct.writes, false))),
            Right::Write => Some((MIRROR + u64::from(page), rights(!direct.reads || at_edge, true, false))),
        }
    }

    /// What may be done with a page directly.
    fn direct(&self, memory: &Memory, page: u32, privileged: bool) -> Direct {
        let Some(mapping) = memory.find(page, self.size as usize) else { return Direct::default() };
        let (all, some) = self.permitted(page, privileged);
        let has_code = self.may_hold_code(memory, mapping, page, self.size);
        let checked = self.access == Access::Checked;
        let executes = has_code && (checked || some.has(Right::Execute));
        let checks = self.exact.get() || self.is_watched(page, self.size);
        let data = !checks && (!checked || self.map.borrow().is_none());
        // Where stores are checked one by one, loads are too: a page that is sometimes here and sometimes there costs a flush
        // each time.
        let divided = mapping.writable() && some.has(Right::Write) && !all.has(Right::Write);
        Direct {
            reads: data && mapping.readable() && all.has(Right::Read) && !divided,
            // A store to code must not be missed, and is not looked for in a page that is not executable.
            writes: data
                && mapping.writable()
                && all.has(Right::Write)
                && (executes || !has_code)
                && !memory.is_code_of_another(page, self.size),
            executes,
            has_code,
        }
    }

    /// Whether every load and store goes through the mirror. The pages must then be flushed.
    pub(super) fn set_exact(&self, exact: bool) {
        self.exact.set(exact);
    }

    /// Forgets the translations of `first..end`, whatever is permitted there.
    pub(super) fn forget(&self, shell: &Shell, first: u32, end: u32) {
        self.forgetting.set(true);
        shell.forget(first, end);
        self.forgetting.set(false);
        if self.forced.take() {
            shell.flush_pages();
        }
    }

    /// Writes as the core would; `false`, and nothing written, if the bytes are not all in one writable memory.
    pub(super) fn write_as_core(&self, shell: &Shell, memory: &Memory, address: u32, bytes: &[u8]) -> bool {
        let len = bytes.len() as u32;
        let Some(mapping) = memory.find(address, bytes.len()).filter(|mapping| mapping.writable()) else {
            return false;
        };
        if self.may_hold_code(memory, mapping, address, len) {
            self.forget(shell, address, address.wrapping_add(len));
        }
        memory.write(address, bytes)
    }

    /// The page whose fetch was refused.
    pub(super) fn refused(&self) -> u32 {
        self.refused.get()
    }

    /// Code may run from the page whose fetch was refused, from the next flush on. `false`: it may not.
    pub(super) fn admit(&self, memory: &Memory, privileged: bool) -> bool {
        let page = self.refused.get();
        let executable = memory.find(page, self.size as usize).is_some_and(Mapping::executable);
        let admits = executable
            && self.permitted(page, privileged).1.has(Right::Execute)
            && self.code.borrow_mut().insert(memory.home(page));
        if admits {
            memory.note_code(page, self.size);
        }
        admits
    }
}

/// What may be done with a page directly, and whether something may have been translated from it.
#[derive(Clone, Copy, Debug, Default)]
struct Direct {
    reads: bool,
    writes: bool,
    executes: bool,
    has_code: bool,
}

/// What an access needs, of which Unicorn's hooks say what it is.
pub(super) fn right(kind: u32) -> Right {
    match kind {
        fetch if fetch == MemType::FETCH as u32 => Right::Execute,
        write if write == MemType::WRITE as u32 => Right::Write,
        _ => Right::Read,
    }
}

/// The same as Unicorn's right.
pub(super) fn asked(kind: u32) -> Prot {
    match right(kind) {
        Right::Read => Prot::READ,
        Right::Write => Prot::WRITE,
        Right::Execute => Prot::EXEC,
    }
}

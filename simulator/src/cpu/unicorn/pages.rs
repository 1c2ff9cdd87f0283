//! Which page of memory stands behind a page of the core's addresses, and with which rights: what Unicorn asks when it
//! meets a page for the first time, and then remembers until [`Shell::flush_pages`].
//!
//! Memories lie in Unicorn's physical space where the core sees them. 4 GiB higher lies the *mirror*: every address of
//! the core once more, and every access there goes through a hook first, which knows its exact address and instruction.
//! So a page is reached in one of two ways:
//!
//! | the page | loads and stores | fetches |
//! |---|---|---|
//! | memory, and all of it permitted alike | directly | yes |
//! | memory that is forbidden, or where a right begins or ends inside | in the mirror: checked one by one | if some of it is executable; [`Pages::checks_fetches`] then |
//! | no memory: devices, and nothing | in the mirror | no |
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
    /// Pages of writable memory that code has run from.
    code: RefCell<BTreeSet<u32>>,
    /// The page whose fetch was refused last.
    refused: Cell<u32>,
    checks_fetches: Cell<bool>,
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
            forgetting: Cell::new(false),
            forced: Cell::new(false),
        }
    }

    /// This is what is permitted from now on. The pages must then be flushed. Returns the pages whose translations must be
    /// forgotten: what was code there is data now.
    pub(super) fn protect(&self, map: Option<&ProtectionMap>, memory: &Memory) -> Vec<u32> {
        let inside_page = |border: u32| {
            border % self.size != 0 && memory.find(border, 1).is_some_and(|mapping| mapping.code_alias.is_some())
        };
        self.checks_fetches.set(map.is_some_and(|map| map.borders(Right::Execute).any(inside_page)));
        self.map.replace(map.cloned());
        let Some(map) = map else { return Vec::new() };
        let mut code = self.code.borrow_mut();
        let is_code = |page: u32| {
            [true, false].into_iter().any(|level| map.within(page, page + (self.size - 1), level).1.has(Right::Execute))
        };
        let data: Vec<u32> = code.iter().copied().filter(|page| !is_code(*page)).collect();
        code.retain(|page| !data.contains(page));
        data
    }

    /// Whether there are executable and other instructions in one page, so that each block is to be checked.
    pub(super) fn checks_fetches(&self) -> bool {
        self.checks_fetches.get()
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
    pub(super) fn may_hold_code(&self, mapping: &Mapping, address: u32, len: u32) -> bool {
        let first = address & !(self.size - 1);
        let last = address.saturating_add(len.saturating_sub(1));
        let noted = || self.code.borrow().range(first..=last).next().is_some();
        mapping.code_alias.is_some() && (self.access == Access::Checked || !mapping.writable() || noted())
    }

    /// The answer for a page and an access of it: the physical page, and what may be done with it until the flush. `None`:
    /// the access, a fetch, is refused.
    pub(super) fn answer(&self, memory: &Memory, page: u32, right: Right, privileged: bool) -> Option<(u64, Prot)> {
        let Some(mapping) = memory.find(page, self.size as usize) else {
            self.refused.set(page);
            return (right != Right::Execute).then_some((MIRROR + u64::from(page), DATA));
        };
        let direct = self.direct(mapping, page, privileged);
        if direct.0 & needed(right).0 != 0 {
            return Some((page.into(), direct));
        }
        if self.forgetting.get() && right == Right::Execute {
            self.forced.set(true);
            return Some((page.into(), Prot::EXEC));
        }
        self.refused.set(page);
        (right != Right::Execute).then_some((MIRROR + u64::from(page), Prot(DATA.0 & !direct.0)))
    }

    /// What may be done with a page directly.
    fn direct(&self, mapping: &Mapping, page: u32, privileged: bool) -> Prot {
        let (all, some) = self.permitted(page, privileged);
        let has_code = self.may_hold_code(mapping, page, self.size);
        let checked = self.access == Access::Checked;
        let executes = has_code && (checked || some.has(Right::Execute));
        let direct = !checked || self.map.borrow().is_none();
        let reads = direct && mapping.readable() && all.has(Right::Read);
        // A store to code must not be missed, and is not looked for in a page that is not executable.
        let writes = direct && mapping.writable() && all.has(Right::Write) && (executes || !has_code);
        let rights = [(reads, Prot::READ), (writes, Prot::WRITE), (executes, Prot::EXEC)];
        Prot(rights.iter().filter(|(has, _)| *has).fold(0, |rights, (_, right)| rights | right.0))
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
        let Some(mapping) = memory.find(address, bytes.len()).filter(|mapping| mapping.writable()) else { return false };
        if self.may_hold_code(mapping, address, len) {
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
        let executable = memory.find(page, self.size as usize).is_some_and(|mapping| mapping.code_alias.is_some());
        executable && self.permitted(page, privileged).1.has(Right::Execute) && self.code.borrow_mut().insert(page)
    }
}

/// Loads and stores.
const DATA: Prot = Prot(Prot::READ.0 | Prot::WRITE.0);

/// What an access needs, of which Unicorn's hooks say what it is.
pub(super) fn right(kind: u32) -> Right {
    match kind {
        fetch if fetch == MemType::FETCH as u32 => Right::Execute,
        write if write == MemType::WRITE as u32 => Right::Write,
        _ => Right::Read,
    }
}

fn needed(right: Right) -> Prot {
    match right {
        Right::Read => Prot::READ,
        Right::Write => Prot::WRITE,
        Right::Execute => Prot::EXEC,
    }
}

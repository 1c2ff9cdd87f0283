//! Where Unicorn finds memory, and what it may do there.
//!
//! Unicorn asks for each page that its TLB does not have, separately for M-mode and for the others. The answer is what
//! makes three things exact, or fast, that would not be otherwise:
//!
//! | page | loads and stores | fetches |
//! |---|---|---|
//! | memory, permitted | at its own address | the same; from then on it is a *code page* |
//! | memory, not permitted | refused: the core faults with its state exact | refused |
//! | memory, permitted in part | at its code alias, where nothing is mapped: every access is looked at, then made on the host | refused: instruction by instruction in the code alias |
//! | memory of which some is watched | likewise, at its code alias | as before |
//! | code alias | refused: the core has nothing there | the memory behind it, while the engine itself runs there |
//! | elsewhere | at its own address, where every access is looked at | refused |
//!
//! Unicorn looks for translated code at every store to a page that it may execute, which is ten times slower than a plain
//! store. So a page is executable only once it was fetched from.
//!
//! A change of what is permitted drops both TLBs, and so costs nothing as long as nothing changes.

use std::cell::{Cell, RefCell};

use unicorn_engine::Prot;

use super::super::memory::Memory;
use crate::cpu::riscv::engine::{AccessKind, Rights};
use crate::cpu::riscv::pmp::Protection;

const PAGE: u32 = 0x1000;

/// What is permitted, and what was executed.
pub(super) struct Translation {
    protection: RefCell<Protection>,
    rights: Cell<Rights>,
    /// Nothing is refused to fetches; to loads and stores.
    open: Cell<(bool, bool)>,
    /// Every fetch of memory is let pass: the engine itself asks.
    fetches: Cell<bool>,
    /// The pages that hold watched addresses.
    watched: RefCell<Vec<u32>>,
    /// One bit a page of the address space.
    code_pages: Box<[Cell<u64>]>,
}

/// What a page is to an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// It is at this address, and may be used so.
    At(u64, Prot),
    /// The same, and it was not executed before: what TLBs have of it is stale.
    NewCode(u64, Prot),
    /// The access is refused, or must be made otherwise.
    Refused,
}

impl Translation {
    pub(super) fn new() -> Self {
        let pages = (1 << 32) / PAGE as usize;
        Self {
            protection: RefCell::default(),
            rights: Cell::default(),
            open: Cell::new((true, true)),
            fetches: Cell::new(false),
            watched: RefCell::default(),
            code_pages: std::iter::repeat_with(Cell::default).take(pages / 64).collect(),
        }
    }

    /// Changes whose rights count. `true`: the TLBs may have to be dropped, since what loads and stores may do no longer
    /// follows from the mode.
    pub(super) fn set_rights(&self, rights: Rights) -> bool {
        let old = self.rights.replace(rights);
        let (_, data) = self.open.get();
        self.update();
        let borrowed = |rights: Rights| rights.machine_data != rights.machine_fetch;
        (borrowed(old) || borrowed(rights)) && !(data && self.open.get().1)
    }

    /// Changes what is permitted. `true`: the TLBs must be dropped.
    pub(super) fn set_protection(&self, protection: &Protection) -> bool {
        let changes = *self.protection.borrow() != *protection;
        if changes {
            self.protection.replace(protection.clone());
            self.update();
        }
        changes
    }

    fn update(&self) {
        let (protection, rights) = (self.protection.borrow(), self.rights.get());
        self.open.set((protection.is_open(rights.machine_fetch), protection.is_open(rights.machine_data)));
    }

    /// Every access of the pages with these addresses (first, last) is looked at from now on. The TLBs must then be dropped.
    pub(super) fn watch(&self, ranges: &[(u32, u32)]) {
        let pages = ranges.iter().flat_map(|(first, last)| first / PAGE..=last / PAGE);
        self.watched.replace(pages.collect());
    }

    /// Whether an access has the rights of M-mode.
    pub(super) fn is_machine(&self, kind: AccessKind) -> bool {
        let rights = self.rights.get();
        if kind == AccessKind::Fetch { rights.machine_fetch } else { rights.machine_data }
    }

    /// The first byte that is refused to an access of the core.
    pub(super) fn refusal(&self, kind: AccessKind, address: u64, size: u64) -> Option<u64> {
        let (fetch, data) = self.open.get();
        let open = if kind == AccessKind::Fetch { fetch } else { data };
        if open { None } else { self.protection.borrow().refusal(self.is_machine(kind), kind, address, size) }
    }

    /// Where the page of `address` is for an access of this kind. `in_alias`: the engine itself runs in the code alias.
    pub(super) fn page(&self, memory: &Memory, address: u64, kind: AccessKind, in_alias: bool) -> Page {
        let Ok(address) = u32::try_from(address) else { return Page::Refused };
        let (first, last) = memory.alias_range;
        if (first..=last).contains(&address) {
            return match memory.behind_alias(address) {
                Some(real) if in_alias && kind == AccessKind::Fetch => self.code(real, Prot::EXEC),
                _ => Page::Refused,
            };
        }
        let Some(mapping) = memory.find(address, 1) else {
            let device = Page::At(u64::from(address), Prot(Prot::READ.0 | Prot::WRITE.0));
            return if kind == AccessKind::Fetch { Page::Refused } else { device };
        };
        let (base, end) = (u64::from(address & !(PAGE - 1)), u64::from(address | (PAGE - 1)));
        let watched = self.watched.borrow().contains(&(address / PAGE));
        let data = self.permissions(base, end, false).filter(|_| !watched);
        let fetch = self.permissions(base, end, true).filter(|_| mapping.executable());
        let executable = self.fetches.get() || fetch.is_some_and(|rights| rights.0 & Prot::EXEC.0 != 0);
        match (kind, data) {
            (AccessKind::Fetch, _) if !executable => Page::Refused,
            (AccessKind::Fetch, data) => {
                self.code(address, Prot(Prot::EXEC.0 | data.map_or(0, |rights| rights.0 & !Prot::EXEC.0)))
            }
            (_, None) => match mapping.code_delta() {
                Some(delta) => Page::At(address.wrapping_add(delta).into(), Prot(Prot::READ.0 | Prot::WRITE.0)),
                None => Page::Refused,
            },
            (_, Some(rights)) => {
                let wanted = if kind == AccessKind::Load { Prot::READ } else { Prot::WRITE };
                if rights.0 & wanted.0 == 0 {
                    return Page::Refused;
                }
                let execute = if executable && self.is_code(address) { Prot::EXEC.0 } else { 0 };
                Page::At(u64::from(address), Prot(rights.0 & !Prot::EXEC.0 | execute))
            }
        }
    }

    /// What holds for all of a page; `None` if that differs.
    fn permissions(&self, first: u64, last: u64, fetch: bool) -> Option<Prot> {
        let (open, rights) = (self.open.get(), self.rights.get());
        if if fetch { open.0 } else { open.1 } {
            return Some(Prot::ALL);
        }
        let machine = if fetch { rights.machine_fetch } else { rights.machine_data };
        let permissions = self.protection.borrow().of_span(machine, first, last)?;
        let right = |permitted: bool, right: Prot| if permitted { right.0 } else { 0 };
        Some(Prot(
            right(permissions.read, Prot::READ)
                | right(permissions.write, Prot::WRITE)
                | right(permissions.execute, Prot::EXEC),
        ))
    }

    /// A page that is fetched from.
    fn code(&self, address: u32, rights: Prot) -> Page {
        let at = u64::from(address);
        if self.is_code(address) {
            return Page::At(at, rights);
        }
        let (word, bit) = Self::place(address);
        if let Some(word) = self.code_pages.get(word) {
            word.set(word.get() | bit);
        }
        Page::NewCode(at, rights)
    }

    /// Whether the page was fetched from.
    pub(super) fn is_code(&self, address: u32) -> bool {
        let (word, bit) = Self::place(address);
        self.code_pages.get(word).is_some_and(|word| word.get() & bit != 0)
    }

    /// Whether some page of these bytes was fetched from.
    pub(super) fn was_fetched(&self, address: u32, len: usize) -> bool {
        let last = address.saturating_add(u32::try_from(len.saturating_sub(1)).unwrap_or(u32::MAX));
        (address / PAGE..=last / PAGE).any(|page| self.is_code(page * PAGE))
    }

    /// Whether no fetch from memory is refused.
    pub(super) fn permits_all_fetches(&self) -> bool {
        self.open.get().0
    }

    /// Lets every fetch of memory pass, or no longer. The TLBs must then be dropped if some would have been refused.
    pub(super) fn let_fetch(&self, all: bool) {
        self.fetches.set(all);
    }

    fn place(address: u32) -> (usize, u64) {
        let page = address / PAGE;
        ((page / 64) as usize, 1 << (page % 64))
    }
}

//! What the engines of several cores on the same bytes must know of each other.
//!
//! Each core has a Unicorn of its own, which translates code once and forgets a translation when its own core stores to
//! those bytes. Of other stores it knows nothing, so it is told in front of the core's next run:
//!
//! | who writes | how it is noticed |
//! |---|---|
//! | another core, by instructions | a page that one core has run code from, no other one writes directly (see [`pages`](super::super::pages)): its stores come here by [`Memory::write`] |
//! | the host: a programmer, a debugger, an exception's frame | by [`Memory::write`] |
//! | a state that was put back | by [`Memory::restore`] |
//!
//! So stores to pages without code cost what they cost a single core, and one to a page with another core's code costs as
//! much as one to a device.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::Memory;

/// One core's place among those that share memories.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    core: usize,
    table: Rc<RefCell<Vec<Entry>>>,
}

/// What is known of one core, and what it does not know yet.
#[derive(Clone, Debug, Default)]
struct Entry {
    /// Pages of writable memory that it has run code from, at every address at which they appear.
    code: BTreeSet<u32>,
    news: News,
}

/// What has happened since a core's last run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cpu::unicorn) struct News {
    /// Another core runs code from more pages.
    pub(in crate::cpu::unicorn) pages: bool,
    /// Bytes (address, how many) that may have been translated, and have been written.
    pub(in crate::cpu::unicorn) written: Vec<(u32, usize)>,
}

impl Memory {
    /// The same memories for `cores` cores: as many, all on the same bytes.
    pub(in crate::cpu::unicorn) fn share(self, cores: usize) -> Vec<Self> {
        let table = Rc::new(RefCell::new(vec![Entry::default(); cores]));
        let seat = |core| Seat { core, table: Rc::clone(&table) };
        (0..cores).map(|core| Self { seat: Some(seat(core)), ..self.clone() }).collect()
    }

    /// Whether these are memories of several cores.
    pub(in crate::cpu::unicorn) fn is_shared(&self) -> bool {
        self.seat.is_some()
    }

    /// What the core does not know yet, if there is anything.
    #[inline]
    pub(in crate::cpu::unicorn) fn take_news(&self) -> Option<News> {
        let seat = self.seat.as_ref()?;
        let news = std::mem::take(&mut seat.table.borrow_mut()[seat.core].news);
        (news != News::default()).then_some(news)
    }

    /// The core runs code from this page, of so many bytes, of memory that it can write.
    pub(in crate::cpu::unicorn) fn note_code(&self, page: u32, size: u32) {
        let Some(seat) = &self.seat else { return };
        let Some(mapping) = self.find(page, size as usize) else { return };
        let (offset, host) = (page.wrapping_sub(mapping.base), mapping.host);
        let places = self.mappings.iter().filter(|other| other.host == host).map(|other| other.base + offset);
        for (core, entry) in seat.table.borrow_mut().iter_mut().enumerate() {
            if core == seat.core {
                entry.code.extend(places.clone());
            } else {
                entry.news.pages = true;
            }
        }
    }

    /// Whether another core has run code from these pages.
    pub(in crate::cpu::unicorn) fn is_code_of_another(&self, page: u32, size: u32) -> bool {
        let Some(seat) = &self.seat else { return false };
        let last = page.saturating_add(size - 1);
        let table = seat.table.borrow();
        let mut others = table.iter().enumerate().filter(|(core, _)| *core != seat.core);
        others.any(|(_, entry)| entry.code.range(page..=last).next().is_some())
    }

    /// These bytes of one memory were written. What cannot be written by cores may have been translated by any.
    pub(super) fn tell_others(&self, address: u32, len: usize, writable: bool) {
        /// No page of any core is larger.
        const LARGEST_PAGE: u32 = 0x1000;
        let Some(seat) = &self.seat else { return };
        let first = address & !(LARGEST_PAGE - 1);
        let last = address.saturating_add(u32::try_from(len).unwrap_or(u32::MAX).saturating_sub(1));
        for (core, entry) in seat.table.borrow_mut().iter_mut().enumerate() {
            let concerns = !writable || entry.code.range(first..=last).next().is_some();
            if core != seat.core && concerns {
                entry.news.written.push((address, len));
            }
        }
    }
}

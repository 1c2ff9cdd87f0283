//! A list that grows at its end for hours: its beginning is given back, and a copy is made, in the time that a few pages take.

use std::ops::Range;
use std::sync::Arc;

/// Bytes of a page, at most.
const BYTES: usize = 32 << 10;

/// A list in pages. A full page never changes, so copies of the list share it, and whoever has one may be in another thread.
#[derive(Clone, Debug)]
pub struct Pages<T> {
    /// The full pages.
    full: Vec<Arc<[T]>>,
    /// How many entries of the first page are no longer part of the list.
    skip: usize,
    /// The page that grows: of an entry at least, unless the list has none.
    last: Vec<T>,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Pages<T> {
    /// Entries of a page: a power of two, and a multiple of [`super::times::STRIDE`].
    const SIZE: usize = {
        let most = BYTES / if size_of::<T>() == 0 { 1 } else { size_of::<T>() };
        if most < 32 { 32 } else { 1 << most.ilog2() }
    };

    /// A list without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { full: Vec::new(), skip: 0, last: Vec::new() }
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.full.len() * Self::SIZE + self.last.len() - self.skip
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry at `place`.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&T> {
        self.run(place).first()
    }

    /// The entries from `place` on that lie behind each other in memory: at least up to the next multiple of a page's size.
    pub(super) fn run(&self, place: usize) -> &[T] {
        let at = place + self.skip;
        let (page, from) = match self.full.get(at / Self::SIZE) {
            Some(page) => (&page[..], at % Self::SIZE),
            None => (&self.last[..], at - self.full.len() * Self::SIZE),
        };
        page.get(from..).unwrap_or(&[])
    }

    /// The first entry.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// The last entry.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.last.last()
    }

    /// The entries, the first one first.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        self.range(0..self.len())
    }

    /// The entries at these places, as far as there are any.
    #[must_use]
    pub fn range(&self, places: Range<usize>) -> Iter<'_, T> {
        Iter { pages: self, places: places.start..places.end.min(self.len()) }
    }

    /// How many of the first entries `is_before` holds for; it holds for none behind one for which it does not.
    #[must_use]
    pub fn partition_point(&self, is_before: impl Fn(&T) -> bool) -> usize {
        let starts_before = |page: &[T]| page.first().is_some_and(&is_before);
        let pages = self.full.partition_point(|page| starts_before(page));
        let within = |page: &[T]| page.partition_point(&is_before);
        let found = if pages == self.full.len() && starts_before(&self.last) {
            pages * Self::SIZE + within(&self.last)
        } else {
            let last = pages.checked_sub(1).and_then(|at| self.full.get(at));
            last.map_or(0, |page| (pages - 1) * Self::SIZE + within(page))
        };
        found.saturating_sub(self.skip)
    }

    /// Gives back the first `count` entries: what lies behind them moves to the front, but not in memory.
    pub(super) fn forget(&mut self, count: usize) {
        if count >= self.len() {
            *self = Self::new();
            return;
        }
        let skip = self.skip + count;
        let pages = (skip / Self::SIZE).min(self.full.len());
        self.full.drain(..pages);
        self.skip = skip - pages * Self::SIZE;
    }

    /// Bytes of memory that they take, but for what a page may have left.
    pub(super) const fn bytes(&self) -> usize {
        size_of::<T>() * self.len()
    }
}

impl<T: Clone> Pages<T> {
    /// Appends an entry.
    pub(super) fn push(&mut self, entry: T) {
        if self.last.len() == Self::SIZE {
            self.full.push(Arc::from(&self.last[..]));
            self.last.clear();
        }
        self.last.push(entry);
    }

    /// The last entry, to be changed.
    pub(super) fn last_mut(&mut self) -> Option<&mut T> {
        self.last.last_mut()
    }

    /// Gives back the first `count` entries, but for those that `held` says.
    pub(super) fn forget_but(&mut self, count: usize, held: &[T]) {
        let count = count.min(self.len());
        self.forget(count.saturating_sub(held.len()));
        for (at, entry) in held.iter().take(count).enumerate().map(|(place, entry)| (place + self.skip, entry)) {
            let place = match self.full.get_mut(at / Self::SIZE) {
                Some(page) => Arc::make_mut(page).get_mut(at % Self::SIZE),
                None => self.last.get_mut(at - self.full.len() * Self::SIZE),
            };
            if let Some(place) = place {
                *place = entry.clone();
            }
        }
    }
}

impl<T: PartialEq> PartialEq for Pages<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for Pages<T> {}

impl<T: Clone> FromIterator<T> for Pages<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut pages = Self::new();
        entries.into_iter().for_each(|entry| pages.push(entry));
        pages
    }
}

impl<'a, T> IntoIterator for &'a Pages<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// Iterator of [`Pages::iter`].
#[derive(Debug)]
pub struct Iter<'a, T> {
    pages: &'a Pages<T>,
    places: Range<usize>,
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { pages: self.pages, places: self.places.clone() }
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.pages.get(self.places.next()?)
    }

    fn nth(&mut self, skipped: usize) -> Option<&'a T> {
        self.pages.get(self.places.nth(skipped)?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.places.size_hint()
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.pages.get(self.places.next_back()?)
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: usize = Pages::<u64>::SIZE;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever is appended and given back, also of a list that a copy was made of: all is as in a plain list.
        #[test]
        fn pages_are_a_plain_list(
            steps in prop::collection::vec((0..3 * SIZE, any::<prop::sample::Index>(), 0..4_usize), 1..6),
            sought in prop::collection::vec(any::<prop::sample::Index>(), 8),
        ) {
            let (mut pages, mut plain, mut next) = (Pages::new(), Vec::new(), 0);
            for (more, cut, held) in steps {
                let (copy, as_it_was) = (pages.clone(), plain.clone());
                for _ in 0..more {
                    pages.push(next);
                    plain.push(next);
                    next += 2;
                }
                let count = cut.index(plain.len() + 1);
                // Some of those that go: they stay in order.
                let held: Vec<usize> = plain[..count].iter().copied().rev().take(held).rev().collect();
                pages.forget_but(count, &held);
                plain.splice(..count, held);
                prop_assert!(copy.iter().copied().eq(as_it_was), "a copy stays what it was");
            }
            prop_assert!(pages.iter().eq(plain.iter()) && pages.iter().rev().eq(plain.iter().rev()));
            prop_assert_eq!((pages.len(), pages.is_empty()), (plain.len(), plain.is_empty()));
            prop_assert_eq!((pages.first(), pages.last(), pages.get(plain.len())), (plain.first(), plain.last(), None));
            prop_assert_eq!(pages.last_mut().copied(), plain.last().copied());
            for index in sought {
                let place = index.index(plain.len() + 1);
                prop_assert_eq!(pages.get(place), plain.get(place));
                prop_assert!(pages.run(place).iter().eq(plain[place..].iter().take(pages.run(place).len())));
                prop_assert_eq!(pages.run(place).is_empty(), place == plain.len());
                prop_assert!(pages.range(place..place + 9).eq(plain[place..].iter().take(9)));
                prop_assert_eq!(pages.iter().nth(place), plain.get(place));
                for value in [plain.get(place).copied().unwrap_or(next), next, 1] {
                    prop_assert_eq!(pages.partition_point(|at| *at < value), plain.partition_point(|at| *at < value));
                    prop_assert_eq!(pages.partition_point(|at| *at <= value), plain.partition_point(|at| *at <= value));
                }
            }
        }
    }

    #[test]
    fn what_is_given_back_takes_no_memory() {
        let mut pages: Pages<u64> = (0..10 * SIZE as u64).collect();
        pages.forget(10 * SIZE - 1);
        assert_eq!((pages.full.len(), pages.bytes()), (0, 8));
        pages.forget(1);
        assert_eq!((pages.len(), pages.last()), (0, None));
        assert_eq!(pages.last_mut(), None);
        pages.push(7);
        assert_eq!((pages.len(), pages.first()), (1, Some(&7)));
    }
}

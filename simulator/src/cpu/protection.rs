//! What code may do where: the verdicts of a protection unit, spread out over the address space.
//!
//! A unit of any architecture comes down to this, and an engine needs to know nothing else of it. The map is made anew
//! whenever the unit changes; what it says of an address is decided by the unit's own model.

/// What an access needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// A load.
    Read,
    /// A store.
    Write,
    /// An instruction fetch.
    Execute,
}

/// A set of rights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(7);

    /// Those of code that may read, or not, and so on.
    #[must_use]
    pub const fn new(read: bool, write: bool, execute: bool) -> Self {
        Self(read as u8 | (write as u8) << 1 | (execute as u8) << 2)
    }

    /// Whether the right is among them.
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        self.0 >> right as u8 & 1 != 0
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The rights of code at both levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Of privileged code.
    pub privileged: Rights,
    /// Of other code.
    pub unprivileged: Rights,
}

impl Permissions {
    /// The same rights at both levels.
    #[must_use]
    pub const fn both(rights: Rights) -> Self {
        Self { privileged: rights, unprivileged: rights }
    }

    /// The rights at one level.
    #[must_use]
    pub const fn at(self, privileged: bool) -> Rights {
        if privileged { self.privileged } else { self.unprivileged }
    }
}

/// An access is not permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The first of its bytes that is not.
    pub address: u32,
}

/// What is permitted at every address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectionMap {
    /// The ranges in ascending order, by their first addresses. There is one at 0, and neighbours differ.
    ranges: Vec<(u32, Permissions)>,
}

impl ProtectionMap {
    /// The map of a unit whose verdict is `permissions`; it changes at `borders` at most, which come in any order.
    #[must_use]
    pub fn new(mut borders: Vec<u32>, permissions: impl Fn(u32) -> Permissions) -> Self {
        borders.push(0);
        borders.sort_unstable();
        borders.dedup();
        let mut ranges: Vec<(u32, Permissions)> =
            borders.into_iter().map(|first| (first, permissions(first))).collect();
        ranges.dedup_by_key(|(_, permissions)| *permissions);
        Self { ranges }
    }

    /// Whether an access of `size` bytes is permitted.
    ///
    /// # Errors
    /// [`Violation`] with its first byte that is not. Addresses go on at 0 behind the last one.
    pub fn check(&self, address: u32, size: u32, right: Right, privileged: bool) -> Result<(), Violation> {
        let mut done = 0;
        while done < size {
            let at = address.wrapping_add(done);
            let index = self.index(at);
            if !self.ranges[index].1.at(privileged).has(right) {
                return Err(Violation { address: at });
            }
            let Some((next, _)) = self.ranges.get(index + 1) else {
                // The rest of the address space, and what is behind it at 0.
                let room = u64::from(u32::MAX - at) + 1;
                done = u32::try_from(u64::from(done) + room).unwrap_or(size);
                continue;
            };
            done = done.saturating_add(next - at);
        }
        Ok(())
    }

    /// What is permitted at all addresses of `first..=last`, and what at some.
    #[must_use]
    pub fn within(&self, first: u32, last: u32, privileged: bool) -> (Rights, Rights) {
        let ranges = &self.ranges[self.index(first)..=self.index(last)];
        let rights = ranges.iter().map(|(_, permissions)| permissions.at(privileged));
        rights.fold((Rights::ALL, Rights::NONE), |(all, some), rights| (all.and(rights), some.or(rights)))
    }

    /// The addresses at which a right begins or ends, at either level.
    pub fn borders(&self, right: Right) -> impl Iterator<Item = u32> {
        self.ranges.windows(2).filter_map(move |pair| {
            let has = |permissions: Permissions| [true, false].map(|level| permissions.at(level).has(right));
            (has(pair[0].1) != has(pair[1].1)).then_some(pair[1].0)
        })
    }

    /// The range that holds an address.
    fn index(&self, address: u32) -> usize {
        self.ranges.partition_point(|(first, _)| *first <= address).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Rights = Rights::new(true, false, false);

    /// Nothing up to 0x1000, all up to 0x1020, then reading for privileged code.
    fn map() -> ProtectionMap {
        ProtectionMap::new(vec![0x1020, 0x1000, 0x800, 0x1000], |address| match address {
            0..0x1000 => Permissions::default(),
            0x1000..0x1020 => Permissions::both(Rights::ALL),
            _ => Permissions { privileged: READ, unprivileged: Rights::NONE },
        })
    }

    #[test]
    fn the_first_byte_that_is_not_permitted() {
        let map = map();
        let check =
            |address, size, right, privileged| map.check(address, size, right, privileged).map_err(|v| v.address);
        assert_eq!(check(0xffe, 4, Right::Read, true), Err(0xffe));
        assert_eq!(check(0x1000, 0x20, Right::Write, false), Ok(()));
        assert_eq!(check(0x101e, 4, Right::Write, true), Err(0x1020));
        assert_eq!(check(0x101e, 4, Right::Read, true), Ok(()));
        assert_eq!(check(0x101e, 4, Right::Read, false), Err(0x1020));
        assert_eq!(check(0xffff_fffe, 4, Right::Read, true), Err(0), "it goes on at 0");
        assert_eq!(check(0xffff_fffc, 4, Right::Read, true), Ok(()));
    }

    #[test]
    fn what_holds_for_a_page() {
        let map = map();
        assert_eq!(map.within(0x1000, 0x13ff, true), (READ, Rights::ALL));
        assert_eq!(map.within(0x1000, 0x13ff, false), (Rights::NONE, Rights::ALL));
        assert_eq!(map.within(0x1400, u32::MAX, true), (READ, READ));
        assert_eq!(map.borders(Right::Execute).collect::<Vec<_>>(), [0x1000, 0x1020]);
        assert_eq!(map.borders(Right::Read).collect::<Vec<_>>(), [0x1000, 0x1020], "for other code");
    }
}

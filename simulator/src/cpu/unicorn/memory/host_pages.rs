//! Which of our pages the host provides bytes for. One that was never touched holds zeros, and need not be looked at to
//! know that.
//!
//! Linux tells in `/proc/self/pagemap`: a word for each page, of which bit 63 says that the page is in memory and bit 62
//! that it was swapped out (its documentation: admin-guide/mm/pagemap.rst). `mincore`, which other hosts have too, does
//! not tell a page that was swapped out from one that never was; so there, every page counts as touched.

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::os::unix::fs::FileExt;

    const PRESENT_OR_SWAPPED: u64 = 3 << 62;
    const WORD: usize = size_of::<u64>();
    /// The auxiliary vector's entry with the size of a page.
    const AT_PAGESZ: usize = 6;

    /// The host's word on its pages.
    #[derive(Debug)]
    pub(in crate::cpu::unicorn::memory) struct HostPages {
        pagemap: File,
        page: usize,
    }

    impl HostPages {
        /// `None` where the host does not tell.
        pub(in crate::cpu::unicorn::memory) fn open() -> Option<Self> {
            let vector = fs::read("/proc/self/auxv").ok()?;
            let (words, _) = vector.as_chunks::<{ size_of::<usize>() }>();
            let mut entries = words.chunks_exact(2).map(|pair| pair.iter().map(|word| usize::from_ne_bytes(*word)));
            let page = entries.find_map(|mut pair| pair.next().filter(|kind| *kind == AT_PAGESZ).and(pair.next()))?;
            Some(Self { pagemap: File::open("/proc/self/pagemap").ok()?, page }).filter(|it| it.page.is_power_of_two())
        }

        /// For each of the pages of `size` bytes at `address`, which is at one, whether it was touched; and a page's bytes.
        pub(in crate::cpu::unicorn::memory) fn touched(
            &self,
            address: usize,
            size: usize,
        ) -> Option<(Vec<bool>, usize)> {
            let mut words = vec![0; size.div_ceil(self.page) * WORD];
            self.pagemap.read_exact_at(&mut words, (address / self.page * WORD) as u64).ok()?;
            let (words, _) = words.as_chunks::<WORD>();
            let touched = words.iter().map(|word| u64::from_ne_bytes(*word) & PRESENT_OR_SWAPPED != 0).collect();
            Some((touched, self.page)).filter(|_| address.is_multiple_of(self.page))
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    /// Nothing is known here.
    #[derive(Debug)]
    pub(in crate::cpu::unicorn::memory) struct HostPages;

    impl HostPages {
        pub(in crate::cpu::unicorn::memory) fn open() -> Option<Self> {
            None
        }

        pub(in crate::cpu::unicorn::memory) fn touched(&self, _: usize, _: usize) -> Option<(Vec<bool>, usize)> {
            None
        }
    }
}

#[cfg(target_os = "linux")]
pub(super) use linux::HostPages;
#[cfg(not(target_os = "linux"))]
pub(super) use other::HostPages;

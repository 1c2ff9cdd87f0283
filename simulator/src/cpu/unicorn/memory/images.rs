//! Memory as [`Image`]s: what has changed is found by looking, so that the core's stores pay nothing for it.
//!
//! | memory | a chunk is looked at if |
//! |---|---|
//! | that the core cannot write | it was written from outside: a programmer, a debugger, a flash controller |
//! | that it can write | it is not known to be zeros, or the host has ever had to provide bytes for it ([`super::host_pages`]) |
//!
//! To look is to compare with what it held before, about 0.1 us for a chunk.

use super::host_pages::HostPages;
use super::{Allocation, Memory};
use crate::cpu::image::{CHUNK, Image};

/// In a smaller memory looking takes no longer than asking.
const WORTH_ASKING: usize = 256 << 10;

impl Memory {
    /// What the memories hold now, in the order in which they were given.
    pub(in crate::cpu::unicorn) fn images(&self) -> Vec<Image> {
        self.allocations.iter().map(|allocation| allocation.image(self.host_pages.as_deref())).collect()
    }

    /// Whether images are of memories like these.
    pub(in crate::cpu::unicorn) fn fit(&self, images: &[Image]) -> bool {
        let sizes = self.allocations.iter().map(|allocation| allocation.size / CHUNK);
        sizes.eq(images.iter().map(Image::chunks))
    }

    /// Puts back what [`Memory::images`] gave, here or in another machine of the same kind. Tells the ranges (address,
    /// bytes) whose content has changed by that; whether they were translated is the caller's business.
    pub(in crate::cpu::unicorn) fn restore(&self, images: &[Image]) -> Vec<(u32, u32)> {
        let mut changed = Vec::new();
        for (index, (allocation, image)) in self.allocations.iter().zip(images).enumerate() {
            let Some(mapping) = self.mappings.iter().find(|mapping| mapping.allocation == index) else { continue };
            for (first, count) in allocation.restore(image, self.host_pages.as_deref()) {
                let (address, len) = (mapping.base + (first * CHUNK) as u32, count * CHUNK);
                self.tell_others(address, len, mapping.writable());
                changed.push((address, len as u32));
            }
        }
        changed
    }
}

impl Allocation {
    /// The bytes of a chunk.
    fn chunk(&self, index: usize) -> [u8; CHUNK] {
        debug_assert!(index < self.size / CHUNK);
        // SAFETY: the chunk lies inside the allocation, and Unicorn is not running.
        unsafe { self.host.add(index * CHUNK).cast::<[u8; CHUNK]>().read() }
    }

    /// Whether a chunk holds what an image says.
    fn holds(&self, index: usize, image: &Image) -> bool {
        debug_assert!(index < self.size / CHUNK);
        // SAFETY: as in `chunk`; the reference ends with the comparison, during which nobody writes.
        image.holds(index, unsafe { &*self.host.add(index * CHUNK).cast::<[u8; CHUNK]>() })
    }

    /// Which chunks may be other than `known`.
    fn suspects(&self, host_pages: Option<&HostPages>) -> Vec<usize> {
        let chunks = 0..self.size / CHUNK;
        if !self.writable {
            return chunks.filter(|index| self.written[*index].get()).collect();
        }
        let told = host_pages.filter(|_| self.size > WORTH_ASKING);
        let Some((touched, page)) = told.and_then(|told| told.touched(self.host.addr(), self.size)) else {
            return chunks.collect();
        };
        let known = self.known.borrow();
        let was_touched = |index: usize| touched.get(index * CHUNK / page).is_none_or(|touched| *touched);
        chunks.filter(|index| known.chunk(*index).is_some() || was_touched(*index)).collect()
    }

    fn image(&self, host_pages: Option<&HostPages>) -> Image {
        let suspects = self.suspects(host_pages);
        let mut known = self.known.borrow_mut();
        for index in suspects {
            if !self.holds(index, &known) {
                known.put(index, &self.chunk(index));
            }
            self.written[index].set(false);
        }
        known.clone()
    }

    /// Puts an image back; the runs of chunks (first, count) that had to be written.
    fn restore(&self, image: &Image, host_pages: Option<&HostPages>) -> Vec<(usize, usize)> {
        let mut changed: Vec<(usize, usize)> = Vec::new();
        let mut suspects = self.suspects(host_pages).into_iter().peekable();
        let mut known = self.known.borrow_mut();
        for index in 0..self.size / CHUNK {
            let suspect = suspects.next_if_eq(&index).is_some();
            if !suspect && known.shares(index, image) {
                continue;
            }
            if !self.holds(index, image) {
                let bytes = image.chunk(index).copied().unwrap_or([0; CHUNK]);
                // SAFETY: as in `chunk`.
                unsafe { self.host.add(index * CHUNK).cast::<[u8; CHUNK]>().write(bytes) };
                match changed.last_mut() {
                    Some((first, count)) if *first + *count == index => *count += 1,
                    _ => changed.push((index, 1)),
                }
            }
            known.share(index, image);
            self.written[index].set(false);
        }
        changed
    }
}

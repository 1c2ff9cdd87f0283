//! A channel of frames for `defmt`: each whole, or not there and counted.

use super::{BLOCK, Buffer, FRAME_CHANNEL, Locked};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Bytes of the ring: some hundred records.
pub(super) const BYTES: usize = 1024;
const _: () = assert!(BYTES.is_power_of_two());

pub(super) static RING: Buffer<BYTES> = Buffer::new();

/// Where the next byte of the unfinished frame goes. The host sees it when the frame is finished.
static NEXT: AtomicU32 = AtomicU32::new(0);
/// The unfinished frame did not fit.
static CUT: AtomicBool = AtomicBool::new(false);
/// Frames that did not fit and were not told yet.
static LOST: AtomicU32 = AtomicU32::new(0);

/// Adds bytes to the unfinished frame.
pub(crate) fn append(_: Locked<'_>, bytes: &[u8]) {
    let channel = &BLOCK.control.up[FRAME_CHANNEL];
    let mut at = NEXT.load(Ordering::Relaxed) as usize & (BYTES - 1);
    let read = channel.read.load(Ordering::Acquire) as usize;
    if CUT.load(Ordering::Relaxed) || bytes.len() > read.wrapping_sub(at).wrapping_sub(1) & (BYTES - 1) {
        CUT.store(true, Ordering::Relaxed);
        return;
    }
    // SAFETY: the lock makes this the only writer, and the only reference; the host only reads, and not these bytes yet.
    let ring = unsafe { &mut *RING.0.get() };
    for byte in bytes {
        ring[at] = *byte;
        at = (at + 1) & (BYTES - 1);
    }
    NEXT.store(at as u32, Ordering::Relaxed);
}

/// Hands the frame to the host, or drops it if it did not fit. Returns how many were dropped before one that fits.
pub(crate) fn finish(locked: Locked<'_>) -> u32 {
    let channel = &super::control(locked).up[FRAME_CHANNEL];
    if CUT.load(Ordering::Relaxed) {
        CUT.store(false, Ordering::Relaxed);
        NEXT.store(channel.write.load(Ordering::Relaxed), Ordering::Relaxed);
        LOST.store(LOST.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
        return 0;
    }
    channel.write.store(NEXT.load(Ordering::Relaxed), Ordering::Release);
    let lost = LOST.load(Ordering::Relaxed);
    LOST.store(0, Ordering::Relaxed);
    lost
}

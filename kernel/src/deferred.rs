//! The `defmt` logger (feature `defmt`): records that the host formats, on the RTT channel `defmt`.
//!
//! A record is written under the kernel's lock, a frame at a time, whole or not at all. Frames that did not fit are counted,
//! and the next one that does is followed by a record that tells their number. Link with `-Tdefmt.x`, as `defmt` wants it.
//! The time is the program's to add:
//!
//! ```ignore
//! defmt::timestamp!("{=u64:us}", bluekernel::Instant::now().as_micros());
//! ```
#![expect(unsafe_code, reason = "implements an unsafe trait, whose calls come under the lock")]

use crate::kernel::Mask;
use crate::lock::{self, Locked};
use crate::rtt::frames;
use bluekernel_arch::{Current, Port};
use core::cell::{Cell, UnsafeCell};
use defmt::Encoder;

#[defmt::global_logger]
struct Logger;

/// The frame being written.
struct Frame {
    encoder: UnsafeCell<Encoder>,
    /// The mask's state before the frame, while there is one.
    mask: Cell<Option<Mask>>,
}

// SAFETY: touched with the mask closed only.
unsafe impl Sync for Frame {}

static FRAME: Frame = Frame { encoder: UnsafeCell::new(Encoder::new()), mask: Cell::new(None) };

/// Encodes: `step` gets the encoder and where its bytes go.
///
/// # Safety
/// The mask is closed, and this is not called by `step`.
unsafe fn encode(step: impl FnOnce(&mut Encoder, &mut dyn FnMut(&[u8]))) {
    // SAFETY: the caller's.
    let (locked, encoder) = unsafe { (Locked::assume(), &mut *FRAME.encoder.get()) };
    step(encoder, &mut |bytes| frames::append(locked, bytes));
}

// SAFETY: `acquire` closes the mask, and `release` opens it: what lies between them is not interrupted, and it is not entered
// twice.
unsafe impl defmt::Logger for Logger {
    fn acquire() {
        let mask = lock::close();
        assert!(FRAME.mask.get().is_none(), "a log record inside of a log record");
        FRAME.mask.set(Some(mask));
        // SAFETY: closed by the line above.
        unsafe { encode(|encoder, out| encoder.start_frame(out)) };
    }

    unsafe fn flush() {}

    unsafe fn release() {
        // SAFETY: `acquire` closed the mask.
        unsafe { encode(|encoder, out| encoder.end_frame(out)) };
        // SAFETY: as above.
        let lost = frames::finish(unsafe { Locked::assume() });
        if let Some(mask) = FRAME.mask.take() {
            // SAFETY: the state is that of the matching `acquire`.
            unsafe { Current::unmask(mask) };
        }
        if lost != 0 {
            defmt::warn!("{=u32} records lost before this one", lost);
        }
    }

    unsafe fn write(bytes: &[u8]) {
        // SAFETY: `acquire` closed the mask.
        unsafe { encode(|encoder, out| encoder.write(bytes, out)) };
    }
}

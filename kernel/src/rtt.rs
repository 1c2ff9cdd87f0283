//! SEGGER's Real-Time Transfer: rings in RAM that a debugger, or the simulator, reads and writes while the core runs.
//!
//! The control block has the layout of SEGGER's `SEGGER_RTT.h`, under its symbol, so that every RTT host finds it:
//!
//! | channel | up (target to host) | down (host to target) |
//! |---|---|---|
//! | 0 | `Terminal`: [`crate::println!`], panics, faults | `Terminal`: [`read`] |
//! | 1, with feature `trace` | `bk-trace`: the trace stream | `bk-trace`: `bluekernel_abi::control` |
//! | the next, with feature `defmt` | `defmt`: frames of log records | |
//!
//! The target never waits for the host: what does not fit is lost, and the next text that fits begins by saying so.
//! Firmware that neither prints nor traces does not contain any of this.
//!
//! The block is zero until somebody writes: all of it lies in `.bss`, and a host does not find it before it is whole.
#![expect(unsafe_code, reason = "the control block's name is fixed, and its rings are shared with the host")]

#[cfg(feature = "defmt")]
pub(crate) mod frames;

use crate::lock::{self, Locked};
#[cfg(feature = "trace")]
use crate::trace::encoder::State;
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// Bytes of the ring that text goes through. At 1 ms between two visits of the host, 1 MB/s of text.
const TERMINAL_BYTES: usize = 1024;
/// Bytes of a ring from the host.
pub(crate) const DOWN_BYTES: usize = 16;
/// Bytes of the trace's ring. A busy system makes about 40 kB of trace a second, so a host may stay away for 0.1 s; the
/// most a 25 MHz core can make in the simulator's 1 ms between two visits is about 2 kB.
#[cfg(feature = "trace")]
pub(crate) const TRACE_BYTES: usize = 4096;
/// Channels from the host.
const DOWN_CHANNELS: usize = if cfg!(feature = "trace") { 2 } else { 1 };
/// The channel of log records, behind the others.
#[cfg(feature = "defmt")]
const FRAME_CHANNEL: usize = DOWN_CHANNELS;
/// Channels to the host.
const UP_CHANNELS: usize = DOWN_CHANNELS + if cfg!(feature = "defmt") { 1 } else { 0 };
const _: () = assert!(TERMINAL_BYTES.is_power_of_two() && DOWN_BYTES.is_power_of_two());

/// One direction of one channel: `SEGGER_RTT_BUFFER_UP` and `SEGGER_RTT_BUFFER_DOWN`.
#[repr(C)]
struct Channel {
    name: AtomicPtr<u8>,
    buffer: AtomicPtr<u8>,
    size: AtomicU32,
    /// Offset of the next byte the writer writes; only the writer stores it.
    write: AtomicU32,
    /// Offset of the next byte the reader reads; only the reader stores it.
    read: AtomicU32,
    /// 0: what does not fit is skipped.
    flags: AtomicU32,
}

impl Channel {
    const fn new() -> Self {
        Self {
            name: AtomicPtr::new(ptr::null_mut()),
            buffer: AtomicPtr::new(ptr::null_mut()),
            size: AtomicU32::new(0),
            write: AtomicU32::new(0),
            read: AtomicU32::new(0),
            flags: AtomicU32::new(0),
        }
    }

    /// `name` ends with a NUL.
    fn open(&self, name: &'static [u8], buffer: *mut u8, size: usize) {
        self.name.store(name.as_ptr().cast_mut(), Ordering::Relaxed);
        self.buffer.store(buffer, Ordering::Relaxed);
        self.size.store(size as u32, Ordering::Relaxed);
    }
}

/// `SEGGER_RTT_CB`.
#[repr(C)]
struct ControlBlock {
    id: [AtomicU32; 4],
    up_channels: AtomicU32,
    down_channels: AtomicU32,
    up: [Channel; UP_CHANNELS],
    down: [Channel; DOWN_CHANNELS],
}

/// The control block, and behind it what an event touches: so one address in a register reaches everything.
#[repr(C)]
struct Block {
    control: ControlBlock,
    #[cfg(feature = "trace")]
    trace: UnsafeCell<Trace>,
}

/// The trace's memory: what the encoder remembers, and the ring.
#[cfg(feature = "trace")]
#[repr(C)]
pub(crate) struct Trace {
    pub(crate) state: State,
    pub(crate) bytes: [u8; TRACE_BYTES],
}

// SAFETY: what is not atomic is touched under the kernel's lock only.
unsafe impl Sync for Block {}

#[unsafe(export_name = "_SEGGER_RTT")]
static BLOCK: Block = Block {
    control: ControlBlock {
        id: [const { AtomicU32::new(0) }; 4],
        up_channels: AtomicU32::new(0),
        down_channels: AtomicU32::new(0),
        up: [const { Channel::new() }; UP_CHANNELS],
        down: [const { Channel::new() }; DOWN_CHANNELS],
    },
    #[cfg(feature = "trace")]
    trace: UnsafeCell::new(Trace { state: State::new(), bytes: [0; TRACE_BYTES] }),
};

/// A ring's bytes.
#[repr(transparent)]
struct Buffer<const SIZE: usize>(UnsafeCell<[u8; SIZE]>);

// SAFETY: touched under the kernel's lock only.
unsafe impl<const SIZE: usize> Sync for Buffer<SIZE> {}

impl<const SIZE: usize> Buffer<SIZE> {
    const fn new() -> Self {
        Self(UnsafeCell::new([0; SIZE]))
    }

    const fn start(&'static self) -> *mut u8 {
        self.0.get().cast()
    }
}

static TERMINAL_UP: Buffer<TERMINAL_BYTES> = Buffer::new();
static TERMINAL_DOWN: Buffer<DOWN_BYTES> = Buffer::new();
#[cfg(feature = "trace")]
static TRACE_DOWN: Buffer<DOWN_BYTES> = Buffer::new();

/// The control block, filled in.
fn control(_: Locked<'_>) -> &'static ControlBlock {
    let control = &BLOCK.control;
    if control.up_channels.load(Ordering::Relaxed) == 0 {
        control.up[0].open(b"Terminal\0", TERMINAL_UP.start(), TERMINAL_BYTES);
        control.down[0].open(b"Terminal\0", TERMINAL_DOWN.start(), DOWN_BYTES);
        #[cfg(feature = "trace")]
        {
            let bytes = BLOCK.trace.get().cast::<u8>().wrapping_add(core::mem::offset_of!(Trace, bytes));
            control.up[1].open(b"bk-trace\0", bytes, TRACE_BYTES);
            control.down[1].open(b"bk-trace\0", TRACE_DOWN.start(), DOWN_BYTES);
        }
        #[cfg(feature = "defmt")]
        control.up[FRAME_CHANNEL].open(b"defmt\0", frames::RING.start(), frames::BYTES);
        control.up_channels.store(UP_CHANNELS as u32, Ordering::Relaxed);
        control.down_channels.store(DOWN_CHANNELS as u32, Ordering::Relaxed);
        // What a host searches for comes last. In pieces, so that flash does not hold it in one.
        let [first, second, third, _] = &control.id;
        first.store(u32::from_ne_bytes(*b"SEGG"), Ordering::Release);
        second.store(u32::from_ne_bytes(*b"ER R"), Ordering::Release);
        third.store(u32::from_ne_bytes(*b"TT\0\0"), Ordering::Release);
    }
    control
}

/// Bytes of text lost since the last text that fitted.
static LOST: AtomicU32 = AtomicU32::new(0);

/// Writes text to channel 0, whole or not at all. From any context; does not block.
///
/// Interrupts are masked while the bytes are copied, so pieces should be short: about a cycle a byte.
/// What does not fit is lost; the next text that fits is preceded by `[N bytes lost]`.
pub fn write(text: &[u8]) {
    lock::with(|locked| {
        let lost = LOST.load(Ordering::Relaxed);
        if lost != 0 {
            let mut digits = [0; 10];
            let parts: [&[u8]; 4] = [b"[", crate::text::decimal(lost, &mut digits), b" bytes lost]\n", text];
            if append(locked, &parts) {
                LOST.store(0, Ordering::Relaxed);
            } else {
                LOST.store(lost.saturating_add(text.len() as u32), Ordering::Relaxed);
            }
        } else if !append(locked, &[text]) {
            LOST.store(text.len() as u32, Ordering::Relaxed);
        }
    });
}

/// Writes all parts to channel 0 if they fit.
fn append(locked: Locked<'_>, parts: &[&[u8]]) -> bool {
    let channel = &control(locked).up[0];
    let mask = TERMINAL_BYTES - 1;
    let mut at = channel.write.load(Ordering::Relaxed) as usize & mask;
    let read = channel.read.load(Ordering::Acquire) as usize;
    let free = read.wrapping_sub(at).wrapping_sub(1) & mask;
    if parts.iter().map(|part| part.len()).sum::<usize>() > free {
        return false;
    }
    // SAFETY: the lock makes this the only writer, and the only reference; the host only reads.
    let ring = unsafe { &mut *TERMINAL_UP.0.get() };
    for part in parts {
        let (first, second) = part.split_at(part.len().min(TERMINAL_BYTES - at));
        ring[at..at + first.len()].copy_from_slice(first);
        ring[..second.len()].copy_from_slice(second);
        at = (at + part.len()) & mask;
    }
    channel.write.store(at as u32, Ordering::Release);
    true
}

/// Whether `length` bytes of text would fit now.
#[cfg(all(any(feature = "fault", feature = "panic"), target_os = "none"))]
pub(crate) fn has_room(length: usize) -> bool {
    let channel = &BLOCK.control.up[0];
    let (read, write) = (channel.read.load(Ordering::Acquire), channel.write.load(Ordering::Relaxed));
    length <= read.wrapping_sub(write).wrapping_sub(1) as usize & (TERMINAL_BYTES - 1)
}

/// Reads what the host sent on channel 0; returns how many bytes. From any context; does not block.
///
/// ```no_run
/// let mut line = [0; 16];
/// let count = bluekernel::rtt::read(&mut line);
/// ```
pub fn read(buffer: &mut [u8]) -> usize {
    lock::with(|locked| {
        let channel = &control(locked).down[0];
        let mask = DOWN_BYTES - 1;
        let mut at = channel.read.load(Ordering::Relaxed) as usize & mask;
        let write = channel.write.load(Ordering::Acquire) as usize & mask;
        let mut count = 0;
        while at != write && count < buffer.len() {
            // SAFETY: `at` is below DOWN_BYTES. The host wrote the byte before it stored `write`; it may write others
            // meanwhile, so the read is volatile.
            buffer[count] = unsafe { ptr::read_volatile(TERMINAL_DOWN.start().add(at)) };
            at = (at + 1) & mask;
            count += 1;
        }
        channel.read.store(at as u32, Ordering::Release);
        count
    })
}

/// Opens the trace's channel.
#[cfg(feature = "trace")]
pub(crate) fn open_trace(locked: Locked<'_>) {
    control(locked);
}

/// The trace's memory, and the offsets of its ring: write, read.
#[cfg(feature = "trace")]
#[inline(always)]
pub(crate) fn trace(_: Locked<'_>) -> (*mut Trace, &'static AtomicU32, &'static AtomicU32) {
    let channel = &BLOCK.control.up[1];
    (BLOCK.trace.get(), &channel.write, &channel.read)
}

/// The byte at offset `at` of the trace's ring, if it was written by now; `at` moves on. Where there is none, the ring is
/// as if a host had read all of it; a host may read as well.
#[cfg(feature = "trace")]
pub(crate) fn hear_trace(_: Locked<'_>, at: &mut usize) -> Option<u8> {
    let here = *at % TRACE_BYTES;
    let channel = &BLOCK.control.up[1];
    let write = channel.write.load(Ordering::Relaxed);
    if here == write as usize {
        channel.read.store(write, Ordering::Relaxed);
        return None;
    }
    *at = here + 1;
    // SAFETY: the lock is held, and what is written under it is not written now; `here` is inside the ring.
    Some(unsafe { (&raw const (*BLOCK.trace.get()).bytes).cast::<u8>().add(here).read() })
}

/// Whether the host said something on the trace's channel. Without a lock: whoever then looks holds it.
#[cfg(feature = "trace")]
#[inline(always)]
pub(crate) fn has_said() -> bool {
    let channel = &BLOCK.control.down[1];
    channel.write.load(Ordering::Relaxed) != channel.read.load(Ordering::Relaxed)
}

/// What the host said on the trace's channel, as far as it has not been taken; returns how many bytes.
#[cfg(feature = "trace-filter")]
pub(crate) fn said(_: Locked<'_>, bytes: &mut [u8; DOWN_BYTES]) -> usize {
    let channel = &BLOCK.control.down[1];
    let read = channel.read.load(Ordering::Relaxed) as usize;
    let length = (channel.write.load(Ordering::Acquire) as usize).wrapping_sub(read) % DOWN_BYTES;
    for (at, byte) in (read..).zip(&mut bytes[..length]) {
        // SAFETY: inside the ring. The host wrote the byte before it stored `write`; it may write others meanwhile, so the
        // read is volatile.
        *byte = unsafe { ptr::read_volatile(TRACE_DOWN.start().add(at % DOWN_BYTES)) };
    }
    length
}

/// Takes bytes out of what the host said: at most `most`.
#[cfg(feature = "trace")]
pub(crate) fn take_said(_: Locked<'_>, most: usize) {
    let channel = &BLOCK.control.down[1];
    let (read, write) = (channel.read.load(Ordering::Relaxed), channel.write.load(Ordering::Relaxed));
    let taken = most.min(write.wrapping_sub(read) as usize % DOWN_BYTES);
    channel.read.store((read as usize + taken) as u32 % DOWN_BYTES as u32, Ordering::Release);
}

/// Says a byte as a host would; `false` if there is no room.
#[cfg(feature = "trace")]
pub(crate) fn say(_: Locked<'_>, byte: u8) -> bool {
    let channel = &BLOCK.control.down[1];
    let write = channel.write.load(Ordering::Relaxed) as usize % DOWN_BYTES;
    let next = (write + 1) % DOWN_BYTES;
    let has_room = next != channel.read.load(Ordering::Relaxed) as usize;
    if has_room {
        // SAFETY: inside the ring, and the kernel reads it under the lock, which is held.
        unsafe { TRACE_DOWN.start().add(write).write(byte) };
        channel.write.store(next as u32, Ordering::Release);
    }
    has_room
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// What a host reads from channel 0.
    fn host_reads() -> Vec<u8> {
        let channel = lock::with(|locked| &control(locked).up[0]);
        let mut out = Vec::new();
        let (mut read, write) = (channel.read.load(Ordering::Relaxed), channel.write.load(Ordering::Relaxed));
        while read != write {
            // SAFETY: `read` is below the channel's size; the test is the only one that uses the terminal.
            out.push(unsafe { channel.buffer.load(Ordering::Relaxed).add(read as usize).read() });
            read = (read + 1) % channel.size.load(Ordering::Relaxed);
        }
        channel.read.store(read, Ordering::Relaxed);
        out
    }

    #[test]
    fn the_block_has_seggers_layout() {
        // SEGGER_RTT.h: id[16], two ints, then six words a channel; on the host, words and pointers differ in size.
        let pointer = size_of::<*const u8>();
        assert_eq!(core::mem::offset_of!(ControlBlock, up_channels), 16);
        assert_eq!(core::mem::offset_of!(ControlBlock, up), 24);
        assert_eq!(size_of::<Channel>(), 2 * pointer + 16);
        let control = lock::with(control);
        let id: Vec<u8> = control.id.iter().flat_map(|word| word.load(Ordering::Relaxed).to_ne_bytes()).collect();
        assert_eq!(id, b"SEGGER RTT\0\0\0\0\0\0");
        assert_eq!(control.up_channels.load(Ordering::Relaxed), UP_CHANNELS as u32);
    }

    #[test]
    fn text_is_whole_or_lost_and_told() {
        let line = [b'x'; 100];
        for _ in 0..10 {
            write(&line);
        }
        assert_eq!(host_reads().len(), 1000);
        for _ in 0..12 {
            write(&line);
        }
        assert_eq!(host_reads(), [b'x'; 1000]);
        write(b"after\n");
        assert_eq!(host_reads(), b"[200 bytes lost]\nafter\n");
        write(b"again\n");
        assert_eq!(host_reads(), b"again\n");
    }

    #[test]
    fn what_the_host_sends_is_read() {
        let channel = lock::with(|locked| &control(locked).down[0]);
        for (at, byte) in b"hello".iter().enumerate() {
            // SAFETY: five bytes fit in the ring, and no other test uses it.
            unsafe { channel.buffer.load(Ordering::Relaxed).add(at).write(*byte) };
        }
        channel.write.store(5, Ordering::Release);
        let mut buffer = [0; 3];
        assert_eq!(read(&mut buffer), 3);
        assert_eq!(&buffer, b"hel");
        assert_eq!(read(&mut buffer), 2);
        assert_eq!(&buffer[..2], b"lo");
        assert_eq!(read(&mut buffer), 0);
    }
}

//! External interrupts through a PLIC: enable, pend, prioritise, and call the handlers. (RISC-V Platform-Level Interrupt
//! Controller Specification 1.0.0.)
//!
//! A PLIC's sources cannot be made pending by software. An interrupt that a program pends is a bit in memory, and the
//! machine software interrupt calls its handler, as the source's would be: by its priority, and with the mask open.
//!
//! None of this can break memory safety: handlers are bound statically, and the kernel's mask covers all of them.

use super::RiscV;
use super::nesting::{MTIE, open};
use crate::port::Port;
use core::arch::asm;
use core::sync::atomic::{AtomicU32, Ordering};

/// An interrupt's handler.
pub type Handler = unsafe extern "C" fn();

/// The board's interrupts, a static of its own making.
pub struct Sources {
    /// By source; source 0 does not exist.
    pub handlers: &'static [Handler],
    /// Those that the program has made pending, a bit a source, as many as there are handlers. Written with the mask closed.
    pub pended: &'static [AtomicU32],
}

/// Where the board's interrupt controllers are, a static of its own making.
pub struct Controller {
    /// The PLIC. The hart is its context 0.
    pub plic: usize,
    /// The hart's register for software interrupts, msip.
    pub msip: usize,
}

unsafe extern "Rust" {
    safe static __BK_SOURCES: Sources;
    safe static __BK_CONTROLLER: Controller;
}

unsafe extern "C" {
    /// The machine timer interrupt: the time driver's, or the default handler.
    fn MachineTimer();
}

/// mie.MSIE (Priv 3.1.9).
const MSIE: usize = 1 << 3;
/// mie.MEIE.
const MEIE: usize = 1 << 11;

/// Offset of the enable bits of context 0 in the PLIC.
const ENABLE: usize = 0x2000;
/// Offset of its threshold.
const THRESHOLD: usize = 0x20_0000;
/// Offset of its register to claim and complete.
const CLAIM: usize = 0x20_0004;
/// The most important priority that is used: all PLICs known have these seven.
const MOST_IMPORTANT: u32 = 7;

fn read(address: usize) -> u32 {
    // SAFETY: called for registers of the board's controllers, at the addresses that its file tells.
    unsafe { (address as *const u32).read_volatile() }
}

fn write(address: usize, value: u32) {
    // SAFETY: as above.
    unsafe { (address as *mut u32).write_volatile(value) }
}

fn exists(number: u16) -> bool {
    number != 0 && usize::from(number) < __BK_SOURCES.handlers.len()
}

/// The register that has a source's enable bit, and the bit.
fn enable_bit(number: u16) -> (usize, u32) {
    (enable_word(usize::from(number / 32)), 1 << (number % 32))
}

/// The register that has the enable bits of the sources from 32 times `index` on.
fn enable_word(index: usize) -> usize {
    __BK_CONTROLLER.plic + ENABLE + index * 4
}

/// The register that has a source's priority.
fn priority(number: usize) -> usize {
    __BK_CONTROLLER.plic + number * 4
}

/// Runs `f` with the mask closed.
fn masked(f: impl FnOnce()) {
    let previous = RiscV::mask();
    f();
    // SAFETY: from the line before the last one.
    unsafe { RiscV::unmask(previous) }
}

/// Disables every source, of which a reset need not have taken care, and lets the controllers' interrupts through.
pub(super) fn init() {
    for word in 0..__BK_SOURCES.pended.len() {
        write(enable_word(word), 0);
    }
    write(__BK_CONTROLLER.plic + THRESHOLD, 0);
    // SAFETY: their handlers are there.
    unsafe { asm!("csrs mie, {}", in(reg) MSIE | MEIE, options(nomem, nostack)) };
}

/// Lets the timer's interrupt through.
pub(crate) fn enable_timer() {
    // SAFETY: its handler is there.
    unsafe { asm!("csrs mie, {}", in(reg) MTIE, options(nomem, nostack)) };
}

/// Enables external interrupt `number`. If it has no priority yet, it gets the most important one. A number that no
/// controller has is ignored, here and below.
pub fn enable(number: u16) {
    if exists(number) {
        masked(|| {
            let priority = priority(number.into());
            if read(priority) == 0 {
                write(priority, MOST_IMPORTANT);
            }
            let (register, bit) = enable_bit(number);
            write(register, read(register) | bit);
            if __BK_SOURCES.pended[usize::from(number / 32)].load(Ordering::Relaxed) & bit != 0 {
                raise();
            }
        });
    }
}

/// Disables external interrupt `number`. When this returns, its handler does not start any more.
pub fn disable(number: u16) {
    if exists(number) {
        masked(|| {
            let (register, bit) = enable_bit(number);
            write(register, read(register) & !bit);
        });
    }
}

/// Whether external interrupt `number` is enabled.
#[must_use]
pub fn is_enabled(number: u16) -> bool {
    let (register, bit) = enable_bit(number);
    exists(number) && read(register) & bit != 0
}

/// Makes external interrupt `number` pending, as if its source had asked.
pub fn pend(number: u16) {
    if exists(number) {
        masked(|| {
            let (word, bit) = (&__BK_SOURCES.pended[usize::from(number / 32)], 1 << (number % 32));
            word.store(word.load(Ordering::Relaxed) | bit, Ordering::Relaxed);
            // Else it waits for the end of the handler that runs.
            if read(priority(number.into())) > read(__BK_CONTROLLER.plic + THRESHOLD) {
                raise();
            }
        });
    }
}

/// Raises the software interrupt. Behind this it is pending: the register was read back.
fn raise() {
    write(__BK_CONTROLLER.msip, 1);
    let _ = read(__BK_CONTROLLER.msip);
}

/// Sets the hardware priority of external interrupt `number`: 0 is the most important. Its upper three bits count, of
/// which the last two steps are one: a PLIC's priority 0 would mean never.
pub fn set_priority(number: u16, priority_: u8) {
    if exists(number) {
        write(priority(number.into()), (MOST_IMPORTANT - u32::from(priority_ >> 5)).max(1));
        // It may be pending, and more important now than the handler that runs.
        raise();
    }
}

/// The machine timer interrupt. In handler context.
pub(super) extern "C" fn timer() {
    // SAFETY: the time driver's handler, in its context.
    open(|| unsafe { MachineTimer() });
}

/// The machine external interrupt: the most important source's handler. In handler context.
pub(super) extern "C" fn external() {
    let source = read(__BK_CONTROLLER.plic + CLAIM);
    // 0: somebody disabled it meanwhile.
    if source != 0 {
        handle(source as usize);
        complete(source);
        // What has waited for that.
        if __BK_SOURCES.pended.iter().any(|word| word.load(Ordering::Relaxed) != 0) {
            raise();
        }
    }
}

/// Tells the PLIC that a source's handler is done. For a source that is disabled it would ignore that, and never again
/// forward its requests ("Interrupt Completion").
fn complete(source: u32) {
    let (register, bit) = (enable_word(source as usize / 32), 1 << (source % 32));
    let enabled = read(register);
    write(register, enabled | bit);
    write(__BK_CONTROLLER.plic + CLAIM, source);
    write(register, enabled);
}

/// The machine software interrupt: the handlers of what the program has made pending, if enabled. In handler context.
///
/// What is not more important than a handler that this has interrupted waits for that one's end.
pub(super) extern "C" fn software() {
    let threshold = read(__BK_CONTROLLER.plic + THRESHOLD);
    loop {
        write(__BK_CONTROLLER.msip, 0);
        let Some(number) = take_pended(threshold) else { break };
        handle(number);
    }
}

/// The most important of the interrupts that the program has made pending, if it is enabled and more important than
/// `threshold`. It is not pending any more.
#[inline(always)]
fn take_pended(threshold: u32) -> Option<usize> {
    let mut first = None;
    let mut most = threshold;
    for (index, word) in __BK_SOURCES.pended.iter().enumerate() {
        let mut pended = word.load(Ordering::Relaxed);
        if pended != 0 {
            pended &= read(enable_word(index));
        }
        while pended != 0 {
            let number = index * 32 + pended.trailing_zeros() as usize;
            let priority = read(priority(number));
            if priority > most {
                first = Some((number, word));
                most = priority;
            }
            pended &= pended - 1;
        }
    }
    let (number, word) = first?;
    word.store(word.load(Ordering::Relaxed) & !(1 << (number % 32)), Ordering::Relaxed);
    Some(number)
}

/// Calls the handler of an interrupt. Those that are more important may interrupt it.
#[inline(always)]
fn handle(number: usize) {
    let Some(handler) = __BK_SOURCES.handlers.get(number) else { return };
    let threshold = __BK_CONTROLLER.plic + THRESHOLD;
    let before = read(threshold);
    write(threshold, before.max(read(priority(number))));
    // Behind this the PLIC asks for none of the others any more.
    let _ = read(threshold);
    // SAFETY: the board's handler of this interrupt, in its context.
    open(|| unsafe { handler() });
    write(threshold, before);
}

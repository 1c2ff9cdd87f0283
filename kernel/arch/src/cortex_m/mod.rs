//! Cortex-M: one switch routine for the family.
//!
//! * Tasks run in thread mode on the process stack (PSP). Handlers, start-up code and the idle loop use the main stack.
//! * The switch is PendSV at the lowest priority, so it runs when no other handler does. It saves r4-r11 below the
//!   frame that the hardware pushed; and s16-s31 of a task whose frame says that it uses floating-point registers.
//! * A task that yields asks for the same with SVC, which needs no detour over the interrupt controller. SVC has PendSV's
//!   priority, so neither interrupts the other.
//! * Handlers may use floating-point registers, too. The hardware saves those that a handler may change when the handler
//!   first uses one (lazy stacking), in a frame whose room it reserves if the interrupted code had used one.
//! * There is no idle task. "Nothing ready" returns from PendSV to the main stack, where the frame of the interrupted
//!   idle loop still lies; that loop keeps nothing in r4-r11, so nothing is saved for it.
//! * The mask is PRIMASK, or with the feature `zero-latency` BASEPRI, which lets the most important interrupts through.
//! * Armv8-M checks the stack pointers. A task's limit (PSPLIM) is switched with it; that of the main stack stands.
//! * On Armv7-M the MPU can guard the running task's stack, if asked for (feature `stack-guard`).
#![expect(unsafe_code, reason = "instructions and registers of the processor")]

#[cfg(feature = "small")]
mod copy;
#[cfg(not(armv6m))]
mod cycles;
#[cfg(guarded)]
pub mod guard;
#[macro_use]
#[cfg_attr(basepri, path = "basepri.rs")]
#[cfg_attr(not(basepri), path = "primask.rs")]
mod mask;
mod nvic;
mod switch;

#[cfg(not(armv6m))]
pub use cycles::{cycle_counter, enable_cycle_counter};
#[cfg(basepri)]
pub use mask::in_unmasked_handler;
pub use nvic::{disable, enable, is_enabled, pend, set_priority};

use crate::port::{Port, Run};
use bluekernel_abi::inspect::SavedLayout;
use core::arch::asm;
use core::sync::atomic::{Ordering, compiler_fence};

// Reset handler, vector table and linker script. Named so that it is linked.
use cortex_m_rt as _;

/// The Cortex-M port.
pub struct CortexM;

/// The System Control Space (Armv7-M ARM, B3.2.1).
const SCS: usize = 0xe000_e000;
/// Interrupt Control and State Register (B3.2.4), as an offset there.
const ICSR: usize = 0xd04;
/// ICSR.PENDSVSET.
const PENDSVSET: u32 = 1 << 28;
/// System Handler Priority Register 2 (B3.2.11): SVCall in bits 24..32.
const SHPR2: *mut u32 = 0xe000_ed1c as *mut u32;
/// System Handler Priority Register 3 (B3.2.12): PendSV in bits 16..24, SysTick in bits 24..32.
const SHPR3: *mut u32 = 0xe000_ed20 as *mut u32;

/// Floating-Point Context Control Register (B3.2.21).
#[cfg(target_abi = "eabihf")]
const FPCCR: *mut u32 = 0xe000_ef34 as *mut u32;
/// FPCCR.ASPEN: the use of floating-point registers is noted, and then exceptions stack them.
#[cfg(target_abi = "eabihf")]
const ASPEN: u32 = 1 << 31;
/// FPCCR.LSPEN: but not before a handler uses one.
#[cfg(target_abi = "eabihf")]
const LSPEN: u32 = 1 << 30;

// SAFETY: the mask stops every exception whose handler is part of the kernel or calls it, PendSV included; there is one
// core. The asm blocks that touch it are compiler barriers, since they do not claim `nomem`.
unsafe impl Port for CortexM {
    type Mask = u32;
    const OPEN: u32 = 0;

    #[inline(always)]
    fn mask() -> u32 {
        mask::close()
    }

    #[inline(always)]
    unsafe fn unmask(previous: u32) {
        // SAFETY: the caller's contract is the same.
        unsafe { mask::restore(previous) };
    }

    #[inline(always)]
    fn was_open(previous: u32) -> bool {
        mask::was_open(previous)
    }

    #[cfg(basepri)]
    #[inline(always)]
    fn mask_all() -> bool {
        mask::close_all()
    }

    #[cfg(basepri)]
    #[inline(always)]
    unsafe fn unmask_all() {
        // SAFETY: the caller's contract is the same.
        unsafe { mask::open_all() };
    }

    #[inline(always)]
    fn request_switch() {
        let mut space = SCS;
        // SAFETY: nothing happens. The compiler does not know the value behind this, so it keeps the offset apart: the base
        // alone is one instruction, the whole address two.
        unsafe { asm!("/* {} */", inout(reg) space, options(pure, nomem, nostack, preserves_flags)) };
        let icsr = (space + ICSR) as *mut u32;
        // SAFETY: ICSR exists on every Cortex-M; writing PENDSVSET alone changes no other exception's state.
        unsafe { icsr.write_volatile(PENDSVSET) };
    }

    #[inline(always)]
    fn settle() {
        // A pended exception is taken by the end of DSB, ISB at the latest (Arm application note 321, 4.5).
        // SAFETY: barriers.
        unsafe { asm!("dsb", "isb", options(nostack, preserves_flags)) };
    }

    #[inline(always)]
    fn with_handlers<R>(f: impl FnOnce() -> R) -> R {
        mask::opened(f)
    }

    #[inline(always)]
    fn let_handlers_in() {
        // PendSV runs, so whatever else is pending comes, and it cannot itself.
        mask::opened_for_a_moment();
    }

    #[inline(always)]
    fn may_switch() -> bool {
        mask::is_open() && Self::in_task()
    }

    #[inline(always)]
    fn yield_task() {
        // That the mask is open is certain behind an ISB only (Armv7-M ARM, B5.2.1), and where it is closed an SVC is a fault.
        // SAFETY: the caller is a task with the mask open, so SVCall is taken here and now. The handler keeps all registers.
        unsafe { asm!("isb", "svc 0", options(nostack, preserves_flags)) };
    }

    #[inline(always)]
    fn in_task() -> bool {
        let control: u32;
        // SAFETY: reads a register. CONTROL.SPSEL reads 0 in handler mode (Armv7-M ARM, B1.4.4), so 1 means a task.
        unsafe { asm!("mrs {}, control", out(reg) control, options(nomem, nostack, preserves_flags)) };
        control & 2 != 0
    }

    unsafe fn prepare(stack: *mut u8, bytes: usize, run: Run, argument: *const ()) -> *mut u8 {
        // SAFETY: the caller's contract is the same.
        unsafe { switch::prepare(stack, bytes, run, argument) }
    }

    #[inline(always)]
    fn call(task: impl FnOnce()) {
        task();
    }

    const SAVED_LAYOUT: SavedLayout = switch::SAVED_LAYOUT;

    const MIN_STACK: usize = switch::MIN_STACK;

    fn init() {
        // SAFETY: these exceptions belong to the kernel. All ones is the least important priority of any implementation.
        unsafe {
            SHPR2.write_volatile(SHPR2.read_volatile() | 0xff00_0000);
            SHPR3.write_volatile(SHPR3.read_volatile() | 0xffff_0000);
        }
        mask::init();
        #[cfg(armv8m)]
        limit_main_stack();
        #[cfg(guarded)]
        guard::init();
        // The state after reset; a boot loader may have left another. cortex-m-rt has switched the unit on.
        #[cfg(target_abi = "eabihf")]
        // SAFETY: how registers are stacked is the kernel's business, and no handler has run in the kernel's time.
        unsafe {
            FPCCR.write_volatile(FPCCR.read_volatile() | ASPEN | LSPEN);
        };
    }

    unsafe fn idle() {
        compiler_fence(Ordering::SeqCst);
        // SAFETY: the caller gives up its frames.
        unsafe { switch::idle() }
    }
}

/// Gives the main stack its limit (MSPLIM), whose lowest three bits are 0.
#[cfg(armv8m)]
fn limit_main_stack() {
    unsafe extern "C" {
        /// The lowest address of the main stack, from the linker script.
        static _stack_end: u8;
    }
    let limit = (&raw const _stack_end).addr().next_multiple_of(8);
    // SAFETY: the stack pointer is above it, and will be: nothing but this stack is between its end and its start.
    unsafe { asm!("msr msplim, {}", in(reg) limit, options(nomem, nostack, preserves_flags)) };
}

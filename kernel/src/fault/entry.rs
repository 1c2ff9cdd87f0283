//! Where the core goes when it faults.

use super::origin::Origin;
use super::report::{self, Fault};
use crate::stack;
use core::arch::naked_asm;

/// Whether the core says why (CFSR, HFSR, MMFAR, BFAR). Armv6-M does not: all faults are HardFaults, without status.
const HAS_STATUS: bool = cfg!(not(armv6m));

// System Control Block (Armv7-M Architecture Reference Manual, table B3-4).
const CFSR: *const u32 = 0xe000_ed28 as *const u32;
const HFSR: *const u32 = 0xe000_ed2c as *const u32;
const MMFAR: *const u32 = 0xe000_ed34 as *const u32;
const BFAR: *const u32 = 0xe000_ed38 as *const u32;

/// CFSR: the exception's registers could not be stacked (MSTKERR, STKERR).
const NOT_STACKED: u32 = 1 << 4 | 1 << 12;
/// CFSR: the stack pointer would have gone below its limit (STKOF): where that was the exception's own doing, nothing was
/// stacked, and the stack pointer is the limit (Armv8-M ARM, B3.21).
#[cfg(armv8m)]
const STACK_OVERFLOW: u32 = 1 << 20;

/// Nothing to switch on.
#[cfg(not(target_abi = "eabihf"))]
macro_rules! floats_on {
    () => {
        ""
    };
}

/// Switches the floating-point unit on (CPACR, B3.2.20): the fault may be that it was off, and what follows may use its
/// registers. r0 and r1 were stacked.
#[cfg(target_abi = "eabihf")]
macro_rules! floats_on {
    () => {
        "movw r0, #0xed88
         movt r0, #0xe000
         ldr r1, [r0]
         orr r1, r1, #0xf00000
         str r1, [r0]
         dsb
         isb"
    };
}

/// Nothing to do: no limit keeps the handler from using what is left of the main stack, and what is below it.
#[cfg(not(armv8m))]
macro_rules! make_room {
    () => {
        ""
    };
}

/// Goes back to the top of the main stack where less than half a kilobyte of it is left: a push could be one more fault.
/// Nobody returns to what lies there. r0 is the stack pointer at entry, r3 is free.
#[cfg(armv8m)]
macro_rules! make_room {
    () => {
        "mrs r3, msplim
         add r3, r3, #512
         cmp r0, r3
         bhs 1f
         movw r3, #:lower16:_stack_start
         movt r3, #:upper16:_stack_start
         msr msp, r3
         1:"
    };
}

/// Saves what the core did not (r4 to r11) and goes to [`fault`]; the vector table's name for it is `cortex-m-rt`'s.
///
/// Reached by exception entry only. Runs on the main stack.
#[unsafe(naked)]
#[unsafe(export_name = "HardFault")]
unsafe extern "C" fn hard_fault() -> ! {
    naked_asm!(
        "cpsid i",
        floats_on!(),
        "mrs r0, msp",
        "mrs r1, psp",
        "mov r2, lr",
        make_room!(),
        "push {{r4-r7}}",
        "mov r4, r8",
        "mov r5, r9",
        "mov r6, r10",
        "mov r7, r11",
        "push {{r4-r7}}",
        "mov r3, sp",
        "bl {fault}",
        fault = sym fault,
    )
}

/// The faults that have a vector of their own, once SHCSR enables them, are told in the same way.
#[cfg(not(armv6m))]
macro_rules! same_as_hard_fault {
    ($($function:ident, $name:literal;)*) => {$(
        #[unsafe(naked)]
        #[unsafe(export_name = $name)]
        unsafe extern "C" fn $function() -> ! {
            naked_asm!("b {hard_fault}", hard_fault = sym hard_fault)
        }
    )*};
}

#[cfg(not(armv6m))]
same_as_hard_fault! {
    memory_management, "MemoryManagement";
    bus_fault, "BusFault";
    usage_fault, "UsageFault";
}

/// Tells what happened, and stops or resets.
///
/// `main_sp` and `process_sp` are the stack pointers at entry, `exc_return` says which of them the frame is on, `saved`
/// is r8 to r11, then r4 to r7.
unsafe extern "C" fn fault(main_sp: *const u32, process_sp: *const u32, exc_return: u32, saved: &[u32; 8]) -> ! {
    let in_task = exc_return & 4 != 0;
    let (cfsr, hfsr, mmfar, bfar) = if HAS_STATUS {
        // SAFETY: registers of the core; reading them changes nothing.
        unsafe { (CFSR.read_volatile(), HFSR.read_volatile(), MMFAR.read_volatile(), BFAR.read_volatile()) }
    } else {
        (0, 0, 0, 0)
    };
    let exception: u32;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mrs {}, ipsr", out(reg) exception, options(nomem, nostack, preserves_flags)) };

    let frame = if in_task { process_sp } else { main_sp };
    let stacked = cfsr & NOT_STACKED == 0;
    #[cfg(armv8m)]
    let stacked = stacked && (cfsr & STACK_OVERFLOW == 0 || frame.addr() != limit(in_task));
    let registers = stacked.then(|| {
        // SAFETY: the core has just pushed eight words here, and did not report that it could not.
        let pushed = unsafe { frame.cast::<[u32; 8]>().read() };
        let [r0, r1, r2, r3, r12, lr, pc, xpsr] = pushed;
        let [r8, r9, r10, r11, r4, r5, r6, r7] = *saved;
        // Bit 9 of the stacked xPSR: one word of padding kept the frame aligned. EXC_RETURN bit 4: a frame without
        // floating-point registers, which would be 18 words more.
        let words = 8 + if exc_return & 16 == 0 { 18 } else { 0 } + (xpsr >> 9 & 1);
        let sp = frame as u32 + 4 * words;
        [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, sp, lr, pc, xpsr]
    });
    let stack_overflow = overflow(cfsr, mmfar);
    let origin = match registers {
        // The switch saves registers on a task's stack, too.
        _ if in_task || cfg!(guarded) && stack_overflow => Origin::running_task(),
        Some(registers) if registers[16] & 0x1ff != 0 => Origin::Handler(registers[16] & 0x1ff),
        _ => Origin::Main,
    };
    if super::first_time() {
        crate::trace::fault(exception, registers.map_or(0, |registers| registers[15]));
        let stack = if let Origin::Task(number, _) = origin { stack::usage(number) } else { None };
        let sp = process_sp.addr();
        let has_status = HAS_STATUS;
        let fault =
            Fault { exception, origin, stack, sp, registers, has_status, stack_overflow, cfsr, hfsr, mmfar, bfar };
        super::say(&|piece| report::write(&fault, piece));
    }
    super::action::act()
}

/// Whether a stack ran over: a stack pointer's limit says so (CFSR.STKOF), or the guard below the running task's stack was
/// reached: by an access, whose address is known (CFSR.MMARVALID), or by the hardware's frame (CFSR.MSTKERR).
fn overflow(cfsr: u32, mmfar: u32) -> bool {
    #[cfg(guarded)]
    let guard = cfsr & 1 << 7 != 0 && bluekernel_arch::guard::has(mmfar as usize) || cfsr & 1 << 4 != 0;
    #[cfg(not(guarded))]
    let guard = {
        let _ = mmfar;
        false
    };
    guard || cfsr & 1 << 20 != 0
}

/// The limit of a stack: of the process stack, or of the main stack.
#[cfg(armv8m)]
fn limit(process: bool) -> usize {
    let (main_limit, process_limit): (usize, usize);
    // SAFETY: reads registers.
    unsafe {
        core::arch::asm!("mrs {}, msplim", out(reg) main_limit, options(nomem, nostack, preserves_flags));
        core::arch::asm!("mrs {}, psplim", out(reg) process_limit, options(nomem, nostack, preserves_flags));
    }
    if process { process_limit } else { main_limit }
}

//! Traps: the vector table, what each interrupt saves, and the way out, where a requested switch is carried out.

#[cfg(riscv_floats)]
use super::frame::{FS, TRAP_FLOATS, allow_floats, floats_changed_by_calls, load_float, store_float};
use super::frame::{TRAP_FRAME, changed_by_calls, load, store};
#[cfg(guarded)]
use super::guard::as_machine;
use super::interrupts::{external, software, timer};
use super::nesting::TRAPPED;
use super::switch::{_stack_start, leave_main_stack, switch};
use core::arch::naked_asm;

unsafe extern "C" {
    /// An exception: the fault report's, or the default handler. Not farther away than a jump of one instruction goes.
    fn Exception();
}

/// The vector table (Priv 3.1.7): exceptions at the base, interrupts at four times their code behind it. There are those of
/// machine mode; bits of mie for others are never set. Implementations may want it aligned to 4 * XLEN bytes.
#[unsafe(naked)]
#[unsafe(no_mangle)]
#[unsafe(link_section = ".text.bluekernel.vectors")]
pub(super) unsafe extern "C" fn __bk_vectors() {
    naked_asm!(
        ".balign 4 * {xlen}",
        ".option push",
        ".option norvc",
        "j      {exception}",
        "j      {exception}",
        "j      {exception}",
        "j      {software}", // 3
        "j      {exception}",
        "j      {exception}",
        "j      {exception}",
        "j      {timer}", // 7
        "j      {exception}",
        "j      {exception}",
        "j      {exception}",
        "j      {external}", // 11
        ".option pop",
        xlen = const usize::BITS,
        exception = sym Exception,
        software = sym software_interrupt,
        timer = sym timer_interrupt,
        external = sym external_interrupt,
    )
}

/// An interrupt's way through a handler: a function that takes nothing.
macro_rules! interrupt {
    ($name:ident, $handler:path) => {
        #[unsafe(naked)]
        #[unsafe(link_section = ".text.bluekernel.traps")]
        unsafe extern "C" fn $name() {
            naked_asm!(
                "addi   sp, sp, -{frame}",
                store!("ra", 2),
                "jal    {save}",
                "call   {handler}",
                "j      {leave}",
                frame = const TRAP_FRAME,
                save = sym save,
                handler = sym $handler,
                leave = sym leave,
            )
        }
    };
}

interrupt!(timer_interrupt, timer);
interrupt!(software_interrupt, software);
interrupt!(external_interrupt, external);

/// mstatus as it was; and the floating-point registers, if they were used, in front of all that.
#[cfg(riscv_floats)]
macro_rules! save_floats {
    () => {
        concat!(
            allow_floats!(),
            "csrr t0, mstatus\n",
            store!("t0", 1),
            "li t1, {fs}
             and t2, t0, t1
             bne t2, t1, 1f
             addi sp, sp, -{floats}\n",
            store!("t0", 1),
            floats_changed_by_calls!(store_float),
            "1:",
        )
    };
}

/// The same back: a handler's use is not its task's.
#[cfg(riscv_floats)]
macro_rules! restore_floats {
    () => {
        concat!(
            allow_floats!(),
            load!("t0", 1),
            "li t1, {fs}
             and t2, t0, t1
             bne t2, t1, 4f\n",
            floats_changed_by_calls!(load_float),
            "addi sp, sp, {floats}
             4:
             csrw mstatus, t0",
        )
    };
}

/// Saves what a handler may change in the frame at sp, and lets s0 point to all that was saved. In a task, sp is then where
/// a handler's stack begins; elsewhere it is as s0.
///
/// Called with ra as the link: that is in the frame already.
#[unsafe(naked)]
#[unsafe(link_section = ".text.bluekernel.traps")]
unsafe extern "C" fn save() {
    naked_asm!(
        changed_by_calls!(store),
        #[cfg(riscv_floats)]
        save_floats!(),
        "mv     s0, sp",
        "csrrw  t0, mscratch, zero",
        "beqz   t0, 1f",
        "mv     sp, t0",
        "1:",
        "ret",
        #[cfg(riscv_floats)]
        fs = const FS,
        #[cfg(riscv_floats)]
        floats = const TRAP_FLOATS,
    )
}

/// The way out, with the mask closed: back to what was interrupted; or, if a switch was requested, to another task.
///
/// sp and s0 differ if a task was interrupted. It becomes one that calls [`switch`], which some day returns to `__bk_resume`.
/// Before that, handlers are let in for a moment. The idle loop is known by its sp; and if another handler was interrupted, the
/// switch waits for its end.
#[unsafe(naked)]
#[unsafe(link_section = ".text.bluekernel.traps")]
unsafe extern "C" fn leave() {
    naked_asm!(
        "bnez   tp, 2f",
        "beq    sp, s0, 1f",
        "csrw   mscratch, sp",
        "mv     sp, s0",
        "1:",
        #[cfg(riscv_floats)]
        restore_floats!(),
        load!("ra", 2),
        changed_by_calls!(load),
        "addi   sp, sp, {frame}",
        "mret",
        "2:",
        "beq    sp, s0, 3f",
        "csrr   t0, mepc",
        store!("t0", 0, "s0"),
        "csrsi  mstatus, 8", // for a moment
        "csrci  mstatus, 8",
        #[cfg(guarded)]
        as_machine!(),
        "csrw   mscratch, sp",
        "mv     sp, s0",
        "call   {switch}",
        ".globl __bk_resume",
        "__bk_resume:",
        "li     t0, {trapped}",
        "csrs   mstatus, t0",
        load!("t0", 0),
        "csrw   mepc, t0",
        "j      1b",
        "3:",
        "la     t0, {top} - {frame}",
        "bne    sp, t0, 1b",
        "csrsi  mstatus, 8",
        "csrci  mstatus, 8",
        "j      {leave_main_stack}",
        frame = const TRAP_FRAME,
        switch = sym switch,
        trapped = const TRAPPED,
        top = sym _stack_start,
        leave_main_stack = sym leave_main_stack,
        #[cfg(riscv_floats)]
        fs = const FS,
        #[cfg(riscv_floats)]
        floats = const TRAP_FLOATS,
    )
}

//! What has to be said in instructions and addresses.

use core::arch::naked_asm;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::board;

/// The floating-point registers.
const REGISTERS: usize = 32;
/// How often [`double`] doubles each.
const DOUBLINGS: usize = 4;
/// Instructions of [`double`] up to the return, four bytes each.
const INSTRUCTIONS: usize = 2 + DOUBLINGS * REGISTERS + 2;

/// Loads all registers from `values`, doubles each [`DOUBLINGS`] times, stores them back.
#[unsafe(naked)]
extern "C" fn double(values: &mut [u32; REGISTERS]) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "vpush {{s16-s31}}",
        "vldmia r0, {{s0-s31}}",
        ".rept {doublings}",
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
        "vadd.f32 s\\n, s\\n, s\\n",
        ".endr",
        ".endr",
        "vstmia r0, {{s0-s31}}",
        "vpop {{s16-s31}}",
        "bx lr",
        doublings = const DOUBLINGS,
    )
}

/// Loads s16 to s31 from `values`, calls `wait`, stores them back.
#[unsafe(naked)]
extern "C" fn hold(values: &mut [u32; 16], wait: extern "C" fn()) {
    naked_asm!(
        ".fpu fpv4-sp-d16",
        "push {{r4, lr}}",
        "vpush {{s16-s31}}",
        "mov r4, r0",
        "vldmia r0, {{s16-s31}}",
        "blx r1",
        "vstmia r4, {{s16-s31}}",
        "vpop {{s16-s31}}",
        "pop {{r4, pc}}",
    )
}

/// The bits of the single-precision number `n`, from 1 to 2^24 - 1, which is exact. IEEE 754, 3.4: exponent with a bias of
/// 127, and the fraction without its leading one.
pub const fn bits_of(n: u32) -> u32 {
    let exponent = n.ilog2();
    (exponent + 127) << 23 | (n << (23 - exponent)) & 0x7f_ffff
}

/// Whether the registers, numbered from `first`, come out of [`double`] as they must. `before` is called right before it.
pub fn doubled(first: u32, before: impl FnOnce()) -> bool {
    let number = |index: usize| first + index as u32;
    let mut values = core::array::from_fn(|index| bits_of(number(index)));
    before();
    double(&mut values);
    values == core::array::from_fn(|index| bits_of(number(index) << DOUBLINGS))
}

/// Whether s16 to s31, numbered from `first`, are the same before and after `wait`.
pub fn across(first: u32, wait: extern "C" fn()) -> bool {
    let before = core::array::from_fn(|index| bits_of(first + index as u32));
    let mut values = before;
    hold(&mut values, wait);
    values == before
}

/// The instructions of [`double`] that the interrupt came in front of.
pub struct Hits([AtomicU32; INSTRUCTIONS]);

impl Hits {
    pub const fn new() -> Self {
        Self([const { AtomicU32::new(0) }; INSTRUCTIONS])
    }

    /// Notes where the task was interrupted. For a handler that interrupted a task.
    pub fn note(&self) {
        let frame: *const u32;
        // SAFETY: reads a register. A handler that interrupted a task finds its frame there.
        let address = unsafe {
            core::arch::asm!("mrs {}, psp", out(reg) frame, options(nomem, nostack, preserves_flags));
            frame.add(6).read() as usize
        };
        let start = double as *const () as usize & !1;
        if let Some(hit) = self.0.get(address.wrapping_sub(start) / 4) {
            hit.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many instructions were met, and how many there are.
    pub fn count(&self) -> (usize, usize) {
        (self.0.iter().filter(|hit| hit.load(Ordering::Relaxed) > 0).count(), INSTRUCTIONS)
    }
}

/// Starts the first of the two timers (Arm SP804): one interrupt, `cycles` from now.
pub fn start_once(cycles: u32) {
    /// Enabled, interrupt, 32 bits, one-shot.
    const CONTROL: u32 = 1 << 7 | 1 << 5 | 1 << 1 | 1 << 0;
    let timer = board::DUALTIMER as *mut u32;
    // SAFETY: LOAD at 0 and CONTROL at 8 of a timer that is ours.
    unsafe {
        timer.add(2).write_volatile(0);
        timer.write_volatile(cycles);
        timer.add(2).write_volatile(CONTROL);
    }
}

/// The EXC_RETURN that the switch keeps for a task that does not run: the word behind r4 to r11.
pub fn saved_exc_return(task: usize) -> u32 {
    unsafe extern "C" {
        static __bk_control_start: u8;
    }
    /// Bytes of a control block.
    const STRIDE: usize = size_of::<bluekernel_core::TaskControl<'static>>();
    let control = (&raw const __bk_control_start).wrapping_add(STRIDE * task);
    // SAFETY: the linker puts the tasks' control blocks there; the task does not run, so its registers are saved where its
    // control block says.
    unsafe {
        let saved = control.add(bluekernel_core::TaskControl::SAVED_OFFSET).cast::<*const u32>().read_volatile();
        saved.add(8).read_volatile()
    }
}

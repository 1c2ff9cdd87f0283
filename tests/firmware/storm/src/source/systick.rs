//! SysTick, where another timer is the kernel's clock.

/// SysTick Control and Status, Reload Value, Current Value (Armv7-M ARM, B3.3.3 to B3.3.5).
const CSR: *mut u32 = 0xe000_e010 as *mut u32;
const RVR: *mut u32 = 0xe000_e014 as *mut u32;
const CVR: *mut u32 = 0xe000_e018 as *mut u32;
/// System Handler Priority Register 3 (B3.2.12): SysTick in bits 24..32.
const SHPR3: *mut u32 = 0xe000_ed20 as *mut u32;
/// CSR: processor clock, interrupt, enable.
const RUN: u32 = 0b111;

pub fn prepare(priority: u8) {
    // SAFETY: the firmware's own SysTick.
    unsafe { SHPR3.write_volatile(SHPR3.read_volatile() & 0x00ff_ffff | u32::from(priority) << 24) };
}

/// The next interrupt comes after so many cycles.
pub fn next(cycles: u32) {
    // SAFETY: as above.
    unsafe {
        RVR.write_volatile(cycles);
        CVR.write_volatile(0);
        CSR.write_volatile(RUN);
    }
}

/// No interrupt comes any more.
pub fn stop() {
    // SAFETY: as above.
    unsafe { CSR.write_volatile(0) };
}

#[unsafe(no_mangle)]
extern "C" fn SysTick() {
    // SAFETY: the handler.
    unsafe { super::ran_off() };
}

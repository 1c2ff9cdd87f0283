//! The one call to a debugger, or to the simulator, that firmware makes: the end of the run.
#![cfg_attr(
    target_arch = "arm",
    expect(unsafe_code, reason = "the call is an instruction with arguments in registers")
)]

/// Ends the run with an exit code: 0 for success.
///
/// By Arm semihosting (SYS_EXIT_EXTENDED, reason ADP_Stopped_ApplicationExit), which the simulator, QEMU with
/// `-semihosting` and probe-rs understand. On a board without a debugger the call is a HardFault. On the host the
/// process ends.
#[cfg(all(target_arch = "arm", target_os = "none"))]
pub fn exit(code: u8) -> ! {
    /// Semihosting for AArch32 and AArch64, section 6.9.
    const SYS_EXIT_EXTENDED: usize = 0x20;
    const APPLICATION_EXIT: usize = 0x2_0026;
    let block = [APPLICATION_EXIT, usize::from(code)];
    loop {
        // SAFETY: the debugger reads the two words at `block`, which outlive the call, and writes r0 at most.
        unsafe {
            core::arch::asm!(
                "bkpt 0xab",
                inout("r0") SYS_EXIT_EXTENDED => _,
                in("r1") &raw const block,
                options(nostack, readonly),
            );
        }
    }
}

/// Ends the process with an exit code: 0 for success.
#[cfg(not(target_os = "none"))]
pub fn exit(code: u8) -> ! {
    extern crate std;
    std::process::exit(i32::from(code))
}

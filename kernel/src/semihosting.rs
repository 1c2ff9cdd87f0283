//! The one call to a debugger, or to the simulator, that firmware makes: the end of the run.
#![cfg_attr(target_os = "none", expect(unsafe_code, reason = "the call is an instruction with arguments in registers"))]

/// Ends the run with an exit code: 0 for success. From any context; does not return.
///
/// By semihosting (SYS_EXIT_EXTENDED, reason ADP_Stopped_ApplicationExit), which the simulator, QEMU with `-semihosting` and
/// probe-rs understand. On a board without a debugger the call is a HardFault, or on RISC-V a breakpoint exception. On the
/// host the process ends.
#[cfg(target_os = "none")]
#[cfg_attr(feature = "small", inline(never))]
pub fn exit(code: u8) -> ! {
    /// Arm's Semihosting for AArch32 and AArch64, sections 6.8 and 6.9; RISC-V takes its numbers.
    const SYS_EXIT: usize = 0x18;
    const SYS_EXIT_EXTENDED: usize = 0x20;
    const APPLICATION_EXIT: usize = 0x2_0026;
    let block = [APPLICATION_EXIT, usize::from(code)];
    loop {
        // Success needs no block: some debuggers cannot read one on a page where memory protection forbids anything.
        if code == 0 && cfg!(target_arch = "arm") {
            call(SYS_EXIT, core::ptr::without_provenance(APPLICATION_EXIT));
        } else {
            call(SYS_EXIT_EXTENDED, block.as_ptr());
        }
    }
}

/// Calls the debugger.
#[cfg(all(target_arch = "arm", target_os = "none"))]
fn call(operation: usize, block: *const usize) {
    // SAFETY: the debugger reads the two words at `block`, and writes r0 at most.
    unsafe {
        core::arch::asm!(
            "bkpt 0xab",
            inout("r0") operation => _,
            in("r1") block,
            options(nostack, readonly),
        );
    }
}

/// Calls the debugger: a breakpoint between two instructions that do nothing, none of them compressed, and all in one page
/// (RISC-V Semihosting 0.3, section 3).
#[cfg(all(any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
fn call(operation: usize, block: *const usize) {
    // SAFETY: the debugger reads the two words at `block`, and writes a0 at most.
    unsafe {
        core::arch::asm!(
            ".balign 16",
            ".option push",
            ".option norvc",
            "slli x0, x0, 0x1f",
            "ebreak",
            "srai x0, x0, 7",
            ".option pop",
            inout("a0") operation => _,
            in("a1") block,
            options(nostack, readonly),
        );
    }
}

/// Ends the process with an exit code: 0 for success. From any context; does not return.
#[cfg(not(target_os = "none"))]
pub fn exit(code: u8) -> ! {
    extern crate std;
    std::process::exit(i32::from(code))
}

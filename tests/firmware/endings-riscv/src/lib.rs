//! The console of QEMU's RISC-V machine virt.
#![no_std]

/// The UART's transmitter holding register (16550; QEMU's device tree of virt).
const THR: *mut u8 = 0x1000_0000 as *mut u8;
/// Its line status register.
const LSR: *const u8 = 0x1000_0005 as *const u8;
/// LSR: the transmitter holding register is empty.
const THRE: u8 = 1 << 5;

/// Writes to the console, polling.
pub fn write(text: &[u8]) {
    for byte in text {
        // SAFETY: registers of the UART, which nobody else uses.
        unsafe {
            while LSR.read_volatile() & THRE == 0 {}
            THR.write_volatile(*byte);
        }
    }
}

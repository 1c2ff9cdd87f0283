//! The board's console, polling.

#[cfg(not(any(feature = "hifive1", feature = "virt")))]
pub use bluekernel_mps2::uart::last_words as write;
#[cfg(feature = "virt")]
pub use endings_riscv::write;

/// Writes to UART0, whoever has it (FE310-G000 manual, 18.4 and 18.6: txdata, txctrl).
#[cfg(feature = "hifive1")]
pub fn write(text: &[u8]) {
    const TXDATA: *mut u32 = 0x1001_3000 as *mut u32;
    const TXCTRL: *mut u32 = 0x1001_3008 as *mut u32;
    /// TXDATA: no room. TXCTRL: the transmitter is on.
    const FULL: u32 = 1 << 31;
    const ON: u32 = 1 << 0;
    // SAFETY: registers of the UART, which nobody else uses.
    unsafe {
        TXCTRL.write_volatile(ON);
        for byte in text {
            while TXDATA.read_volatile() & FULL != 0 {}
            TXDATA.write_volatile((*byte).into());
        }
    }
}

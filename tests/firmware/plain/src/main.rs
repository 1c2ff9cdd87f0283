//! Rust firmware that has never heard of the kernel: prints a computed line on UART0, then sleeps for ever.
#![no_std]
#![no_main]

use core::arch::asm;
use core::panic::PanicInfo;

const UART0: *mut u32 = 0x4000_4000 as *mut u32;

/// Sends a byte (CMSDK APB UART: DATA at 0, STATE at 4 with bit 0 "transmit buffer full").
fn put(byte: u8) {
    // SAFETY: registers of UART0, and nothing else uses them.
    unsafe {
        while UART0.add(1).read_volatile() & 1 != 0 {}
        UART0.write_volatile(byte.into());
    }
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    // SAFETY: as above. BAUDDIV at 16, CTRL at 8 with bit 0 "transmitter on".
    unsafe {
        UART0.add(4).write_volatile(217);
        UART0.add(2).write_volatile(1);
    }
    b"sum of the squares below 100: ".iter().copied().for_each(put);
    let sum: u32 = (0..100_u32).map(|number| number * number).sum();
    let mut divisor = 1_000_000;
    while divisor > sum {
        divisor /= 10;
    }
    while divisor > 0 {
        put(b'0' + (sum / divisor % 10) as u8);
        divisor /= 10;
    }
    put(b'\n');
    loop {
        // SAFETY: sleeps; no interrupt is enabled.
        unsafe { asm!("wfi", options(nomem, nostack)) };
    }
}

#[unsafe(no_mangle)]
#[unsafe(link_section = ".vector_table.interrupts")]
static __INTERRUPTS: [unsafe extern "C" fn(); 32] = [unused; 32];

unsafe extern "C" fn unused() {}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

// Links the reset handler.
use cortex_m_rt as _;

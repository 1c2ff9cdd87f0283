//! QEMU's RISC-V machine virt, as ../../suite has it.

/// The core's frequency in hertz.
pub const CORE_HZ: u32 = 125_000_000;

bluekernel::interrupts! { 97; PORT0 = 7 }
bluekernel::interrupt_controller!(Plic, base = 0x0c00_0000, clint = 0x0200_0000);
bluekernel::time_driver!(Mtime, base = 0x0200_0000, hz = 10_000_000);

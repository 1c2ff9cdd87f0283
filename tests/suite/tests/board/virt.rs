//! QEMU's RISC-V machine virt, of 32 or 64 bits. PORT0 and PORT1 are devices that it has if it is told so; mtime counts at
//! what the device tree calls timebase-frequency.

/// The processor's clock in hertz.
pub const CORE_HZ: u32 = 125_000_000;

bluekernel::interrupts! { 97; PORT0 = 7, PORT1 = 8 }
bluekernel::time_driver!(Mtime, base = 0x0200_0000, hz = 10_000_000);
bluekernel::interrupt_controller!(Plic, base = 0x0c00_0000, clint = 0x0200_0000);

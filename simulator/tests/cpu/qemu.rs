//! The same image on QEMU and here: what it prints is equal to the letter. `tests/qemu/program.c` is a source,
//! `tests/qemu/make` builds it for both cores and keeps what QEMU's mps2-an500 and mps2-an505 print.

use bksim::bus::{Access, Bus, BusError};
use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig, MemoryRegion};
use bluekernel_boards::model::Attrs;

/// No devices.
struct Nothing;

impl Bus for Nothing {
    fn read(&mut self, _: Access) -> Result<u32, BusError> {
        Err(BusError)
    }

    fn write(&mut self, _: Access, _: u32) -> Result<(), BusError> {
        Err(BusError)
    }

    fn take_attention(&mut self) -> bool {
        false
    }
}

/// Runs an image whose vector table is at `code`; what it prints until it ends.
fn run(model: CoreModel, image: &[u8], code: u32, data: u32) -> String {
    const SYS_WRITE0: u32 = 4;
    const SYS_EXIT_EXTENDED: u32 = 0x20;
    let region = |base, write| MemoryRegion {
        base,
        size: 0x1_0000,
        attrs: Attrs { read: true, write, execute: true },
        aliases: Vec::new(),
    };
    let config = CortexConfig {
        model,
        irqs: 32,
        prio_bits: 3,
        memories: vec![region(code, false), region(data, true)],
        // QEMU's mps2-an505 has as many as there can be.
        mpu_regions: if model == CoreModel::CortexM33F { 16 } else { 8 },
        vector_table: code,
        ..CortexConfig::default()
    };
    let mut core = cortex_m::new(&config).expect("core");
    assert!(core.poke(code, image));
    core.reset();
    let mut output = Vec::new();
    loop {
        match core.run(&mut Nothing, 10_000_000) {
            CoreStop::Semihosting { operation: SYS_WRITE0, parameter } => {
                let mut byte = [0];
                for address in parameter as u32.. {
                    assert!(core.peek(address, &mut byte), "a string without end");
                    if byte == [0] {
                        break;
                    }
                    output.push(byte[0]);
                }
                core.answer_semihosting(0);
            }
            CoreStop::Semihosting { operation: SYS_EXIT_EXTENDED, .. } => break,
            stop => panic!("{stop:?}, {:?}\n{}", core.fault_report(), String::from_utf8_lossy(&output)),
        }
    }
    String::from_utf8(output).expect("text")
}

#[test]
fn cortex_m7_prints_what_it_prints_on_mps2_an500() {
    let image = include_bytes!("../qemu/cortex-m7.bin");
    assert_eq!(run(CoreModel::CortexM7F, image, 0, 0x2000_0000), include_str!("../qemu/cortex-m7.txt"));
}

#[test]
fn cortex_m33_prints_what_it_prints_on_mps2_an505() {
    let image = include_bytes!("../qemu/cortex-m33.bin");
    assert_eq!(run(CoreModel::CortexM33F, image, 0x1000_0000, 0x3800_0000), include_str!("../qemu/cortex-m33.txt"));
}

/// `tests/qemu/mpu.c`: every fault of the memory protection unit, on QEMU's mps2-an385, an386, an500 and an505.
mod memory_protection {
    use super::{CoreModel, run};

    #[test]
    fn cortex_m3_prints_what_it_prints_on_mps2_an385() {
        let image = include_bytes!("../qemu/mpu-cortex-m3.bin");
        assert_eq!(run(CoreModel::CortexM3, image, 0, 0x2000_0000), include_str!("../qemu/mpu-cortex-m3.txt"));
    }

    #[test]
    fn cortex_m4_prints_what_it_prints_on_mps2_an386() {
        let image = include_bytes!("../qemu/mpu-cortex-m4.bin");
        assert_eq!(run(CoreModel::CortexM4F, image, 0, 0x2000_0000), include_str!("../qemu/mpu-cortex-m4.txt"));
    }

    #[test]
    fn cortex_m7_prints_what_it_prints_on_mps2_an500() {
        let image = include_bytes!("../qemu/mpu-cortex-m7.bin");
        assert_eq!(run(CoreModel::CortexM7F, image, 0, 0x2000_0000), include_str!("../qemu/mpu-cortex-m7.txt"));
    }

    #[test]
    fn cortex_m33_prints_what_it_prints_on_mps2_an505() {
        let image = include_bytes!("../qemu/mpu-cortex-m33.bin");
        assert_eq!(
            run(CoreModel::CortexM33F, image, 0x1000_0000, 0x3800_0000),
            include_str!("../qemu/mpu-cortex-m33.txt")
        );
    }
}

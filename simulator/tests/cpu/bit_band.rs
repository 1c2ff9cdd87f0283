//! Bit-banding (Arm DDI 0439, 3.7): a word of the alias region is a bit of a peripheral's register.

use crate::asm::{Code, R0, R1};
use crate::rig::{DEVICE, PROGRAM, Rig};

/// The alias of bit 5 of the register at DEVICE + 4.
const ALIAS: u32 = 0x4200_0000 + 4 * 32 + 5 * 4;

#[test]
fn a_store_is_a_read_modify_write_of_the_word() {
    let mut program = Code::at(PROGRAM);
    program.store(ALIAS, 1).store(ALIAS, 0xfe).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    let [read, set, read_again, clear] = rig.bus.log[..] else { panic!("{:?}", rig.bus.log) };
    for (seen, before) in [(set, read), (clear, read_again)] {
        assert_eq!((before.2, before.3, before.4), (DEVICE + 4, 4, None));
        assert_eq!(
            (seen.0, seen.1, seen.2, seen.3),
            (before.0, before.1, DEVICE + 4, 4),
            "one instruction, one moment"
        );
    }
    // The device gives the cycle.
    assert_eq!(set.4, Some(read.0 as u32 | 1 << 5));
    assert_eq!(clear.4, Some(read_again.0 as u32 & !(1 << 5)), "bit 0 of 0xfe is clear");
}

#[test]
fn a_load_gives_the_bit_alone() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, ALIAS);
    for _ in 0..40 {
        program.ldr(R1, R0, 0);
    }
    program.bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    let last = rig.bus.log.last().expect("it was asked").0;
    assert_eq!(u64::from(rig.register(1)), last >> 5 & 1);
    let bits: Vec<u64> = rig.bus.log.iter().map(|seen| seen.0 >> 5 & 1).collect();
    assert!(bits.contains(&0) && bits.contains(&1), "{bits:?}");
}

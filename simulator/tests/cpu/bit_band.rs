//! Bit-banding (Arm DDI 0439, 3.7): a word of an alias region is a bit of a peripheral's register, or of RAM.

use bksim::cpu::cortex_m::{self, CoreModel, MemoryRegion};
use bluekernel_boards::model::Attrs;

use crate::asm::{Code, R0, R1, R2, R3};
use crate::rig::{self, DEVICE, PROGRAM, RAM, Recorder, Rig, STACK, also_on, load};

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

/// The alias of a bit of a byte of RAM: bit_word_addr = bit_band_base + byte_offset * 32 + bit_number * 4.
fn in_ram(byte: u32, bit: u32) -> u32 {
    0x2200_0000 + (byte - RAM) * 32 + bit * 4
}

#[test]
fn a_bit_of_ram() {
    let mut program = Code::at(PROGRAM);
    program.store(RAM + 0x100, 0x8000_0001).store(in_ram(RAM + 0x101, 3), 1).store(in_ram(RAM + 0x100, 0), 0xfe);
    // ldr, ldrb, ldrh of the alias; strb to it.
    program.mov32(R0, in_ram(RAM + 0x103, 7)).ldr(R1, R0, 0).put(&[0x7802, 0x8803]).movs(R1, 5);
    program.mov32(R0, in_ram(RAM + 0x102, 6)).put(&[0x7001]).bkpt(0);
    for build in [cortex_m::new, cortex_m::new_single_step] {
        let mut core = build(&rig::config(false)).expect("core");
        load(&mut *core, &program);
        assert!(core.poke(0, &STACK.to_le_bytes()) && core.poke(4, &(PROGRAM | 1).to_le_bytes()));
        core.reset();
        let mut rig = Rig { core, bus: Recorder::default() };
        rig.run_to_breakpoint();
        assert_eq!(rig.word(RAM + 0x100), 0x8040_0800);
        assert_eq!([2, 3].map(|index| rig.register(index)), [1, 1]);
        assert!(rig.bus.log.is_empty(), "the bus has no part in it");
    }
}

#[test]
fn an_instruction_in_ram_is_changed_through_its_bit() {
    // adds r1, #1 becomes adds r1, #3, between two calls.
    let mut routine = Code::at(RAM + 0x1000);
    routine.adds(R1, 1).ret();
    let mut program = Code::at(PROGRAM);
    program.mov32(R3, routine.base | 1).movs(R1, 0).put(&[0x4798, 0x4798]); // blx r3
    program.mov32(R0, in_ram(routine.base, 1)).movs(R2, 1).put(&[0x6002, 0x4798]).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    load(&mut *rig.core, &routine);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(1), 1 + 1 + 3);
}

#[test]
fn there_is_no_bit_where_there_is_no_ram() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, in_ram(RAM + 0x1_0000, 0)).ldr(R1, R0, 0).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    // The access goes on to the bus, which has nothing there on a chip; this one's answers everywhere.
    assert_eq!(rig.bus.log.iter().map(|seen| seen.2).collect::<Vec<_>>(), [in_ram(RAM + 0x1_0000, 0)]);
}

#[test]
fn a_memory_in_the_alias_region_is_that_memory() {
    let mut config = rig::config(false);
    let attrs = Attrs { read: true, write: true, execute: true };
    config.memories.push(MemoryRegion { base: 0x2200_0000, size: 0x1000, attrs, aliases: Vec::new() });
    let mut program = Code::at(PROGRAM);
    program.store(0x2200_0000 + 0x100, 0x1234_5678).bkpt(0);
    let mut rig = Rig::with(&config, &program, &[]);
    rig.run_to_breakpoint();
    assert_eq!((rig.word(0x2200_0100), rig.word(RAM + 8)), (0x1234_5678, 0));
}

#[test]
fn a_cortex_m7_has_none() {
    assert!(CoreModel::CortexM3.has_bit_band() && CoreModel::CortexM4F.has_bit_band());
    let others = [CoreModel::CortexM0, CoreModel::CortexM0Plus, CoreModel::CortexM7F, CoreModel::CortexM33F];
    assert!(!others.iter().any(|model| model.has_bit_band()));
}

also_on! {
    [cortex_m4: CortexM4, cortex_m4f: CortexM4F] {
        a_store_is_a_read_modify_write_of_the_word,
        a_load_gives_the_bit_alone,
        a_bit_of_ram,
        an_instruction_in_ram_is_changed_through_its_bit,
        there_is_no_bit_where_there_is_no_ram,
        a_memory_in_the_alias_region_is_that_memory,
    }
}

//! ITSTATE across what ends a run or a translation (Arm DDI 0403E, A7.3.2 and A7.7.38). On both engines.

use bksim::cpu::{CoreStop, cortex_m};

use crate::asm::{Code, R0, R1};
use crate::rig::{self, PROGRAM, Recorder, Rig, STACK, also_on_all, load};

const ISB: [u16; 2] = [0xf3bf, 0x8f6f];

#[test]
fn an_isb_in_an_it_block_leaves_the_rest_of_it_as_it_is() {
    // cmp r0, #0; ittet eq (or ne); each with ISB at one of the four places, and adds r1, #1, 2, 4, 8 at the others.
    for place in 0..4 {
        for (condition, executed) in [(0, [true, true, false, true]), (1, [false, false, true, false])] {
            // Mask 0b0101 for EQ, whose low bit is 0, and its inverse for NE.
            let mask = if condition == 0 { 0b0101 } else { 0b1011 };
            let mut expected = 0;
            let mut block = vec![0xbf00 | condition << 4 | mask];
            for (index, executed) in executed.into_iter().enumerate() {
                if index == place {
                    block.extend(ISB);
                } else {
                    block.push(0x3100 | 1 << index);
                    expected |= u32::from(executed) << index;
                }
            }
            // Anywhere, and across the end of a kilobyte, where a translation ends.
            for base in [PROGRAM, 0x7f0, 0x7f2, 0x7f4, 0x7f6] {
                let mut program = Code::at(base);
                program.movs(R0, 0).movs(R1, 0).cmp(R0, 0).put(&block).bkpt(0);
                for (single_step, cycles) in [(true, 100), (false, 100), (false, 1), (false, 2), (false, 3)] {
                    let rig = Rig::in_pieces(&rig::config(true), single_step, cycles, &program);
                    assert_eq!(rig.register(1), expected, "place {place}, base {base:#x}, {single_step}, {cycles}");
                    assert_eq!(rig.pc(), program.here() - 2);
                }
            }
        }
    }
}

#[test]
fn an_isb_in_an_it_block_leaves_the_flags_as_they_are() {
    // mov r0, #flags; msr apsr_nzcvq, r0; ittt vs; addvs r1, #1; isbvs; addvs r1, #4; mrs r2, apsr
    for flags in (0..16_u32).map(|flags| flags << 28) {
        let mut program = Code::at(PROGRAM);
        program.mov32(R0, flags).movs(R1, 0).put(&[0xf380, 0x8800, 0xbf62, 0x3101]).put(&ISB).put(&[0x3104]);
        program.put(&[0xf3ef, 0x8200]).bkpt(0);
        let expected = if flags & 1 << 28 != 0 { 5 } else { 0 };
        for (single_step, cycles) in [(true, 100), (false, 100), (false, 1), (false, 2), (false, 3), (false, 4)] {
            let rig = Rig::in_pieces(&rig::config(true), single_step, cycles, &program);
            let what = format!("flags {flags:#x}, {single_step}, {cycles}");
            assert_eq!((rig.register(1), rig.register(2)), (expected, flags), "{what}");
        }
    }
}

#[test]
fn an_interrupt_before_each_instruction_leaves_itstate_and_flags_as_they_are() {
    // The same between two more, with an IT that is jumped over.
    for flags in (0..16_u32).map(|flags| flags << 28) {
        let mut handler = Code::at(0x300);
        handler.movs(R0, 0).ret();
        let mut program = Code::at(PROGRAM);
        program.store(0xe000_e100, 1).mov32(R0, flags).movs(R1, 0).put(&[0xf380, 0x8800]);
        program.put(&[0xf000, 0xb802, 0xbfaa, 0x14c6]); // b.w over itet ge; asrs r6, r0, #19
        program.put(&[0xbf62, 0x3101]).put(&ISB).put(&[0x3104, 0xf3ef, 0x8200]).bkpt(0);
        let expected = if flags & 1 << 28 != 0 { 5 } else { 0 };
        for single_step in [true, false] {
            for at in 1..60 {
                let build = if single_step { cortex_m::new_single_step } else { cortex_m::new };
                let mut core = build(&rig::config(true)).expect("core");
                load(&mut *core, &program);
                load(&mut *core, &handler);
                for (address, word) in [(0, STACK), (4, program.base | 1), (0x40, handler.base | 1)] {
                    assert!(core.poke(address, &word.to_le_bytes()));
                }
                core.reset();
                let mut rig = Rig { core, bus: Recorder::default() };
                rig.run(rig.core.cycles() + at);
                rig.core.debugger_write(&mut rig.bus, 0xe000_e200, 4, 1).expect("ISPR");
                while rig.run(rig.core.cycles() + 100) == CoreStop::Horizon {}
                let what = format!("flags {flags:#x}, {single_step}, {at}");
                assert_eq!((rig.register(1), rig.register(2)), (expected, flags), "{what}");
            }
        }
    }
}

also_on_all! {
    MAINLINE as mainline {
        an_isb_in_an_it_block_leaves_the_rest_of_it_as_it_is,
    }
}

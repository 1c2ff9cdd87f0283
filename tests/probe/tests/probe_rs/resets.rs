//! Resets, by the debugger, by the pin and by the firmware.

use probe_rs::{CoreStatus, MemoryInterface};

use super::firmware::{STACK, at, starting_at};
use super::rig::{PATIENCE, Rig, eventually};

#[test]
fn reset_and_halt_stops_in_front_of_the_first_instruction() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.write_word_32(0x2000_1000, 0xcafe_f00d).unwrap();
    core.write_word_32(0x4000_0008, 99).unwrap();
    for _ in 0..3 {
        assert_eq!(core.reset_and_halt(PATIENCE).unwrap().pc, u64::from(at::COUNTER));
        assert_eq!(core.read_core_reg::<u32>(core.stack_pointer()).unwrap(), STACK);
    }
    assert_eq!(core.read_word_32(0x2000_1000).unwrap(), 0xcafe_f00d, "RAM is kept");
    assert_eq!(core.read_word_32(0x4000_0008).unwrap(), 0, "devices are not");
    core.run().unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
}

#[test]
fn a_reset_runs_the_firmware_from_its_start() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
    core.write_core_reg(probe_rs::RegisterId(0), 0xf000_0000_u32).unwrap();
    core.reset().unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
    core.halt(PATIENCE).unwrap();
    assert!(core.read_core_reg::<u32>(probe_rs::RegisterId(0)).unwrap() < 0xf000_0000);
}

#[test]
fn time_goes_on_through_a_reset() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
    let before = rig.client.statistics().unwrap();
    core.reset_and_halt(PATIENCE).unwrap();
    let after = rig.client.statistics().unwrap();
    assert!(after.cycles > before.cycles);
    assert_eq!(after.instructions, before.instructions);
}

#[test]
fn a_chip_is_attached_to_while_its_reset_pin_is_low() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach_under_reset();
    let mut core = session.core(0).unwrap();
    assert!(core.core_halted().unwrap(), "the reset's vector was caught");
    core.run().unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
}

#[test]
fn firmware_that_resets_itself_runs_on_with_its_ram() {
    let rig = Rig::new(starting_at(at::RESETTING));
    let count = || {
        let bytes = rig.client.read(0x2000_0000, 4).unwrap().bytes;
        u32::from_le_bytes(bytes.try_into().unwrap())
    };
    eventually(|| (count() == 3).then_some(()));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    assert_eq!(core.read_word_32(0x2000_0000).unwrap(), 3);
    // A debugger that is there stays through a reset, with its breakpoint.
    core.halt(PATIENCE).unwrap();
    core.write_word_32(0x2000_0000, 0).unwrap();
    core.set_hw_breakpoint(u64::from(at::RESETTING) + 0xc).unwrap();
    core.run().unwrap();
    for expected in 0..3 {
        if expected == 0 {
            core.halt(PATIENCE).unwrap();
            core.write_core_reg(core.program_counter(), at::RESETTING).unwrap();
            core.run().unwrap();
        }
        core.wait_for_core_halted(PATIENCE).unwrap();
        assert_eq!(core.read_core_reg::<u32>(core.program_counter()).unwrap(), at::RESETTING + 0xc);
        assert_eq!(core.read_word_32(0x2000_0000).unwrap(), expected + 1);
        core.run().unwrap();
    }
}

//! What stops a core that runs: the breakpoint unit, breakpoint instructions, vector catch.

use probe_rs::semihosting::SemihostingCommand;
use probe_rs::{BreakpointCause, CoreStatus, HaltReason, VectorCatchCondition};

use super::firmware::{at, starting_at};
use super::rig::{PATIENCE, Rig};

#[test]
fn six_hardware_breakpoints() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.reset_and_halt(PATIENCE).unwrap();
    assert_eq!(core.available_breakpoint_units().unwrap(), 6);
    // Both halves of a word are among them.
    let addresses = [0x46, 0x48, 0x4a, 0x4e, 0x50, 0x54];
    for address in addresses {
        core.set_hw_breakpoint(address).unwrap();
    }
    assert!(core.set_hw_breakpoint(0x52).is_err(), "there is no seventh");
    for address in addresses.iter().cycle().take(15) {
        core.run().unwrap();
        core.wait_for_core_halted(PATIENCE).unwrap();
        assert!(matches!(core.status().unwrap(), CoreStatus::Halted(HaltReason::Breakpoint(_))));
        assert_eq!(core.read_core_reg::<u64>(core.program_counter()).unwrap(), *address);
    }
    // 15 stops are two rounds and a half: r0 was counted twice and is about to be a third time, or has been.
    let count: u32 = core.read_core_reg(probe_rs::RegisterId(0)).unwrap();
    assert_eq!(count, 3);
    core.clear_hw_breakpoint(0x4a).unwrap();
    core.run().unwrap();
    core.wait_for_core_halted(PATIENCE).unwrap();
    assert_eq!(core.read_core_reg::<u64>(core.program_counter()).unwrap(), 0x4e);
    core.clear_all_hw_breakpoints().unwrap();
    core.run().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(10));
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
}

#[test]
fn a_breakpoint_instruction_stops_at_itself() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
    core.write_core_reg(core.program_counter(), at::BREAKING).unwrap();
    core.run().unwrap();
    core.wait_for_core_halted(PATIENCE).unwrap();
    let status = core.status().unwrap();
    assert!(matches!(status, CoreStatus::Halted(HaltReason::Breakpoint(BreakpointCause::Unknown))), "{status:?}");
    assert_eq!(core.read_core_reg::<u32>(core.program_counter()).unwrap(), at::BREAKPOINT);
    assert_eq!(core.read_core_reg::<u32>(probe_rs::RegisterId(0)).unwrap(), 7);
    // probe-rs steps over it and goes on.
    core.run().unwrap();
    core.halt(PATIENCE).unwrap();
    assert_eq!(core.read_core_reg::<u32>(probe_rs::RegisterId(0)).unwrap(), 8);
}

#[test]
fn a_semihosting_call_is_the_debugger_s() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
    // bkpt 0xab, with SYS_EXIT_EXTENDED in r0 and its block, (ADP_Stopped_ApplicationExit, 7), in r1.
    use probe_rs::MemoryInterface;
    core.write_8(0x2000_0100, &[0xab, 0xbe]).unwrap();
    core.write_32(0x2000_0200, &[0x20026, 7]).unwrap();
    for (number, value) in [(0, 0x20), (1, 0x2000_0200), (15, 0x2000_0100_u32)] {
        core.write_core_reg(probe_rs::RegisterId(number), value).unwrap();
    }
    core.run().unwrap();
    core.wait_for_core_halted(PATIENCE).unwrap();
    let status = core.status().unwrap();
    let CoreStatus::Halted(HaltReason::Breakpoint(BreakpointCause::Semihosting(command))) = status else {
        panic!("{status:?}");
    };
    let SemihostingCommand::ExitError(details) = command else { panic!("{command:?}") };
    assert_eq!(details.exit_status, Some(7));
}

#[test]
fn a_fault_is_caught_at_its_handler() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.reset_and_halt(PATIENCE).unwrap();
    core.enable_vector_catch(VectorCatchCondition::HardFault).unwrap();
    core.write_core_reg(core.program_counter(), at::FAULTING).unwrap();
    core.run().unwrap();
    core.wait_for_core_halted(PATIENCE).unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Halted(HaltReason::Exception));
    assert_eq!(core.read_core_reg::<u32>(core.program_counter()).unwrap(), at::HANDLER);
    assert_eq!(core.read_core_reg::<u32>(probe_rs::RegisterId(16)).unwrap() & 0x1ff, 3, "in HardFault");
    use probe_rs::MemoryInterface;
    let sp: u32 = core.read_core_reg(core.stack_pointer()).unwrap();
    assert_eq!(core.read_word_32(u64::from(sp) + 24).unwrap(), at::FAULTING + 4, "the frame's return address");
    // HFSR.FORCED; CFSR: a precise bus fault whose address is valid; BFAR.
    assert_eq!(core.read_word_32(0xe000_ed2c).unwrap(), 1 << 30);
    assert_eq!(core.read_word_32(0xe000_ed28).unwrap(), 0x8200);
    assert_eq!(core.read_word_32(0xe000_ed38).unwrap(), 0x6000_0000);
    // Without the catch it is the firmware's.
    core.disable_vector_catch(VectorCatchCondition::HardFault).unwrap();
    core.reset_and_halt(PATIENCE).unwrap();
    core.write_core_reg(core.program_counter(), at::FAULTING).unwrap();
    core.run().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(10));
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
}

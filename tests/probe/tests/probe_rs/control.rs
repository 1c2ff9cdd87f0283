//! Halt, step, run, and the registers.

use probe_rs::{Core, CoreRegister, CoreStatus, HaltReason, MemoryInterface};

use super::firmware::{STACK, at, locking_up, starting_at};
use super::rig::{PATIENCE, Rig, eventually};

/// A general register, or any other by the number that DCRSR knows it by.
fn register(core: &mut Core<'_>, number: u16) -> u32 {
    core.read_core_reg(probe_rs::RegisterId(number)).unwrap()
}

fn pc(core: &mut Core<'_>) -> u32 {
    register(core, 15)
}

#[test]
fn it_halts_steps_and_runs() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
    assert!(core.core_halted().unwrap());
    // To the loop's head, then around it.
    while pc(&mut core) != at::LOOP {
        core.step().unwrap();
    }
    let count = register(&mut core, 0);
    for address in [0x48, 0x4a, 0x4c, 0x4e, 0x50, 0x52, 0x54, at::LOOP] {
        assert_eq!(core.step().unwrap().pc, u64::from(address));
    }
    assert_eq!((register(&mut core, 0), register(&mut core, 6)), (count + 1, 6));
    core.run().unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Running);
    core.halt(PATIENCE).unwrap();
    assert!(register(&mut core, 0) > count + 1, "it ran");
}

#[test]
fn a_halted_core_s_time_stands_still_but_for_the_debugger_s_own() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
    let before = rig.client.statistics().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(rig.client.statistics().unwrap(), before);
    core.read_word_32(0x2000_0000).unwrap();
    let after = rig.client.statistics().unwrap();
    assert_eq!(after.instructions, before.instructions);
    // Every batch takes 10 microseconds: 250 cycles of 25 MHz.
    let cycles = after.cycles - before.cycles;
    assert!(cycles >= 250 && cycles.is_multiple_of(250), "{cycles}");
}

#[test]
fn registers_are_read_and_written() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.reset_and_halt(PATIENCE).unwrap();
    assert_eq!((register(&mut core, 13), register(&mut core, 17)), (STACK, STACK), "SP is MSP");
    let general: Vec<&CoreRegister> = core.registers().core_registers().take(13).collect();
    for (index, register) in general.iter().enumerate() {
        core.write_core_reg(*register, 0x1111_1111 * index as u32).unwrap();
    }
    for (index, register) in general.iter().enumerate() {
        assert_eq!(core.read_core_reg::<u32>(*register).unwrap(), 0x1111_1111 * index as u32);
    }
    let mut write_and_read = |number: u16, value: u32| {
        core.write_core_reg(probe_rs::RegisterId(number), value).unwrap();
        register(&mut core, number)
    };
    assert_eq!(write_and_read(14, 0x1234_5679), 0x1234_5679);
    assert_eq!(write_and_read(17, 0x2000_4000), 0x2000_4000);
    assert_eq!(write_and_read(18, 0x2000_3000), 0x2000_3000);
    assert_eq!(write_and_read(15, at::FAULTING), at::FAULTING);
    // N, Z, C and V; the T bit stays.
    assert_eq!(write_and_read(16, 0xf100_0000), 0xf100_0000);
    // CONTROL 3, FAULTMASK 0, BASEPRI 0x60 (three bits of priority), PRIMASK 1.
    assert_eq!(write_and_read(20, 0x0300_7f01), 0x0300_6001);
    assert_eq!(register(&mut core, 13), 0x2000_3000, "SP is PSP now");
    // And the core goes on with them.
    core.write_core_reg(core.program_counter(), at::LOOP).unwrap();
    core.step().unwrap();
    assert_eq!((pc(&mut core), register(&mut core, 0)), (at::LOOP + 2, 1));
}

#[test]
fn a_sleeping_core_is_halted_behind_its_wfi() {
    let rig = Rig::new(starting_at(at::SLEEPING));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    eventually(|| (core.status().unwrap() == CoreStatus::Sleeping).then_some(()));
    core.halt(PATIENCE).unwrap();
    assert_eq!(pc(&mut core), at::SLEEPING + 2);
    let count = register(&mut core, 0);
    for _ in 0..3 {
        core.step().unwrap();
    }
    assert_eq!(pc(&mut core), at::SLEEPING + 2, "a step over WFI does not sleep");
    assert_eq!(register(&mut core, 0), count + 1);
    core.run().unwrap();
    eventually(|| (core.status().unwrap() == CoreStatus::Sleeping).then_some(()));
}

#[test]
fn a_core_that_is_locked_up_is_halted_all_the_same() {
    let rig = Rig::new(locking_up());
    // It had time to lock up before anybody came, and the run did not end.
    std::thread::sleep(std::time::Duration::from_millis(20));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
    // B1.5.15: a core that is locked up stands at 0xFFFFFFFE.
    assert_eq!(pc(&mut core), 0xffff_fffe);
    // With something to run, it does.
    let image = starting_at(at::COUNTER);
    core.write_8(0, &image).unwrap();
    core.reset_and_halt(PATIENCE).unwrap();
    assert_eq!(pc(&mut core), at::COUNTER);
    core.run().unwrap();
    core.halt(PATIENCE).unwrap();
    assert!(register(&mut core, 0) > 0);
    drop(core);
    drop(session);
    assert_eq!(rig.pause().stop, bksim_protocol::message::Stop::Paused);
}

#[test]
fn a_step_takes_no_interrupt_and_a_run_takes_them_all() {
    let rig = Rig::new(starting_at(at::TICKING));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
    // probe-rs steps with C_MASKINTS. SysTick's period is 1000 cycles: far more steps than fit in it.
    let ticks = register(&mut core, 6);
    for _ in 0..400 {
        let pc = core.step().unwrap().pc;
        assert!(pc < u64::from(at::TICK), "{pc:#x}");
    }
    assert_eq!(register(&mut core, 6), ticks);
    // ICSR.PENDSTSET: it waits.
    assert_eq!(core.read_word_32(0xe000_ed04).unwrap() >> 26 & 1, 1);
    core.run().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    core.halt(PATIENCE).unwrap();
    assert!(register(&mut core, 6) > ticks + 1);
}

#[test]
fn the_reason_of_a_halt_is_known() {
    let rig = Rig::new(starting_at(at::COUNTER));
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    core.halt(PATIENCE).unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Halted(HaltReason::Request));
    core.step().unwrap();
    assert_eq!(core.status().unwrap(), CoreStatus::Halted(HaltReason::Step));
}

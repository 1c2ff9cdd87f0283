//! A debugger on the machine of the an385 board, with small firmware on the real core.

use bksim_protocol::message::Stop;

use super::*;
use crate::clock::SECOND;
use crate::machine::{Options, Output};
use crate::testing::elf::Elf;
use crate::testing::{board, small, ticker};

const RAM: u32 = 0x2000_0000;
const TIMER0: u32 = 0x4000_0000;
const DHCSR: u32 = 0xe000_edf0;
const AIRCR: u32 = 0xe000_ed0c;
const DEMCR: u32 = 0xe000_edfc;
const C_DEBUGEN: u32 = 0xa05f_0001;
const C_HALT: u32 = 0xa05f_0003;

fn machine(image: Vec<u8>) -> Machine {
    let mut machine = Machine::create(&board(), Some(&Elf::flat(image).bytes()), None, Options::default()).unwrap().0;
    machine.wire_probe();
    machine
}

fn spinning() -> Machine {
    machine(small::image(&small::SPIN, 0))
}

fn store(machine: &mut Machine, address: u32, value: u32) {
    machine.store(address, 4, value).unwrap();
}

/// Runs for a millisecond.
fn run(machine: &mut Machine) -> Option<Stop> {
    machine.step(None)
}

#[test]
fn a_batch_takes_its_time_while_the_core_is_halted_and_none_while_it_runs() {
    let mut machine = spinning();
    run(&mut machine);
    // A branch of three cycles crosses the end of the slice.
    let start = machine.now();
    assert!((MILLISECOND..MILLISECOND + 3 * 40_000).contains(&start));
    store(&mut machine, DHCSR, C_HALT);
    machine.end_batch();
    assert_eq!(machine.now(), start + BATCH);
    // Nothing else takes time.
    assert_eq!((run(&mut machine), machine.now(), machine.stands_still()), (None, start + BATCH, true));
    for _ in 0..101 {
        machine.end_batch();
    }
    assert_eq!(machine.now(), start + 102 * BATCH);
    store(&mut machine, DHCSR, C_DEBUGEN);
    machine.end_batch();
    assert_eq!(machine.now(), start + 102 * BATCH);
    // The slice that this is in ends where it always does.
    run(&mut machine);
    assert!((3 * MILLISECOND..3 * MILLISECOND + 3 * 40_000).contains(&machine.now()));
    assert!(!machine.stands_still());
}

#[test]
fn devices_go_on_while_the_core_is_halted() {
    let mut machine = spinning();
    store(&mut machine, DHCSR, C_HALT);
    // TIMER0: zero in 100 cycles of 40 ns, and its interrupt enabled in the timer and in the NVIC.
    store(&mut machine, TIMER0 + 8, 99);
    store(&mut machine, 0xe000_e100, 1 << 8);
    store(&mut machine, TIMER0, 9);
    assert_eq!(machine.load(0xe000_e200, 4), Ok(0));
    machine.end_batch();
    assert_eq!(machine.load(TIMER0 + 12, 4), Ok(1));
    assert_eq!(machine.load(0xe000_e200, 4), Ok(1 << 8), "pending at the core");
}

#[test]
fn accesses_are_those_of_the_core_but_for_the_list_of_what_is_not_modelled() {
    let mut machine = spinning();
    assert_eq!(machine.load(0x6000_0000, 4), Err(Refused));
    assert_eq!(machine.store(0x6000_0000, 4, 1), Err(Refused));
    machine.store(RAM + 1, 1, 0xab).unwrap();
    machine.store(RAM + 2, 2, 0x1234).unwrap();
    assert_eq!((machine.load(RAM, 4), machine.load(RAM + 2, 1)), (Ok(0x1234_ab00), Ok(0x34)));
    // GPIO0 has no model.
    assert_eq!(machine.load(0x4001_0000, 4), Ok(0));
    assert_eq!(machine.statistics().unmodelled, []);
}

#[test]
fn code_that_the_debugger_writes_is_what_runs() {
    let mut machine = spinning();
    run(&mut machine);
    store(&mut machine, DHCSR, C_HALT);
    // adds r0, #1; b . where `b .` was.
    store(&mut machine, 17 * 4, 0xe7fe_3001);
    machine.end_batch();
    store(&mut machine, DHCSR, C_DEBUGEN);
    machine.end_batch();
    run(&mut machine);
    store(&mut machine, DHCSR, C_HALT);
    store(&mut machine, 0xe000_edf4, 0);
    assert_eq!(machine.load(0xe000_edf8, 4), Ok(1));
}

#[test]
fn a_reset_leaves_time_and_memory_and_nothing_else() {
    let mut machine = spinning();
    store(&mut machine, TIMER0 + 8, 99);
    store(&mut machine, TIMER0, 9);
    store(&mut machine, RAM, 0x1234_5678);
    run(&mut machine);
    let now = machine.now();
    store(&mut machine, DHCSR, C_DEBUGEN);
    store(&mut machine, DEMCR, 1);
    store(&mut machine, AIRCR, 0x05fa_0004);
    assert_eq!((run(&mut machine), machine.now()), (None, now));
    assert!(machine.stands_still(), "the reset's vector was caught");
    assert_eq!(machine.load(RAM, 4), Ok(0x1234_5678));
    assert_eq!((machine.load(TIMER0, 4), machine.load(TIMER0 + 8, 4)), (Ok(0), Ok(0)));
    assert_eq!(machine.load(0xe000_e200, 4), Ok(0), "its interrupt is not pending");
    assert_eq!(machine.system.next_event(), None);
}

#[test]
fn the_reset_pin_holds_the_core() {
    let mut machine = spinning();
    run(&mut machine);
    machine.set_reset(true);
    let now = machine.now();
    let instructions = machine.statistics().instructions;
    assert_eq!((run(&mut machine), machine.stands_still()), (None, true));
    machine.end_batch();
    assert_eq!((machine.now(), machine.statistics().instructions), (now + BATCH, instructions));
    machine.set_reset(false);
    machine.end_batch();
    run(&mut machine);
    assert!(machine.statistics().instructions > instructions);
}

#[test]
fn lockup_and_endless_sleep_wait_for_the_debugger_or_for_a_time() {
    // `ldr r1, [r0]` from nowhere, also in the handler.
    let locked = small::image(&small::FAULT[..3], 0);
    let asleep = small::image(&[0xbf30, 0xe7fd], 0);
    for image in [locked, asleep] {
        let mut machine = machine(image);
        assert_eq!((run(&mut machine), machine.stands_still()), (None, true));
        let before = machine.now();
        assert_eq!((run(&mut machine), machine.now()), (None, before), "time stands still");
        machine.begin_run();
        let stop = std::iter::from_fn(|| Some(machine.step(Some(SECOND)))).take(2000).find_map(|stop| stop);
        assert_eq!((stop, machine.now()), (Some(Stop::Time), SECOND));
        // A debugger gets it out of there.
        store(&mut machine, DHCSR, C_HALT);
        store(&mut machine, 17 * 4, 0xe7fe);
        store(&mut machine, AIRCR, 0x05fa_0004);
        machine.end_batch();
        let instructions = machine.statistics().instructions;
        run(&mut machine);
        assert!(machine.statistics().instructions > instructions);
    }
}

fn rtt(machine: &mut Machine) -> Vec<u8> {
    let bytes = |output| match output {
        Output::Data { stream: 0x20, chunk } => Some(chunk.bytes),
        _ => None,
    };
    machine.take_output().into_iter().filter_map(bytes).flatten().collect()
}

/// The ticker notes twenty values in 10 ms (see `machine::tests`). A reader by the probe takes them now and then.
#[test]
fn rtt_is_recorded_whatever_the_probe_s_reader_does() {
    let recording = |reader: bool| {
        let mut machine = machine(ticker::image());
        let (mut recorded, mut read) = (Vec::new(), Vec::new());
        for millisecond in 0..10 {
            run(&mut machine);
            recorded.extend(rtt(&mut machine));
            if reader && millisecond % 3 == 2 {
                let (write, from) = (machine.load(RAM + 36, 4).unwrap(), machine.load(RAM + 40, 4).unwrap());
                read.extend((from..write).map(|at| machine.load(RAM + 64 + at, 1).unwrap() as u8));
                store(&mut machine, RAM + 40, write);
                machine.end_batch();
            }
        }
        recorded.extend(rtt(&mut machine));
        (recorded, read, machine.load(RAM + 40, 4).unwrap())
    };
    let (alone, _, untouched) = recording(false);
    let (recorded, read, _) = recording(true);
    assert_eq!((alone.len(), untouched), (20, 0), "nobody moves the read offset");
    assert_eq!(recorded, alone);
    assert!(read.len() >= 17 && recorded.starts_with(&read), "{read:?}");
}

#[test]
fn rtt_is_recorded_through_a_reset() {
    let mut machine = machine(ticker::image());
    for _ in 0..5 {
        run(&mut machine);
    }
    let before = rtt(&mut machine);
    store(&mut machine, AIRCR, 0x05fa_0004);
    machine.end_batch();
    for _ in 0..10 {
        run(&mut machine);
    }
    let after = rtt(&mut machine);
    assert_eq!((before.len(), after.len()), (10, 20), "{before:?} {after:?}");
}

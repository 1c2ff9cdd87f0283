//! The loop around a scripted core, and a small firmware on the real one.

mod riscv;

use std::cell::RefCell;
use std::rc::Rc;

use bksim_protocol::message::{FaultReport, Unmodelled};
use bluekernel_boards::model::{Interrupts, Nvic};

use super::*;
use crate::clock::SECOND;
use crate::system;
use crate::testing::elf::Elf;
use crate::testing::{FakeCore, RAM, Seen, Step, board, named, stm32f4_discovery, ticker};

const TIMER0: u32 = 0x4000_0000;
const UART0: u32 = 0x4000_4000;
const CYCLES_PER_SLICE: u64 = 25_000;

fn machine(core: FakeCore, unmodelled: Unmodelled) -> Machine {
    Machine::of(Box::new(core), system::build(&board(), unmodelled).unwrap(), Rtt::new(Some(RAM), vec![]))
}

fn scripted(steps: impl IntoIterator<Item = Step>) -> (Machine, Rc<RefCell<Vec<Seen>>>) {
    let (core, log) = FakeCore::new(steps);
    (machine(core, Unmodelled::Warn), log)
}

/// Runs to a stop.
fn run(machine: &mut Machine, until: Option<Picoseconds>) -> Stopped {
    for _ in 0..100_000 {
        if let Some(stop) = machine.step(until) {
            return machine.stopped(stop);
        }
    }
    panic!("no stop after 100 s of virtual time");
}

fn chunks(machine: &mut Machine) -> Vec<(u8, u64, Vec<u8>)> {
    let data = |output| match output {
        Output::Data { stream, chunk } => Some((stream, chunk.time_ps, chunk.bytes)),
        Output::Channel(_) => None,
    };
    machine.take_output().into_iter().filter_map(data).collect()
}

fn exit(core: &mut FakeCore, code: u32) -> Step {
    let words = [0x20026, code];
    assert!(core.poke(RAM + 0x8000, &words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>()));
    Step::Call(0x20, RAM + 0x8000)
}

#[test]
fn time_is_cut_at_fixed_times() {
    let (mut machine, _) = scripted([]);
    assert_eq!(machine.step(None), None);
    assert_eq!(machine.now(), MILLISECOND);
    let until = Some(2 * MILLISECOND + MILLISECOND / 2);
    assert_eq!(machine.step(until), None);
    assert_eq!(machine.step(until), Some(Stop::Time));
    assert_eq!(machine.now(), 2_500_000_000);
    // Going on from a half slice meets the same cuts.
    assert_eq!(machine.step(None), None);
    assert_eq!(machine.now(), 3 * MILLISECOND);
    assert_eq!(machine.step(Some(MILLISECOND)), Some(Stop::Time), "a time that is past");
}

#[test]
fn an_event_interrupts_the_core_at_its_cycle() {
    let (mut machine, log) = scripted([
        Step::Store(TIMER0 + 8, 999),
        Step::Store(TIMER0, 9),
        Step::Work(5000),
        Step::Store(TIMER0 + 0xC, 1),
        Step::Load(TIMER0 + 4),
    ]);
    run(&mut machine, Some(CYCLES_PER_SLICE * 40_000));
    // Enabled at cycle 1 with 999: zero at cycle 1000, and then every 1000. Cleared at 5002; read at 5003: 2 before the
    // step at 5000 + 1 clock at zero, so 999 at 5001 and 997 at 5003.
    assert_eq!(
        log.borrow()[..4],
        [Seen::Line(1000, 8, true), Seen::Line(5002, 8, false), Seen::Loaded(5003, Ok(997)), Seen::Line(6000, 8, true),]
    );
}

/// RM0090 7.2 and 7.3: the STM32F4 from the 16 MHz that it wakes up with to 168 MHz.
#[test]
fn a_core_whose_clock_changes_does_more_in_the_same_time() {
    const RCC: u32 = 0x4002_3800;
    let (core, log) = FakeCore::new([
        Step::Store(RCC, 1 << 16 | 0x81),
        Step::Work(39_999),
        Step::Store(RCC + 4, 8 | 336 << 6 | 1 << 22 | 7 << 24),
        Step::Store(RCC, 1 << 24 | 1 << 16 | 0x81),
        Step::Work(7998),
        Step::Store(RCC + 8, 0b101 << 10 | 0b100 << 13 | 0b10),
        Step::Work(100_000),
        Step::Load(RCC + 8),
    ]);
    let system = system::build(&stm32f4_discovery(), Unmodelled::Fail).unwrap();
    let mut machine = Machine::of(Box::new(core), system, Rtt::new(None, vec![]));
    // 48,000 cycles in the first 3 ms, 168,000 in each from there on; both ends are cuts.
    assert_eq!(run(&mut machine, Some(3 * MILLISECOND)).cycles, 48_000);
    let stopped = run(&mut machine, Some(10 * MILLISECOND));
    assert_eq!((stopped.time_ps, stopped.cycles), (10 * MILLISECOND, 48_000 + 7 * 168_000));
    assert_eq!(*log.borrow(), [Seen::Loaded(148_001, Ok(0x940A))], "SWS tells the PLL");
}

/// The end comes right behind the store, with what was on its way to the wire.
#[test]
fn a_finisher_ends_the_machine() {
    let (core, _) =
        FakeCore::new([Step::Store(0x1000_0000, u32::from(b'!')), Step::Store(0x10_0000, 0x3333 | 5 << 16)]);
    let system = system::build(&named("qemu-virt-rv32"), Unmodelled::Allow).unwrap();
    let mut machine = Machine::of(Box::new(core), system, Rtt::new(None, vec![]));
    let stopped = run(&mut machine, None);
    assert_eq!((stopped.stop, stopped.cycles), (Stop::Exit { code: 5 }, 2));
    let sent: Vec<_> = chunks(&mut machine).into_iter().map(|(stream, _, bytes)| (stream, bytes)).collect();
    assert_eq!(sent, [(frame::UART, b"!".to_vec())]);
}

#[test]
fn sleep_jumps_to_the_next_event() {
    let (mut machine, log) = scripted([
        Step::Store(TIMER0 + 8, 24_999_999),
        Step::Store(TIMER0, 9),
        Step::Sleep,
        Step::Load(TIMER0 + 0xC),
        Step::Stop(CoreStop::Breakpoint { pc: 0x1234 }),
    ]);
    let stopped = run(&mut machine, None);
    assert_eq!(stopped.stop, Stop::Breakpoint { pc: 0x1234 });
    assert_eq!(stopped.cycles, 25_000_001);
    assert_eq!(*log.borrow(), [Seen::Line(25_000_000, 8, true), Seen::Loaded(25_000_000, Ok(1))]);
}

#[test]
fn sleep_ends_at_the_cores_own_event() {
    let (mut core, log) = FakeCore::new([Step::Sleep, Step::Stop(CoreStop::Breakpoint { pc: 0 })]);
    core.own_event = Some(123_456);
    let mut machine = machine(core, Unmodelled::Warn);
    let stopped = run(&mut machine, None);
    assert_eq!((stopped.stop, stopped.cycles), (Stop::Breakpoint { pc: 0 }, 123_456));
    assert_eq!(*log.borrow(), [Seen::Woken(123_456)]);
}

#[test]
fn a_core_that_nothing_can_wake_is_asleep_for_good() {
    let (mut machine, _) = scripted([Step::Work(10), Step::Sleep]);
    let stopped = run(&mut machine, Some(SECOND));
    assert_eq!((stopped.stop.clone(), stopped.cycles), (Stop::Asleep { pc: 0x10A }, 10));
    assert_eq!(run(&mut machine, None), stopped, "and stays so");
}

#[test]
fn a_core_that_input_can_wake_waits_for_it() {
    let (mut machine, log) = scripted([
        Step::Store(UART0 + 16, 217),
        Step::Store(UART0 + 8, 0b1010),
        Step::Sleep,
        Step::Load(UART0),
        Step::Stop(CoreStop::Breakpoint { pc: 0 }),
    ]);
    assert!(!machine.waits_for_input());
    assert_eq!(run(&mut machine, Some(5 * MILLISECOND)).stop, Stop::Time);
    assert!(machine.waits_for_input());
    assert!(machine.input(0x10, b"k"));
    assert!(!machine.waits_for_input(), "the byte is on its way");
    let stopped = run(&mut machine, None);
    // A character of ten bits of 217 cycles after the cut.
    let arrival = 5 * CYCLES_PER_SLICE + 2170;
    assert_eq!(stopped.cycles, arrival + 1);
    assert_eq!(*log.borrow(), [Seen::Line(arrival, 0, true), Seen::Loaded(arrival, Ok(u32::from(b'k')))]);
}

#[test]
fn text_is_collected_at_the_cuts_and_at_the_end() {
    let (mut core, _) = FakeCore::new([]);
    let end = exit(&mut core, 3);
    assert!(core.poke(RAM + 0x9000, b"bye\0"));
    let steps = [
        Step::Store(UART0 + 16, 217),
        Step::Store(UART0 + 8, 1),
        Step::Store(UART0, u32::from(b'u')),
        Step::Work(CYCLES_PER_SLICE),
        Step::Store(UART0, u32::from(b'v')),
        Step::Call(4, RAM + 0x9000),
        end,
    ];
    let (mut scripted, _) = FakeCore::new(steps);
    for address in [RAM + 0x8000, RAM + 0x8004, RAM + 0x9000] {
        let mut word = [0; 4];
        assert!(core.peek(address, &mut word) && scripted.poke(address, &word));
    }
    let mut machine = machine(scripted, Unmodelled::Warn);
    let stopped = run(&mut machine, None);
    assert_eq!(stopped.stop, Stop::Exit { code: 3 });
    // The last character was still in the transmitter: a wire finishes what it has begun.
    let end = stopped.time_ps;
    assert_eq!(
        chunks(&mut machine),
        [(0x10, MILLISECOND, b"u".to_vec()), (0x10, end, b"v".to_vec()), (0x30, end, b"bye".to_vec())]
    );
}

#[test]
fn large_output_is_cut_into_chunks_of_the_protocol() {
    let (mut core, _) = FakeCore::new([Step::Call(4, RAM + 0x1000), Step::Sleep]);
    assert!(core.poke(RAM + 0x1000, &[b'x'; 10_000]));
    let mut machine = machine(core, Unmodelled::Warn);
    run(&mut machine, None);
    let sizes: Vec<_> = chunks(&mut machine).iter().map(|(_, _, bytes)| bytes.len()).collect();
    assert_eq!(sizes, [4096, 4096, 10_000 - 8192]);
}

#[test]
fn a_flood_of_text_is_collected_before_it_fills_the_memory() {
    let (mut core, _) = FakeCore::new((0..40).map(|_| Step::Call(5, RAM)));
    // 40 KiB to standard output, each time.
    let block = [2_u32, RAM, 40 << 10];
    assert!(core.poke(RAM, &block.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>()));
    let mut machine = machine(core, Unmodelled::Warn);
    assert_eq!(machine.step(None), None);
    // 26 calls make a mebibyte; a call takes a cycle.
    assert_eq!(machine.now(), 26 * 40_000);
    let sizes = chunks(&mut machine).iter().map(|(_, _, bytes)| bytes.len()).sum::<usize>();
    assert_eq!(sizes, 26 * 40 * 1024);
    assert_eq!(machine.step(None), None);
    assert_eq!(machine.now(), MILLISECOND, "the slices stay where they are");
    assert_eq!(chunks(&mut machine).iter().map(|(_, _, bytes)| bytes.len()).sum::<usize>(), 14 * 40 * 1024);
}

#[test]
fn rtt_is_read_at_the_cuts_and_a_sleeping_core_is_left_alone() {
    let mut block = b"SEGGER RTT\0\0\0\0\0\0".to_vec();
    let words = [1, 1, 0, RAM + 0x100, 32, 0, 0, 0, 0, RAM + 0x200, 32, 0, 0, 0];
    block.extend(words.iter().flat_map(|word: &u32| word.to_le_bytes()));
    let (mut machine, _) = scripted([
        Step::Memory(RAM, block),
        Step::Memory(RAM + 0x100, b"abc".to_vec()),
        Step::Memory(RAM + 36, vec![3]),
        Step::Work(CYCLES_PER_SLICE),
        Step::Memory(RAM + 0x103, b"de".to_vec()),
        Step::Memory(RAM + 36, vec![5]),
        Step::Store(TIMER0 + 8, 1_000_000),
        Step::Store(TIMER0, 9),
        Step::Sleep,
        Step::Stop(CoreStop::Breakpoint { pc: 0 }),
    ]);
    assert!(machine.input(0x20, b"in"));
    assert!(!machine.input(0x30, b"x"));
    run(&mut machine, None);
    let output = machine.take_output();
    let Some(Output::Channel(channel)) = output.first() else { panic!("{output:?}") };
    assert_eq!((channel.stream, channel.size), (0x20, 32));
    let data: Vec<_> = output[1..].iter().map(|output| format!("{output:?}")).collect();
    assert_eq!(data.len(), 2, "{data:?}");
    assert!(data[0].contains("time_ps: 1000000000, bytes: [97, 98, 99]"), "{data:?}");
    assert!(data[1].contains("time_ps: 2000000000, bytes: [100, 101]"), "{data:?}");
    assert_eq!(machine.read(u64::from(RAM) + 0x200, 2), b"in");
}

#[test]
fn stops_of_the_core() {
    let fault = FaultReport { summary: "BusFault".into(), ..FaultReport::default() };
    for (stop, fault, expected) in [
        (CoreStop::ResetRequest, None, Stop::Reset),
        (CoreStop::Lockup, Some(fault.clone()), Stop::Lockup { report: fault.clone() }),
        (CoreStop::Breakpoint { pc: 4 }, Some(fault.clone()), Stop::Fault { report: fault }),
    ] {
        let (mut core, _) = FakeCore::new([Step::Work(7), Step::Stop(stop)]);
        core.fault = fault;
        let stopped = run(&mut machine(core, Unmodelled::Warn), None);
        assert_eq!((stopped.stop, stopped.cycles, stopped.time_ps), (expected, 7, 280_000));
    }
}

#[test]
fn an_access_that_is_not_modelled_can_end_the_run() {
    let steps = || [Step::Work(3), Step::Load(0x4001_0000), Step::Work(10)];
    let (core, _) = FakeCore::new(steps());
    let stopped = run(&mut machine(core, Unmodelled::Fail), Some(SECOND));
    let Stop::Unmodelled { access } = stopped.stop else { panic!("{stopped:?}") };
    assert_eq!((access.address, access.pc, access.peripheral.as_deref()), (0x4001_0000, 0x103, Some("GPIO0")));
    assert_eq!(stopped.cycles, 4, "right behind the instruction");
    let (core, _) = FakeCore::new(steps());
    let mut machine = machine(core, Unmodelled::Warn);
    assert_eq!(run(&mut machine, Some(SECOND)).stop, Stop::Time);
    assert_eq!(machine.statistics().unmodelled.len(), 1);
}

#[test]
fn memory_is_read_as_far_as_it_goes() {
    let (core, _) = FakeCore::new([]);
    let machine = machine(core, Unmodelled::Warn);
    assert_eq!(machine.read(u64::from(RAM), 8).len(), 8);
    assert_eq!(machine.read(u64::from(RAM) + 0xFFFC, 8).len(), 4);
    assert_eq!(machine.read(0x6000_0000, 8).len(), 0);
    assert_eq!(machine.read(1 << 40, 8).len(), 0);
    assert_eq!(machine.read(u64::from(u32::MAX), 8).len(), 0);
}

#[test]
fn an_idle_machine_gets_through_a_virtual_minute_quickly() {
    let (mut machine, _) = scripted([Step::Store(TIMER0 + 8, u32::MAX), Step::Store(TIMER0, 9), Step::Sleep]);
    assert_eq!(run(&mut machine, Some(60 * SECOND)).time_ps, 60 * SECOND);
}

fn ticking() -> Machine {
    Machine::create(&board(), Some(&Elf::flat(ticker::image()).bytes()), None, Options::default()).unwrap().0
}

/// Interrupts every 12,346 cycles from about cycle 100 on: in 10 ms, 250,000 cycles, there are 20.
#[test]
fn a_firmware_runs_on_the_real_core() {
    let mut machine = ticking();
    let stopped = run(&mut machine, Some(10 * MILLISECOND));
    assert_eq!((stopped.stop, stopped.time_ps, stopped.cycles), (Stop::Time, 10 * MILLISECOND, 250_000));
    let all = chunks(&mut machine);
    let of = |stream| -> Vec<u8> {
        all.iter().filter(|(it, ..)| *it == stream).flat_map(|(.., bytes)| bytes.clone()).collect()
    };
    let (text, values) = (of(0x10), of(0x20));
    assert_eq!(values.len(), 20);
    // The handler makes the letter of the value; both took their own way out.
    let letters: Vec<u8> = values.iter().map(|value| b'A' + value % 16).collect();
    assert_eq!(text, letters[..text.len()]);
    assert!(text.len() >= 19, "at most one character is still on the wire");
    // VALUE was RELOAD, 12345 = 0x3039, at one clock after zero; entry takes 12 clocks, plus what was under way.
    assert!(values.iter().all(|value| (0x20..=0x2C).contains(value)), "{values:x?}");
    let irq = machine.statistics().exceptions.into_iter().find(|it| it.exception == 24).unwrap();
    assert_eq!((irq.latency.count, irq.latency.min), (20, 12));
}

#[test]
fn where_a_run_is_cut_changes_nothing() {
    let whole = {
        let mut machine = ticking();
        run(&mut machine, Some(50 * MILLISECOND));
        (chunks(&mut machine), machine.statistics())
    };
    let mut machine = ticking();
    for until in [1, 2, 17, 18, 49, 50] {
        run(&mut machine, Some(until * MILLISECOND));
    }
    assert_eq!((chunks(&mut machine), machine.statistics()), whole);
}

fn refused(change: impl FnOnce(&mut bluekernel_boards::model::Board)) -> (i64, String) {
    let mut board = board();
    change(&mut board);
    let elf = Elf::flat(ticker::image()).bytes();
    let error = Machine::create(&board, Some(&elf), None, Options::default()).err().expect("it was built");
    (error.code(), error.to_string())
}

#[test]
fn boards_that_cannot_be_built_are_refused_in_words() {
    let (code, text) = refused(|board| board.chip.core = "cortex-m55".into());
    assert_eq!(code, -32003);
    assert!(text.contains("`cortex-m55`") && text.contains("cortex-m3"), "{text}");
    let (_, text) = refused(|board| board.sim.machine = "avr".into());
    assert!(text.contains("machine `avr`") && text.contains("cortex-m, riscv"), "{text}");
    let (_, text) = refused(|board| board.sim.machine = "riscv".into());
    assert!(text.contains("core `cortex-m3`") && text.contains("rv32imac"), "{text}");
    let (_, text) = refused(|board| board.chip.interrupts = Interrupts::Nvic(Nvic { irqs: 32, prio_bits: 9 }));
    assert!(text.starts_with("board qemu-mps2-an385: 9 priority bits"), "{text}");
    let (_, text) = refused(|board| board.chip.memory[3].size = 1 << 33);
    assert!(text.contains("overlap") || text.contains("beyond"), "{text}");
}

#[test]
fn a_ghost_trace_goes_back_and_forth_with_its_machine() {
    const CURRENT: u32 = RAM + 0x10;
    // Task 0, task 1, nobody, ..., a store and a pause in each millisecond.
    let steps = (0..40).flat_map(|index| [Step::Memory(CURRENT, vec![(index + 1) % 3]), Step::Work(9_999)]);
    let of = |steps: Vec<Step>| {
        let (mut machine, _) = scripted(steps);
        machine.trace_ghost(Ghost::for_tests()).unwrap();
        machine
    };
    let bytes = |machine: &mut Machine| {
        let of_ghost = chunks(machine).into_iter().filter(|(stream, ..)| *stream == frame::GHOST);
        of_ghost.flat_map(|(.., bytes)| bytes).collect::<Vec<_>>()
    };
    let mut plain = of(steps.clone().collect());
    run(&mut plain, Some(20 * MILLISECOND));
    let whole = bytes(&mut plain);
    // The beginning takes 23 bytes; an event its head and 10,000 cycles, which are two bytes.
    assert_eq!(whole.len(), 23 + 2 + 39 * 3);
    assert_eq!(whole[23..28], [0x01, 0, 0x02, 0x90, 0x4e]);

    let mut machine = of(steps.collect());
    run(&mut machine, Some(5 * MILLISECOND + 1234));
    let then = machine.snapshot();
    let mut parts = bytes(&mut machine);
    run(&mut machine, Some(9 * MILLISECOND));
    parts.extend(bytes(&mut machine));
    machine.restore(&then).unwrap();
    run(&mut machine, Some(20 * MILLISECOND));
    parts.extend(bytes(&mut machine));
    assert_eq!(parts, whole, "nothing twice, nothing left out");
}

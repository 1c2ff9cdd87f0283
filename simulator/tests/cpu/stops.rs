//! The engines by themselves: breakpoints and trapped floating point stop both at the same instruction and cycle, and
//! change nothing of what the program does.

use bksim::bus::{Access, Bus, BusError};
use bksim::cpu::cortex_m::CoreModel;
use bksim::cpu::cortex_m::cycles::CostModel;
use bksim::cpu::cortex_m::engine::{Engine, Masks, Register, Stop, System};
use bksim::cpu::cortex_m::thumb;
use bksim::cpu::cortex_m::thumb::float::{self, FloatClass};
use bksim::cpu::unicorn::{EngineConfig, Fast, Oracle};

use crate::asm::{Code, R0};
use crate::random::{self, Numbers, ROUTINE};
use crate::random_armv6m;
use crate::rig::{self, DEVICE, PROGRAM, RAM, Recorder, STACK, Seen, also_on};

/// The device of the rig; the core's own peripherals take everything and do nothing. And the last access of what is
/// watched: (cycle, pc, address, size, value, whether it is a store).
#[derive(Default)]
struct Device(Recorder, Vec<(u64, u32, u32, u8, u32, bool)>);

impl System for Device {
    fn read(&mut self, access: Access, _: bool) -> Result<u32, BusError> {
        if access.address >> 28 == 0xe { Ok(0) } else { self.0.read(access) }
    }

    fn write(&mut self, access: Access, value: u32, _: bool) -> Result<(), BusError> {
        if access.address >> 28 == 0xe { Ok(()) } else { self.0.write(access, value) }
    }

    fn take_attention(&mut self) -> bool {
        self.0.take_attention()
    }

    fn masks_written(&mut self, _: u64, _: u32, _: Masks) -> bool {
        false
    }

    fn event_sent(&mut self) -> bool {
        false
    }

    fn transferred(&mut self, access: Access, value: u32, write: bool) -> bool {
        let transfer = (access.cycle, access.pc, access.address, access.size, value, write);
        // An instruction that is finished after its stop may tell once more.
        if !self.1.contains(&transfer) {
            self.1.push(transfer);
        }
        true
    }
}

/// Cycle, instructions, program counter, registers.
type State = (u64, u64, u32, Vec<u32>);

struct Run {
    engine: Box<dyn Engine>,
    device: Device,
    stops: Vec<(Stop, State)>,
}

fn engine(model: CoreModel, single_step: bool) -> Box<dyn Engine> {
    let core = rig::m4f(false);
    let (costs, priority_mask) = match model {
        CoreModel::CortexM0 => (CostModel::CortexM0, 0xc0),
        CoreModel::CortexM0Plus => (CostModel::CortexM0Plus, 0xc0),
        CoreModel::CortexM7F => (CostModel::CortexM7, 0xe0),
        CoreModel::CortexM33F => (CostModel::CortexM33, 0xe0),
        _ => (CostModel::CortexM4, 0xe0),
    };
    let config = EngineConfig { model, memories: &core.memories, costs, priority_mask };
    if single_step {
        Box::new(Oracle::new(&config).expect("engine"))
    } else {
        Box::new(Fast::new(&config).expect("engine"))
    }
}

/// The core with floating point that the tests run on.
fn model() -> CoreModel {
    rig::m4f(false).model
}

fn load(engine: &mut dyn Engine, code: &Code) {
    assert!(engine.load_memory(code.base, &code.bytes()));
}

impl Run {
    fn new(single_step: bool, program: &Code) -> Self {
        Self::on(model(), single_step, program)
    }

    fn on(model: CoreModel, single_step: bool, program: &Code) -> Self {
        let mut engine = engine(model, single_step);
        load(&mut *engine, program);
        let mut routine = Code::at(ROUTINE);
        routine.adds(1, 1).ret();
        load(&mut *engine, &routine);
        engine.set_register(Register::Sp, STACK);
        engine.set_pc(program.base);
        Self { engine, device: Device::default(), stops: Vec::new() }
    }

    fn state(&self) -> State {
        let general = (0..15).filter_map(Register::general).chain([Register::Xpsr, Register::Control]);
        let registers = general.chain((0..32).map(Register::S)).chain([Register::Fpscr]);
        let values = registers.map(|register| self.engine.register(register)).collect();
        (self.engine.cycle(), self.engine.instructions(), self.engine.pc(), values)
    }

    /// Runs to BKPT. `act` sees the stops that it has asked for, and lets one instruction through.
    fn finish(&mut self, mut act: impl FnMut(&mut dyn Engine, bool)) {
        let mut through = false;
        while self.engine.cycle() < 60_000 {
            let until = if through { self.engine.cycle() + 1 } else { 60_000 };
            let stop = self.engine.run(&mut self.device, until);
            if std::mem::take(&mut through) {
                act(&mut *self.engine, false);
            }
            match stop {
                Stop::Breakpoint { .. } => break,
                Stop::BreakpointUnit | Stop::Float => {
                    self.stops.push((stop, self.state()));
                    act(&mut *self.engine, true);
                    through = true;
                }
                Stop::Horizon | Stop::Attention | Stop::SupervisorCall => {}
                other => panic!("{other:?} at {:x?}", self.state()),
            }
        }
        self.stops.push((Stop::Horizon, self.state()));
    }

    fn end(&self) -> (&State, &[Seen], Vec<u8>) {
        let mut memory = vec![0; 0x1_0000];
        assert!(self.engine.read_memory(RAM, &mut memory));
        (&self.stops.last().expect("an end").1, &self.device.0.log, memory)
    }
}

/// The addresses of a program's instructions (its few literals taken for some).
fn addresses(program: &Code) -> Vec<u32> {
    let mut addresses = Vec::new();
    let mut index = 0;
    while let Some(&first) = program.halfwords.get(index) {
        addresses.push(program.base + 2 * index as u32);
        index += thumb::length(first) as usize / 2;
    }
    addresses
}

fn base(seed: u64) -> u32 {
    if seed % 5 == 4 { RAM + 0x4000 } else { PROGRAM }
}

/// Both engines, with breakpoints at these addresses: their stops are equal, and the end is that of a run without.
fn with_breakpoints(model: CoreModel, seed: u64, program: &Code, breakpoints: &[u32]) -> usize {
    let [fast, slow] = [false, true].map(|single_step| {
        let mut run = Run::on(model, single_step, program);
        let ranges: Vec<_> = breakpoints.iter().map(|&address| (address, address)).collect();
        run.engine.set_breakpoints(&ranges);
        run.finish(|engine, stopped| engine.set_breakpoints(if stopped { &[] } else { &ranges }));
        run
    });
    for (index, (fast, slow)) in fast.stops.iter().zip(&slow.stops).enumerate() {
        assert_eq!(fast, slow, "seed {seed}, stop {index}");
    }
    assert_eq!(fast.stops.len(), slow.stops.len(), "seed {seed}");
    let mut undisturbed = Run::on(model, false, program);
    undisturbed.finish(|_, _| {});
    assert!(fast.end() == undisturbed.end(), "seed {seed}: {:x?}, {:x?}", fast.end().0, undisturbed.end().0);
    fast.stops.len() - 1
}

#[test]
fn a_breakpoint_at_every_instruction() {
    let mut stops = 0;
    for seed in 0..20 {
        let program = random::program(seed, base(seed), 1, model().float());
        stops += with_breakpoints(model(), seed, &program, &addresses(&program));
    }
    assert!(stops > 20 * 50, "{stops}");
}

#[test]
fn a_breakpoint_at_every_instruction_of_armv6m() {
    let mut stops = 0;
    for seed in 0..20 {
        let program = random_armv6m::program(seed, base(seed), 1, false);
        let model = if seed % 2 == 0 { CoreModel::CortexM0 } else { CoreModel::CortexM0Plus };
        stops += with_breakpoints(model, seed, &program, &addresses(&program));
    }
    assert!(stops > 20 * 30, "{stops}");
}

#[test]
fn six_breakpoints_anywhere() {
    let mut stops = 0;
    for seed in 0..30 {
        let program = random::program(seed, base(seed), 6, model().float().filter(|_| seed % 2 == 0));
        let mut n = Numbers::new(seed ^ 0x7777);
        let all = addresses(&program);
        let breakpoints: Vec<u32> = (0..6).map(|_| all[n.below(all.len() as u64) as usize]).collect();
        stops += with_breakpoints(model(), seed, &program, &breakpoints);
    }
    assert!(stops > 30 * 6, "{stops}");
}

#[test]
fn trapped_floating_point_stops_in_front_of_each_such_instruction() {
    let mut stops = 0;
    for seed in 0..30 {
        let program = random::program(seed, base(seed), 3, model().float());
        let [fast, slow] = [false, true].map(|single_step| {
            let mut run = Run::new(single_step, &program);
            run.engine.trap_float(true);
            run.finish(|engine, stopped| engine.trap_float(!stopped));
            run
        });
        for (index, (fast, slow)) in fast.stops.iter().zip(&slow.stops).enumerate() {
            assert_eq!(fast, slow, "seed {seed}, stop {index}");
        }
        let mut undisturbed = Run::new(false, &program);
        undisturbed.finish(|_, _| {});
        assert!(fast.end() == undisturbed.end() && slow.end() == undisturbed.end(), "seed {seed}");
        for (_, state) in &fast.stops[..fast.stops.len() - 1] {
            let index = (state.2 - program.base) as usize / 2;
            assert!(float::is_float(program.halfwords[index], program.halfwords[index + 1]), "seed {seed}");
        }
        stops += fast.stops.len() - 1;
    }
    assert!(stops > 30 * 50, "{stops}");
}

#[test]
fn a_breakpoint_inside_a_run_that_the_horizon_cuts() {
    // nop * 8, breakpoint at the sixth: whatever the horizon, it ends first, or the breakpoint does.
    let mut program = Code::at(PROGRAM);
    program.nops(8).bkpt(0);
    for single_step in [false, true] {
        for horizon in 1..8 {
            let mut run = Run::new(single_step, &program);
            run.engine.set_breakpoints(&[(PROGRAM + 10, PROGRAM + 10)]);
            let stop = run.engine.run(&mut run.device, horizon);
            // At the sixth instruction five cycles have passed; the horizon is looked at first.
            let expected = if horizon <= 5 { Stop::Horizon } else { Stop::BreakpointUnit };
            assert_eq!((stop, run.engine.cycle()), (expected, horizon.min(5)), "{single_step}, {horizon}");
            assert_eq!(run.engine.run(&mut run.device, 100), Stop::BreakpointUnit);
            assert_eq!(run.engine.run(&mut run.device, 100), Stop::BreakpointUnit, "at once");
            assert_eq!((run.engine.cycle(), run.engine.pc()), (5, PROGRAM + 10));
        }
    }
}

#[test]
fn floating_point_registers_are_what_instructions_see() {
    let mut program = Code::at(PROGRAM);
    program.vstm(R0, false, 0, 32).vmrs(1).bkpt(0);
    for single_step in [false, true] {
        let mut run = Run::new(single_step, &program);
        let values: Vec<u32> = (0..32).map(|index| 0x0180_0001 * (index + 1)).collect();
        for (index, value) in values.iter().enumerate() {
            run.engine.set_register(Register::S(index as u8), *value);
        }
        run.engine.set_register(Register::Fpscr, 0xf7c0_009f);
        run.engine.set_register(Register::R0, RAM);
        run.finish(|_, _| {});
        let mut bytes = [0; 128];
        assert!(run.engine.read_memory(RAM, &mut bytes));
        let stored: Vec<u32> =
            bytes.chunks(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
        assert_eq!(stored, values);
        // All bits that FPSCR has here (B1.4.3, figure B1-2).
        assert_eq!(
            (run.engine.register(Register::R1), run.engine.register(Register::Fpscr)),
            (0xf7c0_009f, 0xf7c0_009f)
        );
        let mut batch = [0; 17];
        let registers: [Register; 17] = std::array::from_fn(|index| Register::S(15 + index as u8));
        run.engine.read_registers(&registers, &mut batch);
        assert_eq!(batch[..], values[15..]);
    }
}

#[test]
fn the_engine_has_the_instructions_that_the_table_has() {
    // Unicorn's decoder against `float::class`: all first halfwords, a few second ones each.
    let mut n = Numbers::new(5);
    let mut engine = engine(model(), true);
    let mut device = Device::default();
    let extension = model().float().expect("a unit");
    let (mut known, mut unknown) = (0, 0);
    for first in (0xec00..0xef00).chain(0xfc00..0xff00) {
        for _ in 0..24 {
            let second = n.half(0x1_0000) & !0x0e00 | 0x0a00;
            let class = float::class(extension, first, second);
            // Unpredictable, and Unicorn's own choice: core registers 13 and 15, S31 with its next, PC as base.
            let (rt, low) = (second >> 12, first & 0xf);
            let odd = |register: u16| register == 13 || register == 15;
            let unpredictable = match class {
                Some(FloatClass::Core) if first & 0x0200 == 0 => {
                    odd(rt) || odd(low) || rt == low || second & 0x012f == 0x002f
                }
                Some(FloatClass::Core | FloatClass::Half | FloatClass::Status) => odd(rt),
                Some(FloatClass::Memory { .. }) => low == 15,
                _ => false,
            };
            if unpredictable {
                continue;
            }
            let mut code = Code::at(RAM);
            code.put(&[first, second]).bkpt(0);
            load(&mut *engine, &code);
            for register in (0..15).filter_map(Register::general) {
                engine.set_register(register, RAM + 0x2000);
            }
            engine.set_pc(RAM);
            let stop = engine.run(&mut device, u64::MAX);
            let expected = if class.is_some() { Stop::Breakpoint { immediate: 0 } } else { Stop::Undefined };
            assert_eq!(stop, expected, "{first:04x} {second:04x}");
            *(if class.is_some() { &mut known } else { &mut unknown }) += 1;
        }
    }
    assert!(known > 3_000 && unknown > 30_000, "{known}, {unknown}");
}

/// Executes instructions one by one, with pointers to RAM in all registers; the stop behind each.
fn one_by_one(engine: &mut dyn Engine, instructions: &[(u16, u16)]) -> Vec<Stop> {
    let mut code = Code::at(rig::FLASH);
    for (first, second) in instructions {
        code.put(&[*first, *second, 0xbe00]); // BKPT ends the translation.
    }
    load(engine, &code);
    let registers: Vec<Register> = (0..15).filter_map(Register::general).collect();
    let place = |index: usize| rig::FLASH + 6 * index as u32;
    let stops = (0..instructions.len()).map(|index| {
        engine.set_mode(thumb::T_BIT, 0);
        engine.write_registers(&registers, &[RAM + 0x2000; 15]);
        engine.set_pc(place(index));
        engine.run(&mut Device::default(), engine.cycle() + 1)
    });
    stops.collect()
}

#[test]
fn armv6m_is_executed_and_nothing_else() {
    // Which encodings there are: `thumb::armv6m`, whose own tests compare it with the manual's tables. Of 32 bits: each
    // first halfword with second ones that make it an instruction of Armv6-M or of a larger core.
    let seconds = [0x0000, 0x1234, 0x8f40, 0x8f50, 0x8f6f, 0x8800, 0x9000, 0xd000, 0xf0f0];
    let wide = (0xe800..=0xffff_u16).flat_map(|first| seconds.map(|second| (first, second)));
    let narrow = (0..0xe800_u16).map(|first| (first, 0xbe00));
    // Unpredictable: bits of BX, BLX, CPS, MRS, MSR and barriers that should be 0 or 1; transfers of no register; MRS to SP
    // or PC, MSR from them.
    let predictable = |&(first, second): &(u16, u16)| {
        let odd = |register: u16| matches!(register & 0xf, 13 | 15);
        let bits = first & 0xff00 == 0x4700 && first & 7 != 0 || first & 0xffe0 == 0xb660 && first & 0xc != 0;
        let empty = first & 0xf0ff == 0xc000 || first & 0xf7ff == 0xb400;
        let special = match first & 0xffe0 {
            0xf380 => first & 0x10 != 0 || second & 0x2300 != 0 || odd(first),
            0xf3e0 => first != 0xf3ef || second & 0x2000 != 0 || odd(second >> 8),
            0xf3a0 => first & 0x10 != 0 && first != 0xf3bf,
            _ => false,
        };
        !bits && !empty && !special
    };
    let all: Vec<(u16, u16)> = narrow.chain(wide).filter(predictable).collect();
    for (model, single_step) in [(CoreModel::CortexM0, false), (CoreModel::CortexM0Plus, true)] {
        let mut engine = engine(model, single_step);
        for instructions in all.chunks(10_000) {
            for (stop, (first, second)) in one_by_one(&mut *engine, instructions).iter().zip(instructions) {
                let exists = thumb::armv6m::has(*first, *second);
                assert_eq!(*stop != Stop::Undefined, exists, "{model:?}, {first:04x} {second:04x}: {stop:?}");
            }
        }
    }
}

#[test]
fn armv6m_needs_aligned_addresses() {
    // A3.2.1 of Arm DDI 0419: ldr, str, ldrh, strh, ldrsh with r1 = 1 or 2 beside r0; ldmia, stmia.
    let transfers: [(u16, u32); 7] =
        [(0x5842, 4), (0x5042, 4), (0x5a42, 2), (0x5242, 2), (0x5e42, 2), (0xc80c, 4), (0xc00c, 4)];
    for single_step in [false, true] {
        for (base, device) in [(RAM + 0x100, false), (DEVICE, true)] {
            for (transfer, size) in transfers {
                for offset in 0..4 {
                    let mut code = Code::at(PROGRAM);
                    code.put(&[transfer]).bkpt(0);
                    let mut run = Run::on(CoreModel::CortexM0, single_step, &code);
                    let multiple = transfer >> 12 == 0xc;
                    run.engine.set_register(Register::R0, base + if multiple { offset } else { 0 });
                    run.engine.set_register(Register::R1, offset);
                    let stop = run.engine.run(&mut run.device, 100);
                    let aligned = offset % size == 0;
                    let expected = if aligned { Stop::Breakpoint { immediate: 0 } } else { Stop::Unaligned };
                    assert_eq!(stop, expected, "{transfer:04x} at {base:#x} + {offset}");
                    assert_eq!(
                        run.device.0.log.is_empty(),
                        !(device && aligned),
                        "{transfer:04x} at {base:#x} + {offset}"
                    );
                    assert_eq!(run.engine.pc(), PROGRAM + if aligned { 2 } else { 0 });
                }
            }
        }
    }
}

also_on! {
    [cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        a_breakpoint_at_every_instruction,
        six_breakpoints_anywhere,
        trapped_floating_point_stops_in_front_of_each_such_instruction,
        floating_point_registers_are_what_instructions_see,
        the_engine_has_the_instructions_that_the_table_has,
    }
}

/// Runs to BKPT with these addresses watched; the stops behind an access of them.
fn watch(run: &mut Run, ranges: &[(u32, u32)]) -> Vec<State> {
    run.engine.watch(ranges);
    let mut states = Vec::new();
    while run.engine.cycle() < 60_000 {
        let before = run.device.1.len();
        match run.engine.run(&mut run.device, 60_000) {
            // Others are for what an engine has to do itself, or for the device.
            Stop::Attention if run.device.1.len() > before => states.push(run.state()),
            Stop::Attention => {}
            Stop::Breakpoint { .. } => break,
            Stop::Horizon | Stop::SupervisorCall => {}
            other => panic!("{other:?} at {:x?}", run.state()),
        }
    }
    run.stops.push((Stop::Horizon, run.state()));
    states
}

#[test]
fn watched_addresses_stop_behind_each_access_and_change_nothing() {
    let mut transfers = 0;
    for seed in 0..60 {
        let program = random::program(seed, base(seed), 3, model().float().filter(|_| seed % 2 == 0));
        let mut n = Numbers::new(seed ^ 0x3333);
        // Data, the stack, the device, and the routine that is overwritten.
        let mut ranges = Vec::new();
        for base in [random::DATA, STACK - 16, DEVICE, ROUTINE] {
            if n.one_in(2) {
                let first = base + n.below(24) as u32;
                ranges.push((first, first + (1 << n.below(4)) - 1));
            }
        }
        let [(fast, fast_states), (slow, slow_states)] = [false, true].map(|single_step| {
            let mut run = Run::new(single_step, &program);
            let states = watch(&mut run, &ranges);
            (run, states)
        });
        assert_eq!(fast.device.1, slow.device.1, "seed {seed}, {ranges:x?}");
        for (index, (fast, slow)) in fast_states.iter().zip(&slow_states).enumerate() {
            assert_eq!(fast, slow, "seed {seed}, stop {index}, {ranges:x?}");
        }
        assert_eq!(fast_states.len(), slow_states.len(), "seed {seed}");
        let mut undisturbed = Run::new(false, &program);
        undisturbed.finish(|_, _| {});
        assert!(fast.end() == undisturbed.end() && slow.end() == undisturbed.end(), "seed {seed}, {ranges:x?}");
        let overlaps = |address: u32, size: u8| {
            ranges.iter().any(|range| address <= range.1 && address + u32::from(size) > range.0)
        };
        assert!(fast.device.1.iter().all(|it| overlaps(it.2, it.3)), "seed {seed}");
        transfers += fast.device.1.len();
    }
    assert!(transfers > 60 * 5, "{transfers}");
}

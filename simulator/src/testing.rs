//! What the unit tests share: a scripted core, a board, an ELF writer.

#[path = "../tests/support/discovery.rs"]
mod discovery;
#[path = "../tests/support/elf.rs"]
pub(crate) mod elf;
#[path = "../tests/support/small.rs"]
#[expect(dead_code, reason = "other tests use the others")]
pub(crate) mod small;
#[path = "../tests/support/ticker.rs"]
pub(crate) mod ticker;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

pub(crate) use discovery::discovery;

use bksim_protocol::message::{FaultReport, Statistics};
use bluekernel_boards::model::Board;
use bluekernel_boards::registry::{Registry, SearchPath};
use serde::{Deserialize, Serialize};

use crate::bus::{Access, Bus, BusError};
use crate::cpu::image::{CHUNK, Image};
use crate::cpu::{Core, CoreState, CoreStop, DebugPort, FamilyState, Observation, Observed};

/// A board that is built in.
pub(crate) fn named(name: &str) -> Board {
    Registry::new(SearchPath::built_in()).board(name).unwrap()
}

pub(crate) fn board() -> Board {
    named("qemu-mps2-an385")
}

/// The STM32F4DISCOVERY with the peripherals that have a model, which run from reset on at the core's clock: nobody has to
/// enable them.
pub(crate) fn stm32f4() -> Board {
    let mut board = stm32f4_discovery();
    board.chip.peripherals.retain(|it| it.model.is_some());
    for peripheral in &mut board.chip.peripherals {
        (peripheral.clock, peripheral.enable) = (None, None);
    }
    board
}

/// The STM32F4DISCOVERY as its files say, peripherals without a model among them.
pub(crate) fn stm32f4_discovery() -> Board {
    named("stm32f4-discovery")
}

/// The BBC micro:bit.
pub(crate) fn microbit() -> Board {
    Registry::new(SearchPath::built_in()).board("microbit").unwrap()
}

/// What the scripted core does next. Everything but [`Step::Work`] and [`Step::Sleep`] takes one cycle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Step {
    /// Instructions of one cycle each.
    Work(u64),
    /// A load of a word; the result is logged.
    Load(u32),
    /// A store of a word.
    Store(u32, u32),
    /// A store to the core's own memory.
    Memory(u32, Vec<u8>),
    /// WFI.
    Sleep,
    /// A semihosting call.
    Call(u32, u32),
    /// What the core stops for.
    Stop(CoreStop),
}

/// What happened to the scripted core, with the cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Loaded(u64, Result<u32, BusError>),
    Line(u64, u16, bool),
    Result(u32),
    Woken(u64),
}

/// The scripted core's state.
#[derive(Serialize, Deserialize)]
struct ScriptState {
    steps: VecDeque<Step>,
    cycles: u64,
    instructions: u64,
    asleep: bool,
    own_event: Option<u64>,
}

/// A core that follows a script, with 64 KiB of RAM at 0x20000000.
pub(crate) struct FakeCore {
    steps: VecDeque<Step>,
    ram: Vec<u8>,
    cycles: u64,
    instructions: u64,
    asleep: bool,
    log: Rc<RefCell<Vec<Seen>>>,
    pub(crate) own_event: Option<u64>,
    pub(crate) register_size: u8,
    pub(crate) fault: Option<FaultReport>,
    /// Stores of one byte, all of them, once somebody has asked.
    observed: Option<Vec<Observation>>,
}

pub(crate) const RAM: u32 = 0x2000_0000;

impl FakeCore {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> (Self, Rc<RefCell<Vec<Seen>>>) {
        let log = Rc::new(RefCell::new(Vec::new()));
        let core = Self {
            steps: steps.into_iter().collect(),
            ram: vec![0; 64 << 10],
            cycles: 0,
            instructions: 0,
            asleep: false,
            log: Rc::clone(&log),
            own_event: None,
            register_size: 4,
            fault: None,
            observed: None,
        };
        (core, log)
    }

    fn spend(&mut self, cycles: u64) {
        self.cycles += cycles;
        self.instructions += cycles;
    }

    fn range(&self, address: u32, len: usize) -> Option<std::ops::Range<usize>> {
        let start = address.checked_sub(RAM)? as usize;
        let end = start.checked_add(len)?;
        (end <= self.ram.len()).then_some(start..end)
    }
}

impl DebugPort for FakeCore {}

impl Core for FakeCore {
    fn reset(&mut self) {}

    fn system_reset(&mut self) {}

    fn run(&mut self, bus: &mut dyn Bus, until: u64) -> CoreStop {
        loop {
            if self.asleep {
                return CoreStop::Asleep;
            }
            if self.cycles >= until {
                return CoreStop::Horizon;
            }
            let (cycle, pc) = (self.cycles, 0x100 + self.instructions as u32);
            match self.steps.pop_front() {
                // A script that is over loops without end.
                None => self.spend(until - cycle),
                Some(Step::Work(cycles)) => {
                    let now = cycles.min(until - cycle);
                    self.spend(now);
                    if cycles > now {
                        self.steps.push_front(Step::Work(cycles - now));
                    }
                }
                Some(Step::Load(address)) => {
                    let value = bus.read(Access { address, size: 4, cycle, pc });
                    self.log.borrow_mut().push(Seen::Loaded(cycle, value));
                    self.spend(1);
                    if bus.take_attention() {
                        return CoreStop::Attention;
                    }
                }
                Some(Step::Store(address, value)) => {
                    let _ = bus.write(Access { address, size: 4, cycle, pc }, value);
                    self.spend(1);
                    if bus.take_attention() {
                        return CoreStop::Attention;
                    }
                }
                Some(Step::Memory(address, bytes)) => {
                    assert!(self.poke(address, &bytes));
                    if let (Some(observed), [byte]) = (&mut self.observed, &bytes[..]) {
                        let what = Observed::Store { address, size: 1, value: (*byte).into() };
                        observed.push(Observation { cycle, what });
                    }
                    self.spend(1);
                }
                Some(Step::Sleep) => self.asleep = true,
                Some(Step::Call(operation, parameter)) => {
                    self.spend(1);
                    return CoreStop::Semihosting { operation, parameter: parameter.into() };
                }
                Some(Step::Stop(stop)) => return stop,
            }
        }
    }

    fn cycles(&self) -> u64 {
        self.cycles
    }

    fn instructions(&self) -> u64 {
        self.instructions
    }

    fn sleep_until(&mut self, until: u64) {
        assert!(self.asleep);
        let own = self.own_event.filter(|at| *at <= until);
        self.cycles = self.cycles.max(own.unwrap_or(until));
        if own.is_some() {
            self.own_event = None;
            self.asleep = false;
            self.log.borrow_mut().push(Seen::Woken(self.cycles));
        }
    }

    fn next_event(&self) -> Option<u64> {
        self.own_event
    }

    fn stall_fetches(&mut self, _: bool) {}

    fn set_irq(&mut self, line: u16, level: bool, at: u64) {
        self.log.borrow_mut().push(Seen::Line(at, line, level));
        self.asleep &= !level;
    }

    fn set_nmi(&mut self) {}

    fn pc(&self) -> u64 {
        0x100 + self.instructions
    }

    fn register(&self, _: u8) -> u64 {
        self.pc()
    }

    fn set_register(&mut self, _: u8, _: u64) {}

    fn answer_semihosting(&mut self, result: u64) {
        self.log.borrow_mut().push(Seen::Result(result as u32));
    }

    fn register_size(&self) -> u8 {
        self.register_size
    }

    fn peek(&self, address: u32, buffer: &mut [u8]) -> bool {
        let Some(range) = self.range(address, buffer.len()) else { return false };
        buffer.copy_from_slice(&self.ram[range]);
        true
    }

    fn poke(&mut self, address: u32, bytes: &[u8]) -> bool {
        let Some(range) = self.range(address, bytes.len()) else { return false };
        self.ram[range].copy_from_slice(bytes);
        true
    }

    fn observe(&mut self, _: &[(u32, u32)]) -> bool {
        self.observed = Some(Vec::new());
        true
    }

    fn take_observed(&mut self) -> Vec<Observation> {
        self.observed.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn save(&mut self) -> CoreState {
        let mut memory = Image::zeroed(self.ram.len());
        for (index, chunk) in self.ram.as_chunks().0.iter().enumerate() {
            memory.put(index, chunk);
        }
        let (steps, own_event) = (self.steps.clone(), self.own_event);
        let (cycles, instructions, asleep) = (self.cycles, self.instructions, self.asleep);
        let state = ScriptState { steps, cycles, instructions, asleep, own_event };
        CoreState { memories: vec![memory], family: FamilyState::Scripted(serde_json::to_value(state).unwrap()) }
    }

    fn restore(&mut self, state: &CoreState) -> bool {
        let FamilyState::Scripted(script) = &state.family else { return false };
        ScriptState {
            steps: self.steps,
            cycles: self.cycles,
            instructions: self.instructions,
            asleep: self.asleep,
            own_event: self.own_event,
        } = serde_json::from_value(script.clone()).unwrap();
        for (index, chunk) in self.ram.as_chunks_mut().0.iter_mut().enumerate() {
            *chunk = state.memories[0].chunk(index).copied().unwrap_or([0; CHUNK]);
        }
        true
    }

    fn fault_report(&self) -> Option<FaultReport> {
        self.fault.clone()
    }

    fn statistics(&self) -> Statistics {
        Statistics { instructions: self.instructions, cycles: self.cycles, ..Statistics::default() }
    }
}

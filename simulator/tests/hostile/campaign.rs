//! The campaign: programs on each board, on the fast engine, each for so many cycles; and half of them on the single-step
//! engine as well, which must come to the same end.

use std::time::{Duration, Instant};

use bksim::machine::{Machine, Options, Output};
use bksim_protocol::message::{FaultReport, Stop};
use bluekernel_boards::model::Board;
use bluekernel_boards::registry::{Registry, SearchPath};
use serde_json::Value;

use crate::numbers::{Numbers, seeds};
use crate::places::{Places, damage};
use crate::{arm, chance, riscv};

/// How long a program may run: core cycles at the frequency after reset.
const CYCLES: u64 = 60_000;
const PICOSECONDS: u64 = 1_000_000_000_000;
/// Calls of `step` that a run of this length may need; each is a slice of time or a mebibyte of text.
const MOST_STEPS: u32 = 10_000;

/// Where the fast engine's view of the code is, as a fault report names it: up to 32 MiB.
const OWN_VIEW: [&str; 2] = [" access to 0x9e", " access to 0x9f"];
/// What the host's memory may come to with the campaigns of all boards at once, in KiB.
const MOST_MEMORY: u64 = 2 << 20;

/// How a program ended: the stop, the time, instructions, bytes sent and the state.
#[derive(Debug, PartialEq)]
struct End {
    stop: String,
    time: u64,
    instructions: u64,
    sent: usize,
    state: String,
}

fn board(name: &str, core: Option<&str>) -> Board {
    let mut board = Registry::new(SearchPath::built_in()).board(name).expect("built in");
    if let Some(core) = core {
        core.clone_into(&mut board.chip.core);
        board.chip.mpu_regions = 8;
    }
    board
}

fn check(report: &FaultReport, seed: u64) {
    assert!(!report.summary.is_empty(), "seed {seed}: a fault without words: {report:?}");
    assert!(report.summary.contains("0x") || report.summary.contains(' '), "seed {seed}: {report:?}");
}

/// A program on a board.
struct Case<'a> {
    board: &'a Board,
    image: &'a [u8],
    address: u64,
    seed: u64,
}

impl Case<'_> {
    fn limit(&self) -> u64 {
        PICOSECONDS / self.board.chip.reset_hz * CYCLES
    }

    fn run(&self, single_step: bool, limit: u64) -> (End, Option<Machine>) {
        let options = Options { address: Some(self.address), single_step, ..Options::default() };
        match Machine::create(self.board, Some(self.image), None, options) {
            Ok((mut machine, _)) => (drive(&mut machine, limit, self.seed), Some(machine)),
            // The vector table's first words may have been hit.
            Err(error) => {
                let (stop, state) = (error.to_string(), String::new());
                (End { stop, time: 0, instructions: 0, sent: 0, state }, None)
            }
        }
    }

    /// Where the two engines part, for whoever looks for the reason. `None` for the two reasons that are known:
    ///
    /// - Code was written and run with nothing between that would make the core fetch it anew. Whether it does is
    ///   unpredictable (Arm DDI 0403E, A3.7.3; RISC-V Unprivileged ISA, chapter "Zifencei"), and the fast engine does not
    ///   within a block.
    /// - A load found the fast engine's own view of the code, at the end of the space for external RAM.
    fn parting(&self) -> Option<String> {
        let cycle = PICOSECONDS / self.board.chip.reset_hz;
        let differ = |limit| self.run(false, limit).0 != self.run(true, limit).0;
        let (mut same, mut different) = (0, self.limit());
        while different - same > cycle / 4 {
            let middle = same + (different - same) / 2;
            if differ(middle) { different = middle } else { same = middle }
        }
        let (fast, slow) = (self.look(false, different), self.look(true, different));
        let states = [&fast, &slow].map(|look| look.state.to_string());
        let is_arm = self.board.sim.machine == "cortex-m";
        let alias = is_arm && states.iter().any(|state| OWN_VIEW.iter().any(|address| state.contains(address)));
        if alias || self.has_rewritten_code(different.saturating_sub(1000 * cycle), different) {
            return None;
        }
        let mut text = format!("they part at {different} ps\nfast {:?}\nslow {:?}\n", fast.end, slow.end);
        compare("", &fast.state, &slow.state, &mut text);
        Some(text)
    }

    /// Whether code that ran between two times was another at the first than it is at the second.
    fn has_rewritten_code(&self, from: u64, to: u64) -> bool {
        let cycle = PICOSECONDS / self.board.chip.reset_hz;
        let ran: Vec<u64> = (from..to).step_by(cycle as usize).map(|limit| self.look(true, limit).pc).collect();
        let (before, after) = (self.look(true, from).machine, self.look(true, to).machine);
        ran.into_iter().any(|pc| before.read(pc, 4) != after.read(pc, 4))
    }

    fn look(&self, single_step: bool, limit: u64) -> Look {
        let (end, machine) = self.run(single_step, limit);
        let mut machine = machine.expect("one that runs");
        let state = serde_json::to_value(machine.snapshot()).expect("plain data");
        let core = state.pointer("/core/family/CortexM/engine").or(state.pointer("/core/family/Riscv"));
        let pc = core.and_then(|core| core["pc"].as_u64()).expect("where it is");
        Look { end, machine, state, pc }
    }
}

/// A machine at a time.
struct Look {
    end: End,
    machine: Machine,
    state: Value,
    pc: u64,
}

/// Lists where two values differ.
fn compare(path: &str, ours: &Value, theirs: &Value, text: &mut String) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in ours {
                compare(&format!("{path}.{key}"), value, theirs.get(key).unwrap_or(&Value::Null), text);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                compare(&format!("{path}[{index}]"), ours, theirs, text);
            }
        }
        _ if ours != theirs => *text += &format!("{path}: {ours:.100}, step by step {theirs:.100}\n"),
        _ => {}
    }
}

fn drive(machine: &mut Machine, limit: u64, seed: u64) -> End {
    let mut sent = 0;
    let mut steps = 0;
    let stop = loop {
        let stop = machine.step(Some(limit));
        for output in machine.take_output() {
            if let Output::Data { chunk, .. } = output {
                sent += chunk.bytes.len();
            }
        }
        if let Some(stop) = stop {
            break stop;
        }
        steps += 1;
        assert!(steps < MOST_STEPS, "seed {seed}: no end at {} of {limit}", machine.now());
    };
    if let Stop::Fault { report } | Stop::Lockup { report } = &stop {
        check(report, seed);
    }
    let (time, instructions) = (machine.now(), machine.instructions());
    End { stop: format!("{stop:?}"), time, instructions, sent, state: machine.snapshot().hash().to_string() }
}

/// What a campaign came to.
#[derive(Debug, Default)]
struct Sum {
    programs: u64,
    compared: u64,
    known: u64,
    instructions: u64,
    refused: u64,
    faults: u64,
    slowest: (Duration, u64, bool),
    most_sent: (usize, u64),
}

fn campaign(name: &str, core: Option<&str>) {
    let board = board(name, core);
    let is_arm = board.sim.machine == "cortex-m";
    let places = Places::of(&board, if is_arm { arm::REGISTERS } else { riscv::REGISTERS });
    let mut sum = Sum::default();
    for seed in seeds(10) {
        let mut n = Numbers::new(seed.wrapping_add(1 << 42));
        let mut image = match seed % 4 {
            // A firmware that works, with interrupts and all, once it is hit by some stray bits.
            0 if name == "qemu-mps2-an385" => chance::image(),
            _ if is_arm => arm::image(&mut n, &places),
            _ => riscv::image(&mut n, &places),
        };
        if seed % 4 < 2 {
            damage(&mut n, &mut image);
        }
        println!("{name}, seed {seed}: {} bytes", image.len());
        let case = Case { board: &board, image: &image, address: places.code.into(), seed };
        let mut timed = |single_step| {
            let begin = Instant::now();
            let end = case.run(single_step, case.limit()).0;
            sum.slowest = sum.slowest.max((begin.elapsed(), seed, single_step));
            end
        };
        let fast = timed(false);
        if seed % 2 == 0 {
            let slow = timed(true);
            if fast == slow {
                sum.compared += 1;
            } else if let Some(text) = case.parting() {
                panic!("{name}, seed {seed}: the engines disagree; {text}");
            } else {
                sum.known += 1;
            }
        }
        sum.programs += 1;
        sum.instructions += fast.instructions;
        sum.refused += u64::from(fast.state.is_empty());
        sum.faults += u64::from(fast.stop.starts_with("Fault") || fast.stop.starts_with("Lockup"));
        sum.most_sent = sum.most_sent.max((fast.sent, seed));
    }
    let memory = memory();
    println!("{name} {core:?}: {sum:?}; {memory:?} KiB");
    assert!(memory.is_none_or(|most| most < MOST_MEMORY), "{memory:?} KiB");
    assert!(sum.programs < 10 || sum.instructions > 100 * sum.programs, "programs that do nothing show nothing");
}

/// The most that the process has had of the host's memory, in KiB; `None` where the host does not say.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}

/// A test for each board.
macro_rules! campaigns {
    ($($test:ident: $board:literal, $core:expr;)+) => {
        $(#[test]
        fn $test() {
            campaign($board, $core);
        })+
    };
}

campaigns! {
    cortex_m0: "microbit", None;
    cortex_m0_plus: "microbit", Some("cortex-m0+");
    cortex_m3: "qemu-mps2-an385", None;
    cortex_m3_stellaris: "lm3s6965evb", None;
    cortex_m4f: "qemu-mps2-an386", None;
    cortex_m4f_stm32: "stm32f4-discovery", None;
    cortex_m7f: "qemu-mps2-an500", None;
    cortex_m33f: "qemu-mps2-an505", None;
    rv32imc: "hifive1", Some("rv32imc");
    rv32imac: "hifive1", None;
    rv32imafc: "qemu-virt-rv32", None;
    rv64gc: "qemu-virt-rv64", None;
}

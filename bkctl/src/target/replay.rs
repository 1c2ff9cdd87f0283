//! The time machine behind the viewer: the recorded run once more, in a bksim that can go back.
//!
//! A run on bksim depends on nothing but firmware and board, so the same instant comes again. The trace counts cycles from
//! when the kernel started its clock; where that is in the machine's own count is found by looking when a record of the first
//! ones appears in memory. A trace that the simulator made counts as the machine does, of whatever kernel it is. Where the trace
//! clock is the core's, cycles are compared and not times, since firmware may change how long a cycle is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::{fs, thread};

use bksim_protocol::message::{Moment as Here, Registers, Unmodelled};
use bluekernel_boards::model::Board;
use bluekernel_inspect::{Architecture, Image, Memory};
use bluekernel_tracer::tui::{Excerpt, Moment, TaskLine, TimeMachine, Wish};

use super::anchor::Anchor;
use super::machine::Machine;
use super::moment::{Place, Reader};
use crate::error::{Error, Exit, Result};
use crate::units::PS_PER_SECOND;

/// The symbol of the RTT control block.
const RTT: &str = "_SEGGER_RTT";
/// The number of the trace's channel.
const TRACE_CHANNEL: u64 = 1;
/// A firmware that has not begun its trace after so much virtual time never will.
const LONGEST_START: u64 = 10 * PS_PER_SECOND;
/// Lines of source above and below the one that is meant.
const AROUND: u32 = 12;
/// Bytes of an object that are shown.
const OBJECT_BYTES: u64 = 32;

/// What is replayed.
#[derive(Clone, Debug)]
pub struct Run {
    /// The board.
    pub board: Board,
    /// The firmware that was recorded.
    pub elf: PathBuf,
    /// The same with source lines, if they are to be had.
    pub image: Image,
    /// The project's folder: files below it are named by their place in it.
    pub root: Option<PathBuf>,
    /// Cycles of the trace clock in a second.
    pub clock_hz: u64,
    /// By which record of the trace the machine's time is found.
    pub anchor: Anchor,
    /// The trace's times are the core's cycles since power came on.
    pub from_outside: bool,
}

/// The viewer's end: the work is done by a thread.
#[derive(Debug)]
pub struct Replay {
    wishes: Sender<Wish>,
    answers: Receiver<Result<Moment, String>>,
    stop: Arc<AtomicBool>,
}

impl Replay {
    /// A replay of what `prepare` gives. It is called by the first wish, on the replay's thread, and then the machine starts.
    ///
    /// # Errors
    /// If there can be no thread.
    pub fn new(prepare: impl FnOnce() -> Run + Send + 'static) -> Result<Self> {
        let (wishes, asked) = mpsc::channel();
        let (told, answers) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&stop);
        thread::Builder::new()
            .name("replay".into())
            .spawn(move || {
                // Nothing is prepared for a viewer in which nobody goes back.
                let Ok(first) = asked.recv() else { return };
                serve(&prepare(), first, &asked, &told, &ends);
            })
            .map_err(|error| Error::new(Exit::Simulator, format!("no thread for going back: {error}")))?;
        Ok(Self { wishes, answers, stop })
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl TimeMachine for Replay {
    fn ask(&mut self, wish: Wish) {
        // If the thread is gone, the answer says so.
        let _ = self.wishes.send(wish);
    }

    fn answer(&mut self) -> Option<Result<Moment, String>> {
        match self.answers.try_recv() {
            Ok(answer) => Some(answer),
            Err(mpsc::TryRecvError::Empty) => None,
            Err(mpsc::TryRecvError::Disconnected) => Some(Err("the simulator behind the viewer has ended".into())),
        }
    }
}

/// Answers wishes until the viewer is gone. Of several that wait, the last counts; steps are all made.
fn serve(run: &Run, first: Wish, asked: &Receiver<Wish>, told: &Sender<Result<Moment, String>>, stop: &AtomicBool) {
    let mut player: Option<Player<'_>> = None;
    let mut next = Some(first);
    while let Some(mut wish) = next.or_else(|| asked.recv().ok()) {
        next = None;
        while let (Wish::At(_), Ok(later)) = (wish, asked.try_recv()) {
            wish = later;
        }
        let answer = match &mut player {
            Some(player) => player.go(wish, stop),
            None => Player::start(run, stop).and_then(|started| player.insert(started).go(wish, stop)),
        };
        let answer = answer.map_err(|error| error.message().to_owned());
        if stop.load(Ordering::Relaxed) || told.send(answer).is_err() {
            return;
        }
    }
}

/// The machine, and how far it has run.
struct Player<'a> {
    run: &'a Run,
    reader: Reader<'a>,
    machine: Machine,
    /// The moment of the trace's anchor.
    first: Here,
    /// The latest time it has run to, in picoseconds.
    reached: u64,
    /// Where it is.
    here: Here,
}

impl<'a> Player<'a> {
    fn start(run: &'a Run, stop: &AtomicBool) -> Result<Self> {
        let reader = Reader::new(&run.image, run.root.as_deref());
        if !run.from_outside && !reader.knows_kernel() {
            return Err(Error::usage("the firmware does not describe its kernel"));
        }
        let mut machine = Machine::start(&run.board, &run.elf, Unmodelled::Allow)?;
        let (first, reached) = match run.from_outside {
            true => (machine.seek(0)?, 0),
            false => moment_of(&mut machine, &run.image, run.anchor, stop)?,
        };
        Ok(Self { run, reader, machine, first, reached, here: first })
    }

    fn go(&mut self, wish: Wish, stop: &AtomicBool) -> Result<Moment> {
        let cycle = PS_PER_SECOND.div_ceil(self.here.core_hz.max(1));
        match wish {
            Wish::At(time) => self.go_to(time, stop)?,
            Wish::Step => self.move_to(self.here.time_ps + cycle, stop)?,
            Wish::StepBack => {
                // An instruction takes several cycles: back until it is another one.
                let here = self.here.time_ps;
                for back in 1..=64 {
                    self.move_to(here.saturating_sub(back * cycle), stop)?;
                    if self.here.time_ps < here {
                        break;
                    }
                }
            }
        }
        self.look()
    }

    /// Goes to a time of the trace. How far that is follows from how far off the last guess was: one or two are enough,
    /// unless the core's clock is changed on the way.
    fn go_to(&mut self, time: u64, stop: &AtomicBool) -> Result<()> {
        let (mut last, mut tries) = (i128::MAX, 0);
        loop {
            let off = i128::from(time) - self.trace_time();
            if off == 0 || off == last || tries == 12 || stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let hz = if self.counts_cycles() { self.here.core_hz } else { self.run.clock_hz };
            let ps = i128::from(self.here.time_ps) + picoseconds(off, hz);
            self.move_to(u64::try_from(ps.max(0)).unwrap_or(u64::MAX), stop)?;
            (last, tries) = (off, tries + 1);
        }
    }

    /// Goes to the first instruction's end at or behind a time.
    fn move_to(&mut self, time_ps: u64, stop: &AtomicBool) -> Result<()> {
        self.here = if time_ps > self.reached {
            let stopped = self.machine.run(time_ps, None, stop)?;
            self.reached = self.reached.max(stopped.time_ps);
            Here { time_ps: stopped.time_ps, cycles: stopped.cycles, core_hz: stopped.core_hz }
        } else {
            self.machine.seek(time_ps)?
        };
        Ok(())
    }

    fn look(&mut self) -> Result<Moment> {
        let registers = self.machine.registers()?;
        let memory = &mut self.machine.memory();
        let mut tasks = self.reader.tasks(Some(&registers), memory);
        tasks.sort_by_key(|task| (std::cmp::Reverse(task.priority), task.number));
        let places = self.reader.running_places(&registers, memory);
        let own = places.iter().find(|place| place.is_users()).or(places.first());
        Ok(Moment {
            time: u64::try_from(self.trace_time()).unwrap_or(0),
            calls: places.iter().map(Place::to_text).collect(),
            source: own.and_then(|place| excerpt(place.line.as_deref()?, self.run.root.as_deref())),
            registers: named(&self.run.image, &registers),
            tasks: tasks
                .iter()
                .map(|task| TaskLine {
                    name: task.name.clone(),
                    state: match &task.waits_for {
                        Some(object) => format!("{} on {object}", task.state),
                        None => task.state.to_owned(),
                    },
                    stack: (task.stack_used, task.stack_bytes),
                    place: task.place().map(Place::to_text).unwrap_or_default(),
                })
                .collect(),
            objects: self.reader.objects(OBJECT_BYTES, memory),
        })
    }

    /// Whether the trace clock is the core's. That the core may be slower at the moment does not matter: many a firmware
    /// begins its trace before it has set up its clocks.
    fn counts_cycles(&self) -> bool {
        self.run.from_outside || self.run.clock_hz == self.run.board.core_hz
    }

    /// Where it is, in cycles of the trace.
    fn trace_time(&self) -> i128 {
        let since = if self.counts_cycles() {
            i128::from(self.here.cycles) - i128::from(self.first.cycles)
        } else {
            let ps = i128::from(self.here.time_ps) - i128::from(self.first.time_ps);
            ps * i128::from(self.run.clock_hz) / i128::from(PS_PER_SECOND)
        };
        // What the simulator counts begins at 0, with the power.
        if self.run.from_outside { since } else { i128::from(self.run.anchor.time) + since }
    }
}

fn picoseconds(cycles: i128, hz: u64) -> i128 {
    cycles * i128::from(PS_PER_SECOND) / i128::from(hz.max(1))
}

/// The core's cycle, since power came on, at which a record of the firmware's own trace stands in memory.
///
/// # Errors
/// Exit 2 if it never does, exit 5 for trouble with bksim.
pub fn cycle_of(board: &Board, elf: &Path, image: &Image, anchor: Anchor) -> Result<u64> {
    let mut machine = Machine::start(board, elf, Unmodelled::Allow)?;
    Ok(moment_of(&mut machine, image, anchor, &AtomicBool::new(false))?.0.cycles)
}

/// Runs until a record of the trace stands in memory, and finds the very instruction that put it there: its moment, and
/// how far the machine was run.
fn moment_of(machine: &mut Machine, image: &Image, anchor: Anchor, stop: &AtomicBool) -> Result<(Here, u64)> {
    let none = || Error::usage("this firmware begins no trace: it cannot be found in time");
    let block = image.address_of(RTT).ok_or_else(none)?;
    let word = u64::from(image.word_bytes());
    // The block: 16 bytes of a name, two counts of 32 bits; a channel: two pointers, size, write and read offset, flags.
    let channel = (2 * word + 4 * 4).next_multiple_of(word);
    let write = block + 16 + 8 + TRACE_CHANNEL * channel + 2 * word + 4;
    let has_begun = |machine: &Machine| {
        let mut bytes = [0; 4];
        machine.memory().read(write, &mut bytes) && u32::from_le_bytes(bytes) >= anchor.written
    };
    let (mut reached, mut step) = (0, PS_PER_SECOND / 100_000);
    while !has_begun(machine) {
        if reached >= LONGEST_START || stop.load(Ordering::Relaxed) {
            return Err(none());
        }
        reached = machine.run(reached + step, None, stop)?.time_ps.max(reached + 1);
        step *= 2;
    }
    // Not yet at `low`, already at `high`.
    let (mut low, mut high) = (0, reached);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        machine.seek(middle)?;
        if has_begun(machine) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok((machine.seek(high)?, reached))
}

/// Registers by their architecture's names.
fn named(image: &Image, registers: &Registers) -> Vec<(String, u64)> {
    // RISC-V ABIs Specification 1.0, table 1.
    const RISCV: [&str; 32] = [
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
        "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    ];
    if image.architecture() == Architecture::Arm {
        let name = |number: usize| match number {
            13 => "sp".to_owned(),
            14 => "lr".to_owned(),
            15 => "pc".to_owned(),
            number => format!("r{number}"),
        };
        return registers.general.iter().take(16).enumerate().map(|(number, value)| (name(number), *value)).collect();
    }
    let general = RISCV.iter().zip(&registers.general).skip(1).map(|(name, value)| ((*name).to_owned(), *value));
    std::iter::once(("pc".to_owned(), registers.pc)).chain(general).collect()
}

/// The lines around `place`, which is `file:line`; `None` if the file cannot be read.
fn excerpt(place: &str, root: Option<&Path>) -> Option<Excerpt> {
    let (file, line) = place.rsplit_once(':')?;
    let line: u32 = line.parse().ok()?;
    let path = root.map_or_else(|| PathBuf::from(file), |root| root.join(file));
    let text = fs::read_to_string(path).ok()?;
    let range = line.saturating_sub(AROUND).max(1)..=line.saturating_add(AROUND);
    let numbered = (1..).zip(text.lines().map(str::to_owned));
    let lines = numbered.filter(|(number, _)| range.contains(number)).collect();
    Some(Excerpt { file: file.to_owned(), line, lines })
}

//! The JSON-RPC 2.0 messages on stream 0.
//!
//! | method | parameters | result | |
//! |---|---|---|---|
//! | `hello` | [`Hello`] | [`Hello`] | first; a version that differs is error [`error_code::VERSION`] |
//! | `create` | [`Create`] | [`Created`] | builds the machine and loads the firmware |
//! | `probe` | [`Probe`] | [`Listening`] | serves a debug probe, during every run that follows |
//! | `run` | [`Run`] | [`Stopped`] | answers when the machine stops |
//! | `pause` | - | - | notification; ends a running `run` with [`Stop::Paused`] |
//! | `credit` | [`Credit`] | - | notification |
//! | `input` | [`Input`] | [`Taken`] | bytes typed at a UART or sent down an RTT channel; may be a notification |
//! | `read` | [`Read`] | [`Memory`] | memory as the core sees it, without side effects |
//! | `statistics` | - | [`Statistics`] | |
//! | `state_hash` | - | [`StateHash`] | of all that decides what happens next |
//! | `registers` | - | [`Registers`] | the core's general registers |
//! | `snapshot` | - | [`Snapshot`] | keeps the present moment, until the next `create` |
//! | `restore` | [`Restore`] | [`Moment`] | goes back to it and begins another future: all that is sent is new |
//! | `seek` | [`Seek`] | [`Moment`] | goes to a time that has been; what was sent by then is not sent again |
//! | `shutdown` | - | `null` | answers, then bksim ends |
//!
//! bksim sends one notification of its own: `channel` ([`Channel`]), when an RTT up channel is first seen.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// JSON-RPC error codes of ours.
pub mod error_code {
    /// The other side speaks another version of the protocol.
    pub const VERSION: i64 = -32001;
    /// The firmware cannot be loaded: wrong file, wrong architecture, outside the map.
    pub const FIRMWARE: i64 = -32002;
    /// The board asks for something that bksim does not have.
    pub const BOARD: i64 = -32003;
    /// The request does not fit the state, like `run` before `create`.
    pub const STATE: i64 = -32004;
    /// What a chip keeps cannot be used: in use by another machine, damaged, of another chip, or not writable.
    pub const CHIP: i64 = -32005;
    /// The engine failed: a defect of bksim.
    pub const ENGINE: i64 = -32010;
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`crate::VERSION`] of the speaker.
    pub protocol: u32,
    /// Name and version of the speaker, like `bksim 0.1.0`.
    pub program: String,
}

/// The machine to build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Create {
    /// The board, resolved and serialised by the `boards` crate: which file it came from is the client's business.
    pub board: serde_json::Value,
    /// The firmware to load, an ELF or Intel HEX file, or with [`Create::address`] a raw binary. Without one the chip
    /// starts with what [`Create::chip`] keeps.
    #[serde(default)]
    pub elf: Option<PathBuf>,
    /// Where a raw binary is loaded.
    #[serde(default)]
    pub address: Option<u64>,
    /// The folder that keeps what outlives the machine, as a chip does: flash memory and option bytes. Made if it is
    /// not there, and held by one machine at a time. Without one nothing outlives it.
    #[serde(default)]
    pub chip: Option<PathBuf>,
    /// What to do when firmware touches what is not modelled.
    #[serde(default)]
    pub unmodelled: Unmodelled,
    /// One instruction is one cycle, as in `qemu -icount`, in place of the core's cost table.
    #[serde(default)]
    pub instruction_clock: bool,
    /// Send a trace of what the firmware's kernel does, derived from its memory and from exceptions, on
    /// [`crate::frame::GHOST`]. Virtual time does not change by it. Firmware that does not say where its kernel is, is an
    /// [`error_code::FIRMWARE`].
    #[serde(default)]
    pub ghost: Option<GhostOf>,
    /// Put behind each event of the firmware's trace what tracing cost the processor for it (`SPENT` of the trace's wire).
    /// Virtual time does not change by it. Which code is tracing's, the debug information in this file says: the firmware's
    /// own, or that of another build with the same code. One that does not say it is an [`error_code::FIRMWARE`].
    #[serde(default)]
    pub trace_cost: Option<PathBuf>,
}

impl Create {
    /// The machine of a board with a blank chip, and everything else as if it were not said.
    #[must_use]
    pub fn new(board: serde_json::Value) -> Self {
        Self {
            board,
            elf: None,
            address: None,
            chip: None,
            unmodelled: Unmodelled::default(),
            instruction_clock: false,
            ghost: None,
            trace_cost: None,
        }
    }
}

/// Whose ghost trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kernel", content = "is", rename_all = "kebab-case")]
pub enum GhostOf {
    /// Our kernel's, which describes itself.
    Ours,
    /// Another one's, which keeps tasks in lists.
    Lists(Box<ListKernel>),
    /// Another one's, which polls tasks.
    Polls(Box<PollKernel>),
}

/// How to find one's way in a kernel that keeps a pointer to the running task's control block, and each task in a list that
/// tells its state. Names are those of the firmware's symbols and, from its debug information, of a structure's members; a
/// member of a member stands behind a dot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListKernel {
    /// What it is called.
    pub name: String,
    /// A firmware with all of these symbols is of this kernel.
    pub symbols: Vec<String>,
    /// The pointer to the running task's control block.
    pub current: String,
    /// A word that is not 0 from the first task on.
    #[serde(default)]
    pub started: Option<String>,
    /// How the names of tasks begin that run when there is nothing else to do.
    #[serde(default)]
    pub idle: String,
    /// The control block.
    pub task: TaskMembers,
    /// The lists.
    pub lists: StateLists,
}

/// The members of a task's control block. Where there are several names, the first counts that the structure has: versions
/// and configurations of a kernel differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskMembers {
    /// The structure.
    pub structure: String,
    /// The name, an array of characters.
    pub name: String,
    /// The effective priority, a word.
    pub priority: String,
    /// The pointer to the list that tells the task's state.
    pub state: Vec<String>,
    /// The pointer from the task's item in that list back to the control block.
    pub owner: Vec<String>,
    /// The pointer to the list of the object that the task waits for.
    pub event: Vec<String>,
}

/// Lists, or arrays of lists, by the state of the tasks in them. Those that a firmware does not have are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateLists {
    /// Of tasks that could run.
    pub ready: Vec<String>,
    /// Of tasks that wait, for at most some time.
    pub waiting: Vec<String>,
    /// Of tasks that are suspended, or wait for ever.
    #[serde(default)]
    pub suspended: Vec<String>,
    /// Of tasks that are over.
    #[serde(default)]
    pub ended: Vec<String>,
}

/// How to find one's way in an executor of asynchronous tasks that keeps a header in front of each task's future, and calls a
/// function of the task's type with the header's address to poll it. Patterns are names of the firmware's symbols in which
/// one `*` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollKernel {
    /// What it is called.
    pub name: String,
    /// The functions that poll a task, patterns. A firmware that has one is of this kernel.
    pub polls: Vec<String>,
    /// The memory of tasks, a pattern: what stands for `*` is the task's name.
    pub tasks: String,
    /// The last part of that name if the task was made of the program's `main`, and is called so.
    #[serde(default)]
    pub main: String,
    /// The header.
    pub header: HeaderMembers,
}

impl PollKernel {
    /// Whether the function with this name polls tasks.
    #[must_use]
    pub fn polls_are(&self, symbol: &str) -> bool {
        self.polls.iter().any(|pattern| matched(pattern, symbol).is_some())
    }

    /// The name of the tasks in the memory with this name, if it is memory of tasks.
    #[must_use]
    pub fn task_name(&self, symbol: &str) -> Option<String> {
        let name = matched(&self.tasks, symbol)?;
        let of_main = name.strip_suffix(&self.main).filter(|_| !self.main.is_empty());
        Some(of_main.map_or_else(|| name.to_owned(), |path| format!("{path}main")))
    }
}

/// What stands for the `*` of a pattern.
fn matched<'a>(pattern: &str, text: &'a str) -> Option<&'a str> {
    let (start, end) = pattern.split_once('*')?;
    text.strip_prefix(start)?.strip_suffix(end)
}

/// The members of a task's header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderMembers {
    /// The structure.
    pub structure: String,
    /// The pointer to the function that polls the task.
    pub poll: String,
    /// The pointer to the executor, which is written when the task begins.
    pub executor: String,
    /// Whether the task will be polled. Of several the first counts that the structure has.
    pub queued: Vec<Flag>,
    /// Whether there is such a task, likewise.
    pub spawned: Vec<Flag>,
    /// The priority, a byte, if the firmware has them.
    #[serde(default)]
    pub priority: String,
}

/// A member that is true or false.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// The member: a byte, or a word of which a bit counts.
    pub member: String,
    /// The bit, of the member's first byte.
    #[serde(default)]
    pub bit: Option<u8>,
}

/// What to do when firmware touches a register or address that is not modelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unmodelled {
    /// Reads as zero, writes are lost; nothing is said.
    Allow,
    /// The same, and it is listed in [`Statistics::unmodelled`].
    #[default]
    Warn,
    /// The run stops with [`Stop::Unmodelled`].
    Fail,
}

/// What was built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// The core's clock after reset in hertz.
    pub core_hz: u64,
    /// The initial program counter.
    pub entry: u64,
    /// Address of the RTT control block by symbol, if the ELF has one.
    pub rtt: Option<u64>,
}

/// Where to serve a debug probe: probe-rs reaches it as a Glasgow probe, with the selector `20b7:9db1:ADDRESS`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// `tcp:HOST:PORT`, port 0 for any that is free; or `unix:PATH`, where there are such sockets.
    pub address: String,
}

/// Where a debug probe is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// As in [`Probe::address`], with the port that was chosen.
    pub address: String,
}

/// How far to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Stop at this virtual time (picoseconds since reset); for ever if absent.
    pub until_ps: Option<u64>,
    /// Virtual seconds in a host second; as fast as possible if absent. Pacing never changes what happens.
    pub pace: Option<f64>,
}

/// Why a run ended, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Why.
    pub stop: Stop,
    /// Virtual time in picoseconds since reset.
    pub time_ps: u64,
    /// Core cycles since reset.
    pub cycles: u64,
    /// The core's frequency then, in hertz.
    pub core_hz: u64,
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Stop {
    /// The time asked for has come.
    Time,
    /// The client asked.
    Paused,
    /// The firmware ended itself by semihosting.
    Exit {
        /// Its exit code; 0 is success.
        code: i32,
    },
    /// The firmware reached a BKPT while, or soon after, it handled a fault.
    Fault {
        /// What happened, decoded.
        report: FaultReport,
    },
    /// A fault in a fault handler: the core is locked up.
    Lockup {
        /// What happened, decoded.
        report: FaultReport,
    },
    /// A BKPT without a fault and without a debugger.
    Breakpoint {
        /// Its address.
        pc: u64,
    },
    /// The core sleeps and nothing that is modelled can ever wake it.
    Asleep {
        /// Where it sleeps.
        pc: u64,
    },
    /// The firmware asked for a system reset (AIRCR.SYSRESETREQ).
    Reset,
    /// The firmware touched what is not modelled, and [`Unmodelled::Fail`] is set.
    Unmodelled {
        /// The access.
        access: UnmodelledAccess,
    },
}

/// A fault as the architecture's registers tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultReport {
    /// In words: `BusFault: precise data access to 0x60000000 by 0x00000432`.
    pub summary: String,
    /// The faulting instruction.
    pub pc: u64,
    /// General registers r0-r12, sp, lr at the fault.
    pub registers: Vec<u64>,
    /// Configurable Fault Status Register.
    pub cfsr: u32,
    /// HardFault Status Register.
    pub hfsr: u32,
    /// MemManage address, if CFSR calls it valid.
    pub mmfar: Option<u32>,
    /// BusFault address, if CFSR calls it valid.
    pub bfar: Option<u32>,
}

/// One access to something that is not modelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmodelledAccess {
    /// The address.
    pub address: u64,
    /// The peripheral it lies in, if the board names one.
    pub peripheral: Option<String>,
    /// A write?
    pub write: bool,
    /// The instruction.
    pub pc: u64,
    /// How often.
    pub count: u64,
}

/// Leave to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// So many data bytes more, over all streams.
    pub bytes: u64,
}

/// Bytes for the firmware.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// [`crate::frame::UART`] + n or [`crate::frame::RTT_UP`] + n (down channel n).
    pub stream: u8,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// When bytes from outside took effect: with them at the same time a replay is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Virtual time in picoseconds since reset.
    pub time_ps: u64,
}

/// A time to go to, between two runs.
///
/// A run that follows repeats what had happened from there on, input included, without sending it again, and then goes on.
/// Input in the past takes the place of all that had come after it. From the first `seek` on bksim keeps snapshots, so that
/// the next ones are short: a client that is going to seek says so by a first one at time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seek {
    /// Virtual time in picoseconds since reset, not beyond the time that the machine has run to.
    pub time_ps: u64,
}

/// A moment that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its number.
    pub snapshot: u64,
    /// Virtual time in picoseconds since reset.
    pub time_ps: u64,
}

/// A moment to go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// Its number: see [`Snapshot::snapshot`].
    pub snapshot: u64,
}

/// Where the machine is in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Virtual time in picoseconds since reset.
    pub time_ps: u64,
    /// Core cycles since reset.
    pub cycles: u64,
    /// The core's frequency then, in hertz.
    pub core_hz: u64,
}

/// A hash of the machine's state: equal for equal states, whichever way they were reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateHash {
    /// Virtual time in picoseconds since reset.
    pub time_ps: u64,
    /// SHA-256 of registers, memories, devices and time, in hexadecimal.
    pub sha256: String,
}

/// A look at memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// First address.
    pub address: u64,
    /// How many bytes, at most 1 MiB.
    pub len: u32,
}

/// What was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The bytes; shorter than asked where memory ends.
    pub bytes: Vec<u8>,
}

/// The core's general registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registers {
    /// The address of the next instruction.
    pub pc: u64,
    /// x0 to x31 of a RISC-V core; r0 to r15 of a Cortex-M, of which r15 is the program counter, and 0 behind them.
    pub general: Vec<u64>,
    /// Of a Cortex-M in a handler: the process stack pointer, where the frame of the task is that was interrupted, if tasks
    /// have stacks of their own.
    #[serde(default)]
    pub interrupted: Option<u64>,
}

/// An RTT up channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its stream.
    pub stream: u8,
    /// Its name in the control block.
    pub name: String,
    /// Bytes of its buffer.
    pub size: u32,
}

/// What bksim has measured since reset, without the firmware's help.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Instructions executed.
    pub instructions: u64,
    /// Core cycles, sleep included.
    pub cycles: u64,
    /// Of these, cycles asleep.
    pub sleep_cycles: u64,
    /// From the pend of PendSV to the first instruction behind its return: a context switch.
    pub context_switch: Option<Latency>,
    /// From pend to the handler's first instruction, an entry per exception that was taken.
    pub exceptions: Vec<ExceptionLatency>,
    /// The longest time for which the core's mask (PRIMASK or BASEPRI, mstatus.MIE) kept interrupts waiting; `None` if it
    /// never did. Times that began before any was enabled do not count.
    pub longest_masked: Option<MaskedStretch>,
    /// Of the cycles, those of tracing's code; with [`Create::trace_cost`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing_cycles: Option<u64>,
    /// What was touched and is not modelled.
    pub unmodelled: Vec<UnmodelledAccess>,
}

/// A stretch of a run with interrupts kept waiting. The addresses are in the instructions that began and ended it, as far
/// as the core tells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaskedStretch {
    /// How long it was, in cycles.
    pub cycles: u64,
    /// Where the mask was closed, or the handler that began with it closed.
    pub from: u64,
    /// Where it was opened again, or where the program stands if it was not.
    pub to: u64,
}

/// A distribution in cycles. Quantiles are exact: the smallest value that at least the given share does not exceed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// How many.
    pub count: u64,
    /// The shortest.
    pub min: u64,
    /// The median.
    pub p50: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

/// The latency of one exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionLatency {
    /// The exception number.
    pub exception: u32,
    /// Its name.
    pub name: String,
    /// From pend to the handler's first instruction.
    pub latency: Latency,
    /// The longest of them, the longest first; the first ones of equals.
    #[serde(default)]
    pub longest: Vec<LongWait>,
}

/// How long an exception waited for its handler, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongWait {
    /// From pend to the handler's first instruction.
    pub cycles: u64,
    /// The core cycle since power came on at which it became pending.
    pub pended_at: u64,
    /// What took most of that time; `None` if nothing but the entry itself did.
    pub waited_for: Option<WaitedFor>,
}

/// What an exception waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum WaitedFor {
    /// The mask was closed. On RISC-V a handler is that, too, as long as it does not open it.
    Mask {
        /// For so long, also before the exception was pending.
        cycles: u64,
        /// See [`MaskedStretch::from`].
        from: u64,
        /// See [`MaskedStretch::to`].
        to: u64,
    },
    /// A handler ran that is as important.
    Handler {
        /// For so long, also before the exception was pending.
        cycles: u64,
        /// Its exception.
        exception: u32,
        /// Its first instruction.
        entry: u64,
    },
}

//! The command line, as clap reads it. What each command does is in [`crate::cmd`].

mod device;
mod measure;
mod review;

use std::path::PathBuf;

pub use device::{Attach, ChipArgs, Erase, FirmwareArgs, Flash, Probe, Read, Reset, Run};
pub use measure::{Stats, TracePath};
pub use review::{Assert, Diff, Report};

use bluekernel_tracer::tui::Theme;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::output::Format;
use crate::units::{Pace, parse_address, parse_pace, parse_time};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "bkctl",
    version,
    about = "Scaffold, build, simulate, measure and trace BlueKernel firmware",
    after_help = "First steps: bkctl demo, or bkctl new NAME --board qemu-mps2-an385",
    propagate_version = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// How to answer
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Where the firmware runs. The help text stands apart: rustdoc would take its brackets for a link.
    #[arg(
        long,
        global = true,
        value_name = "TARGET",
        help = "Where the firmware runs: sim, or probe[:SELECTOR] [default: BKCTL_TARGET, then bk.toml]"
    )]
    pub target: Option<String>,
    /// Say more on stderr (-v, -vv, -vvv; or BKCTL_LOG=FILTER)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project
    New(New),
    /// Build the project's firmware (release) and keep the ELF by its build id
    Build(Build),
    /// Show what the firmware takes: regions, sections, crates, symbols, stacks
    Size(Size),
    /// Run firmware in the simulator
    Sim(Sim),
    /// Program the firmware into the chip: only what differs
    Flash(Flash),
    /// Program, reset, and show what the firmware says until it ends
    Run(Run),
    /// Show what the firmware on the chip says, without touching it
    Attach(Attach),
    /// Reset the chip
    Reset(Reset),
    /// Read the chip's memory
    Read(Read),
    /// Erase the chip's flash memory
    Erase(Erase),
    /// Show debug probes
    #[command(subcommand)]
    Probe(Probe),
    /// Show tasks, their stacks, and where in the code each is
    Tasks(Tasks),
    /// Record, view, measure and export traces
    #[command(subcommand)]
    Trace(Trace),
    /// Show boards
    #[command(subcommand)]
    Board(Board),
    /// Show the whole road on a project of its own
    Demo(Demo),
    /// Print a shell's completion script
    Completions(Completions),
    /// Write the manual pages
    #[command(hide = true)]
    Man(Man),
}

/// `new`
#[derive(Debug, Args)]
pub struct New {
    /// The project's folder; its last part is the project's name
    #[arg(value_name = "NAME", value_hint = ValueHint::DirPath)]
    pub path: PathBuf,
    /// The board (bkctl board list)
    #[arg(long)]
    pub board: String,
    /// What to start from
    #[arg(long, default_value = "blinky")]
    pub template: String,
}

/// Which project, and how it is built.
#[derive(Clone, Debug, Default, Args)]
pub struct ProjectArgs {
    /// Take this board in place of the one in bk.toml
    #[arg(long)]
    pub board: Option<String>,
    /// Which binary, if the project has several
    #[arg(long, value_name = "NAME")]
    pub bin: Option<String>,
    /// Build without the package's default features (the template: without tracing)
    #[arg(long)]
    pub no_default_features: bool,
}

/// `build`
#[derive(Debug, Args)]
pub struct Build {
    /// The project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Passed on to cargo
    #[arg(last = true, value_name = "CARGO_ARGS")]
    pub cargo: Vec<String>,
}

/// `size`
#[derive(Debug, Args)]
pub struct Size {
    /// The project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// An ELF file [default: the project's, built first]
    #[arg(value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,
    /// Take the project's ELF as it is
    #[arg(long)]
    pub no_build: bool,
    /// How many symbols to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
}

/// What `sim`, `trace record` and `trace view` share.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// The project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Take the project's ELF as it is
    #[arg(long)]
    pub no_build: bool,
    /// Stop after this virtual time, like 2s or 10ms
    #[arg(long = "for", value_name = "TIME", value_parser = parse_time, allow_hyphen_values = true)]
    pub duration: Option<u64>,
    /// Virtual time against the host's: 1x, 0.1x, max; it never changes what happens
    #[arg(long, value_parser = parse_pace, allow_hyphen_values = true)]
    pub pace: Option<Pace>,
    /// When firmware touches what is not modelled
    #[arg(long, value_enum, default_value_t)]
    pub unmodelled: Unmodelled,
    /// Give up after so many seconds of the host (exit code 124)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// Have the firmware's trace leave out a group of events (objects, interrupts, timers, marks, jobs, polls, memory,
    /// calls), or what concerns task:NAME, object:NAME or mark:NAME; the kernel needs its feature `trace-filter`
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub hold_back: Vec<String>,
}

/// `tasks`
#[derive(Debug, Args)]
pub struct Tasks {
    /// Firmware for the board [default: the project's, built first; what is on the chip, with --target probe]
    #[arg(value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,
    /// How it is run in the simulator; --for says until when [default: 1s, without end with --watch]
    #[command(flatten)]
    pub run: RunArgs,
    /// Show the table again and again, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// How often, in time of the target
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "250ms")]
    pub every: u64,
    /// All calls of each task, not only the innermost of its own
    #[arg(long)]
    pub calls: bool,
}

/// `sim`
#[derive(Debug, Args)]
pub struct Sim {
    /// Firmware for the board, ours or not: an ELF or Intel HEX file, or a raw binary [default: the project's, built
    /// first]
    #[arg(value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,
    /// Where a raw binary is loaded
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address, requires = "elf")]
    pub address: Option<u64>,
    /// How to run.
    #[command(flatten)]
    pub run: RunArgs,
    /// Write a recording
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub trace: Option<PathBuf>,
    /// Write a recording that the simulator makes from outside, with no help of the firmware: its kernel's memory and
    /// exceptions tell. The firmware need not be built with tracing, and may be FreeRTOS's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ghost: Option<PathBuf>,
    /// With --ghost: the file that describes the firmware's kernel [default: BlueKernel, or one that the kit knows]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "ghost")]
    pub kernel: Option<PathBuf>,
    /// Tell in the recording, behind each event, how many cycles tracing took for it. Where tracing's code is, debug
    /// information says, for which the project is built once more if need be; the firmware runs as it does without
    #[arg(long, requires = "trace", conflicts_with = "ghost")]
    pub trace_cost: bool,
    /// Show the longest latencies of each exception, from pend to its handler's first instruction, and which lines kept it
    /// waiting
    #[arg(long)]
    pub latency: bool,
    /// Plain instruction clock: each instruction is one cycle of the core's clock, and exceptions cost none, in place of
    /// the core's cycle table; for comparing with `qemu -icount`
    #[arg(long)]
    pub ips: bool,
    /// Serve a debug probe meanwhile, at unix:PATH or tcp:HOST:PORT (port 0: any); the pace is then 1x unless it is given
    #[arg(long, value_name = "ADDRESS")]
    pub probe: Option<String>,
    /// What a failed firmware's exit code becomes: 1, or its own
    #[arg(long, value_enum, default_value_t, value_name = "FROM")]
    pub exit_code: ExitFrom,
}

/// What a failed firmware's exit code becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExitFrom {
    /// bkctl's own: 0 or 1
    #[default]
    Bkctl,
    /// The firmware's
    Firmware,
}

/// When firmware touches what is not modelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Unmodelled {
    /// Read zero, say nothing
    Allow,
    /// Read zero, list it at the end
    #[default]
    Warn,
    /// Stop, exit code 1
    Fail,
}

/// `trace`
#[derive(Debug, Subcommand)]
pub enum Trace {
    /// Run the firmware and write a recording, nothing else
    Record(Record),
    /// Show a timeline: of a recording, or live
    View(View),
    /// Measure a recording: tasks, interrupts, latencies, deadlines, locks, queues
    Stats(Stats),
    /// Tell what every cycle of a task's response was spent on
    Path(TracePath),
    /// Show the machine at an instant of a recording: registers, tasks, source line
    At(At),
    /// Look for what goes wrong between tasks: priority inversion, missed deadlines, starvation, deadlock, ...
    Lint(Lint),
    /// Write a recording in another program's format
    Export(Export),
    /// Make a recording of another program's: SEGGER SystemView's
    Import(Import),
    /// Check a recording against budgets
    Assert(Assert),
    /// Compare two recordings: numbers, and where the schedules part
    Diff(Diff),
    /// Write a recording as one HTML page
    Report(Report),
}

/// `trace record`
#[derive(Debug, Args)]
pub struct Record {
    /// The recording to write
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = "run.bkt")]
    pub output: PathBuf,
    /// An ELF file for the board [default: the project's, built first]
    #[arg(value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,
    /// Run nothing, take the trace out of this: a raw stream, what a serial line carried, a memory image or an ELF core
    /// file with the ring of RTT or of a flight recorder in it
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["elf", "no_build", "duration", "pace", "unmodelled", "timeout"]
    )]
    pub from: Option<PathBuf>,
    /// The firmware that FILE is from, for its names [default: the project's as it was built last]
    #[arg(long = "elf", value_name = "ELF", value_hint = ValueHint::FilePath, requires = "from")]
    pub names: Option<PathBuf>,
    /// Tell in the recording, behind each event, how many cycles tracing took for it; in the simulator, as `sim` does
    #[arg(long, conflicts_with = "from")]
    pub trace_cost: bool,
    /// How to run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// `trace view`
#[derive(Debug, Args)]
pub struct View {
    /// A recording; or an ELF file, of any kernel that the kit knows, to run in the simulator and show live; without either
    /// the project's firmware runs on the target (in the simulator at pace 1x)
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// How to run, when live.
    #[command(flatten)]
    pub run: RunArgs,
    /// The firmware: what runs when live, or what was recorded, to go back to its moments [default: the project's]
    #[arg(long, value_name = "ELF", value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,
    /// What `bkctl sim --format json` said of the recorded run: then the view of latencies shows how long interrupts waited
    /// for their handlers, and the lines that masked them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "file", conflicts_with = "text")]
    pub sim: Option<PathBuf>,
    /// Write a recording of what is shown live
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub trace: Option<PathBuf>,
    /// Show what the simulator sees from outside, when live: the firmware need not be built with tracing
    #[arg(long)]
    pub ghost: bool,
    /// Tell of what is selected how many cycles tracing took for it, when live in the simulator
    #[arg(long, conflicts_with = "ghost")]
    pub trace_cost: bool,
    /// Print the timeline as text and end
    #[arg(long)]
    pub text: bool,
    /// Only from time A to time B, like 1.2ms..1.5ms, 1s.., or 100cy..900cy
    #[arg(long, value_name = "A..B")]
    pub window: Option<String>,
    /// Columns of the text [default: the terminal's, else 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..=2000))]
    pub width: Option<u16>,
    /// Only ASCII characters
    #[arg(long)]
    pub ascii: bool,
    /// Colours [default: colour-blind-safe; mono if NO_COLOR is set]
    #[arg(long, value_name = "THEME", value_parser = PossibleValuesParser::new(Theme::ALL.map(|theme| theme.name())))]
    pub theme: Option<String>,
}

/// `trace at`
#[derive(Debug, Args)]
pub struct At {
    /// A recording that was made in the simulator from reset on
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The instant, like 12.5ms or 40000cy
    #[arg(value_name = "TIME")]
    pub time: String,
    /// The firmware that was recorded [default: the project's as it was built last]
    #[arg(long, value_name = "ELF", value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,
    /// The project.
    #[command(flatten)]
    pub project: ProjectArgs,
}

/// `trace lint`
#[derive(Debug, Args)]
pub struct Lint {
    /// The recording
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// What makes the exit code 1 besides errors
    #[arg(long, value_enum, value_name = "WHAT")]
    pub deny: Option<Deny>,
    /// What `bkctl sim --format json` said of this run: then interrupts that were masked for long are found too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub sim: Option<PathBuf>,
    /// From where on something is worth a word, like starvation=50ms; may be given more than once
    #[arg(long, value_name = "NAME=VALUE")]
    pub limit: Vec<String>,
}

/// What `trace lint` takes for a failure besides errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Warnings too
    Warnings,
}

/// `trace export`
#[derive(Debug, Args)]
pub struct Export {
    /// The recording
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The format
    #[arg(long, value_enum)]
    pub to: ExportFormat,
    /// The file to write; for `ctf` and `lttng` a folder, which must not exist
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub output: PathBuf,
}

/// `trace import`
#[derive(Debug, Args)]
pub struct Import {
    /// What SystemView saved (.SVDat), or what firmware wrote to its RTT channel
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The recording to write
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, default_value = "run.bkt")]
    pub output: PathBuf,
}

/// Formats of other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Perfetto's protobuf
    Perfetto,
    /// Chrome's trace events, JSON
    Chrome,
    /// Common Trace Format 1.8: a folder, for babeltrace2
    Ctf,
    /// The same with LTTng's names for those of Linux: for Trace Compass and lttng-analyses
    Lttng,
    /// Value change dump: for wave viewers
    Vcd,
    /// Comma-separated values, an event a line
    Csv,
    /// JSON, an event a line
    Jsonl,
}

/// `board`
#[derive(Debug, Subcommand)]
pub enum Board {
    /// List the boards
    List,
    /// Show one board
    Show {
        /// The board
        name: String,
    },
    /// Check the files of boards and their chips: all boards, or those named
    Lint {
        /// The boards
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Make it here in place of the user's cache folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
    /// The board
    #[arg(long, default_value = "qemu-mps2-an385")]
    pub board: String,
    /// How much virtual time to simulate
    #[arg(long = "for", value_name = "TIME", value_parser = parse_time, default_value = "2s")]
    pub duration: u64,
}

/// `completions`
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `man`
#[derive(Debug, Args)]
pub struct Man {
    /// The folder to write them to
    #[arg(value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        super::Cli::command().debug_assert();
    }
}

//! The commands that reach a chip through a debug probe: a real one, or the simulated chip's.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::{ExitFrom, ProjectArgs};
use crate::units::{parse_address, parse_size};

/// Which chip, and how it is reached.
#[derive(Clone, Debug, Default, Args)]
pub struct ChipArgs {
    /// Take this board in place of the one in bk.toml
    #[arg(long)]
    pub board: Option<String>,
    /// Hold the chip in reset while connecting: for firmware that sleeps deeply or takes the debug pins
    #[arg(long)]
    pub under_reset: bool,
}

/// Which firmware, for which chip.
#[derive(Clone, Debug, Default, Args)]
pub struct FirmwareArgs {
    /// An ELF file for the board, ours or not [default: the project's, built first]
    #[arg(value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,
    /// The project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Take the project's ELF as it is
    #[arg(long)]
    pub no_build: bool,
    /// Hold the chip in reset while connecting: for firmware that sleeps deeply or takes the debug pins
    #[arg(long)]
    pub under_reset: bool,
}

/// `flash`
#[derive(Debug, Args)]
pub struct Flash {
    /// The firmware.
    #[command(flatten)]
    pub firmware: FirmwareArgs,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Erase the whole flash memory first
    #[arg(long)]
    pub erase_all: bool,
    /// Do not read back what was written
    #[arg(long)]
    pub no_verify: bool,
}

/// `run`
#[derive(Debug, Args)]
pub struct Run {
    /// The firmware.
    #[command(flatten)]
    pub firmware: FirmwareArgs,
    /// Leave the flash memory as it is: reset and run
    #[arg(long)]
    pub no_flash: bool,
    /// Write a recording
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub trace: Option<PathBuf>,
    /// Give up after so many seconds of the host (exit code 124)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// What a failed firmware's exit code becomes: 1, or its own
    #[arg(long, value_enum, default_value_t, value_name = "FROM")]
    pub exit_code: ExitFrom,
}

/// `attach`
#[derive(Debug, Args)]
pub struct Attach {
    /// The ELF file of the firmware on the chip [default: the project's, as it is]
    #[arg(value_hint = ValueHint::FilePath)]
    pub elf: Option<PathBuf>,
    /// The project.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// Write a recording
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub trace: Option<PathBuf>,
    /// Stop listening after so many seconds of the host (exit code 124)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// What a failed firmware's exit code becomes: 1, or its own
    #[arg(long, value_enum, default_value_t, value_name = "FROM")]
    pub exit_code: ExitFrom,
}

/// `reset`
#[derive(Debug, Args)]
pub struct Reset {
    /// The chip.
    #[command(flatten)]
    pub chip: ChipArgs,
    /// Leave the core halted at its first instruction
    #[arg(long)]
    pub halt: bool,
}

/// `read`
#[derive(Debug, Args)]
pub struct Read {
    /// The first address, like 0x08000000
    #[arg(value_name = "ADDR", value_parser = parse_address)]
    pub address: u64,
    /// How many bytes, like 256, 0x100 or 16KiB
    #[arg(value_name = "LEN", value_parser = parse_size)]
    pub length: u64,
    /// Write the bytes to this file
    ///
    /// Without it they are shown as a hexdump on a terminal, and written as they are to a pipe or a file.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// The chip.
    #[command(flatten)]
    pub chip: ChipArgs,
}

/// `erase`
#[derive(Debug, Args)]
pub struct Erase {
    /// The chip.
    #[command(flatten)]
    pub chip: ChipArgs,
}

/// `probe`
#[derive(Debug, Subcommand)]
pub enum Probe {
    /// List the debug probes of this computer
    List,
    /// Show the probe and the chip behind it
    Info {
        /// The chip.
        #[command(flatten)]
        chip: ChipArgs,
    },
}

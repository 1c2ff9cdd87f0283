//! A board that is reached by a debug probe, and firmware for it that needs no Rust.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{Run, STM32F4, bkctl, command, repository, run, scratch};

/// Where its flash memory begins.
pub const FLASH: u64 = 0x0800_0000;

/// How long the first sectors are: RM0090 rev 19, table 5.
pub const SECTOR: usize = 16 * 1024;

/// A project without sources: bkctl takes any ELF file, and keeps the simulated chip here.
#[derive(Debug)]
pub struct Rig(TempDir);

impl Default for Rig {
    fn default() -> Self {
        Self::new()
    }
}

impl Rig {
    /// A new one, whose chip is blank.
    #[must_use]
    pub fn new() -> Self {
        let folder = scratch();
        let manifest = format!("schema = 1\nboard = \"{}\"\nkit = \"0.1.0\"\n", STM32F4.name);
        fs::write(folder.path().join("bk.toml"), manifest).expect("written");
        Self(folder)
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The folder that keeps the simulated chip.
    #[must_use]
    pub fn chip(&self) -> PathBuf {
        self.path().join("target/bk/sim/stm32f407vg")
    }

    /// Compiles `tests/firmware/endings-c` with these definitions, like `ENDING=EXIT`, as `NAME.elf`.
    #[track_caller]
    pub fn firmware(&self, name: &str, definitions: &[&str]) -> PathBuf {
        let elf = self.path().join(format!("{name}.elf"));
        let sources = repository().join("tests/firmware");
        let mut gcc = command("arm-none-eabi-gcc");
        gcc.args(["-mcpu=cortex-m4", "-mthumb", "-Og", "-g", "-std=c11", "-Wall", "-Wextra", "-Werror"])
            .args(["-ffreestanding", "-nostdlib", "-Wl,--section-start=.far=0x080ffff0", "-T", "stm32f4.ld", "-L"])
            .arg(sources.join("foreign-c"))
            .args(definitions.iter().map(|definition| format!("-D{definition}")))
            .arg(sources.join("endings-c/main.c"))
            .arg("-o")
            .arg(&elf);
        run(&mut gcc).exits(0);
        elf
    }

    /// `bkctl` in this project.
    pub fn bkctl(&self, arguments: &[&str]) -> Command {
        bkctl(self.path(), arguments)
    }

    /// Runs `bkctl COMMAND ELF ARGUMENTS`.
    pub fn with(&self, subcommand: &str, elf: &Path, arguments: &[&str]) -> Run {
        run(self.bkctl(&[subcommand, text(elf)]).args(arguments))
    }

    /// The bytes of the chip's memory, by `bkctl read`.
    #[track_caller]
    pub fn read(&self, address: u64, length: usize) -> Vec<u8> {
        let file = self.path().join("read.bin");
        let arguments = ["read", &format!("{address:#x}"), &length.to_string(), "-o", text(&file)];
        run(&mut self.bkctl(&arguments)).exits(0);
        fs::read(file).expect("written")
    }
}

/// The bytes that `arm-none-eabi-objcopy` takes out of an ELF file for a programmer, from [`FLASH`] on.
#[track_caller]
#[must_use]
pub fn binary(elf: &Path) -> Vec<u8> {
    let file = elf.with_extension("bin");
    run(command("arm-none-eabi-objcopy").args(["-O", "binary"]).arg(elf).arg(&file)).exits(0);
    fs::read(file).expect("written")
}

/// The source file and line of `address`, by `arm-none-eabi-addr2line`.
#[track_caller]
#[must_use]
pub fn line_of(elf: &Path, address: u64) -> String {
    let found = run(command("arm-none-eabi-addr2line").arg("-e").arg(elf).arg(format!("{address:#x}"))).exits(0);
    found.out.trim().to_owned()
}

/// A path as text.
#[must_use]
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

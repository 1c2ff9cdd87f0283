//! Both sides run an image, and give what it wrote to the console.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bksim_protocol::client::{Client, ClientEvent, Events};
use bksim_protocol::frame;
use bksim_protocol::message::{Create, Run, Stop, Unmodelled};
use serde_json::Value;

use crate::image::run;
use crate::profile::{Profile, Set};

/// How long QEMU may take for an image.
const PATIENCE: Duration = Duration::from_secs(120);
/// The same for bksim, in virtual time.
const LONGEST: u64 = 100 * 1_000_000_000_000;

/// bksim, for the images of one profile.
pub struct Bksim {
    client: Client,
    events: Events,
    board: Value,
}

impl std::fmt::Debug for Bksim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bksim").finish_non_exhaustive()
    }
}

impl Bksim {
    /// Starts `program`.
    ///
    /// # Errors
    /// If it is not bksim.
    pub fn new(program: &Path, profile: &Profile) -> Result<Self> {
        let (client, events) = Client::spawn(program, "differential")?;
        Ok(Self { client, events, board: serde_json::to_value(profile.board()?)? })
    }

    /// Runs an image. `instruction_clock`: an instruction is a cycle, and interrupts cost none.
    ///
    /// # Errors
    /// If the image does not end by itself.
    pub fn run(&self, elf: &Path, instruction_clock: bool) -> Result<Vec<u8>> {
        let (elf, unmodelled) = (Some(elf.to_owned()), Unmodelled::Fail);
        self.client.create(&Create { elf, unmodelled, instruction_clock, ..Create::new(self.board.clone()) })?;
        self.client.start(Run { until_ps: Some(LONGEST), pace: None })?;
        let mut written = Vec::new();
        loop {
            match self.events.next().context("bksim has ended")? {
                ClientEvent::Data { stream: frame::SEMIHOSTING, chunk } => written.extend(chunk.bytes),
                ClientEvent::Stopped(stopped) => match stopped?.stop {
                    Stop::Exit { code: 0 } => return Ok(written),
                    stop => bail!("on bksim the image did not end by itself: {stop:?}"),
                },
                ClientEvent::Died(error) => return Err(error.into()),
                _ => {}
            }
        }
    }
}

/// QEMU's machine for a profile. What the image writes to its console is QEMU's standard output: here `scratch`, a file.
///
/// # Errors
/// If the image does not end by itself, or there is no QEMU.
pub fn qemu(profile: &Profile, elf: &Path, scratch: &Path) -> Result<Vec<u8>> {
    let mut command = Command::new(program(profile));
    command.arg("-M").args(profile.machine.split(' '));
    command.args(["-display", "none", "-monitor", "none", "-serial", "null"]);
    command.args(["-semihosting-config", "enable=on,target=native", "-kernel"]).arg(elf);
    command.stdin(Stdio::null()).stdout(File::create(scratch)?).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{} cannot be started", program(profile)))?;
    let give_up = Instant::now() + PATIENCE;
    while child.try_wait()?.is_none() {
        if Instant::now() > give_up {
            child.kill()?;
            child.wait()?;
            bail!("on QEMU {} does not end by itself", elf.display());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let done = child.wait_with_output()?;
    if !done.status.success() {
        bail!("on QEMU {}: {}\n{}", elf.display(), done.status, String::from_utf8_lossy(&done.stderr));
    }
    Ok(std::fs::read(scratch)?)
}

fn program(profile: &Profile) -> &'static str {
    match profile.set {
        Set::Thumb(_) => "qemu-system-arm",
        Set::Riscv(isa) if isa.wide => "qemu-system-riscv64",
        Set::Riscv(_) => "qemu-system-riscv32",
    }
}

/// The version of QEMU for a profile, as it says it.
///
/// # Errors
/// If there is no QEMU.
pub fn qemu_version(profile: &Profile) -> Result<String> {
    let text = run(Command::new(program(profile)).arg("--version"))?;
    Ok(String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned())
}

/// bksim beside this program.
///
/// # Errors
/// If this program does not know where it is.
pub fn beside() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("bksim"))
}

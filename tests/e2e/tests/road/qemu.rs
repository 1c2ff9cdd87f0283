//! The same ELF prints the same on QEMU as on bksim: all lines. (Foreign firmware: tests/firmware/check.py.)

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bluekernel_e2e::{MPS2, scratch};

/// QEMU with its UART0 going into a file; ended when dropped.
struct Qemu {
    child: Child,
    text: PathBuf,
}

impl Qemu {
    /// `None` where there is no QEMU: `tests/run` installs it, a plain `cargo test` says so and goes on.
    fn start(elf: &Path, folder: &Path) -> Option<Self> {
        let text = folder.join("qemu.txt");
        let child = Command::new("qemu-system-arm")
            .args(["-M", "mps2-an385", "-display", "none", "-monitor", "none", "-semihosting"])
            .args([std::ffi::OsStr::new("-kernel"), elf.as_os_str(), "-serial".as_ref()])
            .arg(format!("file:{}", text.display()))
            .stderr(Stdio::null())
            .spawn();
        match child {
            Ok(child) => Some(Self { child, text }),
            Err(error) => {
                eprintln!("not compared: qemu-system-arm: {error}");
                None
            }
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.text).unwrap_or_default()).into_owned()
    }

    /// What it has printed once it is as long as `expected`, and for a second beyond; at the latest after a minute.
    fn settle(&mut self, expected: &str) -> String {
        let start = Instant::now();
        while self.text().len() < expected.len() && start.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_secs(1));
        self.text()
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_template_prints_the_same_lines() {
    let folder = scratch();
    let elf = &MPS2.fixture().elf;
    let expected = MPS2.text(elf, folder.path(), "2s");
    assert!(expected.lines().count() >= 8, "{expected}");
    let Some(mut qemu) = Qemu::start(elf, folder.path()) else { return };
    assert_eq!(qemu.settle(&expected), expected);
}

//! The same ELF prints the same on QEMU as on bksim: all lines, from computed values.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bluekernel_e2e::{BOARD, bkctl, fixture, repository, run, scratch};

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

/// What bksim's UART0 printed in `time`.
fn on_bksim(elf: &Path, folder: &Path, time: &str) -> String {
    let done = run(bkctl(folder, &["sim", "--board", BOARD, "--for", time, "--format", "json"]).arg(elf)).exits(0);
    done.json()["text"]["uart0"].as_str().expect("the firmware prints").to_owned()
}

#[test]
fn the_template_prints_the_same_lines() {
    let folder = scratch();
    let elf = &fixture().elf;
    let expected = on_bksim(elf, folder.path(), "2s");
    assert!(expected.lines().count() >= 8, "{expected}");
    let Some(mut qemu) = Qemu::start(elf, folder.path()) else { return };
    assert_eq!(qemu.settle(&expected), expected);
}

/// The CRCs that the template prints are those that another implementation computes from the same words.
#[test]
fn the_templates_numbers_are_right() {
    let folder = scratch();
    let text = on_bksim(&fixture().elf, folder.path(), "2s");
    let mut all = Vec::new();
    for name in ["alpha", "bravo", "charlie", "delta", "echo"] {
        let crc = crc32(name.repeat(32).as_bytes());
        let line = text.lines().position(|line| line == format!("  {name:8} {crc:08x}"));
        all.push((line.unwrap_or_else(|| panic!("no line for {name} with {crc:08x} in:\n{text}")), crc));
    }
    all.sort_unstable();
    // alpha has the tool that echo, the most important, waits for, and so runs first; then importance decides. delta
    // waits for the tool too.
    let bytes: Vec<u8> = all.iter().flat_map(|(_, crc)| crc.to_le_bytes()).collect();
    let has = |expected: String| assert!(text.lines().any(|line| line == expected), "no line '{expected}' in:\n{text}");
    has(format!("their work has the CRC-32 {:08x}", crc32(&bytes)));
    // The samples: the linear congruential generator of Numerical Recipes, from 1.
    let samples: Vec<u32> =
        std::iter::successors(Some(1_u32), |x| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
            .skip(1)
            .take(16)
            .collect();
    let sum = samples.iter().fold(0_u32, |sum, x| sum.wrapping_add(*x));
    let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    has(format!("16 samples came through the channel: sum {sum}, CRC-32 {:08x}", crc32(&bytes)));
}

/// CRC-32 as in IEEE 802.3, bit by bit: reflected polynomial 0xedb88320.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// A firmware in C with a scheduler of its own, that has never heard of this kernel.
#[test]
fn foreign_c_firmware_prints_the_same_lines() {
    if Command::new("arm-none-eabi-gcc").arg("--version").output().is_err() {
        eprintln!("not run: no arm-none-eabi-gcc");
        return;
    }
    let folder = scratch();
    // make cannot write to a folder with a space in its name, which `scratch` has.
    let build = tempfile::tempdir().expect("a temporary folder");
    let source = repository().join("tests/firmware/foreign-c");
    let make = Command::new("make").arg("-C").arg(source).arg(format!("BUILD={}", build.path().display())).output();
    assert!(make.as_ref().is_ok_and(|make| make.status.success()), "{make:?}");
    let elf = build.path().join("foreign.elf");
    let expected = on_bksim(&elf, folder.path(), "2s");
    assert!(expected.lines().count() >= 3, "{expected}");
    let Some(mut qemu) = Qemu::start(&elf, folder.path()) else { return };
    assert_eq!(qemu.settle(&expected), expected);
}

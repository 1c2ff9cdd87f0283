//! The boards that the road leads to, and for each a project that all tests share.
//!
//! A test that is about no board in particular uses [`MPS2`], whose projects build fastest.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use tempfile::TempDir;

use crate::{bkctl, run};

/// A board that projects are made for, and what the template is like there.
#[derive(Debug)]
pub struct Board {
    /// Its name in the kit.
    pub name: &'static str,
    /// The template's overlay for it.
    pub overlay: &'static str,
    /// The Rust target of its core.
    pub rust_target: &'static str,
    /// The device that the template's text comes out of.
    pub console: &'static str,
    /// The simulator's name for its text.
    pub stream: &'static str,
    /// The timer that interrupts the template.
    pub timer: &'static str,
    /// The exception number of that interrupt.
    pub exception: u32,
    fixture: OnceLock<Fixture>,
}

/// Arm's MPS2 as QEMU has it. DUALTIMER is interrupt 10: DAI 0385D, table 4-2.
pub static MPS2: Board = Board {
    name: "qemu-mps2-an385",
    overlay: "mps2",
    rust_target: "thumbv7m-none-eabi",
    console: "UART0",
    stream: "uart0",
    timer: "DUALTIMER",
    exception: 16 + 10,
    fixture: OnceLock::new(),
};

/// The STM32F4DISCOVERY, with its HAL. TIM3 is interrupt 29: RM0090 rev 19, table 61.
pub static STM32F4: Board = Board {
    name: "stm32f4-discovery",
    overlay: "stm32f4",
    rust_target: "thumbv7em-none-eabihf",
    console: "USART2",
    stream: "uart2",
    timer: "TIM3",
    exception: 16 + 29,
    fixture: OnceLock::new(),
};

/// The two that every test looks at.
pub static BOARDS: [&Board; 2] = [&MPS2, &STM32F4];

/// The MPS2 with a Cortex-M7: the same peripherals.
static AN500: Board = Board {
    name: "qemu-mps2-an500",
    overlay: "mps2",
    rust_target: "thumbv7em-none-eabihf",
    console: "UART0",
    stream: "uart0",
    timer: "DUALTIMER",
    exception: 16 + 10,
    fixture: OnceLock::new(),
};

/// The MPS2 with a Cortex-M33: the same peripherals elsewhere. DUALTIMER is interrupt 5: DAI 0505B, table 3-8.
static AN505: Board = Board {
    name: "qemu-mps2-an505",
    overlay: "mps2",
    rust_target: "thumbv8m.main-none-eabihf",
    console: "UART0",
    stream: "uart0",
    timer: "DUALTIMER",
    exception: 16 + 5,
    fixture: OnceLock::new(),
};

/// The micro:bit, with its HAL. TIMER1 is interrupt 9: nRF51 Series Reference Manual 3.0, 10.1.2.
static MICROBIT: Board = Board {
    name: "microbit",
    overlay: "nrf51",
    rust_target: "thumbv6m-none-eabi",
    console: "UART0",
    stream: "uart0",
    timer: "TIMER1",
    exception: 16 + 9,
    fixture: OnceLock::new(),
};

/// The LM3S6965 board. TIMER2A is interrupt 23: LM3S6965 Data Sheet, "Interrupts".
static LM3S6965: Board = Board {
    name: "lm3s6965evb",
    overlay: "stellaris",
    rust_target: "thumbv7m-none-eabi",
    console: "UART0",
    stream: "uart0",
    timer: "TIMER2A",
    exception: 16 + 23,
    fixture: OnceLock::new(),
};

/// And those for which it is enough that projects are whole, and that the template's text is right.
pub static MORE_BOARDS: [&Board; 4] = [&AN500, &AN505, &MICROBIT, &LM3S6965];

impl Board {
    /// Makes a project called `name` in `folder`.
    #[track_caller]
    pub fn project(&self, folder: &Path, name: &str) -> PathBuf {
        self.take_name(name);
        run(&mut bkctl(folder, &["new", name, "--board", self.name])).exits(0);
        folder.join(name)
    }

    /// The same from `template`.
    #[track_caller]
    pub fn project_from(&self, template: &str, folder: &Path, name: &str) -> PathBuf {
        self.take_name(name);
        run(&mut bkctl(folder, &["new", name, "--board", self.name, "--template", template])).exits(0);
        folder.join(name)
    }

    /// Fails if another test has made a project called `name`, for the same core.
    ///
    /// In the target folder that all projects share, cargo takes two of one name for the same, and goes by the times of their
    /// files: what the one test builds after the other has made its project would be taken for the other's. A test may
    /// use its own names again, for what it makes after a build is newer than that.
    #[track_caller]
    fn take_name(&self, name: &str) {
        static TAKEN: Mutex<BTreeMap<(&str, String), ThreadId>> = Mutex::new(BTreeMap::new());
        let this = thread::current().id();
        // A test that failed here has left the list whole.
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = *taken.entry((self.rust_target, name.to_owned())).or_insert(this);
        assert_eq!(owner, this, "two tests make a project called '{name}'");
    }

    /// The shared project.
    pub fn fixture(&self) -> &Fixture {
        self.fixture.get_or_init(|| {
            sweep();
            let folder = tempfile::Builder::new().prefix(FIXTURE_PREFIX).tempdir().expect("a temporary folder");
            let project = self.project(folder.path(), &format!("on-{}", self.name));
            let elf = folder.path().join("fixture.elf");
            let built = run(&mut bkctl(&project, &["build"])).exits(0);
            fs::copy(built.out.trim(), &elf).expect("the ELF is where bkctl says");
            Fixture { folder, project, elf }
        })
    }

    /// What the console printed on bksim in `time`.
    #[track_caller]
    #[must_use]
    pub fn text(&self, elf: &Path, folder: &Path, time: &str) -> String {
        let arguments = ["sim", "--board", self.name, "--for", time, "--format", "json"];
        let done = run(bkctl(folder, &arguments).arg(elf)).exits(0).json();
        done["text"][self.stream].as_str().expect("the firmware prints").to_owned()
    }
}

/// A project made from the template and built, and its ELF: made once, not to be changed.
#[derive(Debug)]
pub struct Fixture {
    folder: TempDir,
    /// The project.
    pub project: PathBuf,
    /// Its ELF, a copy beside it.
    pub elf: PathBuf,
}

impl Fixture {
    /// A new file's path beside the project.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The ELF's path as text.
    #[must_use]
    pub fn elf(&self) -> &str {
        self.elf.to_str().expect("a path in UTF-8")
    }
}

const FIXTURE_PREFIX: &str = "bk e2e fixture ";

/// Nothing runs when a test process ends, so the fixtures of earlier ones are removed here.
fn sweep() {
    let hour = std::time::Duration::from_secs(3600);
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(FIXTURE_PREFIX));
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
        if is_ours && age.is_some_and(|age| age > hour) {
            // Somebody else may do the same at this moment.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

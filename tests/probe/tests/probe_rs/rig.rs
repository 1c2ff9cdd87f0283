//! `bksim serve` with a firmware in it, running, and a debug probe at its pins.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bksim_protocol::client::{Client, ClientEvent};
use bksim_protocol::message::{Create, Probe, Run, Stopped};
use bluekernel_boards::registry::{Registry, SearchPath};
use probe_rs::config::TargetSelector;
use probe_rs::probe::DebugProbeSelector;
use probe_rs::probe::list::Lister;
use probe_rs::{Permissions, Session};

use super::elf::Elf;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A board that bksim has, and a chip that probe-rs knows: one of every Cortex-M3.
const AN385: (&str, &str) = ("qemu-mps2-an385", "Cortex-M3");

/// The board whose flash memory is programmed.
const DISCOVERY: (&str, &str) = ("stm32f4-discovery", "STM32F407VGTx");

/// What bksim sends during a run.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Bytes of RTT up channel 0.
    pub(crate) rtt: Vec<u8>,
    pub(crate) stopped: Option<Stopped>,
}

pub(crate) struct Rig {
    pub(crate) client: Client,
    seen: Arc<Mutex<Seen>>,
    /// Where the probe is served.
    pub(crate) address: String,
    chip: &'static str,
    _folder: tempfile::TempDir,
}

impl Rig {
    /// The an385 board with an image at address 0, over a Unix socket.
    pub(crate) fn new(image: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("unix:{}", folder.path().join("probe").display());
        Self::with(folder, AN385, Some(&Elf::flat(image).bytes()), &address, None)
    }

    /// The same with virtual time at a fifth of the host's.
    pub(crate) fn slow(image: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("unix:{}", folder.path().join("probe").display());
        Self::with(folder, AN385, Some(&Elf::flat(image).bytes()), &address, Some(0.2))
    }

    /// The same over TCP, at a port that the system chooses.
    pub(crate) fn over_tcp(image: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::with(folder, AN385, Some(&Elf::flat(image).bytes()), "tcp:127.0.0.1:0", None)
    }

    /// The STM32F4DISCOVERY with a chip that nobody has programmed.
    pub(crate) fn blank_discovery() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("unix:{}", folder.path().join("probe").display());
        Self::with(folder, DISCOVERY, None, &address, None)
    }

    /// A board, and what probe-rs calls its chip; with an ELF file, or blank.
    fn with(
        folder: tempfile::TempDir,
        (board, chip): (&str, &'static str),
        elf: Option<&[u8]>,
        address: &str,
        pace: Option<f64>,
    ) -> Self {
        let file: Option<PathBuf> = elf.map(|elf| {
            let file = folder.path().join("firmware.elf");
            std::fs::write(&file, elf).unwrap();
            file
        });
        let board = Registry::new(SearchPath::built_in()).board(board).unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let kept = Arc::clone(&seen);
        let bksim = bluekernel_e2e::programs().join("bksim");
        let client = Client::spawn_with(&bksim, "test", move |event| match event {
            ClientEvent::Data { stream: 0x20, chunk } => kept.lock().unwrap().rtt.extend(chunk.bytes),
            ClientEvent::Stopped(stopped) => kept.lock().unwrap().stopped = stopped.ok(),
            _ => {}
        })
        .unwrap();
        let create = Create { elf: file, ..Create::new(serde_json::to_value(&board).unwrap()) };
        client.create(&create).unwrap();
        let address = client.probe(&Probe { address: address.to_owned() }).unwrap().address;
        client.start(Run { until_ps: None, pace }).unwrap();
        Self { client, seen, address, chip, _folder: folder }
    }

    /// probe-rs, attached while the firmware runs.
    pub(crate) fn attach(&self) -> Session {
        self.attach_at(&self.address)
    }

    /// The same, by another way to the probe.
    pub(crate) fn attach_at(&self, address: &str) -> Session {
        probe(address).attach(TargetSelector::from(self.chip), Permissions::default()).unwrap()
    }

    /// probe-rs, attached while it holds the chip in reset.
    pub(crate) fn attach_under_reset(&self) -> Session {
        probe(&self.address).attach_under_reset(TargetSelector::from(self.chip), Permissions::default()).unwrap()
    }

    pub(crate) fn seen<R>(&self, look: impl FnOnce(&Seen) -> R) -> R {
        look(&self.seen.lock().unwrap())
    }

    /// Ends the run and says how it ended.
    pub(crate) fn pause(&self) -> Stopped {
        self.client.pause().unwrap();
        eventually(|| self.seen(|seen| seen.stopped.clone()))
    }
}

/// The vendor and product of a Glasgow, which probe-rs's driver for it goes by.
fn probe(address: &str) -> probe_rs::probe::Probe {
    let selector: DebugProbeSelector = format!("20b7:9db1:{address}").parse().unwrap();
    Lister::new().open(selector).unwrap()
}

/// Waits for something to be there.
#[track_caller]
pub(crate) fn eventually<R>(mut look: impl FnMut() -> Option<R>) -> R {
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < give_up, "nothing came in {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

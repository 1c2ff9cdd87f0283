//! `boards/NAME.toml`.

use crate::chip_file::schema;
use crate::model::{Board, Chip, Console, Flash, KernelConfig, Linker, Pin, Qemu, Sim};
use crate::reader::{Size, Table};

/// A board's file without its chip.
pub(crate) struct BoardFile {
    head: Head,
    core_hz: Option<u64>,
    hse_hz: Option<u64>,
    console: Console,
    leds: Vec<Pin>,
    buttons: Vec<Pin>,
    linker: Linker,
    flash: Flash,
    sim: Sim,
    qemu: Option<Qemu>,
    kernel: Option<KernelConfig>,
}

struct Head {
    name: String,
    title: String,
    chip: String,
    tier: u8,
    url: Option<String>,
    source: Vec<String>,
}

impl BoardFile {
    /// The name of the chip's file.
    pub(crate) fn chip(&self) -> &str {
        &self.head.chip
    }

    /// The board with its chip.
    pub(crate) fn join(self, chip: Chip, files_sha256: String) -> Board {
        Board {
            name: self.head.name,
            title: self.head.title,
            tier: self.head.tier,
            url: self.head.url,
            // A board that does not say otherwise runs at the frequency its chip starts with.
            core_hz: self.core_hz.unwrap_or(chip.reset_hz),
            hse_hz: self.hse_hz,
            console: self.console,
            leds: self.leds,
            buttons: self.buttons,
            linker: self.linker,
            flash: self.flash,
            sim: self.sim,
            qemu: self.qemu,
            kernel: self.kernel,
            chip,
            source: self.head.source,
            files_sha256,
        }
    }
}

/// Reads a board.
pub(crate) fn read(file: &mut Table<'_>) -> Option<BoardFile> {
    schema(file)?;
    let head = file.table("board", head);
    let clock = file.optional_table("clock", |clock| {
        let (core_hz, hse_hz) = (clock.required("sysclk"), clock.optional("hse"));
        Some((core_hz?, hse_hz?))
    });
    let console = file.table("console", |table| {
        let (uart, baud) = (table.optional("uart"), table.optional("baud"));
        Some(Console { uart: uart?, baud: baud?.unwrap_or(115_200) })
    });
    let leds = file.tables("led", pin);
    let buttons = file.tables("button", pin);
    let linker = file.table("linker", |table| {
        let offset: Option<Option<Size>> = table.optional("flash_offset");
        let stack: Option<Size> = table.required("stack");
        Some(Linker { flash_offset: offset?.map_or(0, |size| size.0), stack: stack?.0 })
    });
    let flash = file.table("flash", |table| {
        let method = table.word("method", &[("probe-rs", "probe-rs"), ("none", "none")]);
        Some(Flash { method: method?.to_owned() })
    });
    let sim = file.table("sim", |table| {
        let machine = table.word("machine", &[("cortex-m", "cortex-m"), ("riscv", "riscv")]);
        Some(Sim { machine: machine?.to_owned() })
    });
    let qemu = file.optional_table("qemu", |table| Some(Qemu { machine: table.required("machine")? }));
    let kernel = file.optional_table("kernel", |table| {
        let time_driver = table.required("time_driver");
        let time_counter = table.optional("time_counter");
        let (time_hz, time_clock_hz) = (table.required("time_hz"), table.optional("time_clock_hz"));
        Some(KernelConfig {
            time_driver: time_driver?,
            time_counter: time_counter?,
            time_hz: time_hz?,
            time_clock_hz: time_clock_hz?,
        })
    });
    let clock: Option<(u64, Option<u64>)> = clock?;
    Some(BoardFile {
        head: head?,
        core_hz: clock.map(|(core_hz, _)| core_hz),
        hse_hz: clock.and_then(|(_, hse_hz)| hse_hz),
        console: console?,
        leds: leds?,
        buttons: buttons?,
        linker: linker?,
        flash: flash?,
        sim: sim?,
        qemu: qemu?,
        kernel: kernel?,
    })
}

fn head(table: &mut Table<'_>) -> Option<Head> {
    let name = table.required("name");
    let title = table.required("title");
    let chip = table.required("chip");
    let tier = table.optional("tier");
    let url = table.optional("url");
    let source = table.values("source");
    Some(Head {
        name: name?,
        title: title?,
        chip: chip?,
        // A board of one's own is tested by nobody else.
        tier: tier?.unwrap_or(3),
        url: url?,
        source: source?,
    })
}

fn pin(table: &mut Table<'_>) -> Option<Pin> {
    let (name, pin) = (table.required("name"), table.required("pin"));
    let active_high = table.word("active", &[("high", true), ("low", false)]);
    Some(Pin { name: name?, pin: pin?, active_high: active_high? })
}

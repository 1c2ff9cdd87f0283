//! `chips/NAME.toml`.

use std::collections::BTreeMap;

use crate::model::{
    Attrs, Chip, Contexts, EraseBlocks, Interrupts, Irq, Memory, MemoryKind, Nvic, Oscillators, Peripheral, Plic,
};
use crate::reader::{Size, Table};

/// The schema's version, of chips and boards.
pub(crate) const SCHEMA: u32 = 1;

/// Checks the schema's version; `None` if it is not this one.
pub(crate) fn schema(file: &mut Table<'_>) -> Option<()> {
    let schema: Option<u32> = file.required("schema");
    if schema == Some(SCHEMA) {
        return Some(());
    }
    file.give_up();
    let schema = schema?;
    let help = if schema > SCHEMA { "the file is for a newer kit: update bkctl" } else { "write `schema = 1`" };
    let message = format!("schema {schema} is not known");
    file.reject("schema", message, "this kit reads schema 1", Some(help.to_owned()));
    None
}

/// Reads a chip.
pub(crate) fn read(file: &mut Table<'_>) -> Option<Chip> {
    schema(file)?;
    let clock = file.table("clock", |clock| {
        let reset_hz = clock.required("sysclk_boot");
        let (hsi, lsi) = (clock.optional("hsi"), clock.optional("lsi"));
        let systick_divider = clock.optional("systick_divider");
        let fixed: Option<Vec<(String, u64)>> = clock.named("fixed");
        Some(Clock {
            reset_hz: reset_hz?,
            oscillators: Oscillators { hsi: hsi?, lsi: lsi? },
            systick_divider: systick_divider?,
            fixed: fixed?.into_iter().collect(),
        })
    });
    let memory = file.tables("memory", memory);
    let peripherals = file.tables("peripheral", peripheral);
    // Parts that are wrong come along as `None`, so that the rest is read and all errors are told at once.
    file.table("chip", |table| chip(table, clock, memory, peripherals))
}

/// The `[clock]` of a chip.
struct Clock {
    reset_hz: u64,
    oscillators: Oscillators,
    systick_divider: Option<u32>,
    fixed: BTreeMap<String, u64>,
}

fn chip(
    table: &mut Table<'_>,
    clock: Option<Clock>,
    memory: Option<Vec<Memory>>,
    peripherals: Option<Vec<Peripheral>>,
) -> Option<Chip> {
    let name = table.required("name");
    let vendor = table.required("vendor");
    let arch = table.required("arch");
    let core = table.required("core");
    let target = table.required("target");
    let probe_rs = table.optional("probe_rs");
    let interrupts = interrupts(table);
    let fpu = table.word("fpu", &[("none", "none"), ("sp", "sp"), ("dp", "dp")]);
    let mpu_regions = table.required("mpu_regions");
    let cores = table.optional("cores");
    let systick: Option<Option<bool>> = table.optional("systick");
    let time_csr = table.optional("time_csr");
    let vector_table = table.required("vector_table");
    let source = source(table);
    let clock = clock?;
    Some(Chip {
        name: name?,
        vendor: vendor?,
        arch: arch?,
        core: core?,
        target: target?,
        probe_rs: probe_rs?,
        interrupts: interrupts?,
        fpu: fpu?.to_owned(),
        mpu_regions: mpu_regions?,
        cores: cores?.unwrap_or(1),
        time_csr: time_csr?.unwrap_or(false),
        vector_table: vector_table?,
        memory: memory?,
        reset_hz: clock.reset_hz,
        oscillators: clock.oscillators,
        systick: systick?.unwrap_or(true),
        systick_divider: clock.systick_divider,
        fixed_clocks: clock.fixed,
        peripherals: peripherals?,
        source: source?,
    })
}

fn interrupts(table: &mut Table<'_>) -> Option<Interrupts> {
    let nvic = table.optional_table("nvic", |table| {
        let (irqs, prio_bits) = (table.required("irqs"), table.required("prio_bits"));
        Some(Nvic { irqs: irqs?, prio_bits: prio_bits? })
    });
    let plic = table.optional_table("plic", |table| {
        let (sources, priorities) = (table.required("sources"), table.required("priorities"));
        let contexts = table.word("contexts", &[("M", Contexts::Machine), ("MS", Contexts::MachineSupervisor)]);
        Some(Plic { sources: sources?, priorities: priorities?, contexts: contexts? })
    });
    match (nvic?, plic?) {
        (Some(nvic), None) => Some(Interrupts::Nvic(nvic)),
        (None, Some(plic)) => Some(Interrupts::Plic(plic)),
        (Some(_), Some(_)) => {
            let message = "a chip has one interrupt controller".to_owned();
            table.reject("plic", message, "but there is `nvic`, too", Some("take one of them out".to_owned()));
            None
        }
        (None, None) => {
            let help = "add `nvic = { irqs = ..., prio_bits = ... }` for a Cortex-M, or `plic = { sources = ..., \
                        priorities = ..., contexts = \"M\" }` for RISC-V";
            let message = "the chip does not say its interrupt controller".to_owned();
            table.reject("nvic", message, "`nvic` or `plic` is missing", Some(help.to_owned()));
            None
        }
    }
}

fn source(table: &mut Table<'_>) -> Option<Vec<String>> {
    let source: Vec<String> = table.values("source")?;
    if !source.is_empty() {
        return Some(source);
    }
    table.reject(
        "source",
        "a chip must say where its numbers come from".to_owned(),
        "`source` is missing or empty",
        Some("add `source = [\"RM0090 rev 19, 2.3\"]`: manuals, headers, with version and place".to_owned()),
    );
    None
}

fn memory(table: &mut Table<'_>) -> Option<Memory> {
    let name = table.required("name");
    let kind = table.word(
        "kind",
        &[
            ("flash", MemoryKind::Flash),
            ("ram", MemoryKind::Ram),
            ("tcm", MemoryKind::Tcm),
            ("rom", MemoryKind::Rom),
            ("xip", MemoryKind::Xip),
            ("otp", MemoryKind::Otp),
        ],
    );
    let base = table.required("base");
    let size: Option<Size> = table.required("size");
    let attrs = attrs(table);
    let default = table.optional("default");
    let aliases = table.values("aliases");
    let erase = table.tables("erase", |table| {
        let (size, count): (Option<Size>, _) = (table.required("size"), table.required("count"));
        Some(EraseBlocks { size: size?.0, count: count? })
    });
    let write_align = table.optional("write_align");
    Some(Memory {
        name: name?,
        kind: kind?,
        base: base?,
        size: size?.0,
        attrs: attrs?,
        default: default?.unwrap_or(false),
        aliases: aliases?,
        erase: erase?,
        write_align: write_align?.unwrap_or(1),
    })
}

fn attrs(table: &mut Table<'_>) -> Option<Attrs> {
    let text: String = table.required("attrs")?;
    let has = |letter| text.matches(letter).count();
    let known = has('r') + has('w') + has('x');
    if known == text.len() && has('r') == 1 && has('w') <= 1 && has('x') <= 1 {
        return Some(Attrs { read: true, write: has('w') == 1, execute: has('x') == 1 });
    }
    let message = format!("`attrs` cannot be `{text}`");
    table.reject("attrs", message, "expected `r`, then `w` and `x` as they apply: \"rx\", \"rw\", \"rwx\"", None);
    None
}

fn peripheral(table: &mut Table<'_>) -> Option<Peripheral> {
    let name: Option<String> = table.required("name");
    let base = table.required("base");
    let size: Option<Size> = table.required("size");
    let irqs = table.tables("irq", |irq| {
        let irq_name: Option<Option<String>> = irq.optional("name");
        let number = irq.required("n");
        // A peripheral's only interrupt may go without a name: it has the peripheral's.
        Some(Irq { name: irq_name?.or_else(|| name.clone())?, number: number? })
    });
    let (clock, enable) = (table.optional("clock"), table.optional("enable"));
    let model = table.optional("model");
    Some(Peripheral {
        name: name?,
        base: base?,
        size: size?.0,
        irqs: irqs?,
        clock: clock?,
        enable: enable?,
        model: model?,
    })
}

//! Several cores in one machine: what `bksim::cpu::cluster` says about their interleave, on a machine of two Cortex-M0+
//! (`tests/boards`), and on cores with a bus that writes down who asks for what.

mod accesses;
mod code;
mod determinism;
mod events;
mod interrupts;
mod stops;
mod sums;

use std::path::Path;

use bksim::clock::Picoseconds;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig};
use bksim::cpu::{Core, config::MemoryRegion};
use bksim::machine::Machine;
use bksim::rtt::Rtt;
use bksim::system;
use bksim_protocol::message::{Stop, Unmodelled};
use bluekernel_boards::model::{Attrs, Board};
use bluekernel_boards::{Registry, SearchPath};

use crate::asm::{Code, R0, R1};
use crate::rig::{RAM, load};

/// RP2040 Datasheet, 2.3.1.7.
pub(crate) const SIO: u32 = 0xd000_0000;
pub(crate) const FIFO_ST: u16 = 0x50;
pub(crate) const FIFO_WR: u16 = 0x54;
pub(crate) const FIFO_RD: u16 = 0x58;
pub(crate) const SPINLOCK0: u32 = SIO + 0x100;

/// A cycle of the board's clock.
pub(crate) const CYCLE: Picoseconds = 10_000;

/// Where the two programs are, and their stacks.
pub(crate) const FIRST: u32 = 0x400;
pub(crate) const SECOND: u32 = 0x1000;
pub(crate) const STACKS: [u32; 2] = [RAM + 0x8000, RAM + 0x9000];

pub(crate) fn first() -> Code {
    Code::armv6m_at(FIRST)
}

pub(crate) fn second() -> Code {
    Code::armv6m_at(SECOND)
}

/// Which engines the cores are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engines {
    Fast,
    SingleStep,
}

pub(crate) const BOTH: [Engines; 2] = [Engines::Fast, Engines::SingleStep];

pub(crate) fn registry() -> Registry {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boards");
    Registry::new(SearchPath::new(None, Some(&folder)))
}

/// The board of these tests.
pub(crate) fn board() -> Board {
    registry().board("two-cortex-m0plus").unwrap()
}

fn config(model: CoreModel) -> CortexConfig {
    let region = |base, write| MemoryRegion {
        base,
        size: 0x1_0000,
        attrs: Attrs { read: true, write, execute: true },
        aliases: Vec::new(),
    };
    CortexConfig {
        model,
        irqs: 26,
        prio_bits: if model == CoreModel::CortexM0Plus { 2 } else { 3 },
        memories: vec![region(0, false), region(RAM, true)],
        ..CortexConfig::default()
    }
}

/// Two cores that begin with the same instructions, of which the word at `number` tells them apart: core 0 goes on in the
/// first program, core 1 with a stack of its own in the second one. Handlers, by exception, are for both.
pub(crate) fn pair(
    engines: Engines,
    model: CoreModel,
    number: u32,
    programs: [&Code; 2],
    handlers: &[(u32, &Code)],
) -> Box<dyn Core> {
    let config = config(model);
    let mut core = match engines {
        Engines::Fast => cortex_m::new_cluster(&config, 2),
        Engines::SingleStep => cortex_m::new_single_step_cluster(&config, 2),
    }
    .unwrap();
    let mut boot = Code::armv6m_at(0x100);
    boot.mov32(R0, number).ldr(R0, R0, 0).cmp(R0, 0).put(&[0xd101]); // bne over two
    boot.mov32(R1, programs[0].base | 1).bx(R1);
    boot.mov32(R0, STACKS[1]).msr(8, R0).mov32(R1, programs[1].base | 1).bx(R1);
    programs.iter().copied().chain([&boot]).for_each(|code| load(&mut *core, code));
    let vectors = [(0, STACKS[0]), (1, boot.base | 1)];
    for (exception, handler) in handlers {
        load(&mut *core, handler);
        assert!(core.poke(4 * exception, &(handler.base | 1).to_le_bytes()));
    }
    for (index, word) in vectors {
        assert!(core.poke(4 * index, &u32::to_le_bytes(word)));
    }
    core.reset();
    core
}

/// The board's machine with these programs.
pub(crate) fn machine(engines: Engines, programs: [&Code; 2], handlers: &[(u32, &Code)]) -> Machine {
    let core = pair(engines, CoreModel::CortexM0Plus, SIO, programs, handlers);
    Machine::of(core, system::build(&board(), Unmodelled::Fail).unwrap(), Rtt::new(None, Vec::new()))
}

/// Runs to a stop, for a second at most.
pub(crate) fn run(machine: &mut Machine) -> Stop {
    run_until(machine, 100_000_000 * CYCLE)
}

pub(crate) fn run_until(machine: &mut Machine, until: Picoseconds) -> Stop {
    loop {
        if let Some(stop) = machine.step(Some(until)) {
            return stop;
        }
    }
}

pub(crate) fn word(machine: &Machine, address: u32) -> u32 {
    u32::from_le_bytes(machine.read(address.into(), 4).try_into().unwrap())
}

/// Waits for a word of the other core's: `rd` gets it. `sio` is the register that points there.
pub(crate) fn receive(code: &mut Code, rd: u16, sio: u16) {
    let top = code.here();
    code.put(&[0x2000 | rd << 8 | FIFO_ST]); // movs rd, #FIFO_ST
    code.put(&[0x5800 | rd << 6 | sio << 3 | rd]); // ldr rd, [sio, rd]
    code.put(&[0x07c0 | rd << 3 | rd]); // lsls rd, rd, #31: VLD
    code.branch_if(0, top); // beq
    code.put(&[0x2000 | rd << 8 | FIFO_RD, 0x5800 | rd << 6 | sio << 3 | rd]);
}

/// Sends `rs` to the other core; `scratch` is overwritten.
pub(crate) fn send(code: &mut Code, rs: u16, sio: u16, scratch: u16) {
    code.put(&[0x2000 | scratch << 8 | FIFO_WR]); // movs scratch, #FIFO_WR
    code.put(&[0x5000 | scratch << 6 | sio << 3 | rs]); // str rs, [sio, scratch]
}

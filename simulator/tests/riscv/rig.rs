//! A core with 64 KiB of flash at 0x20000000, 128 KiB of RAM at 0x80000000, and one device that writes down what it is
//! asked.

use std::cell::Cell;

use bksim::bus::{Access, Bus, BusError};
use bksim::cpu::riscv::{self, MemoryRegion, RiscvConfig, RiscvModel};
use bksim::cpu::{Core, CoreStop};
use bluekernel_boards::model::Attrs;

use crate::asm::Code;

pub(crate) const FLASH: u32 = 0x2000_0000;
pub(crate) const RAM: u32 = 0x8000_0000;
pub(crate) const RAM_SIZE: u32 = 0x2_0000;
/// Where [`Rig::new`] puts the program.
pub(crate) const PROGRAM: u32 = FLASH;
/// Where the trap handler of these tests is.
pub(crate) const HANDLER: u32 = FLASH + 0x1000;

/// The device. Any read gives the low word of the cycle it comes at.
pub(crate) const DEVICE: u32 = 0x1000_0000;
/// A write here asks for attention. A read gives 0x55 and asks as well.
pub(crate) const DEVICE_ATTENTION: u32 = DEVICE + 8;
/// A read here asks for attention, to end the interrupt.
pub(crate) const DEVICE_QUIET: u32 = DEVICE + 0x20;
/// The machine timer's counter, which counts cycles from here on.
pub(crate) const MTIME: u32 = 0x0200_bff8;
/// Nothing answers here.
pub(crate) const NOWHERE: u32 = 0x6000_0000;

/// Lines, as the architecture numbers them.
pub(crate) const MSI: u16 = 3;
pub(crate) const MTI: u16 = 7;
pub(crate) const SEI: u16 = 9;
pub(crate) const MEI: u16 = 11;

/// Control and status registers.
pub(crate) mod csr {
    pub(crate) const MSTATUS: u32 = 0x300;
    pub(crate) const MISA: u32 = 0x301;
    pub(crate) const MEDELEG: u32 = 0x302;
    pub(crate) const MIDELEG: u32 = 0x303;
    pub(crate) const MIE: u32 = 0x304;
    pub(crate) const MTVEC: u32 = 0x305;
    pub(crate) const MCOUNTEREN: u32 = 0x306;
    pub(crate) const MCOUNTINHIBIT: u32 = 0x320;
    pub(crate) const MSCRATCH: u32 = 0x340;
    pub(crate) const MEPC: u32 = 0x341;
    pub(crate) const MCAUSE: u32 = 0x342;
    pub(crate) const MTVAL: u32 = 0x343;
    pub(crate) const MIP: u32 = 0x344;
    pub(crate) const PMPCFG0: u32 = 0x3a0;
    pub(crate) const PMPADDR0: u32 = 0x3b0;
    pub(crate) const MCYCLE: u32 = 0xb00;
    pub(crate) const MINSTRET: u32 = 0xb02;
    pub(crate) const CYCLE: u32 = 0xc00;
    pub(crate) const TIME: u32 = 0xc01;
    pub(crate) const INSTRET: u32 = 0xc02;
    pub(crate) const SSTATUS: u32 = 0x100;
    pub(crate) const SIE: u32 = 0x104;
    pub(crate) const STVEC: u32 = 0x105;
    pub(crate) const SEPC: u32 = 0x141;
    pub(crate) const SCAUSE: u32 = 0x142;
    pub(crate) const STVAL: u32 = 0x143;
    pub(crate) const SIP: u32 = 0x144;
    pub(crate) const SATP: u32 = 0x180;
    pub(crate) const FFLAGS: u32 = 0x001;
    pub(crate) const FCSR: u32 = 0x003;
}

/// One access: (cycle, pc, address, size, value written).
pub(crate) type Seen = (u64, u32, u32, u8, Option<u32>);

#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) log: Vec<Seen>,
    attention: bool,
    /// [`DEVICE_QUIET`] was read.
    pub(crate) quiet: bool,
}

impl Bus for Recorder {
    fn read(&mut self, access: Access) -> Result<u32, BusError> {
        match access.address {
            MTIME => return Ok(access.cycle as u32),
            address if address == MTIME + 4 => return Ok((access.cycle >> 32) as u32),
            address if !(DEVICE..NOWHERE).contains(&address) => return Err(BusError),
            _ => {}
        }
        self.log.push((access.cycle, access.pc, access.address, access.size, None));
        match access.address {
            DEVICE_ATTENTION => {
                self.attention = true;
                return Ok(0x55);
            }
            DEVICE_QUIET => (self.attention, self.quiet) = (true, true),
            _ => {}
        }
        Ok(access.cycle as u32)
    }

    fn write(&mut self, access: Access, value: u32) -> Result<(), BusError> {
        let flash = (FLASH..FLASH + 0x1_0000).contains(&access.address);
        if flash || !(DEVICE..NOWHERE).contains(&access.address) {
            return Err(BusError);
        }
        self.log.push((access.cycle, access.pc, access.address, access.size, Some(value)));
        self.attention |= access.address == DEVICE_ATTENTION;
        Ok(())
    }

    fn take_attention(&mut self) -> bool {
        std::mem::take(&mut self.attention)
    }
}

pub(crate) struct Rig {
    pub(crate) core: Box<dyn Core>,
    pub(crate) bus: Recorder,
}

thread_local! {
    static CORE: Cell<Option<RiscvModel>> = const { Cell::new(None) };
}

/// Runs a test of what all cores have, which is written for RV32IMAC, on another one.
pub(crate) fn on(core: RiscvModel, test: impl FnOnce()) {
    CORE.set(Some(core));
    test();
}

/// Tests of this file that hold on these cores as well.
macro_rules! also_on {
    ([$($core:ident: $model:ident),+] $tests:tt) => {
        $($crate::rig::also_on! { @ $core $model $tests })+
    };
    (@ $core:ident $model:ident { $($test:ident),+ $(,)? }) => {
        mod $core {
            $(#[test]
            fn $test() {
                $crate::rig::on(bksim::cpu::riscv::RiscvModel::$model, super::$test);
            })+
        }
    };
}
pub(crate) use also_on;

pub(crate) fn config(model: RiscvModel) -> RiscvConfig {
    let model = if model == RiscvModel::Rv32Imac { CORE.get().unwrap_or(model) } else { model };
    let region = |base, size, write| MemoryRegion {
        base,
        size,
        attrs: Attrs { read: true, write, execute: true },
        aliases: Vec::new(),
    };
    RiscvConfig {
        model,
        memories: vec![region(FLASH, 0x1_0000, false), region(RAM, RAM_SIZE, true)],
        reset_address: PROGRAM,
        mtime: Some(MTIME),
        ..RiscvConfig::default()
    }
}

impl Rig {
    /// Programs, of which the first runs from reset on.
    pub(crate) fn new(model: RiscvModel, programs: &[&Code]) -> Self {
        Self::with(&config(model), programs)
    }

    /// The same with one cycle an instruction.
    pub(crate) fn counting(model: RiscvModel, programs: &[&Code]) -> Self {
        Self::with(&RiscvConfig { instruction_clock: true, ..config(model) }, programs)
    }

    pub(crate) fn with(config: &RiscvConfig, programs: &[&Code]) -> Self {
        let config = RiscvConfig { reset_address: programs[0].base, ..config.clone() };
        let mut core = riscv::new(&config).expect("core");
        programs.iter().for_each(|program| load(&mut *core, program));
        core.reset();
        Self { core, bus: Recorder::default() }
    }

    pub(crate) fn run(&mut self, until: u64) -> CoreStop {
        self.core.run(&mut self.bus, until)
    }

    /// Runs to an EBREAK that nobody handles, wherever the device asks for attention.
    pub(crate) fn run_to_breakpoint(&mut self) -> u32 {
        loop {
            match self.run(1_000_000) {
                CoreStop::Breakpoint { pc } => return pc as u32,
                CoreStop::Attention => {}
                stop => panic!("{stop:?} at {:#x}, {:?}", self.core.pc(), self.core.fault_report()),
            }
        }
    }

    pub(crate) fn register(&self, index: u32) -> u64 {
        self.core.register(index as u8)
    }

    pub(crate) fn word(&self, address: u32) -> u32 {
        let mut bytes = [0; 4];
        assert!(self.core.peek(address, &mut bytes), "{address:#x} is not memory");
        u32::from_le_bytes(bytes)
    }
}

pub(crate) fn load(core: &mut dyn Core, code: &Code) {
    assert!(core.poke(code.base, &code.bytes));
}

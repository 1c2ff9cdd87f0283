//! A core with 64 KiB of flash at 0, 64 KiB of RAM at 0x20000000, and one device that writes down what it is asked.

use std::cell::Cell;

use bksim::bus::{Access, Bus, BusError};
use bksim::cpu::cortex_m::config::Architecture;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig, MemoryRegion};
use bksim::cpu::{Core, CoreStop};
use bluekernel_boards::model::Attrs;

use crate::asm::Code;

pub(crate) const FLASH: u32 = 0;
pub(crate) const RAM: u32 = 0x2000_0000;
/// The initial stack pointer.
pub(crate) const STACK: u32 = RAM + 0x8000;
/// Where [`Rig::new`] puts the program.
pub(crate) const PROGRAM: u32 = 0x400;

/// The device. Any read gives the low word of the cycle it comes at.
pub(crate) const DEVICE: u32 = 0x4000_0000;
/// A write here asks for attention; the rig then raises external interrupt 0. A read gives 0x55 and asks as well.
pub(crate) const DEVICE_ATTENTION: u32 = DEVICE + 8;
/// A read here asks for attention, to end the interrupt.
pub(crate) const DEVICE_QUIET: u32 = DEVICE + 0x20;
/// The device's other place, on the chip's part of the private peripheral bus.
pub(crate) const PRIVATE_DEVICE: u32 = 0xe004_2000;
/// Nothing answers here.
pub(crate) const NOWHERE: u32 = 0x6000_0000;

/// One access: (cycle, pc, address, size, value written).
pub(crate) type Seen = (u64, u32, u32, u8, Option<u32>);

#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) log: Vec<Seen>,
    attention: bool,
    pub(crate) asked: u32,
    /// [`DEVICE_QUIET`] was read.
    pub(crate) quiet: bool,
    /// Somebody programs the flash: stores to it are taken, and ask for attention or not.
    pub(crate) programmer: Option<Attention>,
}

/// Whether an access asks for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attention {
    Asked,
    Unasked,
}

impl Bus for Recorder {
    fn read(&mut self, access: Access) -> Result<u32, BusError> {
        if access.address >= NOWHERE && access.address != PRIVATE_DEVICE {
            return Err(BusError);
        }
        self.log.push((access.cycle, access.pc, access.address, access.size, None));
        if access.address == DEVICE_ATTENTION {
            (self.attention, self.asked) = (true, self.asked + 1);
            return Ok(0x55);
        }
        if access.address == DEVICE_QUIET {
            (self.attention, self.quiet) = (true, true);
        }
        Ok(access.cycle as u32)
    }

    fn write(&mut self, access: Access, value: u32) -> Result<(), BusError> {
        let flash = (FLASH..FLASH + 0x1_0000).contains(&access.address);
        let device = (RAM..NOWHERE).contains(&access.address) || access.address == PRIVATE_DEVICE;
        let taken = if flash { self.programmer.is_some() } else { device };
        if !taken {
            return Err(BusError);
        }
        self.attention |= flash && self.programmer == Some(Attention::Asked);
        self.log.push((access.cycle, access.pc, access.address, access.size, Some(value)));
        if access.address == DEVICE_ATTENTION {
            (self.attention, self.asked) = (true, self.asked + 1);
        }
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

pub(crate) fn config(instruction_clock: bool) -> CortexConfig {
    let region = |base, write| MemoryRegion {
        base,
        size: 0x1_0000,
        attrs: Attrs { read: true, write, execute: true },
        aliases: Vec::new(),
    };
    CortexConfig {
        model: model(CoreModel::default()),
        irqs: 32,
        prio_bits: 3,
        memories: vec![region(FLASH, false), region(RAM, true)],
        instruction_clock,
        ..CortexConfig::default()
    }
}

/// The same with a Cortex-M4F, unless [`on`] names another core.
pub(crate) fn m4f(instruction_clock: bool) -> CortexConfig {
    CortexConfig { model: model(CoreModel::CortexM4F), ..config(instruction_clock) }
}

thread_local! {
    static CORE: Cell<Option<CoreModel>> = const { Cell::new(None) };
}

/// Runs a test on another core than those for which it was written, the Cortex-M3 or the Cortex-M4F among them; to the cycle
/// it is one that counts as they do.
pub(crate) fn on(core: CoreModel, test: impl FnOnce()) {
    CORE.set(Some(core));
    test();
}

/// The cores of Armv7-M and of Armv8-M Mainline.
pub(crate) const MAINLINE: [CoreModel; 7] = [
    CoreModel::CortexM3,
    CoreModel::CortexM4,
    CoreModel::CortexM4F,
    CoreModel::CortexM7,
    CoreModel::CortexM7F,
    CoreModel::CortexM33,
    CoreModel::CortexM33F,
];
/// Those of Armv7-M.
pub(crate) const ARMV7M: [CoreModel; 5] =
    [CoreModel::CortexM3, CoreModel::CortexM4, CoreModel::CortexM4F, CoreModel::CortexM7, CoreModel::CortexM7F];
/// Those that count cycles as a Cortex-M3 does, where neither floating point nor what the Cortex-M4 does faster comes in.
pub(crate) const AS_CORTEX_M3: [CoreModel; 5] =
    [CoreModel::CortexM3, CoreModel::CortexM4, CoreModel::CortexM4F, CoreModel::CortexM33, CoreModel::CortexM33F];

/// Runs a test on each of these cores.
pub(crate) fn on_all(cores: &[CoreModel], test: impl Fn()) {
    for core in cores {
        println!("on {core:?}");
        on(*core, &test);
    }
}

/// The core that a test runs on, which was written for `own`.
pub(crate) fn model(own: CoreModel) -> CoreModel {
    CORE.get().unwrap_or(own)
}

/// What a register of the floating-point unit has, from FPCCR to MVFR2: on a core without the unit it reads as zero.
pub(crate) fn with_float(model: CoreModel, address: u32, value: u32) -> u32 {
    if (0xe000_ef34..=0xe000_ef48).contains(&address) && !model.has_float() { 0 } else { value }
}

/// Whether an access of a device faults unless it is aligned, on the core that the test runs on.
pub(crate) fn devices_are_aligned() -> bool {
    use CoreModel::{CortexM7, CortexM7F, CortexM33, CortexM33F};
    matches!(CORE.get(), Some(CortexM7 | CortexM7F | CortexM33 | CortexM33F))
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
                $crate::rig::on(bksim::cpu::cortex_m::CoreModel::$model, super::$test);
            })+
        }
    };
}
pub(crate) use also_on;

/// Tests of this file that hold on all cores of a list above: each runs on every one of them.
macro_rules! also_on_all {
    ($cores:ident as $module:ident { $($test:ident),+ $(,)? }) => {
        mod $module {
            $(#[test]
            fn $test() {
                $crate::rig::on_all(&$crate::rig::$cores, super::$test);
            })+
        }
    };
}
pub(crate) use also_on_all;

/// A core that tests run on, and what they must know of its time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpu {
    pub(crate) model: CoreModel,
    /// Exception entry, tail-chain and return: Arm DDI 0337 for the Cortex-M3, DDI 0432C and 0484C for the others.
    pub(crate) entry: u64,
    pub(crate) tail_chain: u64,
    pub(crate) exit: u64,
    /// CPS; MRS and MSR; WFI; a load or a store by itself (the same manuals, tables of instructions).
    pub(crate) cps: u64,
    pub(crate) mrs: u64,
    pub(crate) wfi: u64,
    pub(crate) access: u64,
}

pub(crate) const M0: Cpu =
    Cpu { model: CoreModel::CortexM0, entry: 16, tail_chain: 8, exit: 12, cps: 1, mrs: 4, wfi: 2, access: 2 };
pub(crate) const M0_PLUS: Cpu =
    Cpu { model: CoreModel::CortexM0Plus, entry: 15, tail_chain: 7, exit: 11, cps: 1, mrs: 3, wfi: 2, access: 2 };
pub(crate) const M3: Cpu =
    Cpu { model: CoreModel::CortexM3, entry: 12, tail_chain: 6, exit: 10, cps: 2, mrs: 2, wfi: 1, access: 2 };
/// The table in the head of `cycles/cortex_m7.rs`.
const M7: Cpu =
    Cpu { model: CoreModel::CortexM7, entry: 12, tail_chain: 6, exit: 10, cps: 3, mrs: 3, wfi: 1, access: 1 };

/// What cores have in common.
pub(crate) fn on_every_core(test: impl Fn(Cpu)) {
    if let Some(model) = CORE.get() {
        let times = if matches!(model, CoreModel::CortexM7 | CoreModel::CortexM7F) { M7 } else { M3 };
        return test(Cpu { model, ..times });
    }
    for cpu in [M3, M0, M0_PLUS] {
        println!("on {:?}", cpu.model);
        test(cpu);
    }
}

/// What the cores of Armv6-M have in common.
pub(crate) fn on_armv6m(test: impl Fn(Cpu)) {
    for cpu in [M0, M0_PLUS] {
        println!("on {:?}", cpu.model);
        test(cpu);
    }
}

impl Cpu {
    pub(crate) fn is_armv6m(self) -> bool {
        self.model.architecture() == Architecture::V6M
    }

    pub(crate) fn code(self, base: u32) -> Code {
        if self.is_armv6m() { Code::armv6m_at(base) } else { Code::at(base) }
    }

    pub(crate) fn config(self, instruction_clock: bool) -> CortexConfig {
        let prio_bits = if self.is_armv6m() { 2 } else { 3 };
        CortexConfig { model: self.model, prio_bits, ..config(instruction_clock) }
    }

    pub(crate) fn rig(self, program: &Code, handlers: &[(u32, &Code)]) -> Rig {
        Rig::with(&self.config(false), program, handlers)
    }
}

impl Rig {
    /// A program at [`PROGRAM`], run from reset, with the Cortex-M3's cycles.
    pub(crate) fn new(program: &Code, handlers: &[(u32, &Code)]) -> Self {
        Self::with(&config(false), program, handlers)
    }

    /// The same with one cycle an instruction.
    pub(crate) fn counting(program: &Code, handlers: &[(u32, &Code)]) -> Self {
        Self::with(&config(true), program, handlers)
    }

    pub(crate) fn with(config: &CortexConfig, program: &Code, handlers: &[(u32, &Code)]) -> Self {
        let mut core = cortex_m::new(config).expect("core");
        load(&mut *core, program);
        assert!(core.poke(0, &STACK.to_le_bytes()) && core.poke(4, &(program.base | 1).to_le_bytes()));
        for (exception, handler) in handlers {
            load(&mut *core, handler);
            assert!(core.poke(4 * exception, &(handler.base | 1).to_le_bytes()));
        }
        core.reset();
        Self { core, bus: Recorder::default() }
    }

    /// Runs a program on either engine, with stops after every `cycles`, to what ends it.
    pub(crate) fn in_pieces(config: &CortexConfig, single_step: bool, cycles: u64, program: &Code) -> Self {
        let build = if single_step { cortex_m::new_single_step } else { cortex_m::new };
        let mut core = build(config).expect("core");
        load(&mut *core, program);
        assert!(core.poke(0, &STACK.to_le_bytes()) && core.poke(4, &(program.base | 1).to_le_bytes()));
        core.reset();
        let mut rig = Self { core, bus: Recorder::default() };
        while rig.run(rig.core.cycles() + cycles) == CoreStop::Horizon {}
        rig
    }

    pub(crate) fn run(&mut self, until: u64) -> CoreStop {
        self.core.run(&mut self.bus, until)
    }

    /// Runs to a BKPT, answering attention by raising external interrupt 0 for as long as the device is not read.
    pub(crate) fn run_to_breakpoint(&mut self) -> u32 {
        loop {
            match self.run(1_000_000) {
                CoreStop::Breakpoint { pc } => return pc as u32,
                CoreStop::Attention => {}
                CoreStop::Asleep => {
                    let next = self.core.next_event().expect("asleep for ever");
                    self.core.sleep_until(next);
                }
                stop => panic!("{stop:?} at {:#x}, {:?}", self.pc(), self.core.fault_report()),
            }
        }
    }

    pub(crate) fn pc(&self) -> u32 {
        self.register(15)
    }

    pub(crate) fn register(&self, index: u8) -> u32 {
        self.core.register(index) as u32
    }

    pub(crate) fn word(&self, address: u32) -> u32 {
        let mut bytes = [0; 4];
        assert!(self.core.peek(address, &mut bytes), "{address:#x} is not memory");
        u32::from_le_bytes(bytes)
    }
}

pub(crate) fn load(core: &mut dyn Core, code: &Code) {
    assert!(core.poke(code.base, &code.bytes()));
}

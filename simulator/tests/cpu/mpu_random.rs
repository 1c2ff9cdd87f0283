//! Random regions and accesses against the manuals' own description of what is permitted ([`crate::mpu_spec`]), on the
//! fast engine and on the single-step one.
//!
//! Each access is one instruction, in an IT block or not, run at a random level with runs cut at random cycles; what must
//! come out is the fault (or none), its address, and every byte of RAM. `BKSIM_FUZZ_SEEDS` as in [`crate::numbers`].

use bksim::cpu::cortex_m::config::Architecture;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig};
use bksim::cpu::{Core, CoreStop};

use crate::asm::{Code, R7};
use crate::mpu::{CTRL, RASR, RBAR, RNR, access as access_bits, protected, size};
use crate::mpu_spec::{Kind, Region, Unit};
use crate::numbers::seeds;
use crate::random::Numbers;
use crate::rig::{self, DEVICE, PROGRAM, RAM, Recorder, STACK, load};

/// What accesses go to.
const DATA: u32 = RAM;
const DATA_SIZE: u32 = 0x2000;
/// Where the instruction under test is put, in RAM that everybody may execute.
const TRIAL: u32 = RAM + 0x4000;
const HANDLER: u32 = 0x200;
const CFSR: u32 = 0xe000_ed28;
/// ID_PFR0 and those behind it: privileged code may store there, too, and nothing happens.
const FEATURES: u32 = 0xe000_ed40;
const MMFAR: u32 = 0xe000_ed34;

const IACCVIOL: u32 = 1;
const DACCVIOL: u32 = 0x82;
const IBUSERR: u32 = 1 << 8;
const PRECISERR: u32 = 0x8200;

/// Five random regions, and three of what the trials themselves need, whatever the others say: code, stack, and RAM with
/// the instruction. `smallest`: the binary logarithm of the smallest size.
fn random(n: &mut Numbers, is_v8: bool, smallest: u32) -> Unit {
    let mut unit = Unit { is_v8, control: 1 | (n.below(2) << 2) as u32, ..Unit::default() };
    for region in &mut unit.regions[..5] {
        let log = if n.one_in(8) { 11 + n.below(22) as u32 } else { smallest + n.below(9) as u32 };
        let parts = if n.one_in(2) { 0 } else { n.below(256) as u32 };
        let base = match n.below(6) {
            0 => n.below(1 << 32) as u32,
            1 => DEVICE,
            2 => 0x8000 + n.below(0x800) as u32,
            _ => DATA + n.below(u64::from(DATA_SIZE)) as u32,
        };
        let base = base >> smallest << smallest;
        let (permission, xn, on) = (n.below(8) as u32, n.below(2) as u32, u32::from(!n.one_in(6)));
        *region = if is_v8 {
            let limit = base.saturating_add(n.below(1 << log.min(12)) as u32) & !0x1f;
            Region { base: base | (permission & 3) << 1 | xn, attributes: limit | on }
        } else {
            let attributes = xn << 28 | access_bits(permission) | parts << 8 | (log - 1) << 1 | on;
            Region { base, attributes }
        };
    }
    let needed = [(TRIAL, 8, 6), (STACK - 0x1000, 12, 3), (0, 12, 6)];
    for (region, (base, log, permission)) in unit.regions[5..].iter_mut().zip(needed) {
        let attributes = access_bits(permission) | size(log);
        *region = Region { base, attributes };
        if is_v8 {
            let ap = if permission == 6 { 3 } else { 1 };
            *region = Region { base: base | ap << 1, attributes: region.last(false) & !0x1f | 1 };
        }
    }
    unit
}

/// One instruction, what it does, and how many bytes each of its accesses has.
#[derive(Clone, Copy, Debug)]
struct Shape {
    code: [u16; 2],
    kind: Kind,
    count: u32,
    size: u32,
    unprivileged: bool,
    float: bool,
}

impl Shape {
    /// Whether Armv6-M has it.
    fn is_short(&self) -> bool {
        self.code[0] >> 11 < 0b11101
    }
}

/// With the address in r0, a scratch register r1, data in r2-r4.
const SHAPES: [Shape; 26] = {
    const fn shape(code: [u16; 2], kind: Kind, count: u32, size: u32) -> Shape {
        Shape { code, kind, count, size, unprivileged: false, float: false }
    }
    const fn unprivileged(code: [u16; 2], kind: Kind, size: u32) -> Shape {
        Shape { code, kind, count: 1, size, unprivileged: true, float: false }
    }
    const fn float(code: [u16; 2], kind: Kind, count: u32) -> Shape {
        Shape { code, kind, count, size: 4, unprivileged: false, float: true }
    }
    use Kind::{Load, Store};
    [
        shape([0x6801, 0], Load, 1, 4),           // ldr r1, [r0]
        shape([0x8801, 0], Load, 1, 2),           // ldrh r1, [r0]
        shape([0x7801, 0], Load, 1, 1),           // ldrb r1, [r0]
        shape([0xc81e, 0], Load, 4, 4),           // ldmia r0!, {r1-r4}
        shape([0xc01c, 0], Store, 3, 4),          // stmia r0!, {r2-r4}
        shape([0xf990, 0x1000], Load, 1, 1),      // ldrsb.w r1, [r0]
        shape([0xf850, 0x1b04], Load, 1, 4),      // ldr r1, [r0], #4
        shape([0xe9d0, 0x1200], Load, 2, 4),      // ldrd r1, r2, [r0]
        shape([0xe890, 0x001e], Load, 4, 4),      // ldmia r0, {r1-r4}
        shape([0xe850, 0x1f00], Load, 1, 4),      // ldrex r1, [r0]
        shape([0x6002, 0], Store, 1, 4),          // str r2, [r0]
        shape([0x8002, 0], Store, 1, 2),          // strh r2, [r0]
        shape([0x7002, 0], Store, 1, 1),          // strb r2, [r0]
        shape([0xf840, 0x2b04], Store, 1, 4),     // str r2, [r0], #4
        shape([0xe9c0, 0x2300], Store, 2, 4),     // strd r2, r3, [r0]
        shape([0xe880, 0x001c], Store, 3, 4),     // stmia r0, {r2-r4}
        unprivileged([0xf850, 0x1e00], Load, 4),  // ldrt r1, [r0]
        unprivileged([0xf830, 0x1e00], Load, 2),  // ldrht r1, [r0]
        unprivileged([0xf910, 0x1e00], Load, 1),  // ldrsbt r1, [r0]
        unprivileged([0xf840, 0x2e00], Store, 4), // strt r2, [r0]
        unprivileged([0xf820, 0x2e00], Store, 2), // strht r2, [r0]
        unprivileged([0xf800, 0x2e00], Store, 1), // strbt r2, [r0]
        float([0xed90, 0x0a00], Load, 1),         // vldr s0, [r0]
        float([0xed90, 0x0b00], Load, 2),         // vldr d0, [r0]
        float([0xed80, 0x0b00], Store, 2),        // vstr d0, [r0]
        float([0xec80, 0x0a03], Store, 3),        // vstmia r0, {s0-s2}
    ]
};

/// What an access must come to: the bits of CFSR, and the address that MMFAR or the frame names.
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    status: u32,
    address: Option<u32>,
}

const FINE: Outcome = Outcome { status: 0, address: None };
/// All that a fault of Armv6-M says.
const HARD_FAULT: Outcome = Outcome { status: u32::MAX, address: None };

struct Bench {
    core: Box<dyn Core>,
    /// There are no status registers, and no instructions but the short ones.
    is_v6: bool,
    bus: Recorder,
    cut: bool,
    memory: Vec<u8>,
}

/// The program: goes to the level in r5, calls the trial, comes back by SVC, and asks for the next one.
struct Program {
    code: Code,
    top: u32,
    after: u32,
}

fn program(new: fn(u32) -> Code) -> Program {
    let mut code = new(PROGRAM);
    code.store(0xe000_ed24, 7 << 16);
    let top = code.here();
    code.bkpt(0xab).msr(20, 5).mov32(R7, TRIAL | 1).put(&[0xf3bf, 0x8f6f]).put(&[0x47b8]); // isb; blx r7
    let after = code.here();
    code.svc(0).branch(top);
    Program { code, top, after }
}

/// Puts the interrupted code behind its trial, as privileged code again: `movs r5, #0; msr control, r5` and the frame's PC.
fn handlers(new: fn(u32) -> Code, after: u32) -> Code {
    let mut code = new(HANDLER);
    code.bkpt(0xab).mov32(R7, after | 1).put(&[0x9706]).movs(5, 0).msr(20, 5).put(&[0x4770]); // str r7, [sp, #24]; bx lr
    code
}

impl Bench {
    fn new(config: &CortexConfig, single_step: bool, cut: bool) -> Self {
        let build = if single_step { cortex_m::new_single_step } else { cortex_m::new };
        let mut core = build(config).expect("core");
        let is_v6 = config.model.architecture() == Architecture::V6M;
        let new = if is_v6 { Code::armv6m_at } else { Code::at };
        let program = program(new);
        load(&mut *core, &program.code);
        load(&mut *core, &handlers(new, program.after));
        let mut svc = Code::at(HANDLER + 0x40);
        svc.movs(5, 0).msr(20, 5).put(&[0x4770]);
        load(&mut *core, &svc);
        let vectors =
            [(0, STACK), (1, PROGRAM | 1), (3, HANDLER | 1), (4, HANDLER | 1), (5, HANDLER | 1), (11, svc.base | 1)];
        for (index, value) in vectors {
            assert!(core.poke(4 * index, &value.to_le_bytes()));
        }
        core.reset();
        let mut bench = Self { core, is_v6, bus: Recorder::default(), cut, memory: Vec::new() };
        // CPACR; MAIR0: all of v8's regions are normal memory.
        bench.write(0xe000_ed88, 0xf << 20);
        bench.write(0xe000_edc0, 0x4444_4444);
        bench.memory = (0..DATA_SIZE).map(|at| (at.wrapping_mul(0x9e37_79b1) >> 24) as u8).collect();
        let memory = bench.memory.clone();
        assert!(bench.core.poke(DATA, &memory));
        assert_eq!(bench.run_to_host(), program.top);
        bench
    }

    fn write(&mut self, address: u32, value: u32) {
        self.core.debugger_write(&mut self.bus, address, 4, value).expect("register");
    }

    fn read(&mut self, address: u32) -> u32 {
        self.core.debugger_read(&mut self.bus, address, 4).expect("register")
    }

    fn set(&mut self, unit: &Unit) {
        self.write(CTRL, 0);
        for (number, region) in unit.regions.iter().enumerate() {
            self.write(RNR, number as u32);
            self.write(RBAR, region.base);
            self.write(RASR, region.attributes);
        }
        self.write(CTRL, unit.control);
    }

    /// Runs to the next BKPT 0xab and says where it is.
    fn run_to_host(&mut self) -> u32 {
        for step in 0..10_000 {
            let until = if self.cut { self.core.cycles() + 1 + step % 3 } else { u64::MAX };
            match self.core.run(&mut self.bus, until) {
                CoreStop::Semihosting { .. } => return self.core.register(15) as u32 - 2,
                CoreStop::Horizon | CoreStop::Attention => {}
                stop => panic!("{stop:?}: {:?}", self.core.fault_report()),
            }
        }
        panic!("it runs for ever, at {:#x}", self.core.register(15));
    }

    /// Runs a trial; the outcome.
    fn run(&mut self, address: u32, privileged: bool) -> Outcome {
        self.core.set_register(0, address.into());
        self.core.set_register(5, u64::from(!privileged));
        self.core.set_register(6, 0);
        if self.run_to_host() != HANDLER {
            return FINE;
        }
        if self.is_v6 {
            self.run_to_host();
            return HARD_FAULT;
        }
        let status = self.read(CFSR);
        let sp = self.core.register(13) as u32;
        let mut pc = [0; 4];
        assert!(self.core.peek(sp + 24, &mut pc));
        let address = match status {
            IACCVIOL | IBUSERR => Some(u32::from_le_bytes(pc)),
            DACCVIOL => Some(self.read(MMFAR)),
            PRECISERR => Some(self.read(0xe000_ed38)),
            _ => None,
        };
        self.write(CFSR, status);
        self.run_to_host();
        Outcome { status, address }
    }
}

/// The bytes that an access asks for by itself: its address and size.
fn pieces(address: u32, shape: &Shape) -> impl Iterator<Item = (u32, u32)> {
    let aligned = address.is_multiple_of(shape.size);
    let step = if aligned { shape.size } else { 1 };
    let (count, size) = (shape.count, shape.size);
    (0..count * size / step).map(move |index| (address.wrapping_add(index * step), step))
}

/// Random accesses; returns how many came to a violation.
fn trials(seed: u64, config: &CortexConfig, single_step: bool) -> (usize, usize) {
    let is_v8 = config.model.architecture() == Architecture::V8M;
    let mut n = Numbers::new(seed);
    let mut bench = Bench::new(config, single_step, seed % 3 == 1);
    let mut unit = Unit::default();
    let (mut total, mut violations) = (0, 0);
    for trial in 0..60 {
        if trial % 6 == 0 {
            unit = random(&mut n, is_v8, if bench.is_v6 { 8 } else { 5 });
            bench.set(&unit);
        }
        let privileged = n.one_in(2);
        let near = unit.regions[n.below(5) as usize];
        let border = near.last(is_v8).wrapping_add(1);
        let mut address = match n.below(10) {
            0 => DEVICE + 4 * n.below(0x100) as u32,
            1 => FEATURES,
            2..=4 => DATA + n.below(u64::from(DATA_SIZE)) as u32,
            5 | 6 => near.base.wrapping_add(n.below(64) as u32).wrapping_sub(32),
            _ => border.wrapping_add(n.below(32) as u32).wrapping_sub(16),
        };
        // Not what the trial stands on, and not what it would be undone by.
        if !(DATA..DATA + DATA_SIZE - 32).contains(&address)
            && address < 0x4000_0000
            && !(0x8000..0xf000).contains(&address)
        {
            address = DATA + address % (DATA_SIZE - 32);
        }
        if address >= 0xe000_0000 {
            address = FEATURES;
        }
        // The engine's second view of the code lies at the end of executable space: a load finds the code there.
        if (0x9000_0000..0xa000_0000).contains(&address) {
            address -= 0x1000_0000;
        }
        let (mut expected, got) = if n.one_in(4) {
            fetch(&mut bench, &unit, address & !1, privileged)
        } else {
            access(&mut bench, &mut n, &unit, address, privileged, config.model.has_float())
        };
        let is_violation = matches!(expected.status, IACCVIOL | DACCVIOL);
        if bench.is_v6 && expected != FINE {
            expected = HARD_FAULT;
        }
        let what = format!("seed {seed}, trial {trial}: {address:#x} privileged {privileged}, {unit:x?}");
        assert_eq!(got, expected, "{what}");
        let mut memory = vec![0; DATA_SIZE as usize];
        assert!(bench.core.peek(DATA, &mut memory));
        if let Some(at) = (0..memory.len()).find(|&at| memory[at] != bench.memory[at]) {
            panic!("{what}: {:#x} holds {:#x}", DATA + at as u32, memory[at]);
        }
        total += 1;
        violations += usize::from(is_violation);
    }
    (total, violations)
}

/// `dsb; bx lr` at an address, called.
fn fetch(bench: &mut Bench, unit: &Unit, target: u32, privileged: bool) -> (Outcome, Outcome) {
    let code = [0xf3bf_u16, 0x8f4f, 0x4770].map(u16::to_le_bytes).concat();
    let in_memory = target < 0x4000_0000;
    if in_memory {
        assert!(bench.core.poke(target, &code));
    }
    if let Some(at) = target.checked_sub(DATA).filter(|at| *at < DATA_SIZE) {
        bench.memory[at as usize..][..6].copy_from_slice(&code);
    }
    let mut trial = Code::at(TRIAL);
    trial.put(&[0x3001, 0x4700]); // adds r0, #1; bx r0
    load(&mut *bench.core, &trial);
    let permits = |at: u32| unit.permits(target.wrapping_add(at), Kind::Fetch, privileged);
    let expected = match () {
        () if !permits(0) || in_memory && !permits(2) => Outcome { status: IACCVIOL, address: Some(target) },
        () if !in_memory => Outcome { status: IBUSERR, address: Some(target) },
        () if !permits(4) => Outcome { status: IACCVIOL, address: Some(target + 4) },
        () => FINE,
    };
    (expected, bench.run(target, privileged))
}

/// A load or store, alone or first in an IT block; `adds r6, #1` behind it.
fn access(
    bench: &mut Bench,
    n: &mut Numbers,
    unit: &Unit,
    mut address: u32,
    privileged: bool,
    float: bool,
) -> (Outcome, Outcome) {
    let suits = |shape: &&Shape| (float || !shape.float) && (!bench.is_v6 || shape.is_short());
    let shapes: Vec<&Shape> = SHAPES.iter().filter(suits).collect();
    let shape = shapes[n.below(shapes.len() as u64) as usize];
    let may_be_unaligned =
        !bench.is_v6 && shape.count == 1 && !shape.float && shape.code[0] != 0xe850 && address < 0x4000_0000;
    if !may_be_unaligned || n.one_in(2) {
        address &= !(if shape.count > 1 { 3 } else { shape.size - 1 });
    }
    let mut trial = Code::at(TRIAL);
    if shape.float {
        trial.put(&[0xee00, 0x2a10, 0xee00, 0x3a90, 0xee01, 0x4a10]); // vmov s0, r2; vmov s1, r3; vmov s2, r4
    }
    trial.put(&[0x4280]); // cmp r0, r0
    let in_it = !bench.is_v6 && n.one_in(2);
    if in_it {
        trial.put(&[0xbf04]); // itt eq
    }
    trial.put(&shape.code[..if shape.is_short() { 1 } else { 2 }]);
    trial.put(&[if in_it { 0x3601 } else { 0x1c76 }]).ret(); // add(s) r6, #1
    load(&mut *bench.core, &trial);
    let asks_privileged = privileged && !shape.unprivileged;
    let data: [u32; 3] = std::array::from_fn(|_| n.below(1 << 32) as u32);
    for (register, value) in (2..).zip(data) {
        bench.core.set_register(register, value.into());
    }
    let mut expected = FINE;
    for (index, (at, size)) in pieces(address, shape).enumerate() {
        let refused = (0..size).find(|byte| !unit.permits(at + byte, shape.kind, asks_privileged));
        if let Some(byte) = refused {
            expected = Outcome { status: DACCVIOL, address: Some(at + byte) };
            break;
        }
        let writes_flash = shape.kind == Kind::Store && at < RAM;
        if writes_flash || at >= 0xe000_0000 && !asks_privileged || (rig::NOWHERE..0xe000_0000).contains(&at) {
            expected = Outcome { status: PRECISERR, address: Some(at) };
            break;
        }
        if let Some(offset) = at.checked_sub(DATA).filter(|at| *at < DATA_SIZE).filter(|_| shape.kind == Kind::Store) {
            let bytes = data.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
            let from = index * size as usize;
            bench.memory[offset as usize..][..size as usize].copy_from_slice(&bytes[from..from + size as usize]);
        }
    }
    let got = bench.run(address, privileged);
    let done = u64::from(expected == FINE);
    assert_eq!(bench.core.register(6), done, "what is behind a fault has not happened: {shape:x?} at {address:#x}");
    (expected, got)
}

/// Random accesses on both engines; some must be permitted, and some not.
fn on_both_engines(model: CoreModel, count: u64) {
    let config = CortexConfig { model, ..protected(&rig::config(true)) };
    let config = if model == CoreModel::CortexM0Plus { CortexConfig { prio_bits: 2, ..config } } else { config };
    let (mut total, mut violations) = (0, 0);
    for seed in seeds(count) {
        for single_step in [false, true] {
            let (trials, refused) = trials(seed, &config, single_step);
            (total, violations) = (total + trials, violations + refused);
        }
    }
    println!("{total} accesses, {violations} of them not permitted");
    assert!(violations * 5 > total && violations * 5 < total * 4, "both must be tried: {violations} of {total}");
}

#[test]
fn armv7m_permits_what_the_manual_permits() {
    on_both_engines(CoreModel::CortexM3, 60);
}

#[test]
fn armv7m_with_floating_point_permits_what_the_manual_permits() {
    on_both_engines(CoreModel::CortexM4F, 30);
    on_both_engines(CoreModel::CortexM7F, 30);
}

#[test]
fn armv6m_permits_what_the_manual_permits() {
    on_both_engines(CoreModel::CortexM0Plus, 60);
}

#[test]
fn armv8m_permits_what_the_manual_permits() {
    on_both_engines(CoreModel::CortexM33F, 60);
}

//! What a Cortex-M33 has beyond a Cortex-M4F (Armv8-M Architecture Reference Manual, Arm DDI 0553; Technical Reference
//! Manual, Arm 100230): EXC_RETURN of one security state, 480 interrupts, registers, instructions.

use bksim::cpu::cortex_m::{CoreModel, CortexConfig};

use crate::asm::{Code, R0, R1, R2, R3, R4};
use crate::float_asm::{VMAXNM, VMINNM, VRINTA, VRINTN, VSELEQ, VSELGE};
use crate::float_context::FPCCR;
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::rig::{self, DEVICE, PROGRAM, RAM, Rig, also_on};

pub(crate) const SHCSR: u32 = 0xe000_ed24;
pub(crate) const CCR: u32 = 0xe000_ed14;
const ICSR: u32 = 0xe000_ed04;
pub(crate) const USGFAULTENA: u32 = 1 << 18;
/// CFSR: UFSR.INVPC, UFSR.UNDEFINSTR.
const INVPC: u32 = 1 << 18;
pub(crate) const UNDEFINSTR: u32 = 1 << 16;

pub(crate) fn config() -> CortexConfig {
    CortexConfig { model: rig::model(CoreModel::CortexM33F), ..rig::config(false) }
}

pub(crate) fn new(program: &Code, handlers: &[(u32, &Code)]) -> Rig {
    Rig::with(&config(), program, handlers)
}

/// A handler at `base` that stops at once.
pub(crate) fn stop(base: u32) -> Code {
    let mut handler = Code::at(base);
    handler.bkpt(0);
    handler
}

/// Runs an SVC whose handler returns with `value`; where it ends, and CFSR if there was a fault.
fn returns_with(value: u32) -> (u32, Option<u32>) {
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, USGFAULTENA).svc(0).bkpt(1);
    let mut handler = Code::at(0x300);
    handler.mov32(R4, value).bx(R4);
    let mut rig = new(&program, &[(6, &stop(0x200)), (11, &handler)]);
    let pc = rig.run_to_breakpoint();
    (if pc == program.here() - 2 { PROGRAM } else { pc }, rig.core.fault_report().map(|report| report.cfsr))
}

#[test]
fn exc_return_of_either_single_state() {
    // DDI 0553, D1.2, EXC_RETURN: S and ES are ones in Secure state, and zeros on a core without Security Extension.
    for value in [0xffff_fff9, 0xffff_ffb8] {
        assert_eq!(returns_with(value), (PROGRAM, None), "{value:#x}");
    }
    // S without ES, and the other way round; callee's registers (DCRS clear); bits 23:7 and 1 that must be ones and zero.
    for value in [0xffff_fff8, 0xffff_ffb9, 0xffff_ffd9, 0xff7f_fff9, 0xffff_ff79, 0xffff_fffb] {
        assert_eq!(returns_with(value), (0x200, Some(INVPC)), "{value:#x}");
    }
    // A mode that the frame does not have.
    assert_eq!(returns_with(0xffff_fff1), (0x200, Some(INVPC)));
}

#[test]
fn below_the_range_of_exc_return_are_addresses() {
    // Only 0xFFxxxxxx is one (DDI 0553, B3.22); 0xFEFFFFFF would be FNC_RETURN, of the Security Extension. Not executable.
    for target in [0xfeff_ffff, 0xf000_0001] {
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, 7 << 16).store(0xe000_ed1c, 0x2000_0000).svc(0).bkpt(9);
        let mut handler = Code::at(0x300);
        handler.mov32(R4, target).bx(R4);
        let mut rig = new(&program, &[(4, &stop(0x200)), (11, &handler)]);
        assert_eq!(rig.run_to_breakpoint(), 0x200, "{target:#x}");
        let report = rig.core.fault_report().expect("a fault");
        assert_eq!((report.cfsr, report.pc), (1, u64::from(target & !1)), "{target:#x}");
    }
}

#[test]
fn a_nested_handler_may_return_to_the_thread() {
    // CCR.NONBASETHRDENA is one. Interrupt 0's handler makes its frame one of Thread mode.
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, USGFAULTENA).store(0xe000_ed1c, 0x8000_0000).store(0xe000_e100, 1).svc(0).bkpt(9);
    let mut svc = Code::at(0x300);
    svc.store(0xe000_e200, 1).nop().mrs(R3, 5).bkpt(1);
    let mut interrupt = Code::at(0x380);
    interrupt.mov32(R0, 1 << 24).put(&[0x9007]).mov32(R0, 0xffff_fff9).bx(R0); // str r0, [sp, #28]
    let mut rig = new(&program, &[(6, &stop(0x200)), (11, &svc), (16, &interrupt)]);
    assert_eq!((rig.run_to_breakpoint(), rig.register(3)), (svc.here() - 2, 0));
}

#[test]
fn the_last_of_480_interrupts() {
    let config = CortexConfig { irqs: 480, prio_bits: 8, ..config() };
    let mut program = Code::at(PROGRAM);
    let (word, bit, priority) = (4 * (479 / 32), 1 << (479 % 32), 0xe000_e400 + 479);
    program.store(0xe000_e100 + word, bit).mov32(R0, priority).movs(R1, 0x55).put(&[0x7001, 0x7804]); // strb; ldrb r4
    program.store(0xe000_e200 + word, bit).nop().mov32(R0, 0xe000_e004).ldr(R3, R0, 0).bkpt(1);
    assert!(program.here() < 4 * 495);
    let mut handler = Code::at(0x800);
    handler.mrs(R2, 5).mov32(R0, RAM).str(R2, R0, 0).mov32(R0, 0xe000_e300 + word).ldr(R2, R0, 0);
    handler.mov32(R0, RAM).str(R2, R0, 4).ret();
    let mut rig = Rig::with(&config, &program, &[(495, &handler)]);
    rig.run_to_breakpoint();
    // IPSR, IABR; ICTR counts words of 32 (DDI 0553, D1.2, ICTR); the priority is where it was put.
    assert_eq!([rig.word(RAM), rig.word(RAM + 4), rig.register(3), rig.register(4)], [495, bit, 14, 0x55]);
    assert!(bksim::cpu::cortex_m::new(&CortexConfig { irqs: 481, ..config }).is_err());
}

#[test]
fn a_pending_nmi_can_be_taken_back() {
    // ICSR.PENDNMISET and PENDNMICLR (DDI 0553, D1.2, ICSR), from the NMI's own handler.
    let mut program = Code::at(PROGRAM);
    program.store(ICSR, 1 << 31).nop().bkpt(1);
    let mut nmi = Code::at(0x200);
    nmi.mov32(R0, ICSR).mov32(R1, 1 << 31).str(R1, R0, 0).ldr(R2, R0, 0).mov32(R1, 1 << 30).str(R1, R0, 0);
    nmi.ldr(R3, R0, 0).mov32(R0, DEVICE).str(R2, R0, 0).str(R3, R0, 4).mov32(R0, SHCSR).ldr(R1, R0, 0);
    nmi.mov32(R0, DEVICE).str(R1, R0, 0x10).ret();
    let mut rig = new(&program, &[(2, &nmi)]);
    rig.run_to_breakpoint();
    let values: Vec<u32> = rig.bus.log.iter().filter_map(|seen| seen.4).collect();
    let [set, cleared, shcsr] = values[..] else { panic!("the handler ran more than once: {values:x?}") };
    assert_eq!((set >> 31, cleared >> 31), (1, 0));
    // SHCSR.NMIACT.
    assert_eq!(shcsr, 1 << 5);
}

/// The value of a register behind a store of all ones to it, and behind one of zeros.
fn written(address: u32) -> (u32, u32) {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, address).mov32(R1, u32::MAX).str(R1, R0, 0).ldr(R2, R0, 0);
    program.movs(R1, 0).str(R1, R0, 0).ldr(R3, R0, 0).bkpt(1);
    let mut rig = new(&program, &[]);
    rig.run_to_breakpoint();
    (rig.register(2), rig.register(3))
}

#[test]
fn registers_have_the_bits_that_the_core_has() {
    for (name, address, ones, zeros) in [
        // NONBASETHRDENA and STKALIGN are ones; USERSETMPEND, UNALIGN_TRP, DIV_0_TRP, BFHFNMIGN, STKOFHFNMIGN.
        ("CCR", CCR, 0x71b, 0x201),
        ("VTOR", 0xe000_ed08, 0xffff_ff80, 0),
        // ASPEN, LSPEN, CLRONRET; UFRDY, SPLIMVIOL, MONRDY, BFRDY, MMRDY, HFRDY, THREAD, USER, LSPACT.
        ("FPCCR", FPCCR, 0xd000_077b, 0),
        ("FPCAR", 0xe000_ef38, 0xffff_fff8, 0),
        ("FPDSCR", 0xe000_ef3c, 0x07c0_0000, 0),
        ("ACTLR", 0xe000_e008, 0x2000_1605, 0),
        // Of one security state only: nothing to target, to attribute, to fault on, to power.
        ("NVIC_ITNS0", 0xe000_e380, 0, 0),
        ("SAU_CTRL", 0xe000_edd0, 0, 0),
        ("SAU_TYPE", 0xe000_edd4, 0, 0),
        ("SFSR", 0xe000_ede4, 0, 0),
        ("CPPWR", 0xe000_e00c, 0, 0),
        ("NSACR", 0xe000_ed8c, 0, 0),
    ] {
        let ones = rig::with_float(config().model, address, ones);
        assert_eq!(written(address), (ones, zeros), "{name}");
    }
    // AIRCR with its key: PRIGROUP alone; PRIS, BFHFNMINS and SYSRESETREQS are not there.
    let mut program = Code::at(PROGRAM);
    program.store(0xe000_ed0c, 0x05fa_6708).ldr(R2, 7, 0).bkpt(1);
    let mut rig = new(&program, &[]);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(2), 0xfa05_0700);
}

#[test]
fn identity() {
    // Arm 100230, System control registers and FPU; no Security Extension, no caches.
    for (address, value) in [
        (0xe000_ed00, 0x410f_d213),
        (0xe000_ed40, 0x0000_0030),
        (0xe000_ed44, 0x0000_0200),
        (0xe000_ed60, 0x0110_1110),
        (0xe000_ed64, 0x0221_2000),
        (0xe000_ed68, 0x2023_2232),
        (0xe000_ed78, 0),
        (0xe000_ed7c, 0x8000_c000),
        (0xe000_ef34, 0xc000_0000),
        (0xe000_ef40, 0x1011_0021),
        (0xe000_ef44, 0x1100_0011),
        (0xe000_ef48, 0x0000_0040),
    ] {
        let mut program = Code::at(PROGRAM);
        program.mov32(R0, address).ldr(R1, R0, 0).bkpt(0);
        let mut rig = new(&program, &[]);
        rig.run_to_breakpoint();
        assert_eq!(rig.register(1), rig::with_float(config().model, address, value), "{address:#x}");
    }
}

#[test]
fn what_a_handler_leaves_in_the_registers_can_be_cleared() {
    // FPCCR.CLRONRET: S0-S15 and FPSCR, when a handler with a context returns to one that has none.
    for (clronret, expected) in [(0, 1.5_f32.to_bits()), (1 << 28, 0)] {
        let mut program = Code::at(PROGRAM);
        program.store(CPACR, FULL_ACCESS).store(FPCCR, 0xc000_0000 | clronret).svc(0);
        // Without ASPEN the unit's registers are what they are.
        program.store(FPCCR, 0).vmov_from(R1, 3).vmov_from(R2, 16).bkpt(1);
        let mut handler = Code::at(0x300);
        handler.mov32(R0, 1.5_f32.to_bits()).vmov_to(3, R0).vmov_to(16, R0).ret();
        let mut rig = new(&program, &[(11, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!((rig.register(1), rig.register(2)), (expected, 1.5_f32.to_bits()), "{clronret:#x}");
    }
}

#[test]
fn load_acquire_and_store_release() {
    // DDI 0553, C2.4: arm-none-eabi-as 2.40, -march=armv8-m.main.
    let mut program = Code::at(PROGRAM);
    program.mov32(R1, RAM).mov32(R0, 0x8182_8384).put(&[0xe8c1, 0x0faf]); // stl r0, [r1]
    program.put(&[0xe8d1, 0x2faf, 0xe8d1, 0x3f8f, 0xe8d1, 0x4f9f]); // lda r2, [r1]; ldab r3, [r1]; ldah r4, [r1]
    // ldaex r5, [r1]; stlex r6, r0, [r1]; stlex r7, r0, [r1]: the second one finds the monitor open.
    program.put(&[0xe8d1, 0x5fef, 0xe8c1, 0x0fe6, 0xe8c1, 0x0fe7]).bkpt(1);
    let mut rig = new(&program, &[]);
    rig.run_to_breakpoint();
    let registers = [2, 3, 4, 5, 6, 7].map(|index| rig.register(index));
    assert_eq!(registers, [0x8182_8384, 0x84, 0x8384, 0x8182_8384, 0, 1]);
}

#[test]
fn exclusive_load_acquire_must_be_aligned() {
    // ldaex r5, [r1]; ldaexh r5, [r1]
    for instruction in [[0xe8d1_u16, 0x5fef], [0xe8d1, 0x5fdf]] {
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, USGFAULTENA).mov32(R1, RAM + 1).put(&instruction).bkpt(9);
        let mut rig = new(&program, &[(6, &stop(0x200))]);
        assert_eq!(rig.run_to_breakpoint(), 0x200, "{instruction:04x?}");
        assert_eq!(rig.core.fault_report().map(|report| report.cfsr), Some(1 << 24), "{instruction:04x?}");
    }
}

#[test]
fn test_target_without_a_protection_unit() {
    // TT r0, r1 of RAM: readable and writable (bits 18 and 19), no region is valid (DDI 0553, TT). TTT likewise. Nothing is
    // accessed, so any byte can be asked for.
    for (second, address) in [(0xf000, RAM), (0xf000, RAM + 1), (0xf040, RAM), (0xf040, RAM + 2)] {
        let mut program = Code::at(PROGRAM);
        program.mov32(R1, address).put(&[0xe841, second]).bkpt(1);
        let mut rig = new(&program, &[]);
        rig.run_to_breakpoint();
        assert_eq!(rig.register(0), 0x000c_0000, "{second:04x} of {address:#x}");
    }
}

#[test]
fn the_security_extension_is_not_there() {
    // TTA, BXNS, BLXNS, VLLDM and VLSTM are undefined without it (DDI 0553, C2.4)...
    for instruction in [&[0xe841_u16, 0xf080][..], &[0x470c], &[0x478c], &[0xec31, 0x0a00], &[0xec21, 0x0a00]] {
        let mut program = Code::at(PROGRAM);
        program.store(CPACR, FULL_ACCESS).store(SHCSR, USGFAULTENA).mov32(R1, RAM);
        let at = program.here();
        program.put(instruction).bkpt(9);
        let mut rig = new(&program, &[(6, &stop(0x200))]);
        assert_eq!(rig.run_to_breakpoint(), 0x200, "{instruction:04x?}");
        let report = rig.core.fault_report().expect("a fault");
        assert_eq!((report.cfsr, report.pc), (UNDEFINSTR, u64::from(at)), "{instruction:04x?}");
    }
    // ... and SG does nothing.
    let mut program = Code::at(PROGRAM);
    program.movs(R0, 1).put(&[0xe97f, 0xe97f]).adds(R0, 1).bkpt(1);
    let mut rig = new(&program, &[]);
    assert_eq!((rig.run_to_breakpoint(), rig.register(0)), (program.here() - 2, 2));
}

#[test]
fn what_fpv5_adds_in_single_precision() {
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS);
    for (register, value) in [(0, 2.5_f32), (1, -3.5), (2, f32::NAN)] {
        program.mov32(R0, value.to_bits()).vmov_to(register, R0);
    }
    program.single(VMAXNM, 8, 0, 1).single(VMINNM, 9, 0, 1).single(VMAXNM, 10, 0, 2);
    program.single(VRINTA, 11, 0, 0).single(VRINTN, 12, 0, 0).cmp(R1, 0);
    program.single(VSELEQ, 13, 0, 1).single(VSELGE, 14, 1, 0).mov32(R0, RAM).vstm(R0, false, 8, 7).bkpt(1);
    let mut rig = new(&program, &[]);
    rig.run_to_breakpoint();
    // r1 is 0: EQ and GE hold. To nearest: ties away from zero, ties to even.
    let expected = [2.5, -3.5, 2.5, 3.0, 2.0, 2.5, -3.5_f32].map(f32::to_bits);
    assert_eq!(std::array::from_fn(|index| rig.word(RAM + 4 * index as u32)), expected);
}

#[test]
fn there_is_no_bit_banding() {
    let mut program = Code::at(PROGRAM);
    program.store(0x4200_0000, 0x1234).bkpt(1);
    let mut rig = new(&program, &[]);
    rig.run_to_breakpoint();
    assert_eq!(rig.bus.log.iter().map(|seen| (seen.2, seen.4)).collect::<Vec<_>>(), [(0x4200_0000, Some(0x1234))]);
}

also_on! {
    [cortex_m33: CortexM33] {
        exc_return_of_either_single_state,
        below_the_range_of_exc_return_are_addresses,
        a_nested_handler_may_return_to_the_thread,
        the_last_of_480_interrupts,
        a_pending_nmi_can_be_taken_back,
        registers_have_the_bits_that_the_core_has,
        identity,
        load_acquire_and_store_release,
        exclusive_load_acquire_must_be_aligned,
        test_target_without_a_protection_unit,
        there_is_no_bit_banding,
    }
}

//! Floating point across pre-emption, at every instruction of a window: what is interrupted, or switched away from and
//! back to, computes what the host computes with the same operations (IEEE 754 leaves no choice).

use bksim::cpu::CoreStop;

use crate::asm::{Code, R0, R1, R4, R5, R6};
use crate::float_context::FPCCR;
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::rig::{self, PROGRAM, RAM, Rig, STACK, also_on};

const NVIC_ISER: u32 = 0xe000_e100;
const ICSR: u32 = 0xe000_ed04;
const PENDSVSET: u32 = 1 << 28;
const SHPR3: u32 = 0xe000_ed20;
/// The interrupt's sum and what it adds each time.
const SUM: u32 = RAM + 0x200;
/// Where the series put what they have.
const SCRATCH: u32 = RAM + 0x300;
const ROUNDS: u16 = 3;

/// The interrupted series, s0, s3, s16 and s17, in the registers that an exception saves and in those that it does not.
fn series() -> [u32; 4] {
    let (mut s0, mut s3, mut s16, mut s17) = (1.25_f32, 0.0_f32, 1.1_f32, 0.9_f32);
    let (s1, s2) = (0.75_f32, 3.5_f32);
    for _ in 0..ROUNDS {
        s3 += s0 * s1;
        s3 = s2.mul_add(s1, s3);
        s0 += (s3 / s2).sqrt();
        s16 *= s17;
        s17 += s16;
        if s0 > s2 {
            s0 -= s2;
        }
        s3 += s0;
    }
    [s0, s3, s16, s17].map(f32::to_bits)
}

/// The same for the core; s0, s3, s16 and s17 end in SCRATCH + `offset`. Uses r4, r5, r6.
fn put_series(code: &mut Code, offset: u32) {
    for (register, value) in [(0, 1.25_f32), (1, 0.75), (2, 3.5), (3, 0.0), (16, 1.1), (17, 0.9)] {
        code.mov32(R6, value.to_bits()).vmov_to(register, R6);
    }
    code.mov32(R5, SCRATCH + offset).movs(R4, ROUNDS);
    let top = code.here();
    code.vmul(4, 0, 1).vadd(3, 3, 4).vfma(3, 2, 1).vdiv(5, 3, 2).vsqrt(6, 5).vadd(0, 0, 6);
    code.vmul(16, 16, 17).vadd(17, 17, 16).vcmp(0, 2).vmrs(15).put(&[0xbfc8]).vsub(0, 0, 2); // it gt
    code.vstr(0, R5, 4).vldr(7, R5, 4).vadd(3, 3, 7).vpush_doubles(0, 9).vpop_doubles(0, 9);
    code.subs(R4, 1).branch_if(1, top);
    code.vstr(0, R5, 0).vstr(3, R5, 1).vstr(16, R5, 2).vstr(17, R5, 3);
}

fn result(rig: &Rig, offset: u32) -> [u32; 4] {
    [0, 4, 8, 12].map(|word| rig.word(SCRATCH + offset + word))
}

/// An interrupt that adds to its sum and leaves no register that it may use as it was; `behind` comes before its return.
fn interrupt(behind: impl FnOnce(&mut Code)) -> Code {
    let mut handler = Code::at(0x200);
    handler.mov32(R0, SUM).vldr(0, R0, 0).vldr(1, R0, 1).vadd(0, 0, 1).vstr(0, R0, 0);
    for register in 2..16 {
        handler.vmul(register, 0, register);
    }
    handler.vpush_doubles(8, 1).vmul(16, 0, 0).vpop_doubles(8, 1).mov32(R1, 0x0040_0000).vmsr(R1);
    behind(&mut handler);
    handler.ret();
    handler
}

/// Runs the program with the interrupt at `at`, or without.
fn run(program: &Code, handlers: &[(u32, &Code)], at: Option<u64>, prepare: impl FnOnce(&mut Rig)) -> Rig {
    let mut rig = Rig::with(&rig::m4f(false), program, handlers);
    assert!(rig.core.poke(SUM, &1.5_f32.to_le_bytes()) && rig.core.poke(SUM + 4, &0.25_f32.to_le_bytes()));
    prepare(&mut rig);
    if let Some(at) = at {
        assert_eq!(rig.run(at), CoreStop::Horizon);
        rig.core.set_irq(0, true, at);
        rig.core.set_irq(0, false, at);
    }
    rig.run_to_breakpoint();
    rig
}

#[test]
fn an_interrupt_with_floating_point_at_every_instruction() {
    // FPCCR: lazy saving; saving at the entry.
    for fpccr in [0xc000_0000, 0x8000_0000] {
        let mut program = Code::at(PROGRAM);
        program.store(CPACR, FULL_ACCESS).store(FPCCR, fpccr).store(NVIC_ISER, 1);
        put_series(&mut program, 0);
        program.bkpt(0);
        let handler = interrupt(|_| {});
        let handlers = [(16, &handler)];
        let undisturbed = run(&program, &handlers, None, |_| {});
        assert_eq!(result(&undisturbed, 0), series());
        let end = undisturbed.core.cycles();
        assert!(end > 200, "{end}");
        for at in 18..end {
            let rig = run(&program, &handlers, Some(at), |_| {});
            assert_eq!(result(&rig, 0), series(), "FPCCR {fpccr:x}, interrupted at {at}");
            assert_eq!(rig.word(SUM), 1.75_f32.to_bits(), "FPCCR {fpccr:x}, interrupted at {at}");
            assert_eq!(rig.register(13), STACK);
        }
    }
}

/// PendSV as kernels write it: r4-r11 and EXC_RETURN go to the task's stack, s16-s31 too if EXC_RETURN says that there is
/// a context, and the stack pointer changes places with the one in SCRATCH + 0x80.
fn switch() -> Code {
    let mut code = Code::at(0x400 - 0x40);
    code.mov32(R1, SCRATCH + 0x80);
    code.put(&[0xf3ef, 0x8009, 0xf01e, 0x0f10, 0xbf08, 0xed20, 0x8a10]); // mrs r0, psp; tst lr, #16; it eq; vstmdbeq r0!
    code.put(&[0xe920, 0x4ff0, 0x680a, 0x6008, 0x4610]); // stmdb r0!, {r4-r11, lr}; ldr r2, [r1]; str r0, [r1]; mov r0, r2
    code.put(&[0xe8b0, 0x4ff0, 0xf01e, 0x0f10, 0xbf08, 0xecb0, 0x8a10]); // ldmia r0!; tst lr, #16; it eq; vldmiaeq r0!
    code.put(&[0xf380, 0x8809, 0x4770]); // msr psp, r0; bx lr
    code
}

#[test]
fn a_switch_of_tasks_at_every_instruction() {
    const OTHER: u32 = 0x800;
    const OTHER_STACK: u32 = RAM + 0x6000;
    const TASK_STACK: u32 = RAM + 0x5000;
    let yields = |code: &mut Code| {
        code.mov32(R0, ICSR).mov32(R1, PENDSVSET).str(R1, R0, 0);
    };
    // The interrupted task has floating point; the other one too, or not; the interrupt too, or not.
    for (other_floats, interrupt_floats) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut program = Code::at(PROGRAM);
        program.store(CPACR, FULL_ACCESS).store(NVIC_ISER, 1).store(SHPR3, 0x00ff_0000);
        program.mov32(R0, TASK_STACK).msr(9, R0).movs(R0, 2).msr(20, R0).put(&[0xf3bf, 0x8f6f]); // isb
        let from = 3 * 6 + 2 + 2 + 1 + 2 + 3;
        put_series(&mut program, 0);
        program.bkpt(0);
        let mut other = Code::at(OTHER);
        if other_floats {
            put_series(&mut other, 0x40);
        }
        yields(&mut other);
        other.bkpt(1);
        let handler = if interrupt_floats {
            interrupt(yields)
        } else {
            let mut handler = Code::at(0x200);
            yields(&mut handler);
            handler.ret();
            handler
        };
        let switch = switch();
        let handlers = [(14, &switch), (16, &handler)];
        // The other task's first switch finds r4-r11, EXC_RETURN, a basic frame that begins at OTHER.
        let sp = OTHER_STACK - 0x20 - 9 * 4;
        let prepare = |rig: &mut Rig| {
            rig::load(&mut *rig.core, &other);
            for (address, value) in [
                (sp + 8 * 4, 0xffff_fffd),
                (sp + 9 * 4 + 0x18, OTHER),
                (sp + 9 * 4 + 0x1c, 1 << 24),
                (SCRATCH + 0x80, sp),
            ] {
                assert!(rig.core.poke(address, &u32::to_le_bytes(value)));
            }
        };
        let undisturbed = run(&program, &handlers, None, prepare);
        assert_eq!(result(&undisturbed, 0), series());
        for at in from..undisturbed.core.cycles() {
            let rig = run(&program, &handlers, Some(at), prepare);
            let what = format!("{other_floats}, {interrupt_floats}, at {at}");
            assert_eq!(result(&rig, 0), series(), "{what}");
            assert_eq!(rig.register(13), TASK_STACK, "{what}");
            if other_floats {
                assert_eq!(result(&rig, 0x40), series(), "{what}");
            }
            // The other task was switched away from on the frame that its own use of the unit calls for.
            let (frame, link) = if other_floats { (0x68 + 64, 0xffff_ffed) } else { (0x20, 0xffff_fffd) };
            let saved = rig.word(SCRATCH + 0x80);
            assert_eq!((saved, rig.word(saved + 8 * 4)), (OTHER_STACK - frame - 9 * 4, link), "{what}");
            if interrupt_floats {
                assert_eq!(rig.word(SUM), 1.75_f32.to_bits(), "{what}");
            }
        }
    }
}

also_on! {
    [cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        an_interrupt_with_floating_point_at_every_instruction,
        a_switch_of_tasks_at_every_instruction,
    }
}

//! The floating-point registers of a Cortex-M4F.

use probe_rs::{MemoryInterface, RegisterId};

use super::rig::{PATIENCE, Rig};

/// Into RAM: CPACR lets everybody use the unit; s0 = 1.5; s31 = s0 + s1. By arm-none-eabi-as.
const CODE: [u16; 14] = [
    0xf64e, 0x5088, // movw r0, #0xed88
    0xf2ce, 0x0000, // movt r0, #0xe000
    0xf44f, 0x0170, // mov.w r1, #0xf00000
    0x6001, 0xf3bf, 0x8f6f, // str r1, [r0]; isb
    0xeeb7, 0x0a08, // vmov.f32 s0, #1.5
    0xee70, 0xfa20, // vadd.f32 s31, s0, s1
    0xbe00, // bkpt 0
];

#[test]
fn they_are_read_and_written() {
    let rig = Rig::blank_discovery();
    let mut session = rig.attach();
    let mut core = session.core(0).unwrap();
    assert!(core.fpu_support().unwrap());
    core.reset_and_halt(PATIENCE).unwrap();
    let code: Vec<u8> = CODE.iter().flat_map(|half| half.to_le_bytes()).collect();
    core.write(0x2000_0000, &code).unwrap();
    // DCRSR: S0 is 0x40, FPSCR is 33.
    core.write_core_reg(RegisterId(0x41), 2.25_f32.to_bits()).unwrap();
    core.write_core_reg(core.stack_pointer(), 0x2000_8000_u32).unwrap();
    core.write_core_reg(core.program_counter(), 0x2000_0000_u32).unwrap();
    core.run().unwrap();
    core.wait_for_core_halted(PATIENCE).unwrap();
    let single = |core: &mut probe_rs::Core<'_>, index: u16| {
        f32::from_bits(core.read_core_reg(RegisterId(0x40 + index)).unwrap())
    };
    assert_eq!((single(&mut core, 0), single(&mut core, 1), single(&mut core, 31)), (1.5, 2.25, 3.75));
    for index in 0..32 {
        core.write_core_reg(RegisterId(0x40 + index), u32::from(index) << 20).unwrap();
    }
    // FPSCR: N and round towards zero.
    core.write_core_reg(RegisterId(33), 0x80c0_0000_u32).unwrap();
    for index in 0..32 {
        assert_eq!(core.read_core_reg::<u32>(RegisterId(0x40 + index)).unwrap(), u32::from(index) << 20);
    }
    assert_eq!(core.read_core_reg::<u32>(RegisterId(33)).unwrap(), 0x80c0_0000);
}

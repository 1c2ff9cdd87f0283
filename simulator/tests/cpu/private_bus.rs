//! The external part of the private peripheral bus (Arm DDI 0403E, B3.1.1): what a chip has added there.

use crate::asm::{Code, R0, R1, R2};
use crate::rig::{PRIVATE_DEVICE, PROGRAM, Rig, also_on_all};

/// Where the chip has nothing, in front of the ROM table.
const EMPTY: u32 = 0xe00f_e000;

#[test]
fn a_chips_device_is_on_the_machines_bus() {
    let mut program = Code::at(PROGRAM);
    program.store(PRIVATE_DEVICE, 0x1234).mov32(R0, PRIVATE_DEVICE).ldr(R1, R0, 0).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    let [store, load] = rig.bus.log[..] else { panic!("{:?}", rig.bus.log) };
    assert_eq!((store.2, store.3, store.4), (PRIVATE_DEVICE, 4, Some(0x1234)));
    assert_eq!((load.2, load.3, load.4), (PRIVATE_DEVICE, 4, None));
    assert_eq!(u64::from(rig.register(1)), load.0, "the device gives the cycle");
}

#[test]
fn where_the_chip_has_nothing_zeros_answer() {
    let mut program = Code::at(PROGRAM);
    program.movs(R1, 1).store(EMPTY, 7).mov32(R0, EMPTY).ldr(R1, R0, 0).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(1), rig.core.fault_report()), (0, None));
}

#[test]
fn unprivileged_code_does_not_reach_it() {
    let mut program = Code::at(PROGRAM);
    program.movs(R0, 1).msr(20, R0).mov32(R2, PRIVATE_DEVICE).ldr(R1, R2, 0).bkpt(9);
    let mut handler = Code::at(0x200);
    handler.bkpt(0);
    let mut rig = Rig::new(&program, &[(3, &handler)]);
    assert_eq!(rig.run_to_breakpoint(), 0x200);
    assert_eq!(rig.core.fault_report().unwrap().bfar, Some(PRIVATE_DEVICE));
    assert_eq!(rig.bus.log, []);
}

#[test]
fn a_debugger_reaches_it() {
    let mut rig = Rig::new(&Code::at(PROGRAM), &[]);
    assert_eq!(rig.core.debugger_write(&mut rig.bus, PRIVATE_DEVICE, 4, 3), Ok(()));
    assert!(rig.core.debugger_read(&mut rig.bus, PRIVATE_DEVICE, 4).is_ok());
    assert_eq!(rig.bus.log.len(), 2);
    assert_eq!(rig.core.debugger_read(&mut rig.bus, EMPTY, 4), Ok(0));
}

also_on_all! {
    MAINLINE as mainline {
        a_chips_device_is_on_the_machines_bus,
        where_the_chip_has_nothing_zeros_answer,
        unprivileged_code_does_not_reach_it,
        a_debugger_reaches_it,
    }
}

//! The core model against the Armv7-M Architecture Reference Manual (Arm DDI 0403E), and flash memory behind it, on
//! bare-metal programs made here.

mod asm;
mod busy;
#[path = "../support/discovery.rs"]
mod discovery;
#[path = "../support/elf.rs"]
#[expect(dead_code, reason = "what `serve` and the unit tests need of it is more")]
mod elf;
mod float_asm;
#[path = "../support/numbers.rs"]
mod numbers;
mod random;
mod random_armv6m;
mod random_float;
mod random_traps;
mod rig;
mod told;

mod aliases;
mod armv6m;
mod armv6m_debug;
mod armv6m_faults;
mod bit_band;
mod borders;
mod cores;
mod counted;
mod debug;
mod drivers;
mod engines;
mod escalation;
mod exceptions;
mod exclusive;
mod fault_causes;
mod faults;
mod flash;
mod float_context;
mod float_faults;
mod float_preemption;
mod float_rounding;
mod float_unit;
mod garbage;
mod it_blocks;
mod itm;
mod m33;
mod m7;
mod mpu;
mod mpu_armv6m;
mod mpu_armv8m;
mod mpu_frames;
mod mpu_random;
mod mpu_spec;
mod nvic;
mod observed;
mod private_bus;
mod privilege;
mod programming;
mod qemu;
mod sleep;
mod snapshots;
mod stack_limits;
mod stops;
mod systick;
mod time;
mod timeline;
mod traps;
mod unprivileged;
mod wait_states;
mod watchpoints;

//! What BlueKernel needs of a processor: the [`Port`] trait, its implementations, and the clocks ([`time`]).
//!
//! All assembly of the kernel is here. This crate knows nothing of tasks, priorities or objects: the kernel hands it
//! stack pointers and gets them back ([`port`] has the contract).
#![no_std]

#[cfg(not(target_os = "none"))]
extern crate std;

#[cfg(all(target_arch = "arm", target_os = "none"))]
pub mod cortex_m;
#[cfg(not(target_os = "none"))]
pub mod host;
pub mod port;
#[cfg(all(any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
pub mod riscv;
pub mod time;

#[cfg(guarded)]
pub use controller::guard;
pub use port::Port;

#[cfg(all(target_arch = "arm", target_os = "none"))]
use cortex_m as controller;
#[cfg(not(target_os = "none"))]
use host as controller;
#[cfg(all(any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
use riscv as controller;

#[cfg(all(target_arch = "arm", target_os = "none"))]
pub use cortex_m::CortexM as Current;
#[cfg(basepri)]
pub use cortex_m::in_unmasked_handler;
#[cfg(all(target_arch = "arm", target_os = "none", not(armv6m)))]
pub use cortex_m::{cycle_counter, enable_cycle_counter};
#[cfg(not(target_os = "none"))]
pub use host::{Host as Current, cycle_counter, enable_cycle_counter, in_unmasked_handler};
#[cfg(all(any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
pub use riscv::{RiscV as Current, cycle_counter, enable_cycle_counter};

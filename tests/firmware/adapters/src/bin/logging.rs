//! Logs by the `log` facade, from `main`, a task and a handler, and above and below the level.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

use bluekernel::{Duration, sleep};
use board::Interrupt;
use log::LevelFilter;

#[bluekernel::main]
fn main() {
    let first = bluekernel::logger::init(LevelFilter::Info).is_ok();
    let second = bluekernel::logger::init(LevelFilter::Trace).is_err();
    log::info!("first {first}, second refused {second}");
}

#[bluekernel::interrupt]
fn PORT0() {
    log::error!(target: "wire", "{} of {} volts", 3, 5);
}

#[bluekernel::task(priority = 5, stack = 2048)]
fn task() {
    log::debug!("not shown");
    sleep(Duration::from_millis(1500));
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
    log::warn!("behind it");
    sleep(Duration::from_millis(10));
    bluekernel::exit(0)
}

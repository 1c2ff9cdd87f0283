//! bksim measures interrupt latency from the pend to the handler's first instruction: masking shows up in full.

use std::fs;
use std::path::Path;

use bluekernel_e2e::{bkctl, new_project, run, scratch};

/// A task that masks interrupts, again and again, around `{nops}` NOPs, and a timer that fires every 37 us: over a
/// second, some interrupt becomes pending at the very start of a masked stretch.
const MAIN: &str = r#"#![no_std]
#![no_main]
mod board;
use bluekernel_mps2::{Board, dual_timer};
use core::arch::asm;

#[bluekernel::main]
fn main() {
    let mut mps2 = Board::take().expect("once");
    mps2.dual_timer.first.start_periodic(37);
    board::Interrupt::DUALTIMER.enable();
}

#[bluekernel::interrupt]
fn DUALTIMER() {
    dual_timer::acknowledge(dual_timer::Half::First);
}

#[bluekernel::task(priority = 1, stack = 512)]
fn masker() {
    loop {
        unsafe { asm!("cpsid i", ".rept {nops}", "nop", ".endr", "cpsie i", "nop", "nop") };
    }
}
"#;

/// The longest latency of DUALTIMER (interrupt 10: DAI 0385D, table 4-2; exception 26) in cycles.
fn longest(project: &Path, nops: u32) -> u64 {
    fs::write(project.join("src/main.rs"), MAIN.replace("{nops}", &nops.to_string())).expect("written");
    let done = run(&mut bkctl(project, &["sim", "--for", "1s", "--format", "json"])).exits(0).json();
    let exceptions = done["statistics"]["exceptions"].as_array().expect("a list");
    let timer = exceptions.iter().find(|one| one["exception"] == 26).expect("it fired");
    let latency = &timer["latency"];
    assert!(latency["count"].as_u64() > Some(20_000), "{latency}");
    latency["max"].as_u64().expect("a number")
}

#[test]
fn a_thousand_nops_under_the_mask_cost_a_thousand_cycles() {
    let folder = scratch();
    let project = new_project(folder.path(), "masked");
    let (without, with) = (longest(&project, 0), longest(&project, 1000));
    assert!(with.abs_diff(without + 1000) <= 20, "without {without}, with {with}");
}

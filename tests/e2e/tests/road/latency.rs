//! bksim measures interrupt latency from the pend to the handler's first instruction: masking shows up in full.

use std::fs;
use std::path::Path;

use bluekernel_e2e::{Board, MPS2, STM32F4, bkctl, run, scratch};
use serde_json::Value;

/// A task that masks interrupts, again and again, around `{nops}` NOPs, and a timer that fires every 37 us: over a
/// second, some interrupt becomes pending at the very start of a masked stretch.
pub(crate) const MAIN: &str = r#"#![no_std]
#![no_main]
mod board;
{timer}
#[bluekernel::task(priority = 1, stack = 512)]
fn masker() {
    loop {
        unsafe { core::arch::asm!("cpsid i", ".rept {nops}", "nop", ".endr", "cpsie i", "nop", "nop") };
    }
}
"#;

pub(crate) const DUALTIMER: &str = "
use bluekernel_mps2::{Board, dual_timer};

#[bluekernel::main]
fn main() {
    let mut mps2 = Board::take().unwrap();
    mps2.dual_timer.first.start_periodic(37);
    board::Interrupt::DUALTIMER.enable();
}

#[bluekernel::interrupt]
fn DUALTIMER() {
    dual_timer::acknowledge(dual_timer::Half::First);
}
";

/// The core at 168 MHz, as in the template.
pub(crate) const TIM3: &str = "
use stm32f4xx_hal::{pac, prelude::*, rcc::Config, timer::Event};

#[bluekernel::main]
fn main() {
    let chip = pac::Peripherals::take().unwrap();
    let clocks = Config::hse(board::HSE_HZ.Hz()).sysclk(board::CORE_HZ.Hz()).pclk1((board::TIME_CLOCK_HZ / 2).Hz());
    let mut timer = chip.TIM3.counter_us(&mut chip.RCC.freeze(clocks));
    timer.start(37.micros()).unwrap();
    timer.listen(Event::Update);
    board::Interrupt::TIM3.enable();
}

#[bluekernel::interrupt]
fn TIM3() {
    unsafe { pac::TIM3::steal() }.sr().write(|w| w.uif().clear_bit());
}
";

/// The longest latency of the board's timer in cycles.
fn longest(board: &Board, project: &Path, timer: &str, nops: u32) -> u64 {
    let main = MAIN.replace("{timer}", timer).replace("{nops}", &nops.to_string());
    fs::write(project.join("src/main.rs"), main).expect("written");
    let done = run(&mut bkctl(project, &["sim", "--for", "1s", "--format", "json"])).exits(0).json();
    let exceptions = done["statistics"]["exceptions"].as_array().expect("a list");
    let timer = exceptions.iter().find(|one| one["exception"] == board.exception).expect("it fired");
    let latency = &timer["latency"];
    let longest = timer["longest"].as_array().expect("a list");
    assert_eq!((longest.len(), &longest[0]["cycles"]), (5, &latency["max"]));
    if nops > 0 {
        let waited_for = &longest[0]["waited_for"];
        assert_eq!(waited_for["kind"], "mask", "{waited_for}");
        assert!(waited_for["cycles"].as_u64().expect("a number").abs_diff(nops.into()) <= 3, "{waited_for}");
    }
    assert!(latency["count"].as_u64() > Some(20_000), "{latency}");
    latency["max"].as_u64().expect("a number")
}

#[test]
fn a_thousand_nops_under_the_mask_cost_a_thousand_cycles() {
    for (board, timer) in [(&MPS2, DUALTIMER), (&STM32F4, TIM3)] {
        let folder = scratch();
        let project = board.project(folder.path(), "masked");
        let (without, with) = (longest(board, &project, timer, 0), longest(board, &project, timer, 1000));
        // It waits for the nops, and at most as long again as it waits without them: for the kernel's own masks.
        assert!((1000..=1003 + without).contains(&with), "{}: without {without}, with {with}", board.name);
        // With lines the mask has its place in the source.
        let mut told = bkctl(&project, &["sim", "--for", "100ms", "--latency"]);
        told.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only").env("CARGO_PROFILE_RELEASE_STRIP", "none");
        let line = 1 + MAIN.lines().position(|line| line.contains("cpsid i")).expect("there");
        let place = format!("src/main.rs:{})", line + timer.lines().count());
        run(&mut told).exits(0).says(&["interrupts were masked for 1,00", "from masker (", &place]);
    }
}

/// 3000 NOPs are 120 us of 25 MHz.
#[test]
fn a_long_mask_is_found_in_what_the_simulator_said_of_the_run() {
    let folder = scratch();
    let project = MPS2.project(folder.path(), "long");
    let budgets = "budgets = ['masked.max < 100us', 'isr.DUALTIMER.latency.max < 100us', 'lint.long-mask == 0']\n";
    fs::write(project.join("budgets.toml"), budgets).expect("written");
    for (nops, exit) in [(3000, 1), (0, 0)] {
        let main = MAIN.replace("{timer}", DUALTIMER).replace("{nops}", &nops.to_string());
        let line = 1 + main.lines().position(|line| line.contains("cpsid i")).expect("there");
        fs::write(project.join("src/main.rs"), main).expect("written");
        let mut sim = bkctl(&project, &["sim", "--for", "100ms", "--trace", "run.bkt", "--format", "json"]);
        sim.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only").env("CARGO_PROFILE_RELEASE_STRIP", "none");
        fs::write(project.join(format!("{nops}.json")), run(&mut sim).exits(0).out).expect("written");
        let trace = |arguments: &[&str]| run(bkctl(&project, &["trace"]).args(arguments));
        let answer = format!("{nops}.json");
        let lint = trace(&["lint", "run.bkt", "--sim", &answer, "--format", "json"]);
        let report: Value = serde_json::from_str(&lint.out).expect("JSON");
        let findings = report["findings"].as_array().expect("a list").iter();
        let masks: Vec<_> = findings.filter(|finding| finding["lint"] == "long-mask").collect();
        assert_eq!(masks.len(), exit, "{report}");
        if let [mask] = &masks[..] {
            let title = mask["title"].as_str().expect("words");
            let place = format!("src/main.rs:{line})");
            assert!(title.starts_with("interrupts were masked for 120.") && title.ends_with(&place), "{title}");
            assert!(title.contains("from masker (") && title.matches(&place).count() == 2, "{title}");
            assert_eq!(mask["evidence"]["interrupts"][0]["name"], "DUALTIMER");
        }
        let checked = trace(&["assert", "budgets.toml", "run.bkt", "--sim", &answer]).exits(exit as i32);
        assert!(checked.out.contains(if exit == 0 { "3 of 3 hold" } else { "0 of 3 hold" }), "{}", checked.out);
        // Without that answer nobody can tell, and what cannot be shown does not hold.
        let alone = trace(&["assert", "budgets.toml", "run.bkt"]).exits(1);
        assert!(alone.out.contains("cannot be shown") && alone.out.contains("--sim RUN.json"), "{}", alone.out);
    }
    // The first answer is not about the second run.
    run(&mut bkctl(&project, &["trace", "lint", "run.bkt", "--sim", "3000.json"])).exits(2).one_error().says(&[
        "3000.json",
        "about another firmware",
        "run.bkt",
    ]);
    run(&mut bkctl(&project, &["trace", "lint", "run.bkt", "--sim", "budgets.toml"]))
        .exits(2)
        .one_error()
        .says(&["budgets.toml", "no answer of `bkctl sim --format json`"]);
}

//! Two tasks of different priority and a handler allocate, grow and free at the same time; nothing of it gets mixed up or lost.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

extern crate alloc;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bluekernel::{Channel, Duration, heap, sleep};
use board::Interrupt;
use core::hint::black_box;

bluekernel::heap!(16 * 1024);

static BOXES: Channel<Box<[u32; 8]>, 4> = Channel::new();

#[bluekernel::main]
fn main() {
    Interrupt::PORT0.enable();
}

/// Sends a box.
#[bluekernel::interrupt]
fn PORT0() {
    let _ = BOXES.try_send(Box::new([7; 8]));
}

/// Takes the boxes: 56 of each. Runs whenever `growing` is interrupted.
#[bluekernel::task(priority = 5, stack = 2048)]
fn taking() {
    let mut sum = 0;
    for _ in 0..500 {
        sum += BOXES.receive().iter().sum::<u32>();
    }
    if sum != 500 * 56 {
        bluekernel::exit(1);
    }
}

#[bluekernel::task(priority = 3, stack = 4096)]
fn growing() {
    for round in 0..500_u32 {
        let mut numbers = Vec::new();
        let mut names = BTreeMap::new();
        for number in 0..20 {
            numbers.push(number * round);
            names.insert(number, number.to_string());
            if number == 10 {
                Interrupt::PORT0.pend();
            }
        }
        let text: String = names.values().map(String::as_str).collect();
        let right = numbers.iter().sum::<u32>() == 190 * round && text == "012345678910111213141516171819";
        if !right {
            bluekernel::exit(2);
        }
    }
    sleep(Duration::from_millis(1));
    // Everything is free again, in one block. (Of the class above 12 KB: blocks of 13 KB and more.)
    let mut large = Vec::<u8>::new();
    let whole = large.try_reserve_exact(12 * 1024).is_ok();
    let beyond = black_box(&mut large).try_reserve_exact(17 * 1024).is_err();
    let told = heap::refused() == Some(17 * 1024);
    bluekernel::exit(if whole && beyond && told { 0 } else { 3 });
}

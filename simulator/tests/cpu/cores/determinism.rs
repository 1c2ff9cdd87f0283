//! The same programs do the same, whatever is done to the machine that changes nothing: runs cut anywhere, states saved and
//! put back here and in another machine, walks back and forth in time.

use bksim::machine::{Machine, Snapshot};
use bksim::timeline::{Action, Timeline};
use bksim_protocol::frame;
use bksim_protocol::message::Stop;

use super::{CYCLE, Engines, SIO, SPINLOCK0, first, machine, receive, run_until, second, send};
use crate::asm::{Code, R0, R1, R2, R3, R4, R5, R6, R7};
use crate::numbers::Numbers;
use crate::rig::RAM;

const END: u64 = 100_000 * CYCLE;
const COUNTER: u32 = RAM + 0x100;
const ROUTINE: u32 = RAM + 0x1000;
const TIMER0: u32 = 0x4000_0000;
const UART0: u32 = 0x4000_4000;

/// Both cores count, with a lock and without; core 0 writes code that core 1 runs; a timer interrupts core 1, which sleeps in
/// between, and adds up what the UART has received; events and FIFOs go both ways.
fn busy() -> Machine {
    let (mut one, mut other) = (first(), second());
    one.mov32(R6, SIO).mov32(R7, ROUTINE).mov32(R5, COUNTER).movs(R4, 1).pool();
    let top = one.here();
    one.mov32(R0, 0x4770_2000).put(&[0x4320]).str(R0, R7, 0).pool(); // orrs r0, r4
    send(&mut one, R4, R6, R1);
    one.sev();
    one.mov32(R3, SPINLOCK0);
    let lock = one.here();
    one.ldr(R1, R3, 0).cmp(R1, 0).branch_if(0, lock);
    one.ldr(R2, R5, 0).adds(R2, 3).str(R2, R5, 0).str(R1, R3, 0).pool();
    receive(&mut one, R0, R6);
    one.ldr(R1, R5, 4).nops(9).put(&[0x1809]).str(R1, R5, 4); // adds r1, r1, r0
    one.adds(R4, 1).put(&[0xb2e4]).branch(top); // uxtb r4, r4

    other.store(0xe000_e100, 1).store(TIMER0 + 8, 7_777).store(TIMER0, 9);
    other.store(UART0 + 0x10, 16).store(UART0 + 8, 2).mov32(R5, COUNTER).pool();
    let top = other.here();
    other.mov32(R6, SIO).mov32(R7, ROUTINE | 1).wfe();
    receive(&mut other, R4, R6);
    other.put(&[0x47b8]).mov32(R3, SPINLOCK0); // blx r7
    let lock = other.here();
    other.ldr(R1, R3, 0).cmp(R1, 0).branch_if(0, lock);
    other.ldr(R2, R5, 0).put(&[0x1812]).str(R2, R5, 0).str(R1, R3, 0); // adds r2, r2, r0
    other.ldr(R1, R5, 4).nops(5).adds(R1, 1).str(R1, R5, 4);
    send(&mut other, R0, R6, R1);
    other.branch(top);

    let mut tick = Code::armv6m_at(0x200);
    tick.mov32(R0, TIMER0).movs(R1, 1).str(R1, R0, 0xc).mov32(R0, COUNTER + 8).ldr(R1, R0, 0).adds(R1, 1);
    tick.str(R1, R0, 0).mov32(R1, UART0).ldr(R1, R1, 0).ldr(R2, R0, 4).put(&[0x1852]).str(R2, R0, 4); // adds r2, r2, r1
    tick.sev().ret();
    machine(Engines::Fast, [&one, &other], &[(16, &tick)])
}

fn words(machine: &Machine) -> Vec<u8> {
    machine.read(COUNTER.into(), 16)
}

/// Twenty runs, all but the first with cuts, states put back, and changes of machine, by chance.
#[test]
fn twenty_runs_are_one() {
    let mut straight = busy();
    assert_eq!(run_until(&mut straight, END), Stop::Time);
    let (hash, counts) = (straight.state_hash(), words(&straight));
    assert!(counts.chunks(4).take(3).all(|count| count[0] > 5 || count[1] > 0), "all of it has happened: {counts:?}");
    for seed in 1..20 {
        let mut n = Numbers::new(seed);
        let mut machine = busy();
        let mut kept: Vec<Snapshot> = Vec::new();
        while machine.now() < END {
            let ahead = if n.one_in(2) { n.below(700) } else { n.below(20_000) };
            let until = (machine.now() + ahead * CYCLE + n.below(CYCLE)).min(END);
            assert_eq!(run_until(&mut machine, until), Stop::Time, "seed {seed}");
            match n.below(8) {
                0 | 1 => kept.push(machine.snapshot()),
                2 if !kept.is_empty() && kept.len() < 12 => {
                    machine.restore(&kept[n.below(kept.len() as u64) as usize]).unwrap();
                    kept.push(machine.snapshot());
                }
                3 => {
                    // Another machine goes on, from what may have lain in a file.
                    let text = serde_json::to_string(&machine.snapshot()).unwrap();
                    machine = busy();
                    machine.restore(&serde_json::from_str(&text).unwrap()).unwrap();
                }
                _ => {}
            }
        }
        assert_eq!(words(&machine), counts, "seed {seed}");
        assert_eq!(machine.state_hash(), hash, "seed {seed}");
    }
}

/// The state at a time is the same from wherever it is come to, with what came from outside on the way.
#[test]
fn walks_in_time_meet_the_same_states() {
    let mut timeline = Timeline::new(busy());
    let mut n = Numbers::new(7);
    let mut seen = Vec::new();
    while timeline.machine().now() < END {
        let until = timeline.machine().now() + (1 + n.below(30_000)) * CYCLE;
        while timeline.step(Some(until)).is_none() {}
        if n.one_in(2) {
            timeline.act(Action::Bytes { stream: frame::UART, bytes: vec![n.below(256) as u8] });
        }
        let machine = timeline.machine_mut();
        seen.push((until, machine.now(), machine.state_hash()));
    }
    for _ in 0..60 {
        let (time, now, hash) = seen[n.below(seen.len() as u64) as usize];
        timeline.seek(time).unwrap();
        let machine = timeline.machine_mut();
        assert_eq!((machine.now(), machine.state_hash()), (now, hash), "at {time}");
    }
}

/// A state of two cores is none of one.
#[test]
fn other_machines_refuse_it() {
    let mut two = busy();
    let snapshot = two.snapshot();
    let mut board = super::board();
    board.chip.cores = 1;
    board.chip.peripherals.retain(|peripheral| peripheral.name != "SIO");
    let (mut one, _) = Machine::create(&board, None, None, Default::default()).unwrap();
    assert!(one.restore(&snapshot).is_err() && two.restore(&one.snapshot()).is_err());
}

//! Streams: events of a kernel that is mad, in records that are sound; some of them damaged after.

use bluekernel_abi::wire::{SYNC_MARK, SYNC_ZEROS, VERSION, field_count, head};
use fastrand::Rng;

use super::{damage, number};

/// Appends `value` as LEB128.
fn leb(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A stream, mostly short; a long one now and then, for what takes time or memory by the square.
pub(crate) fn stream(rng: &mut Rng) -> Vec<u8> {
    let length = match rng.u16(0..1000) {
        0 => rng.usize(0..1_000_000),
        1..=60 => rng.usize(0..60_000),
        _ => rng.usize(0..3000),
    };
    let tasks = rng.u64(1..6);
    let (mut out, mut sequence, mut drops) = (Vec::new(), 0_u64, 0_u64);
    let mut clock = 0_u64;
    sync(rng, &mut out, &mut sequence, clock, drops, true);
    while out.len() < length {
        match rng.u16(0..400) {
            0 => {
                let reset = rng.bool();
                if reset {
                    (sequence, clock, drops) = (0, 0, 0);
                }
                sync(rng, &mut out, &mut sequence, clock, drops, reset);
            }
            1..=4 => {
                drops = drops.wrapping_add(if rng.u8(0..4) == 0 { number(rng) >> 8 } else { 0 });
                sync(rng, &mut out, &mut sequence, clock, drops, false);
            }
            5..=12 => with_length(rng, &mut out),
            _ => clock = clock.wrapping_add(event(rng, &mut out, tasks)),
        }
    }
    if rng.bool() {
        damage(rng, &mut out);
    }
    out
}

fn sync(rng: &mut Rng, out: &mut Vec<u8>, sequence: &mut u64, clock: u64, drops: u64, boot: bool) {
    *sequence = sequence.wrapping_add(if rng.u8(0..20) == 0 { number(rng) } else { 1 });
    out.extend([0; SYNC_ZEROS]);
    out.extend([SYNC_MARK, VERSION]);
    leb(out, number(rng) & 1);
    leb(out, *sequence & u64::from(u32::MAX));
    leb(out, if rng.u8(0..20) == 0 { number(rng) } else { clock.saturating_add(1) });
    leb(out, drops);
    leb(out, rng.u64(0..5));
    leb(out, if boot { 1 } else { number(rng) & 6 });
}

/// INFO, NAME, LOST, or what nobody knows.
fn with_length(rng: &mut Rng, out: &mut Vec<u8>) {
    let mut payload = Vec::new();
    let head = rng.u8(head::INFO..head::INFO + 5);
    for _ in 0..rng.usize(0..4) {
        leb(&mut payload, number(rng));
    }
    payload.extend((0..rng.usize(0..20)).map(|_| rng.u8(1..)));
    out.push(head);
    leb(out, payload.len() as u64);
    out.extend(payload);
    leb(out, rng.u64(0..100));
}

/// An event of few tasks and objects; its delta.
fn event(rng: &mut Rng, out: &mut Vec<u8>, tasks: u64) -> u64 {
    // What the scheduler says comes most often, as it does.
    let head = match rng.u8(0..4) {
        0 => head::SWITCH_IN + rng.u64(0..tasks) as u8,
        1 => head::READY + rng.u64(0..tasks) as u8,
        2 => head::BLOCK_ON + rng.u8(1..24),
        _ => rng.u8(1..0xa0),
    };
    let fields = field_count(head).unwrap_or(0);
    out.push(head);
    for _ in 0..fields {
        let object = rng.u8(0..3) == 0;
        let value = if object { 4 * rng.u64(0..6) } else { number(rng) };
        leb(out, if rng.u8(0..4) > 0 { value & u64::from(u32::MAX) } else { value });
    }
    let delta = if rng.u8(0..200) == 0 { number(rng) } else { rng.u64(0..3000) };
    leb(out, delta);
    delta
}

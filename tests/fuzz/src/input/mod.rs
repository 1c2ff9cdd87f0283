//! What is read: something sound first, so that damage goes deep.

mod stream;
mod text;

pub(crate) use stream::stream;
pub(crate) use text::{budgets, query};

use bluekernel_abi::flight;
use bluekernel_tracer::recording::{Header, MAGIC, TaskEntry, Writer};
use fastrand::Rng;

/// The trace clock of all cases, in Hz.
pub(crate) const HZ: u64 = 25_000_000;

/// A dictionary with names for some of what the streams tell of.
pub(crate) fn header() -> Header {
    let mut header = Header::new("0", "fuzz", HZ);
    header.tasks = (0..4)
        .map(|number| TaskEntry { number, name: format!("task{number}"), priority: 4 + number, stack_bytes: 1024 })
        .collect();
    header.names = (0..6).map(|id| (id, format!("name {id}"))).collect();
    header.objects = (1..6).map(|id| (4 * id, format!("OBJECT{id}"))).collect();
    header
}

/// A number, often small, often at an edge.
pub(crate) fn number(rng: &mut Rng) -> u64 {
    match rng.u8(0..8) {
        0 => 0,
        1..=4 => rng.u64(0..8),
        5 => rng.u64(0..2000),
        6 => u64::MAX >> rng.u32(0..64),
        _ => rng.u64(..),
    }
}

/// Changes some bytes: others, none, more, twice, elsewhere.
pub(crate) fn damage(rng: &mut Rng, bytes: &mut Vec<u8>) {
    for _ in 0..rng.usize(0..6) {
        let at = rng.usize(0..=bytes.len());
        let end = bytes.len().min(at + rng.usize(0..40));
        match rng.u8(0..7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes[at..end].fill(rng.u8(..)),
            3 => bytes[at..end].iter_mut().for_each(|byte| *byte = rng.u8(..)),
            4 => bytes[at..end].iter_mut().take(1).for_each(|byte| *byte ^= 1 << rng.u8(0..8)),
            5 => {
                let again = bytes[at..end].to_vec();
                let to = rng.usize(0..=bytes.len());
                bytes.splice(to..to, again);
            }
            _ => drop(bytes.splice(at..at, vec![0; rng.usize(0..20)])),
        }
    }
}

/// A recording.
pub(crate) fn recording(rng: &mut Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, &header()).expect("memory takes it");
    writer.write(&stream(rng)).expect("memory takes it");
    // Most damage goes where most bytes are: some of it to the header by choice.
    if rng.bool() {
        let mut front: Vec<u8> = bytes.drain(..rng.usize(0..bytes.len().min(600))).collect();
        damage(rng, &mut front);
        bytes.splice(0..0, front);
    }
    damage(rng, &mut bytes);
    if rng.bool() && bytes.len() > MAGIC.len() {
        bytes[..MAGIC.len()].copy_from_slice(&MAGIC);
    }
    bytes
}

/// What a serial line carried.
pub(crate) fn line(rng: &mut Rng) -> Vec<u8> {
    let crc = crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740);
    let (mut line, mut offset) = (Vec::new(), if rng.u8(0..8) == 0 { u32::MAX - 50 } else { 0 });
    let stream = stream(rng);
    let mut rest = stream.as_slice();
    while !rest.is_empty() {
        let (records, more) = rest.split_at(rng.usize(1..=rest.len().min(600)));
        let mut frame = offset.to_le_bytes().to_vec();
        frame.extend(records);
        frame.extend(crc.checksum(&frame).to_le_bytes());
        if rng.u8(0..10) > 0 {
            line.extend(cobs::encode_vec(&frame));
            line.push(0);
        }
        offset = offset.wrapping_add(records.len() as u32);
        if rng.u8(0..30) == 0 {
            offset = number(rng) as u32;
        }
        rest = more;
    }
    damage(rng, &mut line);
    line
}

/// A flight recorder in some memory.
pub(crate) fn flight(rng: &mut Rng) -> Vec<u8> {
    let capacity = 1_u32 << rng.u32(0..9);
    let written = number(rng) as u32;
    let mut memory = vec![rng.u8(..); rng.usize(0..100)];
    memory.extend(flight::MAGIC);
    let others = if rng.bool() { 1 } else { number(rng) as u32 };
    let counters = [written, number(rng) as u32, number(rng) as u32, others];
    let front = [flight::VERSION, capacity, 1, 2, HZ as u32];
    for word in front.into_iter().chain(counters).chain([0x2000_0000, 0x2000_8000, 0]) {
        memory.extend(word.to_le_bytes());
    }
    let mut cycles = rng.u32(..);
    for _ in 0..capacity {
        cycles = cycles.wrapping_add(rng.u32(0..5000));
        memory.extend(cycles.to_le_bytes());
        let kind = if rng.bool() { rng.u8(0..0x1c) } else { rng.u8(..) };
        memory.extend([kind, number(rng) as u8]);
        memory.extend((number(rng) as u16).to_le_bytes());
    }
    if rng.bool() {
        damage(rng, &mut memory);
    }
    memory
}

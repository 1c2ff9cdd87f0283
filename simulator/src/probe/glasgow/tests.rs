//! The protocol, byte by byte, and what is none.

use proptest::prelude::*;

use super::*;
use crate::probe::testing::{Memory, RAM};

#[derive(Default)]
struct Rig {
    glasgow: Glasgow,
    dap: Dap,
    chip: Memory,
}

impl Rig {
    /// A rig whose debug port has power, and whose CSW is set to words with increment.
    fn powered() -> Self {
        let mut rig = Self::default();
        let replies = rig.wire(&[write(0x04, 0x5000_0000), write(0x08, 0), write(0x01, 0x2300_0012)].concat());
        assert_eq!(replies, [WRITTEN; 3]);
        rig
    }

    fn frames(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Garbage> {
        self.glasgow.receive(bytes, &mut self.dap, &mut self.chip)
    }

    fn send(&mut self, target: u8, commands: &[u8]) -> Vec<u8> {
        let answer = self.frames(&frame(target, commands)).unwrap();
        let Some(answer) = answer.strip_suffix(&[0]) else { return Vec::new() };
        let (first, replies) = cobs::decode_vec(answer).map(|frame| (frame[0], frame[1..].to_vec())).unwrap();
        assert_eq!(first, target);
        replies
    }

    fn wire(&mut self, commands: &[u8]) -> Vec<u8> {
        self.send(WIRE, commands)
    }
}

fn frame(target: u8, commands: &[u8]) -> Vec<u8> {
    let mut frame = cobs::encode_vec(&[&[target], commands].concat());
    frame.push(0);
    frame
}

fn write(command: u8, value: u32) -> Vec<u8> {
    [&[command][..], &value.to_le_bytes()].concat()
}

fn data(value: u32) -> Vec<u8> {
    write(DATA, value)
}

const READ_DRW: u8 = 0x0f;
const WRITE_DRW: u8 = 0x0d;
const WRITE_TAR: u8 = 0x05;
const READ_BUFFER: u8 = 0x0e;

#[test]
fn the_probe_says_what_it_is() {
    let mut rig = Rig::default();
    assert_eq!(rig.send(PROBE, &[0x00]), b"probe-rs,v01");
    assert_eq!(
        rig.send(PROBE, &[0x12, 0x34, 0x12, 0x11, 0x10]),
        [&[0x34, 0x12][..], &48_000_000_u32.to_le_bytes()].concat()
    );
    assert!(rig.send(PROBE, &[0x20, 0x21]).is_empty(), "no answer");
    assert_eq!(rig.chip.resets, [true, false]);
}

#[test]
fn frames_are_cobs() {
    // By hand, as in the paper (Cheshire and Baker, 1999, 45 00 00 2C ... becomes 02 45 01 .. 2C ...): each zero is
    // replaced by the distance to the next. Target 1, a sequence, its 32 bits 45 00 00 2C.
    let mut rig = Rig::default();
    assert_eq!(rig.frames(&[0x04, 0x01, 0x20, 0x45, 0x01, 0x02, 0x2c, 0x00]), Ok(vec![]));
    assert_eq!(rig.glasgow, Glasgow::default(), "one command, complete");
    // Target 0, identify.
    let answer = rig.frames(&[0x01, 0x01, 0x01, 0x00]).unwrap();
    assert_eq!(answer, [&[0x01, 0x0d][..], b"probe-rs,v01", &[0x00]].concat());
}

#[test]
fn a_block_is_read_in_one_batch_with_its_first_answer_stale() {
    let mut rig = Rig::powered();
    let block = [write(WRITE_TAR, RAM), write(WRITE_DRW, 0x1111), write(WRITE_DRW, 0x2222)].concat();
    assert_eq!(rig.wire(&block), [WRITTEN; 3]);
    let replies = rig.wire(&[write(WRITE_TAR, RAM), vec![READ_DRW, READ_DRW, READ_BUFFER]].concat());
    assert_eq!(replies, [vec![WRITTEN], data(0), data(0x1111), data(0x2222)].concat());
    assert_eq!(rig.chip.batches, 3);
}

#[test]
fn a_fault_is_told_last_and_forgiven() {
    let mut rig = Rig::powered();
    let block = [write(WRITE_TAR, 0x6000_0000), write(WRITE_DRW, 1), write(WRITE_TAR, RAM), write(WRITE_DRW, 2)];
    assert_eq!(rig.wire(&block.concat()), [WRITTEN, WRITTEN, WRITTEN, FAULT]);
    assert_eq!(rig.chip.stores, 0, "what comes behind it has no effect");
    assert_eq!(rig.wire(&[write(WRITE_TAR, RAM), write(WRITE_DRW, 3)].concat()), [WRITTEN; 2]);
    let replies = rig.wire(&[write(WRITE_TAR, 0x6000_0000), vec![READ_DRW, READ_DRW, READ_BUFFER]].concat());
    assert_eq!(replies, [vec![WRITTEN], data(0), data(0), vec![FAULT]].concat());
    assert_eq!(rig.chip.load(RAM, 4), Ok(3));
}

#[test]
fn commands_may_be_cut_anywhere() {
    let commands =
        [write(WRITE_TAR, RAM), write(0x20, 0xffff_ffff), write(WRITE_DRW, 0xabcd), vec![READ_BUFFER]].concat();
    let mut whole = Rig::powered();
    let expected = whole.wire(&commands);
    for cut in 1..commands.len() {
        let mut rig = Rig::powered();
        let replies = [rig.wire(&commands[..cut]), rig.wire(&commands[cut..])].concat();
        assert_eq!(replies, expected, "cut at {cut}");
        let bytes = frame(WIRE, &commands);
        let mut rig = Rig::powered();
        let early = rig.frames(&bytes[..cut]).unwrap();
        assert_eq!((early, rig.frames(&bytes[cut..])), (vec![], Ok(frame(WIRE, &expected))), "frame cut at {cut}");
    }
}

#[test]
fn other_bytes_are_refused() {
    for commands in [&[2, 0][..], &[0, 0x30], &[1, 0x40], &[1, 0x10]] {
        let mut bytes = cobs::encode_vec(commands);
        bytes.push(0);
        assert_eq!(Rig::default().frames(&bytes), Err(Garbage), "{commands:x?}");
    }
    // A code that leads beyond the frame.
    assert_eq!(Rig::default().frames(&[0x09, 0x01, 0x00]), Err(Garbage));
    assert_eq!(Rig::default().frames(&vec![1; LONGEST_FRAME + 1]), Err(Garbage));
    assert_eq!(Rig::default().frames(&[0, 0, 0]), Ok(vec![]), "nothing is not wrong");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600), cut in 0_usize..600) {
        let mut rig = Rig::powered();
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        if rig.frames(first).is_ok() {
            let _ = rig.frames(second);
        }
    }

    /// Commands that are understood, in any order and with any operands.
    #[test]
    fn no_commands_panic(commands in proptest::collection::vec((0_u8..0x40, any::<u32>(), any::<bool>()), 0..64)) {
        let mut rig = Rig::powered();
        for (command, value, near) in commands {
            let value = if near { RAM + value % 1024 } else { value };
            let _ = rig.frames(&frame(WIRE, &write(command & 0x2f, value)));
            let _ = rig.frames(&frame(PROBE, &[command & 0x21, value as u8]));
        }
    }
}

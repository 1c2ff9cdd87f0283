//! What the `probe-rs` applet of a Glasgow Interface Explorer speaks: frames in COBS, each for one of two targets, whose
//! bytes are a stream of commands that does not care where the frames begin.
//!
//! | target | command | answer |
//! |---|---|---|
//! | 0 probe | `00` identify | [`IDENTIFIER`] |
//! | | `10` reference clock | hertz, 4 bytes |
//! | | `11` divisor | 2 bytes |
//! | | `12` and 2 bytes: set the divisor | - |
//! | | `20`, `21` pull the reset pin low, let it go | - |
//! | 1 wire | `0000_aaRp` transfer: p access port, R read, aa bits 3:2 of the register; a write has 4 bytes more | below |
//! | | `001n_nnnn` and 4 bytes: a sequence of n bits (0: 32) on the wire | - |
//!
//! A read answers `01` and 4 bytes, a write `11`; a transfer that failed `14`. Numbers are little-endian.
//!
//! probe-rs's driver sends the transfers of a *batch* in one frame, stops reading at the first failure, and never clears
//! the sticky error. So a failure is told in the last answer of its frame only, and cleared here. What comes behind it
//! in the frame has no effect, as on a chip.

use super::dap::{Dap, Request};
use super::{Chip, Refused};

/// What the probe says it is.
pub const IDENTIFIER: &[u8; 12] = b"probe-rs,v01";
/// Hertz of the clock that the divisor divides. The wire takes no time here, so it stands for nothing.
const REFERENCE_CLOCK: u32 = 48_000_000;
/// No batch of a driver is longer; who sends more without a delimiter is not one.
const LONGEST_FRAME: usize = 1 << 20;

const DELIMITER: u8 = 0;
const PROBE: u8 = 0;
const WIRE: u8 = 1;

const DATA: u8 = 0x01;
const WRITTEN: u8 = 0x11;
const FAULT: u8 = 0x14;

/// The bytes are not this protocol: the connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what it sent is not the protocol of a debug probe")]
pub struct Garbage;

/// One connection's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glasgow {
    /// A frame that is still coming.
    frame: Vec<u8>,
    /// Commands that are not complete, by target.
    probe: Vec<u8>,
    wire: Vec<u8>,
    divisor: u16,
}

impl Glasgow {
    /// Takes bytes of the connection and gives the bytes to answer.
    ///
    /// # Errors
    /// [`Garbage`]; nothing that follows can be understood.
    pub fn receive(&mut self, bytes: &[u8], dap: &mut Dap, chip: &mut dyn Chip) -> Result<Vec<u8>, Garbage> {
        let mut answer = Vec::new();
        let mut frames = bytes.split(|byte| *byte == DELIMITER);
        // Behind the last delimiter a frame begins; in front of each one a frame is complete.
        let rest = frames.next_back().unwrap_or_default();
        for end in frames {
            self.frame.extend_from_slice(end);
            let frame = std::mem::take(&mut self.frame);
            if !frame.is_empty() {
                self.batch(&frame, dap, chip, &mut answer)?;
            }
        }
        self.frame.extend_from_slice(rest);
        if self.frame.len() > LONGEST_FRAME { Err(Garbage) } else { Ok(answer) }
    }

    fn batch(&mut self, frame: &[u8], dap: &mut Dap, chip: &mut dyn Chip, answer: &mut Vec<u8>) -> Result<(), Garbage> {
        let frame = cobs::decode_vec(frame).map_err(|_| Garbage)?;
        let (&target, commands) = frame.split_first().ok_or(Garbage)?;
        let mut replies = vec![target];
        match target {
            PROBE => self.control(commands, chip, &mut replies)?,
            WIRE => self.transfer(commands, dap, chip, &mut replies)?,
            _ => return Err(Garbage),
        }
        chip.end_batch();
        if replies.len() > 1 {
            answer.extend(cobs::encode_vec(&replies));
            answer.push(DELIMITER);
        }
        Ok(())
    }

    /// Commands for the probe itself.
    fn control(&mut self, commands: &[u8], chip: &mut dyn Chip, replies: &mut Vec<u8>) -> Result<(), Garbage> {
        self.probe.extend_from_slice(commands);
        let commands = std::mem::take(&mut self.probe);
        let mut rest = commands.as_slice();
        loop {
            rest = match *rest {
                [0x00, ref rest @ ..] => {
                    replies.extend(IDENTIFIER);
                    rest
                }
                [0x10, ref rest @ ..] => {
                    replies.extend(REFERENCE_CLOCK.to_le_bytes());
                    rest
                }
                [0x11, ref rest @ ..] => {
                    replies.extend(self.divisor.to_le_bytes());
                    rest
                }
                [0x12, low, high, ref rest @ ..] => {
                    self.divisor = u16::from_le_bytes([low, high]);
                    rest
                }
                [command @ (0x20 | 0x21), ref rest @ ..] => {
                    chip.set_reset(command == 0x20);
                    rest
                }
                [] | [0x12] | [0x12, _] => break,
                _ => return Err(Garbage),
            };
        }
        self.probe = rest.to_vec();
        Ok(())
    }

    /// Commands for the wire: a batch of transfers.
    fn transfer(
        &mut self,
        commands: &[u8],
        dap: &mut Dap,
        chip: &mut dyn Chip,
        replies: &mut Vec<u8>,
    ) -> Result<(), Garbage> {
        self.wire.extend_from_slice(commands);
        let commands = std::mem::take(&mut self.wire);
        let mut rest = commands.as_slice();
        let mut failed = false;
        // Where the last reply begins.
        let mut last = replies.len();
        loop {
            let (request, next) = match *rest {
                // A read.
                [command @ (0x00..=0x0f), ref rest @ ..] if command & 2 != 0 => (Some((command, None)), rest),
                [command @ (0x00..=0x0f), a, b, c, d, ref rest @ ..] => {
                    (Some((command, Some(u32::from_le_bytes([a, b, c, d])))), rest)
                }
                // The sequences that wake a debug port and choose its protocol: this one is awake, and has one.
                [0x20..=0x3f, _, _, _, _, ref rest @ ..] => (None, rest),
                [] | [0x00..=0x0f | 0x20..=0x3f, ..] => break,
                _ => return Err(Garbage),
            };
            rest = next;
            let Some((command, write)) = request else { continue };
            let request = Request { access_port: command & 1 != 0, address: command & 0xc, write };
            let value = dap.transfer(request, chip).unwrap_or_else(|Refused| {
                failed = true;
                0
            });
            last = replies.len();
            if write.is_some() {
                replies.push(WRITTEN);
            } else {
                replies.push(DATA);
                replies.extend(value.to_le_bytes());
            }
        }
        self.wire = rest.to_vec();
        if failed {
            replies.truncate(last);
            replies.push(FAULT);
            dap.forgive();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! Semihosting (Arm "Semihosting for AArch32 and AArch64", 2.0): firmware asks the debugger for a service.
//!
//! Served are the console, the end of the run and the clocks, by virtual time. There are no files: what firmware does
//! must not depend on the machine that simulates it. All other calls return -1.
//!
//! A core of 64 bits has fields of eight bytes in its parameter blocks, and its SYS_EXIT has such a block.

#[cfg(test)]
mod tests;

use crate::clock::{MILLISECOND, Picoseconds, SECOND};
use crate::cpu::Core;

const SYS_OPEN: u32 = 0x01;
const SYS_CLOSE: u32 = 0x02;
const SYS_WRITEC: u32 = 0x03;
const SYS_WRITE0: u32 = 0x04;
const SYS_WRITE: u32 = 0x05;
const SYS_READ: u32 = 0x06;
const SYS_ISERROR: u32 = 0x08;
const SYS_ISTTY: u32 = 0x09;
const SYS_FLEN: u32 = 0x0C;
const SYS_CLOCK: u32 = 0x10;
const SYS_ERRNO: u32 = 0x13;
const SYS_GET_CMDLINE: u32 = 0x15;
const SYS_HEAPINFO: u32 = 0x16;
const SYS_EXIT: u32 = 0x18;
const SYS_EXIT_EXTENDED: u32 = 0x20;
const SYS_ELAPSED: u32 = 0x30;
const SYS_TICKFREQ: u32 = 0x31;

/// ADP_Stopped_ApplicationExit: the one reason that is not a failure.
const APPLICATION_EXIT: u64 = 0x20026;
/// -1, however wide a register is.
const FAILED: u64 = u64::MAX;
/// Function not implemented, as newlib numbers it.
const ENOSYS: u64 = 88;
/// Handles of the console, opened for reading and for writing.
const STDIN: u64 = 1;
const STDOUT: u64 = 2;
const STDERR: u64 = 3;
/// The longest text of one call.
const LONGEST: usize = 1 << 20;
/// Ticks of SYS_ELAPSED in a second.
const TICKS: u64 = 1_000_000;

/// What follows a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The firmware goes on with this in the register for results, which takes what it can hold.
    Continue(u64),
    /// The firmware has ended itself.
    Exit(i32),
}

/// Serves a call; text is appended to `output`.
pub fn call(operation: u32, parameter: u64, core: &mut dyn Core, now: Picoseconds, output: &mut Vec<u8>) -> Reply {
    let field = |core: &dyn Core, index: u64| field(core, parameter, index);
    let wide = core.register_size() == 8;
    let result = match operation {
        SYS_WRITEC => {
            let mut byte = [0];
            if peek(core, parameter, &mut byte) {
                output.push(byte[0]);
            }
            Some(0)
        }
        SYS_WRITE0 => {
            write_string(core, parameter, output);
            Some(0)
        }
        SYS_OPEN => open(core, parameter),
        SYS_WRITE => write(core, parameter, output),
        // The console is at its end: all bytes asked for were not read.
        SYS_READ => field(core, 0).filter(|handle| *handle == STDIN).and_then(|_| field(core, 2)),
        SYS_CLOSE | SYS_FLEN => field(core, 0).filter(|handle| is_console(*handle)).map(|_| 0),
        SYS_ISTTY => field(core, 0).filter(|handle| is_console(*handle)).map(|_| 1),
        SYS_ISERROR => field(core, 0).map(|status| status >> if wide { 63 } else { 31 }),
        SYS_CLOCK => Some(now / (10 * MILLISECOND)),
        SYS_ERRNO => Some(ENOSYS),
        SYS_GET_CMDLINE => empty_command_line(core, parameter),
        SYS_HEAPINFO => heap_unknown(core, parameter),
        SYS_EXIT if !wide => return Reply::Exit(i32::from(parameter != APPLICATION_EXIT)),
        SYS_EXIT | SYS_EXIT_EXTENDED => {
            return Reply::Exit(match (field(core, 0), field(core, 1)) {
                (Some(APPLICATION_EXIT), Some(code)) => code as i32,
                _ => 1,
            });
        }
        SYS_ELAPSED => {
            let ticks = now / (SECOND / TICKS);
            poke(core, parameter, &ticks.to_le_bytes()).then_some(0)
        }
        SYS_TICKFREQ => Some(TICKS),
        _ => None,
    };
    Reply::Continue(result.unwrap_or(FAILED))
}

fn is_console(handle: u64) -> bool {
    matches!(handle, STDIN | STDOUT | STDERR)
}

fn peek(core: &dyn Core, address: u64, buffer: &mut [u8]) -> bool {
    u32::try_from(address).is_ok_and(|address| core.peek(address, buffer))
}

fn poke(core: &mut dyn Core, address: u64, bytes: &[u8]) -> bool {
    u32::try_from(address).is_ok_and(|address| core.poke(address, bytes))
}

/// A field of a parameter block, by its number.
fn field(core: &dyn Core, block: u64, index: u64) -> Option<u64> {
    let size = core.register_size();
    let mut bytes = [0; 8];
    let read = peek(core, block.wrapping_add(index * u64::from(size)), &mut bytes[..usize::from(size.min(8))]);
    read.then(|| u64::from_le_bytes(bytes))
}

fn write_string(core: &dyn Core, address: u64, output: &mut Vec<u8>) {
    // In pieces, since a long text is long to read byte by byte; at the end of memory they are bytes.
    let mut piece = [0; 256];
    let mut done = 0;
    while done < LONGEST {
        let at = address.wrapping_add(done as u64);
        let len = [piece.len(), 1].into_iter().find(|len| peek(core, at, &mut piece[..*len]));
        let Some(read) = len.map(|len| &piece[..len]) else { return };
        let text = read.iter().position(|byte| *byte == 0).map_or(read, |end| &read[..end]);
        output.extend_from_slice(text);
        if text.len() < read.len() {
            return;
        }
        done += read.len();
    }
}

/// Only the console, `:tt`: mode 0-3 reads, 4-7 writes, 8-11 appends (by convention standard error).
fn open(core: &dyn Core, block: u64) -> Option<u64> {
    let [name, mode, length] = [0, 1, 2].map(|index| field(core, block, index));
    let mut text = [0; 3];
    if length? != 3 || !peek(core, name?, &mut text) || text != *b":tt" {
        return None;
    }
    match mode? {
        0..=3 => Some(STDIN),
        4..=7 => Some(STDOUT),
        8..=11 => Some(STDERR),
        _ => None,
    }
}

/// Returns how many bytes were not written.
fn write(core: &dyn Core, block: u64, output: &mut Vec<u8>) -> Option<u64> {
    let [handle, data, length] = [0, 1, 2].map(|index| field(core, block, index));
    let length = length?;
    if !matches!(handle?, STDOUT | STDERR) || length > LONGEST as u64 {
        return Some(length);
    }
    // What does not end in memory is told from its last byte.
    let (data, mut last) = (data?, [0]);
    if length > 0 && !peek(core, data.wrapping_add(length - 1), &mut last) {
        return Some(length);
    }
    let mut bytes = vec![0; length as usize];
    if !peek(core, data, &mut bytes) {
        return Some(length);
    }
    output.extend_from_slice(&bytes);
    Some(0)
}

/// An empty string: the block holds a buffer and its length.
fn empty_command_line(core: &mut dyn Core, block: u64) -> Option<u64> {
    let [buffer, room] = [0, 1].map(|index| field(core, block, index));
    let size = u64::from(core.register_size());
    let length = vec![0; size as usize];
    (room? > 0 && poke(core, buffer?, &[0]) && poke(core, block.wrapping_add(size), &length)).then_some(0)
}

/// Zero in every field means "ask your linker script".
fn heap_unknown(core: &mut dyn Core, parameter: u64) -> Option<u64> {
    let block = field(core, parameter, 0)?;
    let fields = vec![0; 4 * usize::from(core.register_size())];
    poke(core, block, &fields).then_some(0)
}

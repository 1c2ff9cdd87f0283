//! Semihosting (Arm "Semihosting for AArch32 and AArch64", 2.0): firmware asks the debugger for a service.
//!
//! Served are the console, the end of the run and the clocks, by virtual time. There are no files: what firmware does
//! must not depend on the machine that simulates it. All other calls return -1.

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
const APPLICATION_EXIT: u32 = 0x20026;
const FAILED: u32 = u32::MAX;
/// Function not implemented, as newlib numbers it.
const ENOSYS: u32 = 88;
/// Handles of the console, opened for reading and for writing.
const STDIN: u32 = 1;
const STDOUT: u32 = 2;
const STDERR: u32 = 3;
/// The longest text of one call.
const LONGEST: usize = 1 << 20;
/// Ticks of SYS_ELAPSED in a second.
const TICKS: u64 = 1_000_000;

/// What follows a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The firmware goes on with this in r0.
    Continue(u32),
    /// The firmware has ended itself.
    Exit(i32),
}

/// Serves a call; text is appended to `output`.
pub fn call(operation: u32, parameter: u32, core: &mut dyn Core, now: Picoseconds, output: &mut Vec<u8>) -> Reply {
    let field = |core: &dyn Core, index: u32| word(core, parameter.wrapping_add(4 * index));
    let result = match operation {
        SYS_WRITEC => {
            let mut byte = [0];
            if core.peek(parameter, &mut byte) {
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
        SYS_ISERROR => field(core, 0).map(|status| u32::from(status.cast_signed() < 0)),
        SYS_CLOCK => Some((now / (10 * MILLISECOND)) as u32),
        SYS_ERRNO => Some(ENOSYS),
        SYS_GET_CMDLINE => empty_command_line(core, parameter),
        SYS_HEAPINFO => heap_unknown(core, parameter),
        SYS_EXIT if parameter == APPLICATION_EXIT => return Reply::Exit(0),
        SYS_EXIT => return Reply::Exit(1),
        SYS_EXIT_EXTENDED => {
            return Reply::Exit(match (field(core, 0), field(core, 1)) {
                (Some(APPLICATION_EXIT), Some(code)) => code.cast_signed(),
                _ => 1,
            });
        }
        SYS_ELAPSED => {
            let ticks = now / (SECOND / TICKS);
            core.poke(parameter, &ticks.to_le_bytes()).then_some(0)
        }
        SYS_TICKFREQ => Some(TICKS as u32),
        _ => None,
    };
    Reply::Continue(result.unwrap_or(FAILED))
}

fn is_console(handle: u32) -> bool {
    matches!(handle, STDIN | STDOUT | STDERR)
}

fn word(core: &dyn Core, address: u32) -> Option<u32> {
    let mut bytes = [0; 4];
    core.peek(address, &mut bytes).then(|| u32::from_le_bytes(bytes))
}

fn write_string(core: &dyn Core, address: u32, output: &mut Vec<u8>) {
    let mut byte = [0];
    for offset in 0..LONGEST as u32 {
        if !core.peek(address.wrapping_add(offset), &mut byte) || byte[0] == 0 {
            return;
        }
        output.push(byte[0]);
    }
}

/// Only the console, `:tt`: mode 0-3 reads, 4-7 writes, 8-11 appends (by convention standard error).
fn open(core: &dyn Core, block: u32) -> Option<u32> {
    let [name, mode, length] = [0, 4, 8].map(|offset| word(core, block.wrapping_add(offset)));
    let mut text = [0; 3];
    if length? != 3 || !core.peek(name?, &mut text) || text != *b":tt" {
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
fn write(core: &dyn Core, block: u32, output: &mut Vec<u8>) -> Option<u32> {
    let [handle, data, length] = [0, 4, 8].map(|offset| word(core, block.wrapping_add(offset)));
    let length = length?;
    if !matches!(handle?, STDOUT | STDERR) || length as usize > LONGEST {
        return Some(length);
    }
    let mut bytes = vec![0; length as usize];
    if !core.peek(data?, &mut bytes) {
        return Some(length);
    }
    output.extend_from_slice(&bytes);
    Some(0)
}

/// An empty string: the block holds a buffer and its length.
fn empty_command_line(core: &mut dyn Core, block: u32) -> Option<u32> {
    let buffer = word(core, block)?;
    let room = word(core, block.wrapping_add(4))?;
    (room > 0 && core.poke(buffer, &[0]) && core.poke(block.wrapping_add(4), &[0; 4])).then_some(0)
}

/// Zero in every field means "ask your linker script".
fn heap_unknown(core: &mut dyn Core, parameter: u32) -> Option<u32> {
    let block = word(core, parameter)?;
    core.poke(block, &[0; 16]).then_some(0)
}

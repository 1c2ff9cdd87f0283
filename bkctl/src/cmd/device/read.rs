//! `bkctl read`: the chip's memory, for people or as it is.
//!
//! | where to | what |
//! |---|---|
//! | a terminal | a hexdump |
//! | a pipe or a file, or `-o FILE` | the bytes as they are: `bkctl read 0x08000000 4KiB > image` compares with `cmp` |
//! | `--format json` | schema `bk.read/1`, the bytes in hexadecimal |

use std::fmt::Write as _;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::cli::{Global, Read};
use crate::error::{Error, Exit, Result};
use crate::kit;
use crate::output::{self, Format};
use crate::target::probe::protection;

/// More than any chip has: a number that was mistyped shall not fill this computer's memory.
const MOST: u64 = 64 * 1024 * 1024;
/// Bytes of one request to the probe.
const PIECE: usize = 4096;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    board: &'a str,
    chip: &'a str,
    target: String,
    address: u64,
    length: u64,
    hex: String,
}

pub(in crate::cmd) fn run(global: &Global, args: &Read) -> Result {
    let (address, length) = (args.address, args.length);
    if length > MOST || address.checked_add(length).is_none_or(|end| end > 1 << 32) {
        return Err(Error::usage(format!("{length} bytes from {address:#010x} on are more than a chip has"))
            .hint("an address has 32 bits, and a read at most 64 MiB"));
    }
    let reach = super::chip(global, &args.chip)?;
    let bytes = reach.connect(move |chip| {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        for (number, piece) in bytes.chunks_mut(PIECE).enumerate() {
            chip.check_stop("nothing was written")?;
            if let Err(error) = chip.read_memory(address + (number * PIECE) as u64, piece) {
                // A protected flash memory answers as if it were not there.
                protection::check_reading(chip)?;
                return Err(error);
            }
        }
        Ok(bytes)
    })?;
    if let Some(file) = &args.output {
        fs::write(file, &bytes).map_err(|error| Error::file("write", file, &error))?;
    }
    match (global.format, &args.output) {
        (Format::Json, _) => output::json(&Answer {
            schema: "bk.read/1",
            board: &reach.board.name,
            chip: &reach.board.chip.name,
            target: reach.title(),
            address,
            length,
            hex: kit::hex(&bytes),
        })?,
        (Format::Text, Some(file)) => anstream::eprintln!("wrote {} bytes to {}", bytes.len(), file.display()),
        (Format::Text, None) if io::stdout().is_terminal() => output::text(&hexdump(address, &bytes))?,
        (Format::Text, None) => {
            let mut out = io::stdout().lock();
            out.write_all(&bytes)?;
            out.flush()?;
        }
    }
    Ok(Exit::Ok)
}

/// Sixteen bytes a line: address, hexadecimal, and what is printable.
fn hexdump(address: u64, bytes: &[u8]) -> String {
    let mut out = String::new();
    for (number, line) in bytes.chunks(16).enumerate() {
        let _ = write!(out, "{:08x} ", address + 16 * number as u64);
        for place in 0..16 {
            let gap = if place % 8 == 0 { " " } else { "" };
            match line.get(place) {
                Some(byte) => {
                    let _ = write!(out, "{gap}{byte:02x} ");
                }
                None => {
                    let _ = write!(out, "{gap}   ");
                }
            }
        }
        let text: String =
            line.iter().map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' }).collect();
        let _ = writeln!(out, " |{text}|");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `printf 'SEGGER RTT\0\0\377hello' | hexdump -C` prints, with its addresses.
    #[test]
    fn as_hexdump_prints_it() {
        assert_eq!(
            hexdump(0, b"SEGGER RTT\0\0\xffhello"),
            "00000000  53 45 47 47 45 52 20 52  54 54 00 00 ff 68 65 6c  |SEGGER RTT...hel|\n\
             00000010  6c 6f                                             |lo|\n"
        );
    }
}

//! Memory that was saved: an ELF core file, or the bytes as they lay.

use bluekernel_inspect::{Image, ImageError};

use super::{CaptureError, Form, rtt};
use crate::wire::flight::{Flight, FlightError};

/// How an ELF file begins.
const ELF: &[u8] = b"\x7fELF";

/// A picture of memory.
#[derive(Debug)]
pub(super) struct Memory {
    pieces: Vec<Piece>,
    /// Bytes of a pointer, if the file says it.
    word_bytes: Option<u8>,
}

/// A stretch of memory.
#[derive(Debug)]
pub(super) struct Piece {
    /// Where it lay, if that is known.
    pub address: Option<u64>,
    pub bytes: Vec<u8>,
}

impl Memory {
    /// Whether this beginning may be one of memory: then what looks like a stream in it is a ring.
    pub(super) fn may_be(beginning: &[u8]) -> bool {
        beginning.starts_with(ELF) || Flight::find(beginning).is_some() || rtt::find(beginning).next().is_some()
    }

    /// Takes apart what a file holds.
    pub(super) fn parse(bytes: Vec<u8>) -> Result<Self, ImageError> {
        if !bytes.starts_with(ELF) {
            return Ok(Self { pieces: vec![Piece { address: None, bytes }], word_bytes: None });
        }
        let image = Image::parse(&bytes)?;
        let pieces = image
            .segments()
            .iter()
            .map(|segment| Piece { address: Some(segment.vaddr), bytes: segment.data.clone() })
            .collect();
        Ok(Self { pieces, word_bytes: Some(image.word_bytes()) })
    }

    /// The stream in its ring.
    pub(super) fn ring(&self, rtt: Option<u64>) -> Result<(Form, Vec<u8>), CaptureError> {
        if let Some(flight) = self.flight() {
            let flight = flight?;
            return if flight.is_empty() { Err(CaptureError::NoEvents) } else { Ok((Form::Flight, flight.stream())) };
        }
        match self.rtt(rtt) {
            Some(stream) => stream.map(|stream| (Form::Rtt, stream)),
            None if self.word_bytes.is_some() => Err(CaptureError::Firmware),
            None => Err(CaptureError::Foreign),
        }
    }

    /// The first flight recorder that can be read, else why the first of all cannot.
    fn flight(&self) -> Option<Result<Flight, FlightError>> {
        let mut first = None;
        for piece in &self.pieces {
            let mut from = 0;
            while let Some(at) = Flight::find(piece.bytes.get(from..)?) {
                let flight = Flight::parse(piece.bytes.get(from + at..)?);
                if flight.is_ok() {
                    return Some(flight);
                }
                first = first.or(Some(flight));
                from += at + 1;
            }
        }
        first
    }

    /// The ring of the first control block of RTT that has one, else why not.
    fn rtt(&self, symbol: Option<u64>) -> Option<Result<Vec<u8>, CaptureError>> {
        let mut why = None;
        for piece in &self.pieces {
            for at in rtt::find(&piece.bytes) {
                let Some(base) = piece.address.or_else(|| symbol?.checked_sub(at as u64)) else {
                    why = why.or(Some(CaptureError::NoAddress));
                    continue;
                };
                let read = |address: u64, length: usize| match piece.address {
                    Some(_) => self.at(address, length),
                    None => slice(&piece.bytes, address.checked_sub(base)?, length),
                };
                let block = piece.bytes.get(at..).unwrap_or_default();
                match rtt::trace(block, self.word_bytes.unwrap_or(4), read) {
                    Some(stream) => return Some(Ok(stream)),
                    None => why = Some(CaptureError::NoChannel),
                }
            }
        }
        why.map(Err)
    }

    /// The bytes at an address.
    fn at(&self, address: u64, length: usize) -> Option<&[u8]> {
        self.pieces.iter().find_map(|piece| slice(&piece.bytes, address.checked_sub(piece.address?)?, length))
    }
}

/// `length` bytes from `from` on.
fn slice(bytes: &[u8], from: u64, length: usize) -> Option<&[u8]> {
    bytes.get(usize::try_from(from).ok()?..)?.get(..length)
}

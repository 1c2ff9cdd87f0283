//! What the kernel tells of itself: a behaviour reads its own trace. Decoded from the text of `bluekernel_abi::wire`.

use bluekernel::trace::{__Ear, __say};
pub use bluekernel_abi as abi;
use bluekernel_abi::wire;

/// The most fields that are kept of a record.
const MOST: usize = 16;

/// A record. A SYNC has the head 0.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// Its head.
    pub head: u8,
    fields: [u64; MOST],
    count: usize,
}

impl Record {
    /// Its fields, without the time; those of a SYNC from the version on. Of a record with a length, the payload's bytes.
    #[must_use]
    pub fn fields(&self) -> &[u64] {
        &self.fields[..self.count]
    }

    fn push(&mut self, field: u64) {
        if let Some(place) = self.fields.get_mut(self.count) {
            *place = field;
            self.count += 1;
        }
    }
}

/// Says something to the trace, as a host does; `false` if not all of it had room. It is heard when a handler ends, or when
/// nothing is ready.
#[must_use]
pub fn say(bytes: &[u8]) -> bool {
    __say(bytes)
}

/// Hears what is told from where it was made on. Each record must be heard before the ring has gone round.
pub struct Ear(__Ear);

impl Ear {
    /// Hears from now on.
    #[must_use]
    pub fn new() -> Self {
        Self(__Ear::new())
    }

    fn byte(&mut self) -> u8 {
        self.0.next().expect("a record is whole")
    }

    fn number(&mut self) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
            shift += 7;
        }
    }
}

impl Default for Ear {
    fn default() -> Self {
        Self::new()
    }
}

impl Iterator for Ear {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let head = self.0.next()?;
        let mut record = Record { head, fields: [0; MOST], count: 0 };
        if head == 0 {
            while self.byte() == 0 {}
            (0..7).for_each(|_| record.push(self.number()));
        } else if head >= wire::head::FIRST_WITH_LENGTH {
            (0..self.number()).for_each(|_| record.push(self.byte().into()));
            self.number();
        } else {
            // As if the operation and the reason were fields, wherever they stand.
            for (base, plain) in
                [(wire::head::BLOCK_ON, wire::head::BLOCK), (wire::head::OBJECT_OP, wire::head::OBJECT)]
            {
                if record.head > base {
                    record.push((record.head - base).into());
                    record.head = plain;
                }
            }
            let count = wire::field_count(head).expect("a head of this version");
            (0..count).for_each(|_| record.push(self.number()));
            self.number();
        }
        Some(record)
    }
}

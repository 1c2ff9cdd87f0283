//! By which record of a trace its time is found in the machine's.

use bluekernel_abi::Event;
use bluekernel_tracer::wire::{Decoder, Item};

/// The trace's ring has at least so many bytes: up to here, its write offset is the place in the stream.
const RING: usize = 256;

/// A record near the beginning of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its time, in cycles of the trace.
    pub time: u64,
    /// The ring's write offset is at least so much when it stands in memory.
    pub written: u32,
}

impl Anchor {
    /// The first record, at `time`.
    #[must_use]
    pub const fn first(time: u64) -> Self {
        Self { time, written: 1 }
    }

    /// Of a trace that begins with the machine, from its stream: the first record that is later than the first. The kernel makes
    /// some before it starts the clock, and as long as that stands still, their times say nothing.
    #[must_use]
    pub fn of(stream: &[u8]) -> Self {
        let mut decoder = Decoder::new();
        decoder.push(stream.get(..2 * RING).unwrap_or(stream));
        // What a simulator has put between them never was in the ring.
        let (mut first, mut inserted, mut spent_at) = (None, 0, None);
        while let Some(record) = decoder.next() {
            inserted += spent_at.take().map_or(0, |at| record.offset - at);
            match record.item {
                Item::Event(Event::Spent { .. }) => {
                    spent_at = Some(record.offset);
                    continue;
                }
                // From here on nobody knows how much was in the ring.
                Item::Lost(_) => break,
                _ => {}
            }
            let written = u32::try_from(record.offset - inserted).unwrap_or(u32::MAX).saturating_add(1);
            let anchor = Self { time: record.time, written };
            let begin = *first.get_or_insert(anchor);
            if anchor.time > begin.time && (written as usize) < RING {
                return anchor;
            }
        }
        first.unwrap_or(Self::first(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A SYNC that comes first after a reset, of so many cycles: zeros, mark, version, core, number, cycles + 1, drops, running,
    /// flags.
    fn sync(cycles: u8) -> Vec<u8> {
        [&[0; 8][..], &[1, 1, 0, 1, cycles + 1, 0, 0, 1]].concat()
    }

    /// READY of task 3 (0x21 + 3), so many cycles behind what is before.
    fn ready(delta: u8) -> [u8; 2] {
        [0x24, delta]
    }

    /// A SPENT of seven cycles.
    const SPENT: [u8; 4] = [0xc3, 1, 7, 0];

    #[test]
    fn it_is_the_first_record_for_which_the_clock_has_run() {
        let stream = [&sync(0)[..], &ready(0), &ready(0), &ready(9), &ready(1)].concat();
        // Behind the SYNC's 16 bytes and two events of two.
        assert_eq!(Anchor::of(&stream), Anchor { time: 9, written: 16 + 4 + 1 });
        // The clock ran before.
        let stream = [&sync(50)[..], &ready(3)].concat();
        assert_eq!(Anchor::of(&stream), Anchor { time: 53, written: 16 + 1 });
    }

    #[test]
    fn what_was_put_in_between_was_not_in_the_ring() {
        let stream = [&sync(0)[..], &ready(0), &SPENT, &ready(0), &SPENT, &ready(9), &SPENT].concat();
        assert_eq!(Anchor::of(&stream), Anchor { time: 9, written: 16 + 4 + 1 });
    }

    #[test]
    fn where_the_clock_stands_still_for_long_it_is_the_first_record() {
        let mut stream = sync(0);
        (0..120).for_each(|_| stream.extend(ready(0)));
        stream.extend(ready(9));
        assert_eq!(Anchor::of(&stream), Anchor::first(0));
        assert_eq!(Anchor::of(&[]), Anchor::first(0));
        // What was lost may have been in the ring.
        let lost = [&sync(0)[..], &ready(0), &[0xff; 9], &sync(80), &ready(9)].concat();
        assert_eq!(Anchor::of(&lost), Anchor::first(0));
    }
}

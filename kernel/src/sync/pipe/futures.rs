//! Futures that read and write.
//!
//! Each moves its first piece as soon as it can, and then what else can be moved without waiting. One that leaves bytes, or
//! room, lets the next one try: so while there is something, and futures wait for it, one of them has been told.

use super::{Next, Pipe, Rest, Ring};
use crate::asynch::{self, Told};
use crate::lock::Locked;

impl<const N: usize> Pipe<N> {
    /// Writes as many of the bytes as there is room for; the future is ready when it has written some, with how many: at least
    /// 1, if there are any. Tasks that wait to write come first, and room that none of them waits for is anybody's until the
    /// future is polled. One that is dropped before it is ready has written nothing. From any context; does not block.
    ///
    /// ```standalone_crate
    /// use bluekernel::{Pipe, block_on};
    ///
    /// static CONSOLE: Pipe<8> = Pipe::new();
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn talking() {
    ///     block_on(async {
    ///         assert_eq!(CONSOLE.write_async(b"0123456789").await, 8);
    ///         let mut buffer = [0; 3];
    ///         assert_eq!(CONSOLE.read_async(&mut buffer).await, 3);
    ///         assert_eq!(&buffer, b"012");
    ///     });
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub async fn write_async(&'static self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while written == 0 && !bytes.is_empty() {
            written = asynch::until(&self.head.writers, |locked, told| {
                let rest = Rest::new(bytes.as_ptr().cast_mut(), bytes.len(), 1);
                self.ring().attempt(locked, told, &rest, |ring| ring.write_step(locked, &rest))
            })
            .await;
        }
        let rest = bytes.get(written..).unwrap_or_default();
        let rest = Rest::new(rest.as_ptr().cast_mut(), rest.len(), 0);
        self.ring().go_on(|ring, locked| ring.write_step(locked, &rest));
        bytes.len() - rest.length.get()
    }

    /// Writes all of the bytes; the future is ready when that is done. It waits as that of [`Pipe::write_async`]. One that is
    /// dropped before it is ready has written some, and how many is not known. From any context; does not block.
    pub async fn write_all_async(&'static self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = self.write_async(rest).await;
            rest = rest.get(written..).unwrap_or_default();
        }
    }

    /// Reads the bytes that are there, as many as fit into `buffer`; the future is ready when it has read some, with how
    /// many: at least 1, if the buffer has room. Tasks that wait to read come first, and bytes that none of them waits for
    /// are anybody's until the future is polled. One that is dropped before it is ready has read nothing. From any context;
    /// does not block.
    pub async fn read_async(&'static self, buffer: &mut [u8]) -> usize {
        let length = buffer.len();
        let mut read = 0;
        while read == 0 && length > 0 {
            read = asynch::until(&self.head.readers, |locked, told| {
                let rest = Rest::new(buffer.as_mut_ptr(), length, 1);
                self.ring().attempt(locked, told, &rest, |ring| ring.read_step(locked, &rest))
            })
            .await;
        }
        let rest = buffer.get_mut(read..).unwrap_or_default();
        let rest = Rest::new(rest.as_mut_ptr(), rest.len(), 0);
        self.ring().go_on(|ring, locked| ring.read_step(locked, &rest));
        length - rest.length.get()
    }
}

impl Ring {
    /// The first step of a future, or one of a task that comes before it; `None` if it has to wait. Returns how many bytes of
    /// `rest` were moved.
    fn attempt(self, locked: Locked<'_>, told: &Told, rest: &Rest, step: impl FnOnce(Self) -> Next) -> Option<usize> {
        let length = rest.length.get();
        match self.one_step(locked, told, step) {
            Next::Wait => None,
            Next::Again | Next::Done => Some(length - rest.length.get()),
        }
    }

    /// The other steps, as long as nothing has to be waited for. Then the next futures try, if there is something for them.
    fn go_on(self, step: impl Fn(Self, Locked<'_>) -> Next) {
        while let Next::Again = asynch::with(|locked, told| self.one_step(locked, told, |ring| step(ring, locked))) {}
        asynch::with(|locked, told| {
            if !self.head.control.get(locked).is_empty() {
                self.head.readers.tell(locked, told);
            }
        });
        asynch::with(|locked, told| {
            if self.head.control.get(locked).len() < self.capacity {
                self.head.writers.tell(locked, told);
            }
        });
    }

    /// A step, under its lock.
    fn one_step(self, locked: Locked<'_>, told: &Told, step: impl FnOnce(Self) -> Next) -> Next {
        if self.wakes_satisfied(locked) {
            return Next::Again;
        }
        let before = self.head.control.get(locked).len();
        let next = step(self);
        self.tell_future(locked, told, before);
        next
    }
}

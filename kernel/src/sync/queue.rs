//! The message queue: messages are blocks of a pool on their way through a channel.
//!
//! So bytes are copied by whoever sends or receives, into and out of a block that is nobody else's, and never with
//! interrupts masked. Those who wait for room wait in the pool, and those who wait for a message in the channel, which
//! has a place for every block.
#![expect(unsafe_code, reason = "the bytes behind a message's length are not initialised")]

use crate::error::{NotSent, TimedOut, TooLong};
use crate::sync::{Channel, Pool, PoolBox};
use crate::time::Duration;
use bluekernel_abi::BlockReason;
use core::mem::MaybeUninit;

#[cfg(feature = "async")]
mod futures;

/// Up to `N` messages of 0 to `BYTES` bytes each, from any number of senders to any number of receivers, first in, first
/// out.
///
/// A message takes its place in the order when all of it was copied in. Tasks that wait on either side go on in the
/// order of their priority, equals in the order they came.
///
/// ```
/// use bluekernel::{MessageQueue, NotSent, TooLong};
///
/// static LINES: MessageQueue<8, 2> = MessageQueue::new();
/// assert_eq!(LINES.send(b"one"), Ok(()));
/// assert_eq!(LINES.try_send_urgent(b"first"), Ok(()));
/// assert_eq!(LINES.try_send(b"two"), Err(NotSent::Full));
/// assert_eq!(LINES.send(b"much too long"), Err(TooLong));
/// let mut buffer = [0; 8];
/// assert_eq!(LINES.receive(&mut buffer), b"first");
/// assert_eq!(LINES.receive(&mut buffer), b"one");
/// ```
/// A buffer that could be too small does not compile:
/// ```compile_fail,E0308
/// static LINES: bluekernel::MessageQueue<8, 2> = bluekernel::MessageQueue::new();
/// LINES.receive(&mut [0; 4]);
/// ```
#[repr(C)]
pub struct MessageQueue<const BYTES: usize, const N: usize> {
    queue: Channel<PoolBox<Message<BYTES>>, N>,
    blocks: Pool<Message<BYTES>, N>,
}

/// A message. The first `length` bytes are there.
struct Message<const BYTES: usize> {
    length: usize,
    bytes: [MaybeUninit<u8>; BYTES],
}

impl<const BYTES: usize> Message<BYTES> {
    const EMPTY: Self = Self { length: 0, bytes: [MaybeUninit::uninit(); BYTES] };

    /// Puts `bytes` in. There are at most `BYTES`.
    #[inline]
    fn set(&mut self, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(..bytes.len()) {
            place.write_copy_of_slice(bytes);
            self.length = bytes.len();
        }
    }

    /// Copies the bytes out.
    #[inline]
    fn get<'b>(&self, buffer: &'b mut [u8; BYTES]) -> &'b [u8] {
        // SAFETY: `set` wrote this many bytes, which is at most BYTES; or there are none.
        let bytes = unsafe { self.bytes.get_unchecked(..self.length).assume_init_ref() };
        // SAFETY: the buffer has BYTES bytes.
        let place = unsafe { buffer.get_unchecked_mut(..self.length) };
        place.copy_from_slice(bytes);
        place
    }
}

impl<const BYTES: usize, const N: usize> MessageQueue<BYTES, N> {
    /// An empty queue. `N` is 1 to 65,535; anything else does not compile.
    #[must_use]
    pub const fn new() -> Self {
        Self { queue: Channel::new(), blocks: Pool::new() }
    }

    /// Sends a message; waits while the queue is full.
    ///
    /// # Errors
    /// [`TooLong`] if the message has more than `BYTES` bytes.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn send(&'static self, message: &[u8]) -> Result<(), TooLong> {
        self.put(message, Duration::MAX, Channel::try_send).map_err(|_| TooLong)
    }

    /// Sends a message; waits while the queue is full, but not longer than `timeout`. No time does not wait, and is for
    /// any context.
    ///
    /// # Errors
    /// [`NotSent`]: there was no room in time, or the message has more than `BYTES` bytes.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn send_timeout(&'static self, message: &[u8], timeout: Duration) -> Result<(), NotSent> {
        self.put(message, timeout, Channel::try_send)
    }

    /// Sends a message if there is room. From any context; does not block.
    ///
    /// # Errors
    /// [`NotSent`]: the queue is full, or the message has more than `BYTES` bytes.
    #[inline]
    pub fn try_send(&'static self, message: &[u8]) -> Result<(), NotSent> {
        self.put(message, Duration::ZERO, Channel::try_send)
    }

    /// Sends a message that is received before all that are in the queue; waits while it is full. Of several such
    /// messages the last one is received first.
    ///
    /// # Errors
    /// [`TooLong`] if the message has more than `BYTES` bytes.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn send_urgent(&'static self, message: &[u8]) -> Result<(), TooLong> {
        self.put(message, Duration::MAX, Channel::try_send_first).map_err(|_| TooLong)
    }

    /// As [`MessageQueue::send_urgent`], but not if it would have to wait. From any context; does not block.
    ///
    /// # Errors
    /// [`NotSent`]: the queue is full, or the message has more than `BYTES` bytes.
    #[inline]
    pub fn try_send_urgent(&'static self, message: &[u8]) -> Result<(), NotSent> {
        self.put(message, Duration::ZERO, Channel::try_send_first)
    }

    /// Receives the first message: copies it into `buffer`, and returns that part. Waits while there is none.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn receive<'b>(&'static self, buffer: &'b mut [u8; BYTES]) -> &'b [u8] {
        match self.queue.receive_for(Duration::MAX, BlockReason::QueueEmpty) {
            Ok(message) => message.get(buffer),
            // A wait of this length does not end so.
            Err(TimedOut) => &[],
        }
    }

    /// Receives the first message, as [`MessageQueue::receive`]; waits while there is none, but not longer than
    /// `timeout`. No time does not wait, and is for any context.
    ///
    /// # Errors
    /// [`TimedOut`] if none came in time.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[inline]
    pub fn receive_timeout<'b>(
        &'static self,
        buffer: &'b mut [u8; BYTES],
        timeout: Duration,
    ) -> Result<&'b [u8], TimedOut> {
        Ok(self.queue.receive_for(timeout, BlockReason::QueueEmpty)?.get(buffer))
    }

    /// Receives the first message, as [`MessageQueue::receive`], if there is one. From any context; does not block.
    #[inline]
    pub fn try_receive<'b>(&'static self, buffer: &'b mut [u8; BYTES]) -> Option<&'b [u8]> {
        Some(self.queue.try_receive()?.get(buffer))
    }

    /// The number of messages. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether there is no message. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many messages it can hold.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Takes a block, fills it, and sends it by `send`, which finds room.
    #[inline]
    fn put(
        &'static self,
        message: &[u8],
        timeout: Duration,
        send: impl FnOnce(
            &Channel<PoolBox<Message<BYTES>>, N>,
            PoolBox<Message<BYTES>>,
        ) -> Result<(), PoolBox<Message<BYTES>>>,
    ) -> Result<(), NotSent> {
        if message.len() > BYTES {
            return Err(NotSent::TooLong);
        }
        let mut block =
            self.blocks.alloc_for(Message::EMPTY, timeout, BlockReason::QueueFull).map_err(|_| NotSent::Full)?;
        block.set(message);
        send(&self.queue, block).map_err(|_| NotSent::Full)
    }
}

impl<const BYTES: usize, const N: usize> Default for MessageQueue<BYTES, N> {
    fn default() -> Self {
        Self::new()
    }
}

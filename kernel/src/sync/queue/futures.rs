//! Futures that send and receive messages.

use super::{Message, MessageQueue};
use crate::error::TooLong;

impl<const BYTES: usize, const N: usize> MessageQueue<BYTES, N> {
    /// Sends a message; the future is ready when it is on its way. Tasks that wait to send come first, and room that none of
    /// them waits for is anybody's until the future is polled. One that is dropped before it is ready has sent nothing. From
    /// any context; does not block.
    ///
    /// # Errors
    /// [`TooLong`] if the message has more than `BYTES` bytes.
    ///
    /// ```standalone_crate
    /// use bluekernel::{MessageQueue, TooLong, block_on};
    ///
    /// static LINES: MessageQueue<8, 2> = MessageQueue::new();
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn talking() {
    ///     block_on(async {
    ///         assert_eq!(LINES.send_async(b"one").await, Ok(()));
    ///         assert_eq!(LINES.send_async(b"much too long").await, Err(TooLong));
    ///         assert_eq!(LINES.receive_async(&mut [0; 8]).await, b"one");
    ///     });
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub async fn send_async(&'static self, message: &[u8]) -> Result<(), TooLong> {
        if message.len() > BYTES {
            return Err(TooLong);
        }
        let mut block = self.blocks.alloc_with_async(|| Message::EMPTY).await;
        block.set(message);
        // There is a place for every block.
        self.queue.try_send(block).map_err(|_| TooLong)
    }

    /// Receives the first message, as [`MessageQueue::receive`]; the future is ready when it was copied. Tasks that wait to
    /// receive come first, and a message that none of them waits for is anybody's until the future is polled. One that is
    /// dropped before it is ready has received nothing. From any context; does not block.
    pub async fn receive_async<'b>(&'static self, buffer: &'b mut [u8; BYTES]) -> &'b [u8] {
        self.queue.receive_async().await.get(buffer)
    }
}

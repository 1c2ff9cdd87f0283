//! Futures that send and receive.
#![expect(unsafe_code, reason = "moves values between the ring and a future")]

use super::Channel;
use crate::asynch;
use core::mem::MaybeUninit;

impl<T, const N: usize> Channel<T, N> {
    /// Sends a value; the future is ready when it is on its way. Tasks that wait to send come first. A future that is
    /// dropped before drops the value. From any context; does not block.
    ///
    /// ```standalone_crate
    /// use bluekernel::{Channel, block_on};
    ///
    /// static QUEUE: Channel<u32, 1> = Channel::new();
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn sending() {
    ///     block_on(async {
    ///         QUEUE.send_async(7).await;
    ///         assert_eq!(QUEUE.receive_async().await, 7);
    ///     });
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub fn send_async(&'static self, value: T) -> impl Future<Output = ()> + Send
    where
        T: Send,
    {
        let mut value = Some(value);
        asynch::until(&self.head.senders, move |locked, told| {
            // SAFETY: there is a value; true means that it was moved out, and it is forgotten then.
            let sent = value
                .as_ref()
                .is_none_or(|value| unsafe { self.place(locked, told, |control| control.send(N), value) });
            sent.then(|| core::mem::forget(value.take()))
        })
    }

    /// Receives the oldest value; the future is ready with it. Tasks that wait to receive come first, and a value that none
    /// of them waits for is anybody's until the future is polled. A future that is dropped has received nothing. From any
    /// context; does not block.
    pub fn receive_async(&'static self) -> impl Future<Output = T> + Send
    where
        T: Send,
    {
        asynch::until(&self.head.receivers, move |locked, told| {
            let mut value = MaybeUninit::uninit();
            // SAFETY: there is room for a value, and true means that one was moved in.
            unsafe { self.fetch(locked, told, value.as_mut_ptr()).then(|| value.assume_init()) }
        })
    }
}

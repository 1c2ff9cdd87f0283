//! Whether what each sender sends arrives in its order.

use crate::CONTEXTS;
use crate::count::Count;

/// The counts of those who send, and what those who receive got of each. Each receiver has its own: between the object and
/// here one may overtake another.
pub struct Order {
    sent: [Count; CONTEXTS],
    received: [[Count; CONTEXTS]; CONTEXTS],
    disorder: Count,
}

impl Order {
    pub const fn new() -> Self {
        Self {
            sent: [const { Count::new() }; CONTEXTS],
            received: [const { [const { Count::new() }; CONTEXTS] }; CONTEXTS],
            disorder: Count::new(),
        }
    }

    /// What `sender` sends next. Call [`Order::sent`] if it could.
    pub fn next(&self, sender: usize) -> (u8, u32) {
        (sender as u8, self.sent[sender].get() + 1)
    }

    /// What `sender` has sent last.
    pub fn last(&self, sender: usize) -> (u8, u32) {
        (sender as u8, self.sent[sender].get())
    }

    pub fn sent(&self, sender: usize) {
        self.sent[sender].add(1);
    }

    pub fn received(&self, receiver: usize, (sender, count): (u8, u32)) {
        let last = &self.received[receiver][usize::from(sender)];
        self.disorder.add_if(count <= last.get());
        last.set(count);
    }

    /// How many were sent, and how many came in disorder.
    pub fn sum(&self) -> (u32, u32) {
        (self.sent.iter().map(Count::get).sum(), self.disorder.get())
    }
}

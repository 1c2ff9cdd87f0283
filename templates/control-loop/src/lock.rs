//! The lock around what tasks share.

/// The kernel's mutex. Whoever has it runs with the importance of the most important task that waits for it (priority
/// inheritance): so nobody in between holds both up.
pub use bluekernel::Mutex as Lock;

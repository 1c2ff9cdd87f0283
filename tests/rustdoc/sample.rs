//! Functions whose documentation lacks something, and some that are well. `complaint:` is what the check has to say of the
//! next one; test_check.py compares.

/// As the kernel's.
pub struct Duration(u64);

/// An error.
pub struct TimedOut;

/// Waits.
pub struct Object;

impl Object {
    /// It only computes.
    pub const fn new() -> Self {
        Self
    }

    /// Takes something. From any context; does not block.
    pub fn try_take(&self) -> bool {
        true
    }

    // complaint: none of the sentences
    /// Takes something.
    pub fn try_take_silently(&self) -> bool {
        true
    }

    /// Takes something; waits for it.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn take(&self) {
        wait_for(Duration(0))
    }

    /// Takes something; waits for it, by another's rules.
    ///
    /// # Panics
    /// As [`Object::take`], and twice.
    pub fn take_twice(&self) {
        self.take();
        self.take();
    }

    // complaint: does not say for what
    /// Takes something.
    ///
    /// # Panics
    /// As [`Object::take`].
    pub fn take_in_silence(&self) {
        self.take();
    }

    // complaint: it may wait and does not
    /// Takes something; waits for it. From any context; does not block.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn take_and_contradict(&self) {
        self.take();
    }

    // complaint: must not wait
    /// Takes something; waits for it.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn try_wait(&self) {
        self.take();
    }

    // complaint: no time does not wait
    /// Takes something; waits not longer than `timeout`.
    ///
    /// # Errors
    /// [`TimedOut`] if it did not come.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn take_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        wait_for(timeout);
        Err(TimedOut)
    }

    // complaint: no `# Errors`
    /// Looks for something. From any context; does not block.
    pub fn look(&self) -> (u8, Result<(), TimedOut>) {
        (0, Ok(()))
    }

    // complaint: no `Result`
    /// Looks for something. From any context; does not block.
    ///
    /// # Errors
    /// None.
    pub fn look_again(&self) {}

    // complaint: no `# Panics`
    /// Does something. From any context; does not block.
    pub fn refuse(&self) {
        self.refuse_inside();
    }

    fn refuse_inside(&self) {
        panic!("no")
    }

    /// The `assert!` is for the compiler. From any context; does not block.
    pub fn refuse_early<const N: u8>(&self) {
        const { assert!(N > 0) };
        // panic!("a comment");
        debug_assert!(N > 0);
    }
}

// complaint: has no unit
/// How long it takes. From any context; does not block.
pub fn period() -> u32 {
    0
}

/// How long it takes, in microseconds. From any context; does not block.
pub fn delay() -> Option<u32> {
    None
}

/// What was measured.
pub struct Figures {
    // complaint: has no unit
    /// The longest wait.
    pub longest_delay: u64,
    /// The longest wait, in ticks.
    pub longest_ticks: u64,
    /// How many.
    pub count: u32,
}

// complaint: none of the sentences
/// Says something.
#[macro_export]
macro_rules! say {
    () => {};
}

fn wait_for(_: Duration) {
    cannot_wait()
}

fn cannot_wait() -> ! {
    panic!("only a task can wait")
}

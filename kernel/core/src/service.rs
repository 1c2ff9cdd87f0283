//! The timer service: which timers run, and whose call is next.
//!
//! Starting and stopping take constant time, since they change nothing but the timer: it joins the service's list when
//! it is started first, and stays there. The service finds the next call by going through that list, a timer at a time,
//! each under a lock of its own. What it finds may be outdated by then, so it looks again when it begins the call
//! ([`TimerService::begin`]): a timer that was stopped or started anew meanwhile is not called. And a timer that is
//! started behind its back for an earlier moment says so itself ([`TimerService::start`]).
//!
//! Moments are microseconds, in which periods are exact whatever the clock's rate.

use crate::periods::periods;
use crate::wait::WaitList;
use core::cell::Cell;

/// A timer.
pub struct TimerControl<'a> {
    /// The next one in the service's list.
    next: Cell<Option<&'a TimerControl<'a>>>,
    callback: fn(),
    /// The moment of the next call.
    due: Cell<u64>,
    /// From the start to the first call, and between calls.
    period: Cell<u64>,
    /// The number of its last start among all starts.
    start: Cell<u32>,
    is_listed: Cell<bool>,
    is_running: Cell<bool>,
    is_periodic: Cell<bool>,
    /// Its callback has begun and is not over.
    is_called: Cell<bool>,
}

impl TimerControl<'_> {
    /// A timer that does not run.
    #[must_use]
    pub const fn new(callback: fn()) -> Self {
        Self {
            next: Cell::new(None),
            callback,
            due: Cell::new(0),
            period: Cell::new(0),
            start: Cell::new(0),
            is_listed: Cell::new(false),
            is_running: Cell::new(false),
            is_periodic: Cell::new(false),
            is_called: Cell::new(false),
        }
    }

    /// What it calls.
    #[inline(always)]
    #[must_use]
    pub fn callback(&self) -> fn() {
        self.callback
    }

    /// Whether a call is to come.
    #[inline(always)]
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.is_running.get()
    }

    /// No call begins from now on. Returns whether one has begun and is not over.
    #[inline(always)]
    pub fn stop(&self) -> bool {
        self.is_running.set(false);
        self.is_called.get()
    }

    /// How it was started last, if it ever was: its period, and whether it is periodic.
    #[inline(always)]
    #[must_use]
    pub fn last_start(&self) -> Option<(u64, bool)> {
        if self.is_listed.get() { Some((self.period.get(), self.is_periodic.get())) } else { None }
    }

    /// The callback is over.
    #[inline(always)]
    pub fn end(&self) {
        self.is_called.set(false);
    }
}

/// The timers of one service. All bytes 0 is one without timers.
#[repr(C)]
pub struct TimerService<'a> {
    list: WaitList,
    is_served: Cell<bool>,
    first: Cell<Option<&'a TimerControl<'a>>>,
    /// How many starts there were, modulo 2^32.
    starts: Cell<u32>,
    /// No timer that the service has looked at, or that was started since, is due before that.
    until: Cell<u64>,
}

/// A call to come, as it was when it was looked at.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    timer: &'a TimerControl<'a>,
    due: u64,
    period: u64,
    start: u32,
}

impl<'a> Call<'a> {
    /// The timer.
    #[inline(always)]
    #[must_use]
    pub fn timer(&self) -> &'a TimerControl<'a> {
        self.timer
    }

    /// Its moment.
    #[inline(always)]
    #[must_use]
    pub fn due(&self) -> u64 {
        self.due
    }

    /// The first moment of a periodic timer's that is later than `now`, where this call is due. Those in between are left
    /// out.
    #[must_use]
    pub fn following(&self, now: u64) -> u64 {
        let (missed, _) = periods(now - self.due, self.period);
        self.due.saturating_add((missed + 1).saturating_mul(self.period))
    }

    /// Whether it comes before `other`: it is due earlier, or at the same moment and was started earlier.
    fn is_before(&self, other: &Self) -> bool {
        self.due < other.due || self.due == other.due && (self.start.wrapping_sub(other.start) as i32) < 0
    }
}

impl<'a> TimerService<'a> {
    /// A service without timers.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            list: WaitList::new(),
            is_served: Cell::new(false),
            first: Cell::new(None),
            starts: Cell::new(0),
            until: Cell::new(0),
        }
    }

    /// As if there had been this many starts.
    #[cfg(test)]
    pub(crate) fn set_starts(&self, starts: u32) {
        self.starts.set(starts);
    }

    /// The list that the serving task waits in.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        &self.list
    }

    /// A task comes to serve. `false`: another one does.
    #[must_use]
    pub fn claim(&self) -> bool {
        !self.is_served.replace(true)
    }

    /// Starts a timer: it is called `period` after `now`, and, if it is periodic, again and again. Whatever it was started
    /// for before is forgotten. Returns whether the task that serves, if it waits, must be woken.
    #[must_use]
    pub fn start(&self, timer: &'a TimerControl<'a>, now: u64, period: u64, is_periodic: bool) -> bool {
        let due = now.saturating_add(period);
        timer.due.set(due);
        timer.period.set(period);
        timer.is_periodic.set(is_periodic);
        timer.is_running.set(true);
        timer.start.set(self.starts.get());
        self.starts.set(self.starts.get().wrapping_add(1));
        if !timer.is_listed.replace(true) {
            timer.next.set(self.first.replace(Some(timer)));
        }
        let is_earlier = due < self.until.get();
        if is_earlier {
            self.until.set(due);
        }
        is_earlier
    }

    /// Begins to look for the next call. Returns the first timer to look at.
    #[must_use]
    pub fn first(&self) -> Option<&'a TimerControl<'a>> {
        self.until.set(u64::MAX);
        self.first.get()
    }

    /// Looks at a timer: `best` is the next call among those before it. Returns the next call now, and the next timer.
    #[must_use]
    pub fn look(
        &self,
        timer: &'a TimerControl<'a>,
        best: Option<Call<'a>>,
    ) -> (Option<Call<'a>>, Option<&'a TimerControl<'a>>) {
        let mut next = best;
        if timer.is_running.get() {
            let (due, period, start) = (timer.due.get(), timer.period.get(), timer.start.get());
            let call = Call { timer, due, period, start };
            self.until.set(self.until.get().min(due));
            if best.is_none_or(|best| call.is_before(&best)) {
                next = Some(call);
            }
        }
        (next, timer.next.get())
    }

    /// Begins a call that is due; a periodic timer's next one is at `following`. `false`: the timer was stopped or started
    /// anew since it was looked at.
    #[must_use]
    pub fn begin(&self, call: &Call<'a>, following: u64) -> bool {
        let timer = call.timer;
        if !timer.is_running.get() || timer.start.get() != call.start {
            return false;
        }
        timer.due.set(following);
        timer.is_running.set(timer.is_periodic.get());
        timer.is_called.set(true);
        true
    }

    /// Until when the task that serves may wait, if nothing is due.
    #[inline(always)]
    #[must_use]
    pub fn until(&self) -> u64 {
        self.until.get()
    }
}

impl Default for TimerService<'_> {
    fn default() -> Self {
        Self::new()
    }
}

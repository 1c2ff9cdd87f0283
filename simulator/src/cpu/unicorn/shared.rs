//! What an engine and its hooks share, on the heap where hooks find it.

use std::ffi::c_void;
use std::ops::Deref;
use std::ptr::NonNull;

/// A value that hooks reach through a pointer of their own. Not a `Box`: that would claim to be the only way to it.
pub(super) struct Shared<T>(NonNull<T>);

impl<T> Shared<T> {
    pub(super) fn new(value: T) -> Self {
        Self(NonNull::from(Box::leak(Box::new(value))))
    }

    /// The pointer, as the user data of hooks.
    pub(super) fn data(&self) -> *mut c_void {
        self.0.as_ptr().cast()
    }

    /// The value without a borrow of its owner, whose other fields may then change.
    ///
    /// # Safety
    /// The owner outlives the reference.
    pub(super) unsafe fn detached<'a>(&self) -> &'a T {
        // SAFETY: made from a box in `new`, freed in `drop` only, which the caller says is later.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: made from a box in `new`, freed in `drop` only; all references to it are shared ones.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // SAFETY: made by leaking a box, and this is its only owner; the hooks go with the instance inside.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

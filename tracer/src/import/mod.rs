//! Other tools' recordings as ours: whatever shows, measures or checks a recording does it for these too.

pub mod systemview;

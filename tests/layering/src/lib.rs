//! The house's doors, checked: `tests/doors.rs` who may import whom, `tests/licences.rs` under which licences.

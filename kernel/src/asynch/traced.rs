//! What embassy's executor tells of its tasks, by its feature `trace`: seven functions that it calls by name.
//!
//! A task is known by the lower 32 bits of its memory's address, as an object is.
#![expect(unsafe_code, reason = "is called by the executor by name")]

use crate::trace;

#[unsafe(no_mangle)]
fn _embassy_trace_task_ready_begin(_executor: u32, task: u32) {
    trace::poll_ready(task);
}

#[unsafe(no_mangle)]
fn _embassy_trace_task_exec_begin(_executor: u32, task: u32) {
    trace::poll_begin(task);
}

#[unsafe(no_mangle)]
fn _embassy_trace_task_exec_end(_executor: u32, task: u32) {
    trace::poll_end(task);
}

// The rest follows from these, and from when the kernel's task runs.

#[unsafe(no_mangle)]
fn _embassy_trace_task_new(_executor: u32, _task: u32) {}

#[unsafe(no_mangle)]
fn _embassy_trace_task_end(_executor: u32, _task: u32) {}

#[unsafe(no_mangle)]
fn _embassy_trace_poll_start(_executor: u32) {}

#[unsafe(no_mangle)]
fn _embassy_trace_executor_idle(_executor: u32) {}

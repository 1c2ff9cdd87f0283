//! BlueKernel: a small pre-emptive real-time kernel.
#![no_std]

mod lock;

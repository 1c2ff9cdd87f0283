//! `bkctl` and `bksim` as people use them. Linux only: some tests look into /proc and send signals.
#![cfg(target_os = "linux")]

mod answers;
mod at;
mod bad_input;
mod bad_source;
mod capture;
mod determinism;
mod device;
mod firmware;
mod foreign_kernels;
mod golden;
mod install;
mod interruption;
mod project;
mod simulator_trouble;
mod tasks;
mod trace;
mod unfit;

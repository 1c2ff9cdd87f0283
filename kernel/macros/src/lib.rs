//! BlueKernel's attributes. Each parses, checks, and writes plain Rust that a reader could have written; what it writes
//! is kept in `golden`.

mod ctor;
mod entry;
mod interrupt;
mod signature;
mod slot;
mod task;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a function a task that the kernel starts.
///
/// `#[bluekernel::task(priority = 5, stack = 1024)]`: the priority is 0 to 31, 31 the most important; the stack is in
/// bytes, a multiple of 8, at least 128. Both may be constant expressions. The function takes nothing and returns
/// nothing; when it returns, the task is over. Tasks are numbered in the order of their file names and lines.
///
/// Beside the function there is a type of its name: `name::task()` is the task's handle (`bluekernel::task::Task`), and
/// `name::start()` starts it where it is dormant: after it has returned, or from the beginning if `dormant` is among the
/// arguments.
#[proc_macro_attribute]
pub fn task(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let span = proc_macro::Span::call_site();
    let place = task::Place::new(&span.file(), span.line());
    task::expand(arguments.into(), item.into(), &place).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a `static NAME: Slot<1024>;` a place for tasks that are spawned while the program runs: see `bluekernel::task::Slot`.
#[proc_macro_attribute]
pub fn slot(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let span = proc_macro::Span::call_site();
    let place = task::Place::new(&span.file(), span.line());
    slot::expand(&arguments.into(), item.into(), &place).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a function the start of the program. It runs once, before the first task, on the stack that afterwards belongs
/// to interrupt handlers; when it returns, the tasks run.
///
/// On a target, `crate::board::CORE_HZ` must be the processor's clock in hertz.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a function the handler of the interrupt of the same name, one of `crate::board::Interrupt`. The interrupt must
/// still be enabled.
///
/// `#[bluekernel::interrupt(unmasked)]` makes an `unsafe fn` one that the kernel's mask does not delay, and that must not call
/// the kernel: see `bluekernel::interrupt`.
#[proc_macro_attribute]
pub fn interrupt(arguments: TokenStream, item: TokenStream) -> TokenStream {
    interrupt::expand(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

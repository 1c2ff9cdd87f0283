//! What the attributes write is kept, as a reader would format it, in `golden`. Set `OVERWRITE=1` to write the
//! files anew, and look at the difference.

use crate::{entry, interrupt, slot, task};
use proc_macro2::TokenStream;
use quote::quote;
use std::path::Path;
use syn::Result;

fn compare(name: &str, expansion: Result<TokenStream>) {
    let file = syn::parse2(expansion.expect("expands")).expect("is a file's worth of Rust");
    let text = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("OVERWRITE").is_some() {
        std::fs::write(&path, &text).expect("writes");
    }
    let kept = std::fs::read_to_string(&path).expect("there is a kept expansion");
    assert!(kept == text, "{} is not what is written now:\n{text}", path.display());
}

#[test]
fn task_expands_as_kept() {
    let place = task::Place::new("src/tasks.rs", 12);
    let function = quote! {
        /// Reads the sensor.
        fn sensor() {
            loop {
                read();
            }
        }
    };
    compare("task.rs", task::expand(quote!(priority = 5, stack = 1024), function, &place));
}

#[test]
fn slot_expands_as_kept() {
    let place = task::Place::new("src/tasks.rs", 12);
    let item = quote! {
        /// Where workers run.
        pub static WORKER: Slot<1024>;
    };
    compare("slot.rs", slot::expand(&TokenStream::new(), item, &place));
}

#[test]
fn main_expands_as_kept() {
    let function = quote! {
        fn main() {
            set_up();
        }
    };
    compare("main.rs", entry::expand(TokenStream::new(), function));
}

#[test]
fn interrupt_expands_as_kept() {
    let function = quote! {
        fn UART0_RX() {
            READY.give();
        }
    };
    compare("interrupt.rs", interrupt::expand(TokenStream::new(), function));
}

#[test]
fn unmasked_interrupt_expands_as_kept() {
    let function = quote! {
        unsafe fn CAPTURE() {
            MOMENT.store(now(), Relaxed);
        }
    };
    compare("interrupt_unmasked.rs", interrupt::expand(quote!(unmasked), function));
}

/// The message of the error that an expansion ends with.
fn error(expansion: Result<TokenStream>) -> String {
    expansion.expect_err("is refused").to_string()
}

fn task_error(arguments: TokenStream, function: TokenStream) -> String {
    error(task::expand(arguments, function, &task::Place::new("main.rs", 1)))
}

#[test]
fn wrong_arguments_are_told() {
    let function = quote!(
        fn a() {}
    );
    let told = |arguments| task_error(arguments, function.clone());
    assert_eq!(told(quote!(stack = 256)), "`priority = 0 (least important) to 31` is missing");
    assert_eq!(told(quote!(priority = 1)), "`stack = bytes, a multiple of 8` is missing");
    assert_eq!(told(quote!(prio = 1)), "unknown key `prio`: there are `priority`, `stack` and `dormant`");
    assert_eq!(told(quote!(stack = 8, stack = 8)), "`stack` is given twice");
    assert_eq!(error(entry::expand(quote!(fast), function.clone())), "#[bluekernel::main] takes no arguments");
    assert_eq!(
        error(interrupt::expand(quote!(1), function)),
        "#[bluekernel::interrupt] takes no arguments, or `unmasked`"
    );
}

#[test]
fn wrong_functions_are_told() {
    let told = |function| task_error(quote!(priority = 1, stack = 256), function);
    let with = |why: &str| format!("a function with #[bluekernel::task] {why}");
    assert_eq!(
        told(quote!(
            async fn a() {}
        )),
        with("cannot be async")
    );
    assert_eq!(
        told(quote!(
            unsafe fn a() {}
        )),
        with("cannot be unsafe: the kernel calls it")
    );
    assert_eq!(
        told(quote!(
            extern "C" fn a() {}
        )),
        with("has Rust's own calling convention")
    );
    assert_eq!(
        told(quote!(
            fn a<T>() {}
        )),
        with("cannot be generic")
    );
    assert_eq!(
        told(quote!(
            fn a(x: u32) {}
        )),
        with("has no parameters")
    );
    assert_eq!(
        told(quote!(
            fn a() -> u32 {
                1
            }
        )),
        with("returns nothing")
    );
    assert!(
        task::expand(
            quote!(priority = 1, stack = 256),
            quote!(
                fn a() -> ! {
                    loop {}
                }
            ),
            &task::Place::new("", 0)
        )
        .is_ok()
    );
}

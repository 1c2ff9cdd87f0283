//! `#[bluekernel::interrupt]`, and `#[bluekernel::interrupt(unmasked)]`.

use crate::{ctor, signature};
use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Error, Ident, Result};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let is_unmasked = parse(arguments)?;
    let function = if is_unmasked { signature::parse_unmasked(item) } else { signature::parse("interrupt", item) }?;
    let name = &function.sig.ident;
    let text = name.to_string();
    let [checked, handle, listed, bind] = if is_unmasked { unmasked(name) } else { masked(name) };
    let register = ctor::before_main(&quote! {
        ::bluekernel::interrupt::#bind(NUMBER, handle);
    });
    Ok(quote! {
        const _: () = {
            const NUMBER: ::core::primitive::u16 = crate::board::Interrupt::#name as ::core::primitive::u16;

            #checked
            // Two handlers of one interrupt do not compile.
            impl ::bluekernel::interrupt::HasOneHandler<NUMBER> for crate::board::Interrupt {}

            #[allow(non_snake_case)]
            #function

            fn handle() {
                #handle
            }

            /// In the vector table by its name.
            #[cfg(target_os = "none")]
            #[unsafe(export_name = #text)]
            extern "C" fn vector() {
                handle();
            }

            #listed
            #register
        };
    })
}

/// Whether the arguments are `unmasked`, rather than none.
fn parse(arguments: TokenStream) -> Result<bool> {
    match syn::parse2::<Option<Ident>>(arguments.clone()) {
        Ok(None) => Ok(false),
        Ok(Some(word)) if word == "unmasked" => Ok(true),
        _ => Err(Error::new(arguments.span(), "#[bluekernel::interrupt] takes no arguments, or `unmasked`")),
    }
}

/// What is particular to a handler that may call the kernel: nothing to check, how it is called, no list, how it is bound
/// on the host.
fn masked(name: &Ident) -> [TokenStream; 4] {
    let handle = quote! {
        ::bluekernel::interrupt::__handle(NUMBER, || {
            #name();
        });
    };
    [TokenStream::new(), handle, TokenStream::new(), quote!(__bind)]
}

/// What is particular to one that the kernel's mask does not delay.
fn unmasked(name: &Ident) -> [TokenStream; 4] {
    let check = quote!(::bluekernel::__unmasked!(););
    let handle = quote! {
        // SAFETY: whoever bound it promised that it does not call the kernel.
        unsafe { #name() };
    };
    let listed = quote! {
        /// The start gives these interrupts a priority above the mask.
        #[cfg(target_os = "none")]
        #[used]
        #[unsafe(link_section = ".bk.unmasked")]
        static UNMASKED: ::core::primitive::u16 = NUMBER;
    };
    [check, handle, listed, quote!(__bind_unmasked)]
}

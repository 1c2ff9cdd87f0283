//! `#[bluekernel::interrupt]`.

use crate::{ctor, signature};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Result;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    signature::no_arguments("interrupt", &arguments)?;
    let function = signature::parse("interrupt", item)?;
    let name = &function.sig.ident;
    let text = name.to_string();
    let register = ctor::before_main(&quote! {
        ::bluekernel::interrupt::__bind(NUMBER, handle);
    });
    Ok(quote! {
        const _: () = {
            const NUMBER: ::core::primitive::u16 = crate::board::Interrupt::#name as ::core::primitive::u16;

            // Two handlers of one interrupt do not compile.
            impl ::bluekernel::interrupt::HasOneHandler<NUMBER> for crate::board::Interrupt {}

            #[allow(non_snake_case)]
            #function

            fn handle() {
                ::bluekernel::interrupt::__handle(NUMBER, || {
                    #name();
                });
            }

            /// In the vector table by its name.
            #[cfg(target_os = "none")]
            #[unsafe(export_name = #text)]
            extern "C" fn vector() {
                handle();
            }

            #register
        };
    })
}

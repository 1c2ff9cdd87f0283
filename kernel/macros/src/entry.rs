//! `#[bluekernel::main]`.

use crate::signature;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Result;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    signature::no_arguments("main", &arguments)?;
    let function = signature::parse("main", item)?;
    let name = &function.sig.ident;
    Ok(quote! {
        #[cfg(target_os = "none")]
        const _: () = {
            #function

            /// Called by the reset handler.
            #[unsafe(export_name = "main")]
            extern "C" fn entry() -> ! {
                ::bluekernel::rt::start(|| {
                    #name();
                });
                loop {}
            }

            #[unsafe(no_mangle)]
            static __BK_CORE_HZ: ::core::primitive::u32 = crate::board::CORE_HZ;

            unsafe extern "C" {
                static __bk_control_start: ::core::primitive::u8;
                static __bk_control_end: ::core::primitive::u8;
            }

            #[used]
            #[unsafe(link_section = ".bk.kernel")]
            static RECORD: ::bluekernel::__private::KernelRecord = ::bluekernel::__private::KernelRecord::new(
                crate::board::CORE_HZ,
                (&raw const __bk_control_start).cast(),
                (&raw const __bk_control_end).cast(),
            );
        };

        #[cfg(not(target_os = "none"))]
        fn main() {
            #function

            ::bluekernel::rt::start(|| {
                #name();
            });
        }
    })
}

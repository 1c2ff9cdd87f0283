//! On the host there is no linker script: what the linker would collect registers itself before `main`.

use proc_macro2::TokenStream;
use quote::quote;

/// A static whose function the loader calls. `body` is executed in it.
pub(crate) fn before_main(body: &TokenStream) -> TokenStream {
    quote! {
        #[cfg(not(target_os = "none"))]
        #[used]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
        #[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
        #[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".init_array"))]
        static REGISTER: extern "C" fn() = {
            extern "C" fn register() {
                #body
            }
            register
        };
    }
}

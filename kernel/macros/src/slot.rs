//! `#[bluekernel::slot]`.

use crate::task::Place;
use crate::{ctor, signature};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Result, Token, Type, Visibility};

/// `static NAME: Slot<1024>;`
struct Declaration {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    kind: Type,
}

impl Parse for Declaration {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![static]>()?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let kind = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(Self { attributes, visibility, name, kind })
    }
}

pub(crate) fn expand(arguments: &TokenStream, item: TokenStream, place: &Place) -> Result<TokenStream> {
    signature::no_arguments("slot", arguments)?;
    let Declaration { attributes, visibility, name, kind } = syn::parse2(item)?;
    let text = name.to_string();
    let bytes = Literal::usize_unsuffixed(text.len());
    let (controls, records) = (place.section("control"), place.section("tasks"));
    let register = ctor::before_main(&quote! {
        ::bluekernel::task::__register_slot(&CONTROL, ::core::file!(), ::core::line!());
    });
    Ok(quote! {
        #(#attributes)*
        #visibility static #name: #kind = {
            #[cfg_attr(target_os = "none", unsafe(link_section = #controls))]
            static CONTROL: ::bluekernel::task::Control = ::bluekernel::task::__control();

            #[cfg(target_os = "none")]
            #[unsafe(link_section = ".bk.names")]
            static NAME: [::core::primitive::u8; #bytes + 1] = ::bluekernel::__private::name_bytes(#text);

            #[cfg_attr(target_os = "none", unsafe(link_section = ".uninit.bk.stacks"))]
            static STACK: <#kind as ::bluekernel::task::__HasStack>::Stack = ::bluekernel::task::Stack::new();

            #[cfg(target_os = "none")]
            #[used]
            #[unsafe(link_section = #records)]
            static RECORD: ::bluekernel::__private::TaskRecord =
                ::bluekernel::__private::TaskRecord::new(&CONTROL, &STACK, 0, (&raw const NAME).cast(), #bytes);

            #register

            // SAFETY: both are this slot's alone.
            unsafe { ::bluekernel::task::Slot::__new(&CONTROL, &STACK) }
        };
    })
}

//! `#[bluekernel::task]`.

use crate::{ctor, signature};
use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, Result, Token};

/// Where the task stands in the source: what orders the tasks.
pub(crate) struct Place(String);

impl Place {
    pub(crate) fn new(file: &str, line: usize) -> Self {
        let file: String = file.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect();
        Self(format!("{file}:{line:06}"))
    }

    /// The linker section of a kind of thing that belongs to the task.
    pub(crate) fn section(&self, kind: &str) -> String {
        format!(".bk.{kind}.{}", self.0)
    }
}

/// `priority = .., stack = .., dormant`, in any order.
struct Arguments {
    priority: Expr,
    stack: Expr,
    dormant: bool,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (mut priority, mut stack, mut dormant) = (None, None, None);
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            let value = || {
                input.parse::<Token![=]>()?;
                input.parse::<Expr>()
            };
            let before = match key.to_string().as_str() {
                "priority" => priority.replace(value()?).is_some(),
                "stack" => stack.replace(value()?).is_some(),
                "dormant" => dormant.replace(()).is_some(),
                other => {
                    let message = format!("unknown key `{other}`: there are `priority`, `stack` and `dormant`");
                    return Err(Error::new(key.span(), message));
                }
            };
            if before {
                return Err(Error::new(key.span(), format!("`{key}` is given twice")));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let missing = |what| Error::new(Span::call_site(), format!("`{what}` is missing"));
        Ok(Self {
            priority: priority.ok_or_else(|| missing("priority = 0 (least important) to 31"))?,
            stack: stack.ok_or_else(|| missing("stack = bytes, a multiple of 8"))?,
            dormant: dormant.is_some(),
        })
    }
}

pub(crate) fn expand(arguments: TokenStream, item: TokenStream, place: &Place) -> Result<TokenStream> {
    let Arguments { priority, stack, dormant } = syn::parse2(arguments)?;
    let function = signature::parse("task", item)?;
    let (name, visibility) = (&function.sig.ident, &function.vis);
    let starts = !dormant;
    let text = name.to_string();
    let text = text.trim_start_matches("r#");
    let bytes = Literal::usize_unsuffixed(text.len());
    let upper = text.to_uppercase();
    let (control, stack_name) = (format_ident!("{upper}_CONTROL"), format_ident!("{upper}_STACK"));
    let section = |kind: &str| place.section(kind);
    let (controls, definitions, records) = (section("control"), section("definitions"), section("tasks"));
    let register = ctor::before_main(&quote! {
        ::bluekernel::task::__register(&DEFINITION, ::core::file!(), ::core::line!());
    });
    Ok(quote! {
        #function

        /// The task that runs the function of this name.
        #[allow(non_camel_case_types, dead_code)]
        #visibility enum #name {}

        const _: () = {
            #[cfg_attr(target_os = "none", unsafe(link_section = #controls))]
            static #control: ::bluekernel::task::Control = ::bluekernel::task::__control();

            #[cfg_attr(target_os = "none", unsafe(link_section = ".uninit.bk.stacks"))]
            static #stack_name: ::bluekernel::task::Stack<{ #stack }> = ::bluekernel::task::Stack::new();

            // SAFETY: the control block and the stack are this definition's alone, and it is in the table.
            #[cfg_attr(target_os = "none", used, unsafe(link_section = #definitions))]
            static DEFINITION: ::bluekernel::task::Definition = unsafe {
                ::bluekernel::task::Definition::new(
                    || {
                        #name();
                    },
                    &#control,
                    &#stack_name,
                    #priority,
                    #starts,
                    #text,
                )
            };

            #[allow(dead_code)]
            impl #name {
                /// The task's handle.
                #visibility fn task() -> ::bluekernel::task::Task {
                    DEFINITION.__task()
                }

                /// Starts the task, which is dormant: it was declared so, or has returned.
                #visibility fn start() -> ::core::result::Result<(), ::bluekernel::task::Busy> {
                    DEFINITION.__start()
                }
            }

            #[cfg(target_os = "none")]
            #[unsafe(link_section = ".bk.names")]
            static NAME: [::core::primitive::u8; #bytes + 1] = ::bluekernel::__private::name_bytes(#text);

            #[cfg(target_os = "none")]
            #[used]
            #[unsafe(link_section = #records)]
            static RECORD: ::bluekernel::__private::TaskRecord = ::bluekernel::__private::TaskRecord::new(
                &#control,
                &#stack_name,
                #priority,
                (&raw const NAME).cast(),
                #bytes,
            );

            #register
        };
    })
}

//! What all three attributes ask of the function below them.

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::{Error, ItemFn, Result, ReturnType, Type};

/// Refuses arguments, where an attribute takes none.
pub(crate) fn no_arguments(attribute: &str, arguments: &TokenStream) -> Result<()> {
    if arguments.is_empty() {
        Ok(())
    } else {
        Err(Error::new(arguments.span(), format!("#[bluekernel::{attribute}] takes no arguments")))
    }
}

/// Parses `fn name() { .. }`: no parameters, nothing or `!` as result.
pub(crate) fn parse(attribute: &str, item: TokenStream) -> Result<ItemFn> {
    let function = parse_any(attribute, item)?;
    match &function.sig.unsafety {
        None => Ok(function),
        Some(token) => Err(wrong(token, attribute, "cannot be unsafe: the kernel calls it")),
    }
}

/// Parses `unsafe fn name() { .. }`.
pub(crate) fn parse_unmasked(item: TokenStream) -> Result<ItemFn> {
    let attribute = "interrupt(unmasked)";
    let function = parse_any(attribute, item)?;
    match &function.sig.unsafety {
        Some(_) => Ok(function),
        None => Err(wrong(
            &function.sig.fn_token,
            attribute,
            "is an `unsafe fn`: it may interrupt the kernel anywhere, so whoever writes it promises that it does not call \
             the kernel, but may pend an interrupt whose handler does",
        )),
    }
}

fn wrong(what: &dyn Spanned, attribute: &str, why: &str) -> Error {
    Error::new(what.span(), format!("a function with #[bluekernel::{attribute}] {why}"))
}

fn parse_any(attribute: &str, item: TokenStream) -> Result<ItemFn> {
    let function: ItemFn = syn::parse2(item)?;
    let signature = &function.sig;
    let wrong = |what: &dyn Spanned, why: &str| Err(wrong(what, attribute, why));
    if let Some(token) = &signature.asyncness {
        return wrong(token, "cannot be async");
    }
    if let Some(token) = &signature.abi {
        return wrong(token, "has Rust's own calling convention");
    }
    if !signature.generics.params.is_empty() {
        return wrong(&signature.generics, "cannot be generic");
    }
    if !signature.inputs.is_empty() {
        return wrong(&signature.inputs, "has no parameters");
    }
    match &signature.output {
        ReturnType::Default => {}
        ReturnType::Type(_, result) => match &**result {
            Type::Never(_) => {}
            Type::Tuple(tuple) if tuple.elems.is_empty() => {}
            other => return wrong(other, "returns nothing"),
        },
    }
    Ok(function)
}

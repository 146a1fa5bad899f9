//! `link!(crate_a, crate_b as its_own_name)`: read the names, expand.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{LitStr, Token};

use crate::attr;
use crate::ctxt::Ctxt;
use crate::krate::Krate;

/// A crate to be linked.
struct Linked {
    /// What this program calls it.
    name: Ident,
    /// What it calls itself.
    own_name: Ident,
}

/// The input is the path of the runtime crate, which `macro_rules!` knows as `$crate`, a semicolon, and what the user wrote.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let read = |input: ParseStream<'_>| {
        let krate = Krate::new(Some(input.call(syn::Path::parse_mod_style)?));
        input.parse::<Token![;]>()?;
        let mut crates = Vec::new();
        if input.is_empty() {
            let message = "`link!` takes the names of crates, as in `link!(my_receivers, more_receivers)`";
            ctxt.push(syn::Error::new(Span::call_site(), message));
        }
        attr::each(&ctxt, input, |input| {
            crates.push(Linked::read(input)?);
            Ok(())
        });
        Ok((krate, crates))
    };
    let read = ctxt.keep(read.parse2(input));
    let linked =
        read.into_iter().flat_map(|(krate, crates)| crates.into_iter().map(move |each| each.expand(&krate)));
    let linked: TokenStream = linked.collect();
    let errors = ctxt.check().err();
    quote!(#errors #linked)
}

impl Linked {
    fn read(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = name(input)?;
        if !input.peek(Token![as]) {
            return Ok(Self { own_name: name.clone(), name });
        }
        input.parse::<Token![as]>()?;
        if input.is_empty() || input.peek(Token![_]) {
            let message = format!(
                "`as` takes the name that the crate has in its own Cargo.toml, as in `link!({name} as its_own_name)`; without \
                 one, write `link!({name})`"
            );
            return Err(syn::Error::new(input.span(), message));
        }
        Ok(Self { name, own_name: self::name(input)? })
    }

    fn expand(self, krate: &Krate) -> TokenStream {
        let Self { name, own_name } = self;
        // From the list of crates: a module of the user's of that name would be found first, and the prelude may be off.
        let import = quote_spanned!(name.span()=> use ::#name as _;);
        let own_name = own_name.unraw().to_string();
        quote! {
            #[allow(unused_imports)]
            #import
            #krate::inventory::submit! { #krate::Expected(#own_name) }
        }
    }
}

/// The name of a crate, or the error that says how it is written.
fn name(input: ParseStream<'_>) -> syn::Result<Ident> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        let name = crate_name(&text.value());
        return Err(syn::Error::new(
            text.span(),
            format!("`link!` takes the names of crates without quotes: write `{name}`"),
        ));
    }
    let at = input.span();
    let refused = |message: String| Err(syn::Error::new(at, message));
    if input.peek(Token![crate]) || input.peek(Token![self]) || input.peek(Token![super]) {
        let what = "what is in this crate is part of it already: `link!` takes the names of other crates";
        return Err(rest(input, what));
    }
    if input.peek(Token![#]) {
        return refused(
            "`link!` takes the names of crates without attributes: put the attribute above a `link!` of its own".to_owned(),
        );
    }
    if input.peek(Token![use]) || input.peek(Token![extern]) {
        return refused("`link!` takes the names of crates alone, as in `link!(my_receivers)`".to_owned());
    }
    let leading = input.parse::<Option<Token![::]>>()?;
    if !input.peek(Ident::peek_any) {
        if let Ok(TokenTree::Group(group)) = input.fork().parse()
            && group.delimiter() != Delimiter::None
        {
            return refused(
                "`link!` takes the names of crates without brackets, with commas in between".to_owned(),
            );
        }
        return refused("expected the name of a crate, as in `link!(my_receivers)`".to_owned());
    }
    let name = input.call(Ident::parse_any)?;
    if input.peek(Token![-]) {
        return Err(of_package(input, &name));
    }
    if input.peek(Token![::]) {
        return Err(rest(
            input,
            &format!("`link!` takes the names of crates, and not of modules: write `link!({name})`"),
        ));
    }
    if input.peek(Token![=]) {
        return Err(rest(input, "`link!` takes the names of crates; their versions stand in Cargo.toml"));
    }
    if let Some(leading) = leading {
        return Err(syn::Error::new_spanned(
            leading,
            format!("write the name of the crate alone: `link!({name})`"),
        ));
    }
    Ok(name)
}

/// The error for the name of a package, which has hyphens. Each is a token of its own.
fn of_package(input: ParseStream<'_>, first: &Ident) -> syn::Error {
    let mut tokens = first.to_token_stream();
    let mut package = first.to_string();
    while input.peek(Token![-]) {
        let Ok(hyphen) = input.parse::<Token![-]>() else { break };
        tokens.extend(hyphen.to_token_stream());
        package.push('-');
        // A part such as `2` is no identifier.
        if let Ok(part) = input.call(Ident::parse_any) {
            package.push_str(&part.to_string());
            tokens.extend(part.to_token_stream());
        } else if let Ok(part) = input.parse::<Literal>() {
            package.push_str(&part.to_string());
            tokens.extend(part.to_token_stream());
        }
    }
    let name = crate_name(&package);
    syn::Error::new_spanned(
        tokens,
        format!("the crate of the package `{package}` is `{name}`: write `link!({name})`"),
    )
}

/// The error for a whole argument, whatever is in it.
fn rest(input: ParseStream<'_>, message: &str) -> syn::Error {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        let Ok(token) = input.parse::<TokenTree>() else { break };
        tokens.extend([token]);
    }
    syn::Error::new_spanned(tokens, message)
}

/// The name of a package's crate, without what is no part of it.
fn crate_name(package: &str) -> String {
    let name = package.trim().split("::").next().unwrap_or_default().replace('-', "_");
    if syn::parse_str::<Ident>(&name).is_ok() { name } else { "my_receivers".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(input: &TokenStream) -> String {
        let output = expand(quote!(openedx_events; #input)).to_string();
        output.split('"').nth(1).unwrap_or_default().to_owned()
    }

    #[test]
    fn a_package_is_named_with_its_crate() {
        assert!(
            message(&quote!(my - receivers - 2)).contains("package `my-receivers-2` is `my_receivers_2`")
        );
        assert!(message(&quote!("my-receivers")).ends_with("write `my_receivers`"));
        assert!(message(&quote!("my_receivers::orders")).ends_with("write `my_receivers`"));
    }
}

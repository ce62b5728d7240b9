//! How many of the public items are documented: what is declared `pub` in the sources of the members,
//! in code that is not there for tests alone. It must never know what the items are for.

use anyhow::{Context, bail};
use syn::{Attribute, Fields, ImplItem, Item, Visibility};

use crate::console;
use crate::tree::Tree;

/// What was counted.
#[derive(Debug, Default)]
struct Count {
    all: usize,
    /// The items without a line, by file.
    without: Vec<String>,
}

/// Counts the items of all sources, and fails where one has no line.
pub(super) fn check(tree: &Tree) -> anyhow::Result<String> {
    let mut count = Count::default();
    for (path, text) in tree.files(".rs")? {
        if !path.contains("src/") {
            continue;
        }
        let file = syn::parse_file(&text).with_context(|| path.clone())?;
        let is_root = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
        if is_root {
            count.item(&path, "the crate", &file.attrs);
        }
        count.items(&path, &file.items);
    }
    if count.all == 0 {
        bail!("no public item was found");
    }
    let documented = count.all - count.without.len();
    count.without.iter().for_each(console::note);
    let words = format!("{documented} of {} public items are documented", count.all);
    if count.without.is_empty() {
        Ok(words)
    } else {
        bail!("{words}")
    }
}

fn is_documented(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|one| one.path().is_ident("doc"))
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|one| {
        one.path().is_ident("cfg")
            && one
                .parse_args::<syn::Ident>()
                .is_ok_and(|condition| condition == "test")
    })
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

impl Count {
    fn item(&mut self, path: &str, name: &str, attributes: &[Attribute]) {
        self.all += 1;
        if !is_documented(attributes) {
            self.without.push(format!("{path}: {name}"));
        }
    }

    fn items(&mut self, path: &str, items: &[Item]) {
        for item in items {
            self.one(path, item);
        }
    }

    fn one(&mut self, path: &str, item: &Item) {
        let (visibility, name, attributes) = match item {
            Item::Const(it) => (&it.vis, it.ident.to_string(), &it.attrs),
            Item::Enum(it) => {
                if is_public(&it.vis) {
                    for variant in &it.variants {
                        let name = format!("{}::{}", it.ident, variant.ident);
                        self.item(path, &name, &variant.attrs);
                        self.fields(path, &name, &variant.fields, true);
                    }
                }
                (&it.vis, it.ident.to_string(), &it.attrs)
            }
            Item::Fn(it) => (&it.vis, it.sig.ident.to_string(), &it.attrs),
            Item::Static(it) => (&it.vis, it.ident.to_string(), &it.attrs),
            Item::Struct(it) => {
                if is_public(&it.vis) {
                    self.fields(path, &it.ident.to_string(), &it.fields, false);
                }
                (&it.vis, it.ident.to_string(), &it.attrs)
            }
            Item::Trait(it) => {
                if is_public(&it.vis) {
                    self.members(path, it);
                }
                (&it.vis, it.ident.to_string(), &it.attrs)
            }
            Item::Type(it) => (&it.vis, it.ident.to_string(), &it.attrs),
            Item::Impl(it) => return self.methods(path, it),
            Item::Mod(it) => return self.module(path, it),
            Item::ExternCrate(_)
            | Item::ForeignMod(_)
            | Item::Macro(_)
            | Item::TraitAlias(_)
            | Item::Union(_)
            | Item::Use(_)
            | Item::Verbatim(_)
            | _ => return,
        };
        if is_public(visibility) {
            self.item(path, &name, attributes);
        }
    }

    /// Counts what stands inside a module. A module in a file of its own says inside that file what
    /// it is for, which is a rule of its own.
    fn module(&mut self, path: &str, module: &syn::ItemMod) {
        if is_for_tests(&module.attrs) {
            return;
        }
        if let Some((_, items)) = &module.content {
            if is_public(&module.vis) {
                self.item(path, &module.ident.to_string(), &module.attrs);
            }
            self.items(path, items);
        }
    }

    /// Counts the fields of a public struct or variant: those of a variant are as public as it is.
    fn fields(&mut self, path: &str, owner: &str, fields: &Fields, is_variant: bool) {
        if let Fields::Named(named) = fields {
            for field in &named.named {
                if let Some(name) = &field.ident
                    && (is_variant || is_public(&field.vis))
                {
                    self.item(path, &format!("{owner}.{name}"), &field.attrs);
                }
            }
        }
    }

    fn members(&mut self, path: &str, owner: &syn::ItemTrait) {
        for member in &owner.items {
            let (name, attributes) = match member {
                syn::TraitItem::Const(it) => (&it.ident, &it.attrs),
                syn::TraitItem::Fn(it) => (&it.sig.ident, &it.attrs),
                syn::TraitItem::Type(it) => (&it.ident, &it.attrs),
                syn::TraitItem::Macro(_) | syn::TraitItem::Verbatim(_) | _ => continue,
            };
            self.item(path, &format!("{}::{name}", owner.ident), attributes);
        }
    }

    /// Counts a type's own methods and constants. Those of a trait are the trait's.
    fn methods(&mut self, path: &str, owner: &syn::ItemImpl) {
        if owner.trait_.is_some() {
            return;
        }
        for member in &owner.items {
            let (visibility, name, attributes) = match member {
                ImplItem::Const(it) => (&it.vis, &it.ident, &it.attrs),
                ImplItem::Fn(it) => (&it.vis, &it.sig.ident, &it.attrs),
                ImplItem::Type(_) | ImplItem::Macro(_) | ImplItem::Verbatim(_) | _ => continue,
            };
            if is_public(visibility) {
                self.item(path, &name.to_string(), attributes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    fn count(code: &str) -> (usize, Vec<String>) {
        let mut count = Count::default();
        count.items("a.rs", &syn::parse_file(code).unwrap().items);
        (count.all, count.without)
    }

    #[test]
    fn public_items_are_counted_with_what_is_public_in_them() {
        let code = "
            /// A.
            pub struct A { pub b: u8, c: u8 }
            impl A {
                /// D.
                pub fn d() {}
                pub(crate) fn e() {}
            }
            impl Clone for A { fn clone(&self) -> Self { A { b: 0, c: 0 } } }
            /// F.
            pub enum F { G, /** H. */ H { i: u8 } }
            /// J.
            pub trait J { fn k(); }
            fn l() {}
            #[cfg(test)]
            mod tests { pub fn m() {} }
            mod n { pub const O: u8 = 0; }
        ";
        let (all, without) = count(code);
        assert_eq!(all, 10);
        let expected = ["A.b", "F::G", "F::H.i", "J::k", "O"].map(|name| format!("a.rs: {name}"));
        assert_eq!(without, expected);
    }
}

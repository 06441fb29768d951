//! The paths that source code names.

use std::fmt::Display;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, MetaList, UseTree, Visibility};

/// A path, such as `crate::api::Api`. A glob import ends with `*`.
pub(super) type Segments = Vec<String>;

/// All paths in an item, those in the arguments of macros and attributes included.
#[derive(Default)]
pub(super) struct Paths {
    pub(super) named: Vec<Segments>,
    /// The names that `use` brings into scope.
    pub(super) bindings: Vec<(String, Segments)>,
}

impl Paths {
    pub(super) fn of(item: &Item) -> Self {
        let mut paths = Self::default();
        paths.visit_item(item);
        paths
    }

    fn bind(&mut self, tree: &UseTree, mut path: Segments) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.bind(&tree.tree, path);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.bind(tree, path.clone());
                }
            }
            UseTree::Glob(_) => {
                path.push("*".to_owned());
                self.bindings.push(("*".to_owned(), path));
            }
            UseTree::Name(name) if name.ident == "self" => {
                self.bindings
                    .extend(path.last().cloned().map(|name| (name, path)));
            }
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                self.bindings.push((name.ident.to_string(), path));
            }
            UseTree::Rename(rename) => {
                if rename.ident != "self" {
                    path.push(rename.ident.to_string());
                }
                self.bindings.push((rename.rename.to_string(), path));
            }
        }
    }

    /// Adds the paths in tokens that are not parsed.
    fn scan(&mut self, tokens: &impl Display) {
        let text = tokens.to_string().replace(" ::", "::").replace(":: ", "::");
        let words = text
            .split(|character: char| !(character.is_alphanumeric() || "_:".contains(character)));
        let words = words
            .map(|word| word.trim_matches(':'))
            .filter(|word| !word.is_empty());
        self.named
            .extend(words.map(|word| word.split("::").map(str::to_owned).collect()));
    }
}

impl<'a> Visit<'a> for Paths {
    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.leading_colon.is_none() {
            let segments = path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string());
            self.named.push(segments.collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        if item.leading_colon.is_none() {
            self.bind(&item.tree, Vec::new());
        }
    }

    fn visit_macro(&mut self, call: &'a Macro) {
        self.visit_path(&call.path);
        self.scan(&call.tokens);
    }

    fn visit_meta_list(&mut self, list: &'a MetaList) {
        self.scan(&list.tokens);
    }

    fn visit_item_mod(&mut self, _: &'a ItemMod) {
        // A module has a scope, and so paths, of its own.
    }

    fn visit_visibility(&mut self, _: &'a Visibility) {
        // `pub(in path)` imports nothing.
    }
}

/// Returns the file that `#[path = "…"]` names.
pub(super) fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let pair = attribute.meta.require_name_value().ok()?;
        match &pair.value {
            syn::Expr::Lit(literal) if pair.path.is_ident("path") => match &literal.lit {
                syn::Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        }
    })
}

//! The paths that source code names.

use std::fmt::Display;

use syn::visit::{self, Visit};
use syn::{Item, ItemMod, ItemUse, Macro, MetaList, UseTree, Visibility};

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
        let (name, mut binding) = match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                return self.bind(&tree.tree, path);
            }
            UseTree::Group(group) => {
                let trees = group.items.iter();
                return trees.for_each(|tree| self.bind(tree, path.clone()));
            }
            UseTree::Glob(_) => ("*".to_owned(), "*".to_owned()),
            UseTree::Name(name) => (name.ident.to_string(), name.ident.to_string()),
            UseTree::Rename(name) => (name.ident.to_string(), name.rename.to_string()),
        };
        if binding == "self" {
            binding = path.last().cloned().unwrap_or_default();
        }
        path.push(name);
        self.bindings.push((binding, path));
    }

    /// Adds the paths in tokens that are not parsed.
    fn scan(&mut self, tokens: &impl Display) {
        let text = tokens.to_string().replace(" :: ", "::");
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let segments = word.split("::").filter(|name| !name.is_empty());
            let segments: Segments = segments.map(str::to_owned).collect();
            self.named.extend(Some(segments).filter(|path| !path.is_empty()));
        }
    }
}

impl<'a> Visit<'a> for Paths {
    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter().map(|segment| segment.ident.to_string());
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

//! The modules of a crate, and where the paths in them lead.

#![allow(clippy::indexing_slicing, reason = "a module's index comes from the tree itself")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use syn::{Expr, ExprLit, Item, ItemMod, Lit};

use super::paths::{Paths, Segments};

/// The files that each file imports, with one of the paths that lead there.
pub(super) type Imports = BTreeMap<PathBuf, BTreeMap<PathBuf, String>>;

/// How many imports may lead from one to the next, since imports of globs can lead back to themselves.
const MAX_DEPTH: usize = 8;

/// The modules of a crate; the first one is its root.
#[derive(Default)]
pub(super) struct ModuleTree(Vec<Module>);

#[derive(Default)]
struct Module {
    file: PathBuf,
    parent: usize,
    children: BTreeMap<String, usize>,
    /// `false` if the module only declares and re-exports others, so that nothing can be imported from it itself.
    has_items: bool,
    bindings: BTreeMap<String, Segments>,
    globs: Vec<Segments>,
    named: Vec<Segments>,
}

impl ModuleTree {
    /// Reads the crate whose root is `file`.
    pub(super) fn load(file: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.add_file(file, file.with_file_name(""), 0)?;
        Ok(tree)
    }

    /// Adds the module in `file`, whose children are in `folder`.
    fn add_file(&mut self, file: &Path, folder: PathBuf, parent: usize) -> Result<usize> {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let syntax = syn::parse_file(&text).with_context(|| file.display().to_string())?;
        self.add(&syntax.items, file, folder, parent)
    }

    fn add(&mut self, items: &[Item], file: &Path, folder: PathBuf, parent: usize) -> Result<usize> {
        let index = self.0.len();
        self.0.push(Module { file: file.to_owned(), parent, ..Module::default() });
        for item in items {
            match item {
                Item::Mod(child) => {
                    let name = child.ident.to_string();
                    let child = self.add_child(child, file, &folder, index)?;
                    self.0[index].children.insert(name, child);
                }
                Item::Use(_) | Item::ExternCrate(_) => {}
                _ => self.0[index].has_items = true,
            }
            self.0[index].add_paths(Paths::of(item));
        }
        Ok(index)
    }

    fn add_child(&mut self, child: &ItemMod, file: &Path, folder: &Path, parent: usize) -> Result<usize> {
        let inside = folder.join(child.ident.to_string());
        if let Some((_, items)) = &child.content {
            self.add(items, file, inside, parent)
        } else if let Some(path) = path_attribute(child) {
            let file = file.with_file_name(path);
            self.add_file(&file, file.with_file_name(""), parent)
        } else {
            let file = Some(inside.with_extension("rs")).filter(|file| file.exists());
            self.add_file(&file.unwrap_or(inside.join("mod.rs")), inside, parent)
        }
    }

    /// Returns what each file imports from which others.
    pub(super) fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (index, module) in self.0.iter().enumerate() {
            let file = imports.entry(module.file.clone()).or_default();
            let uses = module.bindings.values().chain(&module.globs);
            // A single small name is a variable's, or of this module.
            let named = module.named.iter().filter(|path| path.len() > 1 || is_type(&path[0]));
            for path in uses.chain(named) {
                let other = self.resolve(index, path, MAX_DEPTH).map(|other| &self.0[other]);
                if let Some(other) = other.filter(|other| other.has_items && other.file != module.file) {
                    file.entry(other.file.clone()).or_insert_with(|| path.join("::"));
                }
            }
        }
        imports
    }

    /// Returns the module that a path leads to, or that defines what it leads to; `None` if that is in another crate.
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        let mut module = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => self.0[from].parent,
            name => self.look_up(from, name, depth)??,
        };
        let mut at = first;
        for name in rest {
            // What follows a type is defined with it.
            if is_type(at) {
                break;
            }
            if name == "super" {
                module = self.0[module].parent;
            } else if let Some(found) = self.look_up(module, name, depth) {
                module = found?;
            }
            at = name;
        }
        Some(module)
    }

    /// Finds the module that a name leads to: `None` if the name is not imported, and `Some(None)` if it is another crate's.
    fn look_up(&self, index: usize, name: &str, depth: usize) -> Option<Option<usize>> {
        let depth = depth.checked_sub(1)?;
        let module = &self.0[index];
        if let Some(child) = module.children.get(name) {
            return Some(Some(*child));
        }
        if let Some(path) = module.bindings.get(name) {
            return Some(self.resolve(index, path, depth));
        }
        let mut globs = module.globs.iter().filter_map(|glob| self.resolve(index, glob, depth));
        globs.find_map(|other| self.look_up(other, name, depth))
    }
}

impl Module {
    fn add_paths(&mut self, paths: Paths) {
        self.named.extend(paths.named);
        for (name, path) in paths.bindings {
            if name == "*" {
                self.globs.push(path);
            } else {
                self.bindings.insert(name, path);
            }
        }
    }
}

fn is_type(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

/// Returns the file that `#[path = "…"]` names.
fn path_attribute(module: &ItemMod) -> Option<String> {
    let attribute = module.attrs.iter().find(|attribute| attribute.path().is_ident("path"))?;
    match &attribute.meta.require_name_value().ok()?.value {
        Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) => Some(path.value()),
        _ => None,
    }
}

//! The modules of a crate, and where the paths in them lead.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use syn::{Ident, Item};

use super::paths::{Paths, Segments, path_attribute};

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
    children: HashMap<String, usize>,
    /// The names of the items that are defined here. A module without any only declares and re-exports.
    items: HashSet<String>,
    bindings: HashMap<String, Segments>,
    globs: Vec<Segments>,
    named: Vec<Segments>,
}

/// What a path leads to.
#[derive(Clone, Copy)]
enum Target {
    Module(usize),
    /// An item that this module defines, or something inside of the item.
    ItemIn(usize),
    OtherCrate,
}

impl ModuleTree {
    /// Reads the crate whose root is `file`.
    pub(super) fn load(file: &Path) -> Result<Self> {
        let mut tree = Self::default();
        let folder = file.parent().context("a file without a folder")?;
        tree.add_file(file, folder, 0)?;
        Ok(tree)
    }

    /// Adds the module in `file`, whose children are in `folder`.
    fn add_file(&mut self, file: &Path, folder: &Path, parent: usize) -> Result<usize> {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let syntax = syn::parse_file(&text).with_context(|| file.display().to_string())?;
        self.add(&syntax.items, file, folder, parent)
    }

    fn add(&mut self, items: &[Item], file: &Path, folder: &Path, parent: usize) -> Result<usize> {
        let index = self.0.len();
        self.0.push(Module::default());
        let mut module = Module {
            file: file.to_owned(),
            parent,
            ..Module::default()
        };
        for item in items {
            if let Item::Mod(child) = item {
                let name = child.ident.to_string();
                let inside = folder.join(&name);
                let child = match (&child.content, path_attribute(&child.attrs)) {
                    (Some((_, items)), _) => self.add(items, file, &inside, index)?,
                    (None, Some(path)) => {
                        let file = file.with_file_name(path);
                        self.add_file(&file, file.parent().unwrap_or(folder), index)?
                    }
                    (None, None) => {
                        let flat = folder.join(format!("{name}.rs"));
                        let file = if flat.exists() {
                            flat
                        } else {
                            inside.join("mod.rs")
                        };
                        self.add_file(&file, &inside, index)?
                    }
                };
                module.children.insert(name, child);
            }
            module.items.extend(name_of(item).map(Ident::to_string));
            module.add_paths(Paths::of(item));
        }
        if let Some(place) = self.0.get_mut(index) {
            *place = module;
        }
        Ok(index)
    }

    /// Returns what each file imports from which others.
    pub(super) fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for (index, module) in self.0.iter().enumerate() {
            let file = imports.entry(module.file.clone()).or_default();
            let paths = module
                .named
                .iter()
                .chain(&module.globs)
                .chain(module.bindings.values());
            for path in paths {
                let other = match self.resolve(index, path, MAX_DEPTH) {
                    Some(Target::ItemIn(other)) => self.0.get(other),
                    // A single name that is a module's may as well be a variable's.
                    Some(Target::Module(other)) if path.len() > 1 => {
                        self.0.get(other).filter(|module| !module.items.is_empty())
                    }
                    _ => None,
                };
                if let Some(other) = other.filter(|other| other.file != module.file) {
                    file.entry(other.file.clone())
                        .or_insert_with(|| path.join("::"));
                }
            }
        }
        imports
    }

    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<Target> {
        let parent = |module: usize| {
            self.0
                .get(module)
                .map(|module| Target::Module(module.parent))
        };
        let (first, rest) = path.split_first()?;
        let start = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(from),
            "super" => parent(from)?,
            name => self.look_up(from, name, depth)?,
        };
        rest.iter()
            .try_fold(start, |target, name| match (target, name.as_str()) {
                (Target::Module(module), "super") => parent(module),
                (Target::Module(_), "*") => Some(target),
                (Target::Module(module), name) => self.look_up(module, name, depth),
                (inside, _) => Some(inside),
            })
    }

    /// Finds what a name stands for in a module.
    fn look_up(&self, index: usize, name: &str, depth: usize) -> Option<Target> {
        let depth = depth.checked_sub(1)?;
        let module = self.0.get(index)?;
        if let Some(child) = module.children.get(name) {
            Some(Target::Module(*child))
        } else if let Some(path) = module.bindings.get(name) {
            Some(
                self.resolve(index, path, depth)
                    .unwrap_or(Target::OtherCrate),
            )
        } else if module.items.contains(name) {
            Some(Target::ItemIn(index))
        } else {
            module
                .globs
                .iter()
                .find_map(|glob| match self.resolve(index, glob, depth)? {
                    Target::Module(other) => self.look_up(other, name, depth),
                    _ => None,
                })
        }
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

fn name_of(item: &Item) -> Option<&Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Macro(item) => item.ident.as_ref(),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

//! Which files of a crate use which, by their `use` declarations and paths.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// A module: its path within the crate, `["exec", "sort"]`. The crate's root is `[]`.
type Module = Vec<String>;

/// The files of a crate, each with the files that it uses. Tests within the sources are left out; a re-export is no use, and
/// whoever takes a name by it uses the file that has the definition.
pub struct Modules {
    uses: BTreeMap<Module, BTreeMap<Module, String>>,
    /// The folder that a file belongs to; `x.rs` belongs to the folder `x/` where there is one.
    folders: BTreeMap<Module, String>,
}

/// What one file says.
#[derive(Default)]
struct File {
    /// Paths of `use` declarations with the names they bind, and paths in code.
    imports: Vec<(Vec<String>, String)>,
    paths: Vec<Vec<String>>,
    /// The same of `pub use`.
    exports: Vec<(Vec<String>, String)>,
    /// Modules in files of their own that are for tests.
    tests: Vec<String>,
}

impl Modules {
    /// Reads the sources below a crate's `src`.
    pub fn read(src: &Path) -> Modules {
        let mut files = BTreeMap::new();
        let mut folders = BTreeMap::new();
        read_folder(src, &mut Vec::new(), &mut files, &mut folders);
        let tests: Vec<Module> =
            files.iter().flat_map(|(module, file)| file.tests.iter().map(|name| child(module, name))).collect();
        files.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        let exports = files
            .iter()
            .flat_map(|(module, file)| {
                file.exports.iter().filter_map(|(path, name)| {
                    Some(((module.clone(), name.clone()), absolute(module, path, &files, &BTreeMap::new())?))
                })
            })
            .collect();
        let uses = files.iter().map(|(module, file)| (module.clone(), used(module, file, &files, &exports))).collect();
        Modules { uses, folders }
    }

    /// The modules of the crate's root with the files in each that are used by another: `(user, used, how)`.
    pub fn between_rooms(&self) -> Vec<(String, String, String)> {
        let room = |module: &Module| module.first().cloned().unwrap_or_default();
        let mut found = Vec::new();
        for (user, uses) in &self.uses {
            for (used, path) in uses {
                // The root declares the others, and shows some of them to users.
                if !user.is_empty() && room(user) != room(used) {
                    found.push((user.join("::"), used.join("::"), path.clone()));
                }
            }
        }
        found
    }

    /// Files that use each other in a circle, where they are in several folders.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<&Module, BTreeSet<&Module>> =
            self.uses.keys().map(|module| (module, self.reached(module))).collect();
        let mut circles = BTreeSet::new();
        for (module, reached) in &reach {
            let circle: Vec<&Module> =
                reached.iter().filter(|other| reach[**other].contains(module)).copied().collect();
            let folders: BTreeSet<&String> = circle.iter().map(|module| &self.folders[*module]).collect();
            if folders.len() > 1 {
                circles.insert(circle.iter().map(|module| module.join("::")).collect());
            }
        }
        circles.into_iter().collect()
    }

    /// All that a file uses, and what that uses.
    fn reached(&self, module: &Module) -> BTreeSet<&Module> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&Module> = self.uses[module].keys().collect();
        while let Some(next) = open.pop() {
            if let Some((next, uses)) = self.uses.get_key_value(next)
                && reached.insert(next)
            {
                open.extend(uses.keys());
            }
        }
        reached
    }
}

fn child(module: &Module, name: &str) -> Module {
    [module.as_slice(), &[name.to_owned()]].concat()
}

fn read_folder(
    folder: &Path,
    module: &mut Module,
    files: &mut BTreeMap<Module, File>,
    folders: &mut BTreeMap<Module, String>,
) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            module.push(name);
            read_folder(&path, module, files, folders);
            module.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let own = ["lib", "mod", "main"].contains(&name.as_str());
            let path_of_module = if own { module.clone() } else { child(module, &name) };
            let text = fs::read_to_string(&path).unwrap();
            let tree = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let mut file = File::default();
            file.visit_file(&tree);
            let with_folder = own || folder.join(&name).is_dir();
            folders
                .insert(path_of_module.clone(), if with_folder { path_of_module.join("/") } else { module.join("/") });
            files.insert(path_of_module, file);
        }
    }
}

/// A path of a file as one from the crate's root; nothing for what is not of this crate.
fn absolute(
    module: &Module,
    path: &[String],
    files: &BTreeMap<Module, File>,
    bound: &BTreeMap<&str, Module>,
) -> Option<Module> {
    let (first, rest) = path.split_first()?;
    let mut base = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.clone(),
        "super" => {
            let mut base = module.clone();
            base.pop();
            let supers = rest.iter().take_while(|part| *part == "super").count();
            (0..supers).for_each(|_| drop(base.pop()));
            base.extend_from_slice(&rest[supers..]);
            return Some(base);
        }
        name => match bound.get(name) {
            Some(known) => known.clone(),
            None if files.contains_key(&child(module, name)) => child(module, name),
            None => return None,
        },
    };
    base.extend_from_slice(rest);
    Some(base)
}

type Exports = BTreeMap<(Module, String), Module>;

/// The file that has the definition of a path.
fn file_of(path: &Module, files: &BTreeMap<Module, File>, exports: &Exports) -> Module {
    let mut path = path.clone();
    // A re-export leads on; they do not lead in circles for long.
    for _ in 0..8 {
        let length = (0..=path.len()).rev().find(|&length| files.contains_key(&path[..length])).unwrap_or(0);
        let (file, rest) = path.split_at(length);
        let Some(target) = rest.first().and_then(|name| exports.get(&(file.to_vec(), name.clone()))) else {
            return file.to_vec();
        };
        path = [target.as_slice(), &rest[1..]].concat();
    }
    path
}

fn used(module: &Module, file: &File, files: &BTreeMap<Module, File>, exports: &Exports) -> BTreeMap<Module, String> {
    let mut used = BTreeMap::new();
    let mut bound = BTreeMap::new();
    for (path, name) in &file.imports {
        let Some(path) = absolute(module, path, files, &BTreeMap::new()) else { continue };
        // A module that is imported is used by what is taken from it.
        if files.contains_key(&path) {
            bound.insert(name.as_str(), path);
        } else {
            used.insert(file_of(&path, files, exports), path.join("::"));
        }
    }
    for path in &file.paths {
        if let Some(path) = absolute(module, path, files, &bound) {
            used.entry(file_of(&path, files, exports)).or_insert_with(|| path.join("::"));
        }
    }
    used.remove(module);
    used
}

impl File {
    fn add_use(&mut self, tree: &syn::UseTree, prefix: &mut Vec<String>, exported: bool) {
        let mut add = |path: Vec<String>, name: String| match exported {
            true => self.exports.push((path, name)),
            false => self.imports.push((path, name)),
        };
        match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.add_use(&path.tree, prefix, exported);
                prefix.pop();
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                add(prefix.clone(), prefix.last().cloned().unwrap_or_default());
            }
            syn::UseTree::Name(name) => {
                add([prefix.as_slice(), &[name.ident.to_string()]].concat(), name.ident.to_string());
            }
            syn::UseTree::Rename(rename) => {
                let mut path = prefix.clone();
                if rename.ident != "self" {
                    path.push(rename.ident.to_string());
                }
                add(path, rename.rename.to_string());
            }
            syn::UseTree::Glob(_) => add(prefix.clone(), String::new()),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.add_use(tree, prefix, exported));
            }
        }
    }

    /// Paths within the text of a macro, which is no syntax tree.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        let mut end = |path: &mut Vec<String>| {
            if path.len() > 1 {
                self.paths.push(std::mem::take(path));
            }
            path.clear();
        };
        let mut groups = Vec::new();
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        end(&mut path);
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    end(&mut path);
                    groups.push(group.stream());
                    colons = 0;
                }
                _ => {
                    end(&mut path);
                    colons = 0;
                }
            }
        }
        end(&mut path);
        groups.into_iter().for_each(|group| self.add_tokens(group));
    }
}

/// Whether an item is for tests alone: `cfg(test)`, or `cfg(all(test, ..))`.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let syn::Meta::List(condition) = &attribute.meta else { return false };
        let tokens: Vec<TokenTree> = condition.tokens.clone().into_iter().collect();
        let is_test = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "test");
        match tokens.as_slice() {
            [token] => is_test(token),
            [TokenTree::Ident(all), TokenTree::Group(parts)] if all == "all" => {
                parts.stream().into_iter().any(|token| is_test(&token))
            }
            _ => false,
        }
    })
}

impl<'ast> Visit<'ast> for File {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        match (is_test(&item.attrs), &item.content) {
            (false, _) => visit::visit_item_mod(self, item),
            (true, None) => self.tests.push(item.ident.to_string()),
            (true, Some(_)) => {}
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.add_use(&item.tree, &mut Vec::new(), !matches!(item.vis, syn::Visibility::Inherited));
        }
    }

    /// `pub(super)` and the like use nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !is_test(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.add_tokens(item.tokens.clone());
    }
}

//! C declarations from bindgen's Rust: the way back.
//!
//! The bundled KMDF types of `acx-sys` are what Microsoft's bindgen made of a real WDK. Written
//! back as C, they are headers that bindgen reads again. What this module does not understand is an
//! error: nothing is left out silently.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use syn::{
    Expr, Field, Fields, File, GenericArgument, Item, ItemConst, ItemMod, Lit, PathArguments,
    ReturnType, Type, UseTree,
};

/// What a Rust name is in C.
#[derive(Clone, Debug)]
enum Definition {
    /// A structure or union: its keyword and fields; none if it is only declared.
    Record(&'static str, Vec<Field>),
    /// An enumeration: whether it has a tag, and its enumerators.
    Enumeration { has_tag: bool, values: Vec<(String, String)> },
    /// Another name for a type.
    Alias(Box<Type>),
    /// Another name for an enumeration's tag.
    EnumerationAlias(String),
    /// A `#define`.
    Constant(String),
}

/// The declarations of some Rust sources.
#[derive(Default)]
pub(crate) struct Declarations {
    order: Vec<String>,
    definitions: HashMap<String, Definition>,
    /// Written already, or being written.
    begun: HashSet<String>,
    out: String,
}

impl Declarations {
    /// Adds what `source` declares, but for the names in `but`.
    pub(crate) fn add(&mut self, source: &str, but: &[&str]) -> Result<(), String> {
        let file: File = syn::parse_str(source).map_err(|why| why.to_string())?;
        for item in file.items {
            self.item(item)?;
        }
        self.order.retain(|name| !but.contains(&name.as_str()));
        self.definitions.retain(|name, _| !but.contains(&name.as_str()));
        Ok(())
    }

    fn item(&mut self, item: Item) -> Result<(), String> {
        match item {
            Item::Struct(item) => {
                self.define(&item.ident.to_string(), record("struct", item.fields)?);
            }
            Item::Union(item) => {
                let fields = item.fields.named.into_iter().collect();
                self.define(&item.ident.to_string(), Definition::Record("union", fields));
            }
            Item::Type(item) => {
                self.define(&item.ident.to_string(), Definition::Alias(item.ty));
            }
            Item::Mod(item) => self.enumeration(&item)?,
            Item::Use(item) => {
                if let Some((tag, alias)) = enumeration_alias(&item.tree) {
                    if let Some(Definition::Enumeration { has_tag, .. }) =
                        self.definitions.get_mut(&tag)
                    {
                        *has_tag = true;
                    }
                    self.define(&alias, Definition::EnumerationAlias(tag));
                }
            }
            Item::Const(item) => {
                if let Some(value) = number(&item) {
                    self.define(&item.ident.to_string(), Definition::Constant(value));
                }
            }
            // Implementations of Default, and `use`s.
            Item::Impl(_) => {}
            other => return Err(format!("no C for {other:?}")),
        }
        Ok(())
    }

    fn define(&mut self, name: &str, definition: Definition) {
        if self.definitions.insert(name.to_owned(), definition).is_none() {
            self.order.push(name.to_owned());
        }
    }

    fn enumeration(&mut self, module: &ItemMod) -> Result<(), String> {
        let name = module.ident.to_string();
        let items = module.content.as_ref().map(|(_, items)| items.as_slice()).unwrap_or_default();
        let mut values = Vec::new();
        for item in items {
            if let Item::Const(item) = item {
                let value = number(item).ok_or_else(|| format!("{name}::{}", item.ident))?;
                values.push((item.ident.to_string(), value));
            }
        }
        let has_tag = name.starts_with('_');
        self.define(&name, Definition::Enumeration { has_tag, values });
        Ok(())
    }

    /// Everything as C, each name after those that it needs.
    pub(crate) fn c(mut self) -> Result<String, String> {
        for name in self.order.clone() {
            self.write(&name)?;
        }
        Ok(self.out)
    }

    /// Whether `name` is a structure that stands inside another one and has no name in C.
    fn is_nested(name: &str) -> bool {
        name.contains("__bindgen_ty_")
    }

    fn write(&mut self, name: &str) -> Result<(), String> {
        let Some(definition) = self.definitions.get(name).cloned() else { return Ok(()) };
        if Self::is_nested(name) || !self.begun.insert(name.to_owned()) {
            return Ok(());
        }
        let text = match definition {
            Definition::Constant(value) => format!("#define {name} {value}\n"),
            Definition::Record(keyword, fields) if fields.is_empty() => {
                // Only ever a pointer to it.
                format!("typedef {keyword} {name} {name};\n")
            }
            Definition::Record(keyword, fields) => {
                let body = self.fields(name, &fields, 1)?;
                let text = format!("{keyword} {name} {{\n{body}}};\n");
                // A name that is no tag: bindgen leaves out a typedef of the same name.
                let is_tag = name.starts_with('_') || name.ends_with("__");
                if is_tag { text } else { format!("{text}typedef {keyword} {name} {name};\n") }
            }
            Definition::Enumeration { has_tag, values } => {
                let mut body = String::new();
                for (name, value) in values {
                    let _ = writeln!(body, "    {name} = {value},");
                }
                if has_tag {
                    format!("enum {name} {{\n{body}}};\n")
                } else {
                    format!("typedef enum {{\n{body}}} {name};\n")
                }
            }
            Definition::EnumerationAlias(tag) => {
                self.write(&tag)?;
                format!("typedef enum {tag} {name};\n")
            }
            Definition::Alias(kind) => self.alias(name, &kind)?,
        };
        self.out.push_str(&text);
        Ok(())
    }

    /// A typedef. A callback has a typedef of its function as well, under the name that the headers
    /// give it.
    fn alias(&mut self, name: &str, kind: &Type) -> Result<String, String> {
        if let (Some(function), Some(event)) = (callback(kind), name.strip_prefix("PFN_")) {
            let event = format!("EVT_{event}");
            let function = self.function(&function, &format!("NTAPI {event}"))?;
            return Ok(format!("typedef {function};\ntypedef {event} *{name};\n"));
        }
        Ok(format!("typedef {};\n", self.declare(kind, name, "")?))
    }

    fn fields(
        &mut self,
        structure: &str,
        fields: &[Field],
        depth: usize,
    ) -> Result<String, String> {
        let mut out = String::new();
        let indent = "    ".repeat(depth);
        let mut aligned = "";
        for field in fields {
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            if name.starts_with("__bindgen_padding_") {
                // What stands behind an explicit alignment of the next field.
                aligned = "DECLSPEC_ALIGN(8) ";
                continue;
            }
            // bindgen's way with Rust's keywords.
            let c_name = if name.starts_with("__bindgen_anon_") {
                String::new()
            } else {
                name.strip_suffix('_').unwrap_or(&name).to_owned()
            };
            let kind = path(&field.ty).unwrap_or_default();
            let nested = match self.definitions.get(&kind) {
                Some(Definition::Record(keyword, inner)) if Self::is_nested(&kind) => {
                    Some((*keyword, inner.clone()))
                }
                _ => None,
            };
            if let Some((keyword, inner)) = nested {
                let body = self.fields(structure, &inner, depth + 1)?;
                let space = if c_name.is_empty() { "" } else { " " };
                let _ = writeln!(out, "{indent}{keyword} {{\n{body}{indent}}}{space}{c_name};");
            } else {
                let declared = self
                    .declare(&field.ty, &c_name, "")
                    .map_err(|why| format!("{structure}.{name}: {why}"))?;
                let _ = writeln!(out, "{indent}{aligned}{declared};");
            }
            aligned = "";
        }
        Ok(out)
    }

    /// `kind` with the declarator `name`, qualified by `constant`; writes first what it needs.
    fn declare(&mut self, kind: &Type, name: &str, constant: &str) -> Result<String, String> {
        if let Some(function) = callback(kind) {
            return self.function(&function, &format!("(NTAPI *{constant}{name})"));
        }
        match kind {
            Type::Ptr(pointer) => {
                let inner = if pointer.const_token.is_some() { "const " } else { "" };
                let is_array = matches!(*pointer.elem, Type::Array(_));
                let name = format!("*{constant}{name}");
                let name = if is_array { format!("({name})") } else { name };
                self.declare(&pointer.elem, &name, inner)
            }
            Type::Array(array) => {
                let length = literal(&array.len).ok_or("an array without a length")?;
                self.declare(&array.elem, &format!("{name}[{length}]"), constant)
            }
            Type::Tuple(tuple) if tuple.elems.is_empty() => Ok(format!("void {name}")),
            Type::Path(_) => {
                let rust = path(kind).ok_or_else(|| format!("no C for {kind:?}"))?;
                // Through a pointer a tag is enough, and what it names may come later.
                let is_pointer = name.starts_with(['*', '(']);
                let base = self.base(&rust, is_pointer)?;
                Ok(format!("{constant}{base} {name}").trim_end().to_owned())
            }
            other => Err(format!("no C for {other:?}")),
        }
    }

    /// The C spelling of a Rust type's name.
    fn base(&mut self, rust: &str, is_pointer: bool) -> Result<String, String> {
        let primitive = match rust {
            "u8" => Some("unsigned char"),
            "i8" => Some("char"),
            "u16" => Some("unsigned short"),
            "i16" => Some("short"),
            "u32" => Some("unsigned long"),
            "i32" => Some("int"),
            "u64" => Some("unsigned long long"),
            "i64" => Some("long long"),
            "usize" => Some("size_t"),
            "c_void" => Some("void"),
            _ => None,
        };
        if let Some(primitive) = primitive {
            return Ok(primitive.to_owned());
        }
        let definition = self.definitions.get(rust).cloned();
        let is_tag =
            matches!(&definition, Some(Definition::Record(_, fields)) if !fields.is_empty());
        if !(is_pointer && is_tag) {
            self.write(rust)?;
        } else if let Some(Definition::Record(keyword, _)) = &definition
            && self.begun.insert(format!("{keyword} {rust};"))
        {
            // Else a tag that a parameter names first means something only there.
            let _ = writeln!(self.out, "{keyword} {rust};");
        }
        Ok(match definition {
            Some(Definition::Record(keyword, _)) => format!("{keyword} {rust}"),
            Some(Definition::Enumeration { has_tag: true, .. }) => format!("enum {rust}"),
            // NT's: a tag where bindgen names one, which is a structure wherever KMDF or ACX
            // mention it.
            None if rust.starts_with('_') => format!("struct {rust}"),
            Some(_) | None => rust.to_owned(),
        })
    }

    fn function(&mut self, function: &syn::TypeBareFn, name: &str) -> Result<String, String> {
        let mut parameters = Vec::new();
        for (index, input) in function.inputs.iter().enumerate() {
            let name = match &input.name {
                Some((name, _)) => name.to_string(),
                None => format!("arg{}", index + 1),
            };
            parameters.push(self.declare(&input.ty, &name, "")?);
        }
        let parameters =
            if parameters.is_empty() { "void".to_owned() } else { parameters.join(", ") };
        let result = match &function.output {
            ReturnType::Default => "void".to_owned(),
            ReturnType::Type(_, kind) => self.declare(kind, "", "")?,
        };
        Ok(format!("{result} {name}({parameters})"))
    }
}

fn record(keyword: &'static str, fields: Fields) -> Result<Definition, String> {
    let Fields::Named(fields) = fields else { return Err(format!("{keyword} without names")) };
    let fields: Vec<Field> = fields.named.into_iter().collect();
    // `_unused: [u8; 0]`: bindgen's word for a structure that no header defines.
    let is_incomplete = fields.iter().all(|field| {
        field.ident.as_ref().is_some_and(|name| name == "_unused" || name == "_address")
    });
    Ok(Definition::Record(keyword, if is_incomplete { Vec::new() } else { fields }))
}

/// `use self::_TAG::Type as ALIAS`.
fn enumeration_alias(tree: &UseTree) -> Option<(String, String)> {
    let UseTree::Path(root) = tree else { return None };
    let UseTree::Path(tag) = &*root.tree else { return None };
    let UseTree::Rename(rename) = &*tag.tree else { return None };
    (rename.ident == "Type").then(|| (tag.ident.to_string(), rename.rename.to_string()))
}

/// The last name of a path; of `_TAG::Type` the one before it.
fn path(kind: &Type) -> Option<String> {
    let Type::Path(path) = kind else { return None };
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let last = names.next()?;
    if last == "Type" { names.next() } else { Some(last) }
}

/// The function of `Option<unsafe extern "C" fn(..)>`.
fn callback(kind: &Type) -> Option<syn::TypeBareFn> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(Type::BareFn(function))) => Some(function.clone()),
        _ => None,
    }
}

fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => Some(number.base10_digits().to_owned()),
            _ => None,
        },
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => {
            literal(&unary.expr).map(|digits| format!("-{digits}"))
        }
        _ => None,
    }
}

/// A constant's value as C writes it. `-2147483648` is a flag of an `int` enumeration there.
fn number(item: &ItemConst) -> Option<String> {
    let digits = literal(&item.expr)?;
    if digits == "-2147483648" {
        return Some("(int)0x80000000".to_owned());
    }
    Some(if digits.starts_with('-') { format!("({digits})") } else { digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn c(rust: &str) -> Result<String, String> {
        let mut declarations = Declarations::default();
        declarations.add(rust, &[])?;
        declarations.c()
    }

    #[test]
    fn a_structure_comes_back_with_its_unions_callbacks_and_alignment() {
        let text = c("\
pub type PFN_X = Option<unsafe extern \"C\" fn(arg1: PX, Flags: u32) -> NTSTATUS>;
#[repr(C)] pub struct _X { pub Size: ULONG, pub u: _X__bindgen_ty_1, pub Call: PFN_X,
  pub __bindgen_padding_0: [u8; 4usize], pub Wide: UCHAR, pub Names: [*const GUID; 2usize], pub type_: u8 }
#[repr(C)] pub union _X__bindgen_ty_1 { pub A: *mut *const _X, pub __bindgen_anon_1: _X__bindgen_ty_1__bindgen_ty_1 }
#[repr(C)] pub struct _X__bindgen_ty_1__bindgen_ty_1 { pub B: _E::Type }
pub type X = _X; pub type PX = *mut _X;
pub mod _E { pub type Type = i32; pub const One: Type = 1; pub const Top: Type = -2147483648; }
pub use self::_E::Type as E;
pub const FLAG: u32 = 4;")
        .unwrap();
        assert_eq!(
            text,
            "\
struct _X;
typedef struct _X *PX;
typedef NTSTATUS NTAPI EVT_X(PX arg1, unsigned long Flags);
typedef EVT_X *PFN_X;
enum _E {
    One = 1,
    Top = (int)0x80000000,
};
struct _X {
    ULONG Size;
    union {
        const struct _X **A;
        struct {
            enum _E B;
        };
    } u;
    PFN_X Call;
    DECLSPEC_ALIGN(8) UCHAR Wide;
    const GUID *Names[2];
    unsigned char type;
};
typedef struct _X X;
typedef enum _E E;
#define FLAG 4
"
        );
    }

    #[test]
    fn what_has_no_c_is_an_error() {
        assert!(c("pub struct A { pub f: &'static u8 }").is_err());
        assert!(c("pub fn f() {}").is_err());
    }
}

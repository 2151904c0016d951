//! Finds the places of a source file for small faults, and writes the file with all faults, each
//! behind a switch.
//!
//! A switch is `crate::mutant::on(NUMBER)`: false unless this fault is chosen for the run. So one
//! build contains every fault.
//!
//! | code | with its switch off | with its switch on |
//! |---|---|---|
//! | `a < b`, `a == b`, ... | the same | `a <= b`, `a != b`, ... |
//! | `a && b` | the same | `a \|\| b`, and the other way round |
//! | `a + b`, `a.min(b)`, `a.saturating_add(b)`, ... | the same | its counterpart |
//! | `if a`, `a.is_some()`, ... | the same | the opposite |
//! | `7` | the same | `8` |
//! | `a.b();`, `a = b;` | the same | the statement is skipped |
//!
//! Constant functions become ordinary ones if nothing needs them to be constant.
//!
//! Two kinds of fault are left out because no run could notice them: the `0` of
//! `u64::try_from(x).unwrap_or(0)`, which stands for a conversion that always succeeds here, and
//! the traced first line of a callback (`trace::callback`), which a test checks in the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Lit, Stmt};

/// A fault that can be put in.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    /// What it is called in the list of equivalent ones: the place, in words that survive other
    /// edits.
    pub(crate) key: String,
    /// From the repository's root.
    pub(crate) file: String,
    pub(crate) line: usize,
    /// The function that it is in, with its type where it has one.
    pub(crate) function: String,
    /// The code there, shortened.
    pub(crate) original: String,
    /// What becomes of it.
    pub(crate) fault: String,
    edits: Vec<Edit>,
    /// The constant function that has to become an ordinary one for it, by its place in the file.
    constant: Option<usize>,
}

impl Mutant {
    /// A number that depends on its name and the seed alone: other edits do not change a sample.
    pub(crate) fn draw(&self, seed: u64) -> u64 {
        let start = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = self
            .key
            .bytes()
            .fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        // The last bytes count as much as the first.
        (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93) >> 16
    }
}

/// A piece of the file that is replaced. Of those at one offset, closing pieces come first.
#[derive(Clone, Debug)]
struct Edit {
    range: Range<usize>,
    is_opening: bool,
    sequence: usize,
    text: Text,
}

/// What is written there; `{n}` in it stands for the mutant's number.
type Text = String;

/// A constant function: its name and where its `const` stands.
#[derive(Clone, Debug)]
struct Constant {
    name: String,
    word: Range<usize>,
}

/// One source file with all that can be put in.
pub(crate) struct Source {
    text: String,
    pub(crate) mutants: Vec<Mutant>,
    constants: Vec<Constant>,
}

/// A file with faults in it, and which bytes belong to which.
pub(crate) struct Patched {
    pub(crate) text: String,
    /// Innermost last, where they overlap.
    pub(crate) places: Vec<(Range<usize>, u32)>,
}

/// A fault that was thought of, not generated: `find` becomes `with`.
pub(crate) struct Wanted<'a> {
    pub(crate) key: &'a str,
    /// Where to look for it: code that occurs once in the file.
    pub(crate) context: &'a str,
    pub(crate) find: &'a str,
    pub(crate) with: &'a str,
}

impl Source {
    pub(crate) fn parse(file: &str, text: String) -> Result<Self, String> {
        let parsed = syn::parse_file(&text).map_err(|why| format!("{file}: {why}"))?;
        let mut finder = Finder::new(file, &text);
        finder.visit_file(&parsed);
        let Finder { mut mutants, constants, .. } = finder;
        let mut seen = BTreeMap::<String, usize>::new();
        for mutant in &mut mutants {
            let nth = seen.entry(mutant.key.clone()).or_default();
            *nth += 1;
            if *nth > 1 {
                mutant.key = format!("{} #{nth}", mutant.key);
            }
        }
        Ok(Self { text, mutants, constants })
    }

    /// Adds a fault of the list.
    pub(crate) fn add(&mut self, file: &str, wanted: &Wanted<'_>) -> Result<(), String> {
        let Wanted { key, context, find, with } = *wanted;
        let once = |text: &str, what: &str| {
            let mut places = text.match_indices(what);
            if let (Some((start, _)), None) = (places.next(), places.next()) {
                return Ok(start);
            }
            let count = text.matches(what).count();
            Err(format!(
                "{key}: {file} has {count} times what it looks for, not once; bring the list up to date:\n{what}"
            ))
        };
        let start = once(&self.text, context)? + once(context, find)?;
        let end = start + find.len();
        let is_statement = find.trim_end().ends_with([';', '}']);
        let (open, close) = if is_statement { ("", "") } else { ("(", ")") };
        let constant = self.constants.iter().rposition(|constant| constant.word.start < start);
        let constant = constant.filter(|at| {
            let next = self.text[self.constants[*at].word.end..start].find("\n    }\n");
            next.is_none()
        });
        let edit = |range, is_opening, text| Edit { range, is_opening, sequence: 0, text };
        self.mutants.push(Mutant {
            key: key.to_owned(),
            file: file.to_owned(),
            line: self.text[..start].matches('\n').count() + 1,
            function: String::new(),
            original: find.to_owned(),
            fault: with.to_owned(),
            edits: vec![
                edit(
                    start..start,
                    true,
                    format!("{open}if crate::mutant::on({{n}}) {{ {with} }} else {{ "),
                ),
                edit(end..end, false, format!(" }}{close}")),
            ],
            constant,
        });
        Ok(())
    }

    /// The file with these of its mutants in, under the numbers that `number` gives them.
    pub(crate) fn patch(&self, number: impl Fn(&Mutant) -> Option<u32>) -> Patched {
        let mut edits = Vec::new();
        let mut ordinary = BTreeSet::new();
        for mutant in &self.mutants {
            let Some(number) = number(mutant) else { continue };
            edits.extend(mutant.edits.iter().map(|edit| (edit, number)));
            ordinary.extend(mutant.constant);
        }
        let words: Vec<_> = ordinary
            .iter()
            .filter_map(|at| self.constants.get(*at))
            .map(|constant| Edit {
                range: constant.word.clone(),
                is_opening: true,
                sequence: 0,
                text: String::new(),
            })
            .collect();
        edits.extend(words.iter().map(|edit| (edit, 0)));
        edits.sort_by_key(|(edit, _)| (edit.range.start, edit.is_opening, edit.sequence));
        let mut text = String::with_capacity(self.text.len() * 2);
        let mut at = 0;
        let mut starts = BTreeMap::new();
        let mut places = BTreeMap::<u32, Range<usize>>::new();
        for (edit, number) in edits {
            text.push_str(&self.text[at..edit.range.start.max(at)]);
            let start = *starts.entry(number).or_insert(text.len());
            text.push_str(&edit.text.replace("{n}", &number.to_string()));
            at = at.max(edit.range.end);
            places.insert(number, start..text.len());
        }
        text.push_str(&self.text[at..]);
        places.remove(&0);
        let mut places: Vec<_> =
            places.into_iter().map(|(number, range)| (range, number)).collect();
        places.sort_by_key(|(range, _)| std::cmp::Reverse(range.len()));
        Patched { text, places }
    }

    /// The constant function of that name that a mutant made an ordinary one.
    pub(crate) fn is_in_constant(&self, mutant: &Mutant, name: &str) -> bool {
        mutant.constant.and_then(|at| self.constants.get(at)).is_some_and(|own| own.name == name)
    }
}

impl Patched {
    /// The mutant to blame for an error at these bytes of the file: the innermost one around it.
    pub(crate) fn blame(&self, bytes: &Range<usize>) -> Option<u32> {
        let around = |range: &Range<usize>| range.start <= bytes.start && bytes.end <= range.end;
        let touches = |range: &Range<usize>| range.start < bytes.end && bytes.start < range.end;
        let last = |test: &dyn Fn(&Range<usize>) -> bool| {
            self.places.iter().rev().find(|(range, _)| test(range)).map(|(_, number)| *number)
        };
        last(&around).or_else(|| last(&touches))
    }

    /// The mutants within these bytes of the file.
    pub(crate) fn within(&self, bytes: &Range<usize>) -> Vec<u32> {
        let is_within = |range: &Range<usize>| bytes.start <= range.start && range.end <= bytes.end;
        let within = self.places.iter().filter(|(range, _)| is_within(range));
        within.map(|(_, number)| *number).collect()
    }
}

struct Finder<'a> {
    file: &'a str,
    text: &'a str,
    mutants: Vec<Mutant>,
    constants: Vec<Constant>,
    constant: Option<usize>,
    path: Vec<String>,
    is_in_function: bool,
    sequence: usize,
}

impl<'a> Finder<'a> {
    fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            mutants: Vec::new(),
            constants: Vec::new(),
            constant: None,
            path: Vec::new(),
            is_in_function: false,
            sequence: 0,
        }
    }

    fn next(&mut self) -> usize {
        self.sequence += 1;
        self.sequence
    }

    /// Puts a mutant around `node`; `inside` visits its parts, between the opening and the closing
    /// edit.
    fn around(
        &mut self,
        node: Range<usize>,
        fault: &str,
        opening: &str,
        middle: Option<(Range<usize>, &str)>,
        closing: (Range<usize>, &str),
        inside: impl FnOnce(&mut Self),
    ) {
        if !self.is_in_function {
            inside(self);
            return;
        }
        let at = self.mutants.len();
        let original = shorten(&self.text[node.clone()]);
        let function = self.path.join("::");
        let first = self.next();
        let opening = Edit {
            range: node.start..node.start,
            is_opening: true,
            sequence: first,
            text: opening.to_owned(),
        };
        self.mutants.push(Mutant {
            key: format!("{} {function}: {original} -> {fault}", self.file),
            file: self.file.to_owned(),
            line: self.text[..node.start].matches('\n').count() + 1,
            function,
            original,
            fault: fault.to_owned(),
            edits: vec![opening],
            constant: self.constant,
        });
        inside(self);
        let last = self.next();
        let mut rest = Vec::new();
        if let Some((range, text)) = middle {
            rest.push(Edit { range, is_opening: true, sequence: first, text: text.to_owned() });
        }
        rest.push(Edit {
            range: closing.0,
            is_opening: false,
            sequence: last,
            text: closing.1.to_owned(),
        });
        if let Some(mutant) = self.mutants.get_mut(at) {
            mutant.edits.extend(rest);
        }
    }

    /// The opposite of a condition.
    fn negate(&mut self, node: Range<usize>, inside: impl FnOnce(&mut Self)) {
        let end = node.end..node.end;
        self.around(node, "the opposite", "(crate::mutant::on({n}) != ", None, (end, ")"), inside);
    }

    /// Left and right, joined by one operator or another.
    fn operator(&mut self, node: &syn::ExprBinary, own: &str, other: &str, is_comparison: bool) {
        let (left, right) = (bytes(&*node.left), bytes(&*node.right));
        let reference = if is_comparison { "&" } else { "" };
        let middle = format!("), {reference}(");
        let closing = format!(
            ")) {{ (l, r) => if crate::mutant::on({{n}}) {{ l {other} r }} else {{ l {own} r }} }})"
        );
        self.around(
            bytes(node),
            other,
            &format!("(match ({reference}("),
            Some((left.end..right.start, &middle)),
            (right.end..right.end, &closing),
            |finder| visit::visit_expr_binary(finder, node),
        );
    }

    fn function(
        &mut self,
        name: &syn::Signature,
        attributes: &[syn::Attribute],
        block: &syn::Block,
    ) {
        if is_left_out(attributes) {
            return;
        }
        let outer = (self.is_in_function, self.constant);
        self.is_in_function = true;
        self.constant = name.constness.map(|word| {
            let word = bytes(&word);
            // The space behind it goes, too.
            let word = word.start..word.end + 1;
            self.constants.push(Constant { name: name.ident.to_string(), word });
            self.constants.len() - 1
        });
        self.path.push(name.ident.to_string());
        self.visit_block(block);
        self.path.pop();
        (self.is_in_function, self.constant) = outer;
    }
}

fn bytes(node: &impl Spanned) -> Range<usize> {
    let span: proc_macro2::Span = node.span();
    span.byte_range()
}

/// Code on one line, cut to what names it.
fn shorten(code: &str) -> String {
    let words: Vec<_> = code.split_whitespace().collect();
    let mut line = words.join(" ");
    if line.chars().count() > 60 {
        line = line.chars().take(57).collect::<String>() + "...";
    }
    line
}

/// Tests, and what is not compiled here.
fn is_left_out(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            ["test", "loom", "windows", "target_arch", "debug_assertions", "acx_image", "feature"]
                .iter()
                .any(|word| condition.contains(word) && !condition.starts_with("not"))
        }
        _ => false,
    })
}

/// The operator that a fault would have there, and whether both compare.
fn counterpart(operator: &BinOp) -> Option<(&'static str, &'static str, bool)> {
    Some(match operator {
        BinOp::Lt(_) => ("<", "<=", true),
        BinOp::Le(_) => ("<=", "<", true),
        BinOp::Gt(_) => (">", ">=", true),
        BinOp::Ge(_) => (">=", ">", true),
        BinOp::Eq(_) => ("==", "!=", true),
        BinOp::Ne(_) => ("!=", "==", true),
        BinOp::Add(_) => ("+", "-", false),
        BinOp::Sub(_) => ("-", "+", false),
        BinOp::Mul(_) => ("*", "/", false),
        BinOp::Div(_) => ("/", "*", false),
        BinOp::Rem(_) => ("%", "/", false),
        BinOp::BitAnd(_) => ("&", "|", false),
        BinOp::BitOr(_) => ("|", "&", false),
        BinOp::Shl(_) => ("<<", ">>", false),
        BinOp::Shr(_) => (">>", "<<", false),
        _ => return None,
    })
}

/// The method that a fault would call there.
fn other_method(name: &str) -> Option<&'static str> {
    Some(match name {
        "min" => "max",
        "max" => "min",
        "saturating_add" => "saturating_sub",
        "saturating_sub" | "saturating_mul" => "saturating_add",
        "checked_add" => "checked_sub",
        "checked_sub" | "checked_mul" => "checked_add",
        "wrapping_add" => "wrapping_sub",
        "wrapping_sub" => "wrapping_add",
        _ => return None,
    })
}

const QUESTIONS: [&str; 8] =
    ["is_some", "is_none", "is_ok", "is_err", "is_empty", "contains", "any", "all"];

fn has_let(node: &Expr) -> bool {
    match node {
        Expr::Let(_) => true,
        Expr::Binary(both) => has_let(&both.left) || has_let(&both.right),
        Expr::Paren(inner) => has_let(&inner.expr),
        _ => false,
    }
}

/// A condition that has no mutant of its own.
fn is_plain(condition: &Expr) -> bool {
    match condition {
        Expr::Binary(_) | Expr::Let(_) | Expr::Lit(_) => false,
        Expr::MethodCall(call) => !QUESTIONS.contains(&call.method.to_string().as_str()),
        Expr::Unary(unary) => is_plain(&unary.expr),
        _ => true,
    }
}

/// A statement that can be skipped: an assignment, or a call whose value nobody uses.
fn is_step(node: &Expr) -> bool {
    match node {
        Expr::MethodCall(_) | Expr::Call(_) | Expr::Assign(_) => true,
        Expr::Binary(both) => matches!(
            both.op,
            BinOp::AddAssign(_)
                | BinOp::SubAssign(_)
                | BinOp::BitOrAssign(_)
                | BinOp::BitAndAssign(_)
                | BinOp::BitXorAssign(_)
                | BinOp::MulAssign(_)
        ),
        Expr::Try(inner) => matches!(*inner.expr, Expr::MethodCall(_) | Expr::Call(_)),
        _ => false,
    }
}

/// A call that is not compiled here.
fn is_not_built(node: &Expr) -> bool {
    match node {
        Expr::Call(call) => is_left_out(&call.attrs),
        Expr::MethodCall(call) => is_left_out(&call.attrs),
        _ => false,
    }
}

/// A call of a function whose path ends so.
fn is_call(node: &Expr, name: &[&str]) -> bool {
    let Expr::Call(call) = node else { return false };
    let Expr::Path(function) = &*call.func else { return false };
    let mut path = function.path.segments.iter().rev();
    name.iter().rev().all(|own| path.next().is_some_and(|segment| segment.ident == own))
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.function(&node.sig, &node.attrs, &node.block);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.function(&node.sig, &node.attrs, &node.block);
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(block) = &node.default {
            self.function(&node.sig, &node.attrs, block);
        }
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        if is_left_out(&node.attrs) {
            return;
        }
        let name = &self.text[bytes(&*node.self_ty)];
        self.path.push(name.split('<').next().unwrap_or(name).to_owned());
        visit::visit_item_impl(self, node);
        self.path.pop();
    }

    fn visit_item_mod(&mut self, node: &'ast syn::ItemMod) {
        if !is_left_out(&node.attrs) {
            visit::visit_item_mod(self, node);
        }
    }

    // What is constant, a type, or a pattern stays as it is.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_item_enum(&mut self, _: &'ast syn::ItemEnum) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_generics(&mut self, _: &'ast syn::Generics) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
    fn visit_path_arguments(&mut self, _: &'ast syn::PathArguments) {}

    fn visit_expr_repeat(&mut self, node: &'ast syn::ExprRepeat) {
        self.visit_expr(&node.expr);
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        let name = node.method.to_string();
        if name == "unwrap_or" && is_call(&node.receiver, &["try_from"]) {
            self.visit_expr(&node.receiver);
        } else if let (Some(other), Some(argument), 1) =
            (other_method(&name), node.args.first(), node.args.len())
        {
            let (receiver, argument) = (bytes(&*node.receiver), bytes(argument));
            let end = bytes(node).end;
            let closing = format!(
                ")) {{ (l, r) => if crate::mutant::on({{n}}) {{ l.{other}(r) }} else {{ l.{name}(r) }} }})"
            );
            self.around(
                bytes(node),
                other,
                "(match ((",
                Some((receiver.end..argument.start, "), (")),
                (argument.end..end, &closing),
                |finder| visit::visit_expr_method_call(finder, node),
            );
        } else if QUESTIONS.contains(&name.as_str()) {
            self.negate(bytes(node), |finder| visit::visit_expr_method_call(finder, node));
        } else {
            visit::visit_expr_method_call(self, node);
        }
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        if let Some((own, other, is_comparison)) = counterpart(&node.op) {
            self.operator(node, own, other, is_comparison);
            return;
        }
        let both = match node.op {
            BinOp::And(_) => {
                Some(("||", "{ l => if l != crate::mutant::on({n}) { ", " } else { l } })"))
            }
            BinOp::Or(_) => {
                Some(("&&", "{ l => if l == crate::mutant::on({n}) { ", " } else { l } })"))
            }
            _ => None,
        };
        match both {
            Some((fault, middle, closing)) if !has_let(&node.left) && !has_let(&node.right) => {
                let (left, right) = (bytes(&*node.left), bytes(&*node.right));
                self.around(
                    bytes(node),
                    fault,
                    "(match (",
                    Some((left.end..right.start, &format!(") {middle}"))),
                    (right.end..right.end, closing),
                    |finder| visit::visit_expr_binary(finder, node),
                );
            }
            _ => visit::visit_expr_binary(self, node),
        }
    }

    fn visit_expr_if(&mut self, node: &'ast syn::ExprIf) {
        if is_plain(&node.cond) {
            self.negate(bytes(&*node.cond), |finder| finder.visit_expr(&node.cond));
        } else {
            self.visit_expr(&node.cond);
        }
        self.visit_block(&node.then_branch);
        if let Some((_, rest)) = &node.else_branch {
            self.visit_expr(rest);
        }
    }

    fn visit_expr_lit(&mut self, node: &'ast syn::ExprLit) {
        let Lit::Int(number) = &node.lit else { return };
        let digits = number.base10_digits();
        let written = number.to_string();
        let Ok(value) = digits.parse::<u64>() else { return };
        if !written.starts_with(digits) {
            return; // hexadecimal: a code or a mask, of which each bit is another matter
        }
        let place = bytes(node);
        let next = format!("{}{}", value + 1, number.suffix());
        self.around(
            place.clone(),
            &next,
            &format!("(if crate::mutant::on({{n}}) {{ {next} }} else {{ "),
            None,
            (place.end..place.end, " })"),
            |_| {},
        );
    }

    fn visit_stmt(&mut self, node: &'ast Stmt) {
        let is_traced =
            |step| is_call(step, &["trace", "callback"]) || is_call(step, &["debug", "callback"]);
        match node {
            Stmt::Expr(step, Some(_)) if is_traced(step) || is_not_built(step) => {}
            Stmt::Expr(step, Some(_)) if is_step(step) => {
                let place = bytes(node);
                self.around(
                    place.clone(),
                    "skipped",
                    "if !crate::mutant::on({n}) { ",
                    None,
                    (place.end..place.end, " }"),
                    |finder| visit::visit_stmt(finder, node),
                );
            }
            _ => visit::visit_stmt(self, node),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "
fn limit(frames: u64, ring: u64) -> bool {
    let kept = frames.min(ring) + 1;
    note(kept);
    crate::trace::callback(5);
    #[cfg(loom)]
    loom::thread::yield_now();
    let wide = u64::try_from(kept).unwrap_or(0);
    if !closed() && frames < ring { true } else { kept == 7 }
}
const fn half(whole: u64) -> u64 { whole / 2 }
const FIXED: u64 = 3 + 4;
#[cfg(test)]
mod tests { fn never() -> bool { 1 < 2 } }
";

    #[test]
    fn each_place_gets_its_fault_and_nothing_else_changes() {
        let source = Source::parse("x.rs", CODE.to_owned()).expect("it parses");
        let faults: Vec<_> = source
            .mutants
            .iter()
            .map(|mutant| (mutant.original.as_str(), mutant.fault.as_str()))
            .collect();
        assert_eq!(
            faults,
            [
                ("frames.min(ring) + 1", "-"),
                ("frames.min(ring)", "max"),
                ("1", "2"),
                ("note(kept);", "skipped"),
                ("!closed() && frames < ring", "||"),
                ("frames < ring", "<="),
                ("kept == 7", "!="),
                ("7", "8"),
                ("whole / 2", "*"),
                ("2", "3"),
            ]
        );
        let none = source.patch(|_| None);
        assert_eq!(none.text, CODE);
        let mut numbers = 0..;
        let number = std::cell::RefCell::new(&mut numbers);
        let all = source.patch(|_| number.borrow_mut().next());
        let parsed = syn::parse_file(&all.text).map(|_| ());
        assert!(parsed.is_ok(), "{parsed:?} in\n{}", all.text);
        assert!(all.text.contains("fn half") && !all.text.contains("const fn half"));
        assert!(all.text.contains("const FIXED: u64 = 3 + 4;"));
    }

    #[test]
    fn an_error_blames_the_innermost_mutant() {
        let source = Source::parse("x.rs", CODE.to_owned()).expect("it parses");
        let at = |original: &str| {
            source.mutants.iter().position(|mutant| mutant.original == original).expect("there")
        };
        let (sum, least) = (at("frames.min(ring) + 1"), at("frames.min(ring)"));
        let patched = source.patch(|mutant| {
            let own = source.mutants.iter().position(|other| other.key == mutant.key)?;
            [sum, least].contains(&own).then_some(u32::try_from(own + 1).ok()?)
        });
        let inner = patched.text.find("l.max(r)").expect("the fault");
        assert_eq!(patched.blame(&(inner..inner + 3)).map(|n| n as usize), Some(least + 1));
        let outer = patched.text.find("l - r").expect("the fault");
        assert_eq!(patched.blame(&(outer..outer + 3)).map(|n| n as usize), Some(sum + 1));
        // Around both, the one in the middle of the other, and neither.
        let place = patched.places.iter().find(|(_, number)| *number as usize == sum + 1);
        let (place, _) = place.expect("the outer one");
        let within = |bytes: Range<usize>| {
            let mut found = patched.within(&bytes);
            found.sort_unstable();
            found.into_iter().map(|number| number as usize - 1).collect::<Vec<_>>()
        };
        let mut both = [sum, least];
        both.sort_unstable();
        assert_eq!(within(place.clone()), both);
        assert_eq!(within(place.start + 1..place.end), [least]);
        assert!(within(inner..inner + 3).is_empty());
    }

    #[test]
    fn a_fault_of_the_list_has_one_place() {
        let mut source = Source::parse("x.rs", CODE.to_owned()).expect("it parses");
        let wanted = Wanted { key: "half", context: "whole / 2", find: "2", with: "1" };
        source.add("x.rs", &wanted).expect("it is there once");
        let patched = source.patch(|mutant| (mutant.key == "half").then_some(9));
        assert!(patched.text.contains("whole / (if crate::mutant::on(9) { 1 } else { 2 })"));
        assert!(!patched.text.contains("const fn half"));
        let gone = Wanted { key: "gone", context: "thirds", find: "thirds", with: "" };
        let error = source.add("x.rs", &gone).expect_err("it is not there");
        assert!(error.contains("gone: x.rs has 0 times"), "{error}");
    }
}

//! Checks of the PowerShell scripts without PowerShell: they parse, each supports `-WhatIf`, they
//! keep the [rules], and the makefile and the documents name scripts and parameters that exist.

mod rules;
mod table;

use std::path::{Path, PathBuf};

use tree_sitter::{Node, Parser, Tree};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap().replace("\r\n", "\n")
}

/// Every script, with its file's name; the data file is not one.
fn scripts() -> Vec<(String, String)> {
    files().into_iter().filter(|(name, _)| name.strip_suffix(".ps1").is_some()).collect()
}

fn files() -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(root().join("scripts"))
        .unwrap()
        .map(|entry| {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            let text = read(&format!("scripts/{name}"));
            (name, text)
        })
        .collect();
    found.sort();
    found
}

fn tree(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    parser.parse(text, None).unwrap()
}

/// The first syntax error in a tree.
fn wrong(node: Node<'_>) -> Option<Node<'_>> {
    if node.is_error() || node.is_missing() {
        return Some(node);
    }
    let mut cursor = node.walk();
    node.children(&mut cursor).find_map(wrong)
}

pub(crate) fn parse(text: &str) -> Result<Tree, String> {
    let tree = tree(text);
    let place = wrong(tree.root_node()).map(|node| node.start_position().row + 1);
    place.map_or(Ok(tree), |line| Err(format!("line {line}")))
}

#[test]
fn they_are_powershell() {
    for (name, text) in files() {
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        assert!(["ps1", "psd1"].contains(&end), "{name}");
        parse(&text).unwrap_or_else(|place| panic!("{name}, {place}: not PowerShell"));
        // Windows PowerShell reads a file without a byte-order mark in the machine's code page.
        assert!(text.is_ascii(), "{name} is not ASCII");
        let trailing = text.lines().find(|line| line.ends_with(char::is_whitespace));
        assert_eq!(trailing, None, "{name}");
    }
    // The parser finds a syntax error.
    assert!(parse("if ($true) { Write-Output 'x' ").is_err());
}

#[test]
fn each_has_a_dry_run_and_says_what_it_is() {
    for (name, text) in scripts() {
        assert!(text.starts_with("<#\n.SYNOPSIS\n"), "{name}");
        if name == "Common.ps1" {
            continue;
        }
        for part in [
            "[CmdletBinding(SupportsShouldProcess = $true",
            "Set-StrictMode -Version Latest",
            "$ErrorActionPreference = 'Stop'",
            ". (Join-Path $PSScriptRoot 'Common.ps1')",
            "$PSCmdlet.ShouldProcess(",
            "-WhatIf",
            "Assert-Administrator",
        ] {
            assert!(text.contains(part), "{name} has no {part}");
        }
    }
}

#[test]
fn the_makefile_and_the_documents_name_those_that_there_are() {
    let there: Vec<String> = scripts().into_iter().map(|(name, _)| name).collect();
    let mut named = 0;
    for file in ["Makefile.toml", "docs/windows.md", "docs/hlk.md"] {
        let text = read(file);
        for part in text.split(['"', '`', ' ', '\n', '(', ')']) {
            let Some(name) = part.strip_suffix(".ps1") else { continue };
            let name = format!("{}.ps1", name.rsplit(['/', '\\']).next().unwrap_or(name));
            assert!(there.contains(&name), "{file} names {name}");
            named += 1;
        }
    }
    assert!(named >= 5, "{named}");
}

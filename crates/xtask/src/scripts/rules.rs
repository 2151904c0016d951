//! Rules that keep a script from ending well when it did nothing. They look at the form of a script
//! and do not run it; each is shown to find what it is for, on a script with the fault put in.

use tree_sitter::Node;

use super::{parse, scripts};

/// Nodes of a kind, in the order of the text.
fn all<'t>(node: Node<'t>, kind: &str, found: &mut Vec<Node<'t>>) {
    if node.kind() == kind {
        found.push(node);
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        all(child, kind, found);
    }
}

/// A node, its parent, and so on.
fn up(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(Some(node), Node::parent)
}

struct Script<'t> {
    root: Node<'t>,
    text: &'t str,
}

impl<'t> Script<'t> {
    fn all(&self, kind: &str) -> Vec<Node<'t>> {
        let mut found = Vec::new();
        all(self.root, kind, &mut found);
        found
    }

    fn of(&self, node: Node<'_>) -> &'t str {
        &self.text[node.byte_range()]
    }

    fn line(&self, node: Node<'_>, what: &str) -> String {
        format!("line {}: {what}: {}", node.start_position().row + 1, self.of(node))
    }

    /// The statements outside functions and blocks.
    fn statements(&self) -> Vec<Node<'t>> {
        let mut cursor = self.root.walk();
        let lists = self.root.children(&mut cursor).filter(|node| node.kind() == "statement_list");
        let mut found = Vec::new();
        for list in lists {
            let mut cursor = list.walk();
            found.extend(list.named_children(&mut cursor).filter(|node| node.kind() != "comment"));
        }
        found
    }

    /// Windows PowerShell 5.1 ends at a program's first line on its error output where that is
    /// joined to its output and errors stop the script.
    fn joined_outputs(&self) -> Vec<String> {
        let is_bad = |node: &Node<'t>| {
            let function = up(*node).find(|node| node.kind() == "function_statement");
            !function.is_some_and(|function| {
                self.text[function.start_byte()..node.start_byte()]
                    .contains("$ErrorActionPreference = 'Continue'")
            })
        };
        let joined = self.all("merging_redirection_operator").into_iter().filter(is_bad);
        joined.map(|node| self.line(node, "outputs joined where errors stop")).collect()
    }

    /// Programs run only in the two functions that look at their status.
    fn programs(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for command in self.all("command") {
            let function = up(command).find(|node| node.kind() == "function_statement");
            let looks = function.is_some_and(|function| {
                let (mut checks, mut kept) = (Vec::new(), Vec::new());
                all(function, "if_statement", &mut checks);
                all(function, "assignment_expression", &mut kept);
                let conditions =
                    checks.iter().filter_map(|node| node.child_by_field_name("condition"));
                conditions.chain(kept).any(|node| self.of(node).contains("$LASTEXITCODE"))
            });
            let text = self.of(command);
            let is_cmdlet = text.split(' ').next().is_some_and(|name| name.contains('-'));
            let is_script = text.starts_with(". (Join-Path $PSScriptRoot")
                || text.starts_with("& (Join-Path $PSScriptRoot");
            if !(looks || is_cmdlet || is_script) {
                faults.push(self.line(command, "a program whose status nobody looks at"));
            }
        }
        faults
    }

    /// What a script of ours ends with is looked at by the one that calls it.
    fn called_scripts(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let statements = self.statements();
        for (index, statement) in statements.iter().enumerate() {
            if self.of(*statement).starts_with("& (Join-Path $PSScriptRoot") {
                let next = statements.get(index + 1).map_or("", |next| self.of(*next));
                if !next.contains("$LASTEXITCODE") {
                    faults.push(self.line(*statement, "its status is not looked at"));
                }
            }
        }
        faults
    }

    /// A script says what it ends with, and ends well before its end only where it shows what it
    /// would do.
    fn ends(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let last = self.statements().last().copied();
        if !last.is_some_and(|last| self.of(last).starts_with("exit ")) {
            faults.push("it does not end with its status".to_owned());
        }
        for flow in self.all("flow_control_statement") {
            let text = self.of(flow);
            let ends_well = text == "exit 0" || text == "exit";
            let outside =
                text == "return" && up(flow).all(|node| node.kind() != "function_statement");
            if !(ends_well || outside) || last == Some(flow) {
                continue;
            }
            let branch = up(flow).find(|node| {
                ["if_statement", "elseif_clause", "else_clause"].contains(&node.kind())
            });
            let condition = branch.and_then(|branch| branch.child_by_field_name("condition"));
            if !condition.is_some_and(|node| self.of(node).contains("$WhatIfPreference")) {
                faults.push(self.line(flow, "it ends well before its end"));
            }
        }
        faults
    }

    /// A loop that can leave something out counts what it did, and the script fails at none.
    fn counts(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for statement in self.statements() {
            let text = self.of(statement);
            if statement.kind() != "foreach_statement" || !text.contains("continue") {
                continue;
            }
            let mut increments = Vec::new();
            all(statement, "post_increment_expression", &mut increments);
            let is_checked = increments.iter().any(|node| {
                let counter = self.of(*node).trim_end_matches("++");
                let wanted = format!("{counter} -eq 0");
                self.all("if_statement").into_iter().any(|check| {
                    let condition = check.child_by_field_name("condition");
                    condition.is_some_and(|node| self.of(node) == wanted)
                        && check.start_byte() > statement.end_byte()
                        && self.of(check).contains("throw ")
                })
            });
            if !is_checked {
                let line = statement.start_position().row + 1;
                faults.push(format!("line {line}: nobody fails when the loop did nothing"));
            }
        }
        faults
    }

    /// A warning is not all that happens: what is warned of counts against the script.
    fn warnings(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for command in self.all("command") {
            if !self.of(command).starts_with("Write-Warning") {
                continue;
            }
            let block = up(command).find(|node| node.kind() == "statement_block");
            let block = block.map_or("", |block| self.of(block));
            let state = block.split(".State = '").nth(1).and_then(|rest| rest.split('\'').next());
            let counts = match state {
                Some(state) => self.is_failure(state),
                None => block.contains("throw "),
            };
            if !counts {
                faults.push(self.line(command, "a warning that does not count"));
            }
        }
        faults
    }

    /// Whether a state is not among the fine ones, but for what -AllowMissing allows, and the
    /// script throws at those that are not.
    fn is_failure(&self, state: &str) -> bool {
        let quoted = format!("'{state}'");
        let throws = self.all("if_statement").into_iter().any(|check| {
            self.of(check).starts_with("if ($bad.Count -gt 0)") && self.of(check).contains("throw ")
        });
        let is_allowed = self.all("assignment_expression").into_iter().any(|node| {
            let text = self.of(node);
            let branch = up(node).find(|node| node.kind() == "if_statement");
            let condition = branch.and_then(|branch| branch.child_by_field_name("condition"));
            text.starts_with("$fine")
                && text.contains(&quoted)
                && condition.is_none_or(|node| self.of(node) != "$AllowMissing")
        });
        throws && !is_allowed && self.text.contains("$fine -notcontains $row.State")
    }

    /// Names that a person gives are held against those that there are.
    fn given_names(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for parameter in self.all("script_parameter") {
            let text = self.of(parameter);
            let is_ours = up(parameter).all(|node| node.kind() != "function_statement");
            let name = text.split('$').nth(1).and_then(|rest| rest.split(' ').next());
            let Some(name) = name.filter(|_| is_ours && text.contains("[string[]]")) else {
                continue;
            };
            if !self.text.contains(&format!("Assert-Known -Given ${name} ")) {
                faults.push(self.line(parameter, "any name will do"));
            }
        }
        faults
    }

    /// Windows PowerShell 5.1 has no $PSScriptRoot yet when it computes the defaults of a script's
    /// parameters, where the script has a CmdletBinding and was started with -File.
    fn defaults(&self) -> Vec<String> {
        let parameters = self.all("script_parameter").into_iter();
        let wrong = parameters.filter(|node| self.of(*node).contains("$PSScriptRoot"));
        wrong.map(|node| self.line(node, "$PSScriptRoot is empty in a default")).collect()
    }

    /// What is assigned is used in the same scope: the analyzer does not see other uses.
    fn variables(&self) -> Vec<String> {
        let scope = |node: Node<'t>| {
            up(node).find(|node| {
                ["script_block_expression", "function_statement"].contains(&node.kind())
            })
        };
        let name = |node: Node<'t>| {
            self.of(node).trim_start_matches(['$', '@']).trim_matches(['{', '}']).to_lowercase()
        };
        let is_target = |node: &Node<'t>| {
            up(*node).any(|node| node.kind() == "left_assignment_expression")
                && up(*node).all(|node| !["member_access", "element_access"].contains(&node.kind()))
                || node.parent().is_some_and(|parent| parent.kind() == "script_parameter")
        };
        let uses: Vec<_> =
            self.all("variable").into_iter().filter(|node| !is_target(node)).collect();
        let mut faults = Vec::new();
        for target in self.all("variable").iter().filter(|node| is_target(node)) {
            let own = name(*target);
            let is_used =
                uses.iter().any(|other| name(*other) == own && scope(*other) == scope(*target));
            if own != "erroractionpreference" && !is_used {
                faults.push(self.line(*target, "used in no statement of its scope"));
            }
        }
        faults
    }

    fn faults(&self, name: &str) -> Vec<String> {
        let mut faults = self.joined_outputs();
        faults.extend(self.programs());
        faults.extend(self.warnings());
        faults.extend(self.variables());
        faults.extend(self.defaults());
        if name != "Common.ps1" {
            faults.extend(self.called_scripts());
            faults.extend(self.ends());
            faults.extend(self.counts());
            faults.extend(self.given_names());
        }
        faults
    }
}

fn faults(name: &str, text: &str) -> Vec<String> {
    let tree = parse(text).unwrap_or_else(|place| panic!("{name}, {place}: not PowerShell"));
    Script { root: tree.root_node(), text }.faults(name)
}

#[test]
fn they_keep_the_rules() {
    for (name, text) in scripts() {
        assert_eq!(faults(&name, &text), Vec::<String>::new(), "{name}");
    }
}

/// Script, what is in it, what is put there instead, what is then said.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    ("Common.ps1", "    $ErrorActionPreference = 'Continue'\n", "", "outputs joined"),
    (
        "Common.ps1",
        "    if ($Success -notcontains $LASTEXITCODE)",
        "    if ($false)",
        "status nobody",
    ),
    (
        "Save-Evidence.ps1",
        "    throw 'no evidence was kept: everything was left out.'\n",
        "    Write-Output 'no evidence'\n",
        "did nothing",
    ),
    ("Save-Evidence.ps1", "        $kept++\n", "        $kept = 1\n", "did nothing"),
    (
        "Save-Evidence.ps1",
        "Assert-Known -Given $Skip -Known $names -What 'evidence'\n",
        "",
        "any name will do",
    ),
    (
        "Save-Evidence.ps1",
        "            $lines = Get-DriverFile\n",
        "            $lines = verifier /querysettings 2>&1\n",
        "status nobody",
    ),
    (
        "Save-Evidence.ps1",
        "            $lines = Get-DriverFile\n",
        "            $lines = Get-DriverFile 2>&1\n",
        "outputs joined",
    ),
    (
        "Save-Evidence.ps1",
        "    status   = @($control, 'status', '--json')\n    settings = @($control, 'settings', '--json')\n    counters = @($control, 'telemetry', '--json')\n",
        "    status   = { & $control status --json }\n",
        "used in no statement",
    ),
    ("Invoke-DevFund.ps1", "$ran -eq 0", "$false", "did nothing"),
    ("Invoke-DevFund.ps1", "    $ran++\n", "    $ran = 1\n", "did nothing"),
    (
        "Invoke-DevFund.ps1",
        "$fine = @('passed', 'not selected')",
        "$fine = @('passed', 'missing')",
        "a warning that does not count",
    ),
    ("Invoke-DevFund.ps1", "if ($AllowMissing) {", "if ($Test) {", "a warning that does not count"),
    (
        "Invoke-DevFund.ps1",
        "            $report.State = 'missing'\n",
        "",
        "a warning that does not count",
    ),
    (
        "Invoke-DevFund.ps1",
        "    throw \"not passed:",
        "    Write-Output \"not passed:",
        "a warning that does not count",
    ),
    ("Invoke-DevFund.ps1", "Assert-Known -Given $Test ", "Assert-Known -Given @() ", "any name"),
    (
        "Initialize-HlkClient.ps1",
        "@options\n$restart = $restart -or ($LASTEXITCODE -eq 3010)\nif ",
        "@options\nif ",
        "its status is not looked at",
    ),
    (
        "Initialize-HlkClient.ps1",
        "has been done yet.'\n    exit 3010\n",
        "has been done yet.'\n    exit 0\n",
        "it ends well before its end",
    ),
    (
        "Initialize-HlkClient.ps1",
        "has been done yet.'\n    exit 3010\n",
        "has been done yet.'\n    return\n",
        "it ends well before its end",
    ),
    ("Uninstall-Package.ps1", "exit $status\n", "", "does not end with its status"),
    (
        "First-Run.ps1",
        "[string] $Tools = ''",
        "[string] $Tools = (Split-Path -Parent $PSScriptRoot)",
        "$PSScriptRoot is empty in a default",
    ),
];

#[test]
fn each_rule_finds_what_it_is_for() {
    let scripts = scripts();
    for (name, good, bad, word) in FAULTS {
        let (_, text) = scripts.iter().find(|(own, _)| own == name).unwrap();
        assert_eq!(text.matches(good).count(), 1, "{name} has {good:?} not once");
        let found = faults(name, &text.replace(good, bad));
        assert!(found.iter().any(|fault| fault.contains(word)), "{name}, {bad:?}: {found:?}");
    }
}

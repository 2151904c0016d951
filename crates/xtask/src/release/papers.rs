//! The documents of a release: the SBOM (CycloneDX), the provenance (in-toto, SLSA), and the
//! checksums.
//!
//! `cargo cyclonedx` writes one SBOM per crate of the workspace into the source tree, with the
//! dependencies of tests. This is one SBOM of the shipped packages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_acx::files::read;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use serde_json::{Value, json};

use super::edit::Change;

/// The packages that are shipped: the image and the programs.
const SHIPPED: [&str; 3] = ["acxvad-image", "acxhost", "acxvadctl"];

/// The target whose dependencies are listed.
const TARGET: &str = "x86_64-pc-windows-gnu";

/// The list of parts of the checkout at `source`.
pub(super) fn sbom(source: &Path, change: &Change) -> Result<Vec<u8>, String> {
    let mut command = MetadataCommand::new();
    command
        .manifest_path(source.join("Cargo.toml"))
        .other_options(["--locked", "--filter-platform", TARGET].map(str::to_owned));
    let metadata = command.exec().map_err(|why| why.to_string())?;
    let sums = checksums(&read(&source.join("Cargo.lock"))?)?;
    let document = cyclonedx(&metadata, &sums, &change.new.to_string(), &change.today.to_string())?;
    pretty(&document)
}

fn pretty(document: &Value) -> Result<Vec<u8>, String> {
    let text = serde_json::to_string_pretty(document).map_err(|why| why.to_string())?;
    Ok((text + "\n").into_bytes())
}

/// The SHA-256 of each archive from a registry, by name and version.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>, String> {
    let table: toml::Table = lock.parse().map_err(|why| format!("Cargo.lock: {why}"))?;
    let packages = table.get("package").and_then(toml::Value::as_array);
    let packages = packages.ok_or("Cargo.lock lists no package")?.iter();
    let text = |package: &toml::Value, key: &str| Some(package.get(key)?.as_str()?.to_owned());
    Ok(packages
        .filter_map(|own| {
            Some(((text(own, "name")?, text(own, "version")?), text(own, "checksum")?))
        })
        .collect())
}

fn reference(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn cyclonedx(
    metadata: &Metadata,
    sums: &BTreeMap<(String, String), String>,
    version: &str,
    today: &str,
) -> Result<Value, String> {
    let resolve = metadata.resolve.as_ref().ok_or("cargo resolved no dependencies")?;
    let nodes: BTreeMap<&PackageId, _> =
        resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut needed = BTreeMap::<&PackageId, Vec<&PackageId>>::new();
    let mut next: Vec<&PackageId> = Vec::new();
    for name in SHIPPED {
        let package = metadata.packages.iter().find(|own| own.name == name);
        next.push(&package.ok_or_else(|| format!("there is no package {name}"))?.id);
    }
    while let Some(id) = next.pop() {
        if needed.contains_key(id) {
            continue;
        }
        let node = nodes.get(id).ok_or_else(|| format!("{id} is not resolved"))?;
        // What is linked; not what builds or tests.
        let linked = node.deps.iter().filter(|dependency| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        });
        let linked: Vec<&PackageId> = linked.map(|dependency| &dependency.pkg).collect();
        next.extend(&linked);
        needed.insert(id, linked);
    }
    let mut components = BTreeMap::new();
    let mut dependencies = BTreeMap::new();
    for (id, linked) in &needed {
        let package = &metadata[*id];
        let below: BTreeSet<String> = linked.iter().map(|id| reference(&metadata[*id])).collect();
        dependencies.insert(reference(package), below);
        components.insert(reference(package), component(package, sums)?);
    }
    let roots = metadata.packages.iter().filter(|own| SHIPPED.contains(&own.name.as_str()));
    let roots: BTreeSet<String> = roots.map(reference).collect();
    dependencies.insert("acxvad".to_owned(), roots);
    let dependencies: Vec<Value> = dependencies
        .into_iter()
        .map(|(own, below)| json!({ "ref": own, "dependsOn": below }))
        .collect();
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": format!("{today}T00:00:00Z"),
            "component": {
                "type": "device-driver",
                "bom-ref": "acxvad",
                "name": "acxvad",
                "version": version,
                "licenses": [{ "expression": env!("CARGO_PKG_LICENSE") }],
            },
        },
        "components": components.into_values().collect::<Vec<_>>(),
        "dependencies": dependencies,
    }))
}

fn component(
    package: &Package,
    sums: &BTreeMap<(String, String), String>,
) -> Result<Value, String> {
    let reference = reference(package);
    let license = package.license.as_ref();
    let license = license.ok_or_else(|| format!("{reference} names no licence"))?;
    // Older crates have a slash for OR, which is no SPDX expression.
    let license = license.replace(" / ", " OR ").replace('/', " OR ");
    let mut component = json!({
        "type": "library",
        "bom-ref": reference,
        "name": package.name,
        "version": package.version,
        "licenses": [{ "expression": license }],
        "purl": reference,
    });
    let key = (package.name.to_string(), package.version.to_string());
    match (&package.source, sums.get(&key)) {
        (Some(_), Some(sum)) => {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
        }
        (Some(_), None) => return Err(format!("Cargo.lock has no checksum of {reference}")),
        (None, _) => {}
    }
    Ok(component)
}

/// How the assets were built.
pub(super) struct Build {
    pub(super) version: String,
    /// The commit before the one that changes the version.
    pub(super) commit: String,
    /// What `rustc -vV` prints.
    pub(super) compiler: String,
    /// The SHA-256 of Cargo.lock.
    pub(super) lock: String,
    pub(super) has_programs: bool,
}

/// A statement of where the assets come from, each with its SHA-256. It is not signed: GitHub's
/// attestation of the same files is (`.github/workflows/release.yml`).
pub(super) fn provenance(build: &Build, assets: &[(String, String)]) -> Vec<u8> {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let subjects: Vec<Value> = assets
        .iter()
        .map(|(name, sum)| json!({ "name": name, "digest": { "sha256": sum } }))
        .collect();
    let compiler: serde_json::Map<String, Value> = build
        .compiler
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect();
    let builder = if std::env::var_os("GITHUB_ACTIONS").is_some() {
        format!("{repository}/blob/main/.github/workflows/release.yml")
    } else {
        format!("{repository}/blob/main/docs/releasing.md#by-hand")
    };
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": format!("{repository}/blob/main/docs/releasing.md"),
                "externalParameters": { "version": build.version },
                "internalParameters": { "programs": build.has_programs },
                "resolvedDependencies": [
                    {
                        "uri": format!("git+{repository}@{}", build.commit),
                        "digest": { "gitCommit": build.commit },
                    },
                    { "name": "Cargo.lock", "digest": { "sha256": build.lock } },
                    { "name": "rustc", "annotations": compiler },
                ],
            },
            "runDetails": { "builder": { "id": builder } },
        },
    });
    (format!("{statement:#}\n")).into_bytes()
}

/// The checksums, as `sha256sum --check` reads them.
pub(super) fn sums(assets: &[(String, String)]) -> String {
    let mut lines: Vec<String> =
        assets.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    lines.sort_by(|one, other| one[64..].cmp(&other[64..]));
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn change() -> Change {
        let today = OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap().date();
        Change { old: "0.1.0".parse().unwrap(), new: "0.2.0".parse().unwrap(), today }
    }

    /// What is wrong with a list of parts, after the CycloneDX 1.5 schema and by what it has to
    /// say.
    fn wrong(document: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut must = |is_right: bool, what: String| {
            if !is_right {
                wrong.push(what);
            }
        };
        must(document["bomFormat"] == "CycloneDX", "bomFormat".into());
        must(document["specVersion"] == "1.5", "specVersion".into());
        must(document["version"].as_u64() >= Some(1), "version".into());
        let empty = Vec::new();
        let list = |key: &str| document[key].as_array().unwrap_or(&empty).clone();
        let mut known = BTreeSet::from(["acxvad".to_owned()]);
        for part in list("components") {
            let name = part["bom-ref"].as_str().unwrap_or("?").to_owned();
            must(known.insert(name.clone()), format!("{name} twice"));
            for key in ["type", "name", "version", "purl"] {
                let is_there = part[key].as_str().is_some_and(|text| !text.is_empty());
                must(is_there, format!("{name}: {key}"));
            }
            must(part["type"] == "library", format!("{name}: type"));
            let license = part["licenses"][0]["expression"].as_str().unwrap_or_default();
            must(!license.is_empty() && !license.contains('/'), format!("{name}: {license}"));
            if let Some(hash) = part.get("hashes") {
                let sum = hash[0]["content"].as_str().unwrap_or_default();
                let is_hex = sum.chars().all(|one| one.is_ascii_hexdigit());
                must(
                    hash[0]["alg"] == "SHA-256" && sum.len() == 64 && is_hex,
                    format!("{name}: {sum}"),
                );
            }
        }
        for node in list("dependencies") {
            let below = node["dependsOn"].as_array().unwrap_or(&empty).iter();
            for name in below.chain([&node["ref"]]) {
                let name = name.as_str().unwrap_or("?");
                must(known.contains(name), format!("{name} is no component"));
            }
        }
        wrong
    }

    #[test]
    fn the_list_of_parts_has_what_is_shipped_and_nothing_else() {
        let bytes = sbom(&root(), &change()).unwrap();
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(wrong(&document), Vec::<String>::new());
        let parts = document["components"].as_array().unwrap();
        let has = |name: &str| parts.iter().any(|part| part["name"] == name);
        for name in ["acx", "vdma", "acxvad-image", "acxvadctl", "clap", "windows-sys"] {
            assert!(has(name), "{name}");
        }
        // Tests, builds, and another system's.
        for name in ["proptest", "criterion", "xtask", "bindgen", "pulseaudio"] {
            assert!(!has(name), "{name}");
        }
        let hashed = parts.iter().filter(|part| part.get("hashes").is_some()).count();
        assert!(hashed > 30, "{hashed} parts come from a registry");
        assert_eq!(bytes, sbom(&root(), &change()).unwrap(), "the same again");
        for (pointer, value) in [
            ("/components/0/version", json!("")),
            ("/components/0/licenses/0/expression", json!("MIT/Apache-2.0")),
            ("/components/1/bom-ref", document["components"][0]["bom-ref"].clone()),
            ("/dependencies/1/ref", json!("pkg:cargo/nobody@1.0.0")),
            ("/specVersion", json!("9")),
        ] {
            let mut broken = document.clone();
            *broken.pointer_mut(pointer).unwrap() = value;
            assert!(!wrong(&broken).is_empty(), "{pointer}");
        }
    }

    #[test]
    fn the_statement_names_every_asset_the_commit_and_the_compiler() {
        let build = Build {
            version: "0.2.0".to_owned(),
            commit: "c0ffee".repeat(6),
            compiler: "rustc 1.95.0 (x)\nrelease: 1.95.0\nhost: x86_64-unknown-linux-gnu"
                .to_owned(),
            lock: "1".repeat(64),
            has_programs: true,
        };
        let assets = [("b.zip".to_owned(), "b".repeat(64)), ("a.zip".to_owned(), "a".repeat(64))];
        let statement: Value = serde_json::from_slice(&provenance(&build, &assets)).unwrap();
        assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
        assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
        assert_eq!(statement["subject"][1]["name"], "a.zip");
        assert_eq!(statement["subject"][0]["digest"]["sha256"], "b".repeat(64));
        let definition = &statement["predicate"]["buildDefinition"];
        assert_eq!(definition["resolvedDependencies"][0]["digest"]["gitCommit"], build.commit);
        assert_eq!(definition["resolvedDependencies"][2]["annotations"]["release"], "1.95.0");
        assert_eq!(definition["externalParameters"]["version"], "0.2.0");
        assert!(statement["predicate"]["runDetails"]["builder"]["id"].is_string());
        assert!(sums(&assets).starts_with(&format!("{}  a.zip\n", "a".repeat(64))));
    }

    #[test]
    fn a_part_without_a_checksum_or_a_licence_is_refused() {
        let mut command = MetadataCommand::new();
        command.manifest_path(root().join("Cargo.toml"));
        command.other_options(["--locked".to_owned()]);
        let mut metadata = command.exec().unwrap();
        let why = cyclonedx(&metadata, &BTreeMap::new(), "0.2.0", "2026-11-27").unwrap_err();
        assert!(why.starts_with("Cargo.lock has no checksum of pkg:cargo/"), "{why}");
        let sums = checksums(&read(&root().join("Cargo.lock")).unwrap()).unwrap();
        for package in &mut metadata.packages {
            package.license = package.license.take().filter(|_| package.name != "clap");
        }
        let why = cyclonedx(&metadata, &sums, "0.2.0", "2026-11-27").unwrap_err();
        assert!(why.starts_with("pkg:cargo/clap@") && why.ends_with("names no licence"), "{why}");
    }
}

//! `ks-browser`: reads the KS properties of audio drivers' filters directly.

use std::process::ExitCode;

use acx_sys::GUID;
use clap::Parser;
use ks_browser::{Target, guid};

/// Reads the KS properties of audio drivers' filters directly. Without a filter it lists the
/// existing ones.
#[derive(Parser)]
#[command(name = "ks-browser", version)]
struct Arguments {
    /// A part of a filter's link, such as `speaker0`; several filters may match.
    filter: Option<String>,
    /// Only this property, by its set and its id.
    #[arg(long, num_args = 2, value_names = ["SET", "ID"], requires = "filter")]
    property: Option<Vec<String>>,
    /// Read the property of this pin.
    #[arg(long, requires = "property", conflicts_with = "node")]
    pin: Option<u32>,
    /// Read the property of this node.
    #[arg(long, requires = "property")]
    node: Option<u32>,
    /// Print one JSON object on standard output, and nothing else there.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// The one property that is asked for, if it is only one.
    fn one(&self) -> Result<Option<(GUID, u32, Target)>, String> {
        let Some([set, id]) = self.property.as_deref() else { return Ok(None) };
        let number = id.parse().map_err(|_| format!("{id}: give the property's id as a number"))?;
        let target = match (self.pin, self.node) {
            (Some(pin), _) => Target::Pin(pin),
            (_, Some(node)) => Target::Node(node),
            _ => Target::Filter,
        };
        Ok(Some((guid(set)?, number, target)))
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = arguments.one().map_err(|why| (why, 2)).and_then(|one| show(&arguments, one));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err((why, status)) => {
            eprintln!("ks-browser: {why}");
            if arguments.json {
                println!("{}", serde_json::json!({ "error": why }));
            }
            ExitCode::from(status)
        }
    }
}

#[cfg(not(windows))]
fn show(_: &Arguments, _: Option<(GUID, u32, Target)>) -> Result<(), (String, u8)> {
    let why = "this is for Windows: `acxhost topology` shows what the driver says in the host";
    Err((why.to_owned(), 2))
}

#[cfg(windows)]
fn show(arguments: &Arguments, one: Option<(GUID, u32, Target)>) -> Result<(), (String, u8)> {
    use acx_client::{System, Windows};
    use ks_browser::{browse, raw};
    use serde_json::json;

    let system = Windows::all();
    let mut links = system.interfaces(&acx_sys::KSCATEGORY_AUDIO);
    if let Some(part) = &arguments.filter {
        let part = part.to_lowercase();
        links.retain(|link| link.to_lowercase().contains(&part));
        if links.is_empty() {
            let why =
                format!("{part}: no audio filter has that in its link: without it all are listed");
            return Err((why, 2));
        }
    }
    if arguments.filter.is_none() {
        if arguments.json {
            println!("{}", json!({ "filters": links }));
        } else {
            links.iter().for_each(|link| println!("{link}"));
        }
        return Ok(());
    }
    let mut all = serde_json::Map::new();
    for link in &links {
        let found = match &one {
            Some((set, id, target)) => {
                raw(&system, link, set, *id, *target).map(|property| vec![property])
            }
            None => browse(&system, link),
        };
        let found = found.map_err(|why| (format!("{link}: {why}"), 1))?;
        if !arguments.json {
            println!("{link}");
            found.iter().for_each(|property| println!("  {property}"));
        }
        let values = found.iter().map(ks_browser::Property::value).collect();
        all.insert(link.clone(), serde_json::Value::Array(values));
    }
    if arguments.json {
        println!("{}", json!({ "filters": all }));
    }
    Ok(())
}

//! What several drivers share: URIs, component ids, names, factories, composites, and interfaces
//! that one offers and another asks for, while devices come and go and clients stream.
//!
//! An input says what three drivers are made of, and then what happens to them and to two more, of
//! which one offers an interface. After each step the machine has what the drivers that are there
//! have, and nothing of those that are gone: each endpoint is one that a template describes, and
//! each template whose circuits are there has one.

mod plan;
mod world;

use std::path::{Path, PathBuf};

use acx_host::Image;

use crate::bytes::Bytes;
use plan::Plan;
use world::World;

/// Steps of one execution.
const MOST: usize = 60;

/// The files of the drivers that this target is about.
#[derive(Clone)]
pub struct Files {
    parts: Vec<u8>,
    /// Those that offer an interface, and ask for it.
    others: [Image; 2],
}

impl Files {
    /// Those in a folder.
    ///
    /// # Errors
    ///
    /// A message that names the file that is not there, and says what makes it.
    pub fn of(folder: &Path) -> Result<Self, String> {
        let made_by = "`cargo xtask c-driver` makes it";
        let file = |name: &str| folder.join(format!("{name}.sys"));
        let image =
            |name: &str| Image::read(&file(name)).map_err(|why| format!("{why}; {made_by}"));
        let parts = file("parts");
        let parts = std::fs::read(&parts)
            .map_err(|why| format!("{}: {why}; {made_by}", parts.display()))?;
        Ok(Self { parts, others: [image("offers")?, image("asks")?] })
    }

    /// Where `cargo xtask c-driver` puts them; beside this program, where that is not.
    pub fn folder() -> PathBuf {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/c-driver");
        let beside = std::env::current_exe().ok();
        let beside = beside.and_then(|program| program.parent().map(Path::to_path_buf));
        match beside {
            Some(beside) if beside.join("parts.sys").exists() => beside,
            _ if cfg!(target_arch = "aarch64") => built.join("arm64"),
            _ => built,
        }
    }
}

/// A way in which drivers differ from their plan, so that the machine is as a wrong host would
/// leave it: each has to be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A circuit that should be gone after a rebalance is still there, with its links.
    LinksKept,
    /// A template has the circuits of another URI than it names.
    UriIgnored,
}

/// One execution: the three drivers, then steps of two bytes each.
///
/// # Panics
///
/// If the machine does not have what its drivers have, or a rule is broken.
pub fn run(files: &Files, bytes: &[u8]) {
    run_flawed(files, bytes, None);
}

/// [`run`], where drivers are not what their plan says: to try the target itself.
///
/// # Panics
///
/// Like [`run`], and for a flaw that the input reaches.
pub fn run_flawed(files: &Files, bytes: &[u8], flaw: Option<Flaw>) {
    let mut bytes = Bytes::new(bytes);
    let plans: [Plan; 3] = std::array::from_fn(|_| Plan::read(&mut bytes));
    let machine = acx_host::Machine::builder().build();
    {
        let mut world = World::new(&machine, files, plans, flaw);
        for _ in 0..MOST {
            if bytes.is_empty() {
                break;
            }
            let [step, with] = [bytes.byte(), bytes.byte()];
            world.step(step, usize::from(with));
            world.check();
        }
        world.end();
    }
    crate::session::check(&machine);
    assert_eq!(machine.allocations(), acx_host::machine::Allocations::default());
}

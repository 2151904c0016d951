//! The registry of a machine: keys by their path, values with a type. Names are compared without
//! case, as Windows does.

use std::cell::RefCell;
use std::collections::BTreeMap;

use acx_sys::{NTSTATUS, REG_DWORD, REG_SZ, STATUS_OBJECT_NAME_NOT_FOUND};

use super::base::Kernel;

/// Where services live.
pub(crate) const SERVICES: &str = r"\Registry\Machine\System\CurrentControlSet\Services";
/// The class of media devices, below which each has its driver (software) key.
pub(crate) const CLASS: &str = r"\Registry\Machine\System\CurrentControlSet\Control\Class\{4d36e96c-e325-11ce-bfc1-08002be10318}";

/// A value of the device's registry key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// REG_DWORD.
    Number(u32),
    /// REG_SZ.
    Text(String),
    /// Any type, and any bytes.
    Raw(u32, Vec<u8>),
}

impl From<u32> for Setting {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Setting {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Setting {
    /// The REG_ type, and the bytes.
    pub(crate) fn parts(&self) -> (u32, Vec<u8>) {
        match self {
            Self::Number(number) => (REG_DWORD, number.to_le_bytes().to_vec()),
            Self::Text(text) => {
                (REG_SZ, text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect())
            }
            Self::Raw(kind, bytes) => (*kind, bytes.clone()),
        }
    }
}

/// A value: its name as it was first written, its REG_ type, its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(crate) kind: u32,
    pub(crate) bytes: Vec<u8>,
}

type Values = BTreeMap<String, Value>;

/// Every key of a machine.
#[derive(Default)]
pub(crate) struct Registry {
    keys: RefCell<BTreeMap<String, Values>>,
    /// What a test set of the device's key: each device that comes finds it in its own.
    pub(crate) settings: RefCell<Vec<(String, Setting)>>,
}

fn folded(name: &str) -> String {
    name.trim_end_matches('\\').to_lowercase()
}

/// `name` below `parent`; a name that begins with a backslash stands alone.
pub(crate) fn join(parent: &str, name: &str) -> String {
    match (parent, name) {
        (_, name) if name.starts_with('\\') => name.to_owned(),
        ("", name) => name.to_owned(),
        (parent, "") => parent.to_owned(),
        (parent, name) => format!("{}\\{name}", parent.trim_end_matches('\\')),
    }
}

impl Registry {
    /// Makes a key, if there is none; whether there was one.
    pub(crate) fn create(&self, path: &str) -> bool {
        let mut keys = self.keys.borrow_mut();
        let path = folded(path);
        let above = path.match_indices('\\').map(|(at, _)| &path[..at]);
        for key in above.filter(|key| !key.is_empty()) {
            keys.entry(key.to_owned()).or_default();
        }
        let before = keys.len();
        keys.entry(path).or_default();
        keys.len() == before
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.keys.borrow().contains_key(&folded(path))
    }

    pub(crate) fn get(&self, path: &str, name: &str) -> Result<Value, NTSTATUS> {
        let keys = self.keys.borrow();
        let values = keys.get(&folded(path)).ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
        values.get(&name.to_lowercase()).cloned().ok_or(STATUS_OBJECT_NAME_NOT_FOUND)
    }

    pub(crate) fn set(&self, path: &str, name: &str, kind: u32, bytes: &[u8]) {
        self.create(path);
        if let Some(values) = self.keys.borrow_mut().get_mut(&folded(path)) {
            let value = Value { name: name.to_owned(), kind, bytes: bytes.to_vec() };
            values.insert(name.to_lowercase(), value);
        }
    }

    pub(crate) fn remove_value(&self, path: &str, name: &str) -> Result<(), NTSTATUS> {
        let mut keys = self.keys.borrow_mut();
        let values = keys.get_mut(&folded(path)).ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
        values.remove(&name.to_lowercase()).map(drop).ok_or(STATUS_OBJECT_NAME_NOT_FOUND)
    }

    /// The key and everything below it.
    pub(crate) fn remove(&self, path: &str) {
        let path = folded(path);
        let below = format!("{path}\\");
        self.keys.borrow_mut().retain(|key, _| *key != path && !key.starts_with(&below));
    }

    /// The values of a key, by name.
    pub(crate) fn values(&self, path: &str) -> Vec<Value> {
        let keys = self.keys.borrow();
        keys.get(&folded(path)).map(|values| values.values().cloned().collect()).unwrap_or_default()
    }

    /// The names of the keys right below one.
    pub(crate) fn subkeys(&self, path: &str) -> Vec<String> {
        let below = format!("{}\\", folded(path));
        let keys = self.keys.borrow();
        let names = keys.keys().filter_map(|key| key.strip_prefix(&below));
        names.filter(|name| !name.contains('\\')).map(str::to_owned).collect()
    }
}

/// Puts the settings of a test into a device's key.
pub(crate) fn apply_settings(kernel: &Kernel, key: &str) {
    let registry = kernel.part::<Registry>();
    for (name, value) in registry.settings.borrow().iter() {
        let (kind, bytes) = value.parts();
        registry.set(key, name, kind, &bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_values_whatever_the_case_and_goes_with_what_is_below_it() {
        let registry = Registry::default();
        assert!(!registry.create(r"\Registry\Machine\A\B"));
        assert!(registry.create(r"\registry\machine\a\b\"));
        let (kind, bytes) = Setting::from(7).parts();
        registry.set(r"\Registry\Machine\A\B", "Gain", kind, &bytes);
        let value = registry.get(r"\REGISTRY\MACHINE\A\B", "gain").expect("it was set");
        assert_eq!((value.name.as_str(), value.bytes.as_slice()), ("Gain", &[7, 0, 0, 0][..]));
        assert_eq!(registry.subkeys(r"\Registry\Machine\A"), ["b"]);
        registry.remove(r"\Registry\Machine\A");
        assert!(!registry.exists(r"\Registry\Machine\A\B"));
        assert!(registry.exists(r"\Registry\Machine"));
    }

    #[test]
    fn names_join_as_paths() {
        assert_eq!(join(r"\A\", "B"), r"\A\B");
        assert_eq!(join(r"\A", r"\B"), r"\B");
        assert_eq!(join(r"\A", ""), r"\A");
    }

    #[test]
    fn a_key_goes_without_those_that_only_begin_like_it() {
        let registry = Registry::default();
        for key in [r"\A\B", r"\A\B\C", r"\A\BB", r"\A\B2\D"] {
            registry.create(key);
        }
        assert_eq!(registry.subkeys(r"\A"), ["b", "b2", "bb"]);
        registry.remove(r"\A\B");
        assert_eq!(registry.subkeys(r"\A"), ["b2", "bb"]);
        assert!(!registry.exists(r"\A\B\C"));
        assert_eq!(registry.subkeys(r"\A\B2"), ["d"]);
        // A value makes its key, with what is above it.
        registry.set(r"\X\Y", "z", 1, &[1]);
        assert!(registry.exists(r"\X") && registry.values(r"\x\y").len() == 1);
        assert!(registry.values(r"\X").is_empty() && registry.values(r"\None").is_empty());
        // A name of nothing but a backslash has nothing above it.
        assert!(!registry.create(r"\") && registry.create(r"\"));
        assert_eq!(join("", "B"), "B");
    }
}

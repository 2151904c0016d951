//! Device interfaces: their symbolic links, whether they are enabled, and their properties.

use std::cell::RefCell;
use std::collections::HashMap;

use acx_client::bytes::guid_bytes;
use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::read_bytes;
use crate::kernel::report::Rule;

/// The time at which an interface is enabled automatically.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enabling {
    /// Never.
    Explicit,
    /// When the device has started for the first time.
    FirstStart,
    /// Whenever the device has started; it is disabled when the device is stopped.
    EveryStart,
}

/// A registered interface.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    pub(crate) link: String,
    pub(crate) class: [u8; 16],
    /// The framework device that registered it; 0 for the kernel's own.
    pub(crate) device: usize,
    pub(crate) enabled: bool,
    pub(crate) enabling: Enabling,
}

type Key = (String, [u8; 16], u32);

/// Every interface of a machine.
#[derive(Default)]
pub(crate) struct Interfaces {
    all: RefCell<Vec<Interface>>,
    properties: RefCell<HashMap<Key, (u32, Vec<u8>)>>,
}

/// A GUID as text, in braces.
pub(crate) fn guid_text(bytes: [u8; 16]) -> String {
    let hexadecimal = |bytes: &mut dyn Iterator<Item = &u8>| {
        bytes.fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    };
    let number = |at: usize, length: usize| hexadecimal(&mut bytes[at..at + length].iter());
    // The first three fields are little-endian numbers.
    let turned = |at: usize, length: usize| hexadecimal(&mut bytes[at..at + length].iter().rev());
    let (first, second, third) = (turned(0, 4), turned(4, 2), turned(6, 2));
    format!("{{{first}-{second}-{third}-{}-{}}}", number(8, 2), number(10, 6))
}

/// The link of an interface, as PnP writes it.
pub(crate) fn link(instance: &str, class: [u8; 16], reference: &str) -> String {
    let place = instance.replace('\\', "#");
    let class = guid_text(class);
    let tail = if reference.is_empty() { String::new() } else { format!("\\{reference}") };
    format!(r"\\?\{place}#{class}{tail}")
}

/// Kernel-side names of links begin with `\??\`, those of clients with `\\?\`.
pub(crate) fn client_form(link: &str) -> String {
    link.strip_prefix(r"\??\").map_or_else(|| link.to_owned(), |rest| format!(r"\\?\{rest}"))
}

/// See [`client_form`].
pub(crate) fn kernel_form(link: &str) -> String {
    link.strip_prefix(r"\\?\").map_or_else(|| link.to_owned(), |rest| format!(r"\??\{rest}"))
}

fn same(one: &str, other: &str) -> bool {
    client_form(one).eq_ignore_ascii_case(&client_form(other))
}

const LOCALE_NEUTRAL: LCID = 0;
const LOCALE_USER_DEFAULT: LCID = 0x400;
const LOCALE_SYSTEM_DEFAULT: LCID = 0x800;
const PLUGPLAY_PROPERTY_PERSISTENT: ULONG = 1;

/// Checks the language and the flags of a property that a driver sets. Source: the pages of
/// IoSetDevicePropertyData and IoSetDeviceInterfacePropertyData. Only a text is of a language.
pub(crate) fn check_property(
    kernel: &Kernel,
    lcid: LCID,
    flags: ULONG,
    kind: DEVPROPTYPE,
) -> Result<(), NTSTATUS> {
    let is_text = [DEVPROP_TYPE_STRING, DEVPROP_TYPE_STRING_LIST].contains(&kind);
    let wrong = if [LOCALE_USER_DEFAULT, LOCALE_SYSTEM_DEFAULT].contains(&lcid) {
        format!("a property was set with Lcid {lcid:#x}, which stands for no one language")
    } else if lcid != LOCALE_NEUTRAL && !is_text {
        format!("a property of type {kind:#x}, which is no text, was set with Lcid {lcid:#x}")
    } else if flags & !PLUGPLAY_PROPERTY_PERSISTENT != 0 {
        format!("a property was set with Flags {flags:#x}: 0 or PLUGPLAY_PROPERTY_PERSISTENT")
    } else {
        return Ok(());
    };
    kernel.violate(Rule::BadArgument, wrong);
    Err(STATUS_INVALID_PARAMETER)
}

impl Interfaces {
    /// Registers an interface, once.
    pub(crate) fn register(&self, interface: Interface) {
        let mut all = self.all.borrow_mut();
        if !all.iter().any(|other| same(&other.link, &interface.link)) {
            all.push(interface);
        }
    }

    pub(crate) fn find(&self, link: &str) -> Option<Interface> {
        self.all.borrow().iter().find(|own| same(&own.link, link)).cloned()
    }

    /// Whether there is such an interface, which is enabled or not from now on.
    pub(crate) fn enable(&self, link: &str, enabled: bool) -> bool {
        let mut all = self.all.borrow_mut();
        let own = all.iter_mut().find(|own| same(&own.link, link));
        own.map(|own| own.enabled = enabled).is_some()
    }

    /// From now on only a driver's word enables or disables the interface.
    pub(crate) fn make_explicit(&self, link: &str) {
        if let Some(own) = self.all.borrow_mut().iter_mut().find(|own| same(&own.link, link)) {
            own.enabling = Enabling::Explicit;
        }
    }

    /// A device has started.
    pub(crate) fn started(&self, device: usize, first: bool) {
        for own in self.all.borrow_mut().iter_mut().filter(|own| own.device == device) {
            own.enabled |= match own.enabling {
                Enabling::Explicit => false,
                Enabling::FirstStart => first,
                Enabling::EveryStart => true,
            };
        }
    }

    /// A device is stopped.
    pub(crate) fn stopped(&self, device: usize) {
        for own in self.all.borrow_mut().iter_mut().filter(|own| own.device == device) {
            own.enabled &= own.enabling != Enabling::EveryStart;
        }
    }

    /// Enables or disables every interface of a device.
    pub(crate) fn enable_all(&self, device: usize, enabled: bool) {
        for own in self.all.borrow_mut().iter_mut().filter(|own| own.device == device) {
            own.enabled = enabled;
        }
    }

    /// Forgets the interfaces of a device.
    pub(crate) fn forget(&self, device: usize) {
        self.all.borrow_mut().retain(|own| own.device != device);
    }

    /// Forgets one interface.
    pub(crate) fn forget_link(&self, link: &str) {
        self.all.borrow_mut().retain(|own| !same(&own.link, link));
    }

    /// The links of a class.
    pub(crate) fn of_class(&self, class: [u8; 16], also_disabled: bool) -> Vec<String> {
        let all = self.all.borrow();
        let found = all.iter().filter(|own| own.class == class && (own.enabled || also_disabled));
        found.map(|own| own.link.clone()).collect()
    }

    /// The interface of another class at the same device with the same reference string.
    pub(crate) fn alias(&self, link: &str, class: &GUID) -> Option<String> {
        let own = self.find(link)?;
        let class = guid_bytes(class);
        let from = guid_text(own.class);
        let wanted = own.link.to_lowercase().replace(&from, &guid_text(class));
        self.find(&wanted).map(|found| found.link)
    }

    /// A driver sets a property, or removes it where it has no data.
    pub(crate) fn assign_property(
        &self,
        link: &str,
        key: &DEVPROPKEY,
        kind: DEVPROPTYPE,
        size: ULONG,
        from: PVOID,
    ) {
        if from.is_null() {
            self.remove_property(link, key);
        } else {
            self.set_property(link, key, kind, &read_bytes(from, size as usize));
        }
    }

    fn set_property(&self, link: &str, key: &DEVPROPKEY, kind: u32, bytes: &[u8]) {
        let key = (client_form(link).to_lowercase(), guid_bytes(&key.fmtid), key.pid);
        self.properties.borrow_mut().insert(key, (kind, bytes.to_vec()));
    }

    fn remove_property(&self, link: &str, key: &DEVPROPKEY) {
        let key = (client_form(link).to_lowercase(), guid_bytes(&key.fmtid), key.pid);
        self.properties.borrow_mut().remove(&key);
    }

    pub(crate) fn property(&self, link: &str, key: &DEVPROPKEY) -> Option<(u32, Vec<u8>)> {
        let key = (client_form(link).to_lowercase(), guid_bytes(&key.fmtid), key.pid);
        self.properties.borrow().get(&key).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_the_same_reference_in_another_class() {
        let interfaces = Interfaces::default();
        for class in [KSCATEGORY_AUDIO, KSCATEGORY_RENDER] {
            let class = guid_bytes(&class);
            let link = link(r"ROOT\CODEC\0000", class, "Speaker0");
            let enabling = Enabling::Explicit;
            interfaces.register(Interface { link, class, device: 1, enabled: true, enabling });
        }
        let audio = r"\??\ROOT#CODEC#0000#{6994AD04-93EF-11D0-A3CC-00A0C9223196}\Speaker0";
        let render = interfaces.alias(audio, &KSCATEGORY_RENDER).expect("both are registered");
        assert_eq!(render, r"\\?\ROOT#CODEC#0000#{65e8773e-8f56-11d0-a3b9-00a0c9223196}\Speaker0");
    }

    const CLASS: [u8; 16] = [7; 16];

    fn registered(device: usize, reference: &str, enabling: Enabling) -> (Interfaces, String) {
        let interfaces = Interfaces::default();
        let link = link(r"ROOT\CODEC\0000", CLASS, reference);
        let own = Interface { link: link.clone(), class: CLASS, device, enabled: false, enabling };
        interfaces.register(own);
        (interfaces, link)
    }

    #[test]
    fn an_interface_is_enabled_when_it_is_to_be() {
        // After the first start, a stop, and a second start.
        for (enabling, states) in [
            (Enabling::Explicit, [false, false, false]),
            (Enabling::FirstStart, [true, true, true]),
            (Enabling::EveryStart, [true, false, true]),
        ] {
            let (interfaces, link) = registered(1, "", enabling);
            let is_enabled = || interfaces.find(&link).is_some_and(|own| own.enabled);
            // Another device's start is none of this one's.
            interfaces.started(2, true);
            assert!(!is_enabled());
            interfaces.started(1, true);
            let first = is_enabled();
            interfaces.stopped(2);
            assert_eq!(is_enabled(), first);
            interfaces.stopped(1);
            let stopped = is_enabled();
            interfaces.started(1, false);
            assert_eq!([first, stopped, is_enabled()], states, "{enabling:?}");
            // What a driver says counts, and from then on nothing else.
            assert!(interfaces.enable(&link, false) && !is_enabled());
            interfaces.make_explicit(&link);
            interfaces.started(1, true);
            assert!(!is_enabled());
            assert!(interfaces.enable(&link, true) && is_enabled());
            interfaces.stopped(1);
            assert!(is_enabled());
        }
        // At its second start one for the first start alone stays as it is.
        let (interfaces, link) = registered(1, "", Enabling::FirstStart);
        interfaces.started(1, false);
        assert!(!interfaces.find(&link).is_some_and(|own| own.enabled));
    }

    #[test]
    fn interfaces_are_found_by_any_form_of_their_link_until_they_are_forgotten() {
        let (interfaces, one) = registered(1, "One", Enabling::Explicit);
        let register = |device, link: &str| {
            let (link, enabling) = (link.to_owned(), Enabling::Explicit);
            interfaces.register(Interface { link, class: CLASS, device, enabled: false, enabling });
        };
        let two = link(r"ROOT\CODEC\0001", CLASS, "");
        register(2, &two);
        // One that is registered again stays whose it is.
        let shouted = kernel_form(&one).to_uppercase();
        assert!(shouted.starts_with(r"\??\ROOT#CODEC#0000#{") && shouted.ends_with(r"}\ONE"));
        register(3, &shouted);
        assert_eq!(
            interfaces.find(&shouted).map(|own| (own.device, own.link)),
            Some((1, one.clone()))
        );
        assert!(!interfaces.enable("other", true));
        assert_eq!(interfaces.of_class(CLASS, false), [""; 0]);
        assert!(interfaces.enable(&shouted, true));
        assert_eq!(interfaces.of_class(CLASS, false), [one.as_str()]);
        assert_eq!(interfaces.of_class(CLASS, true), [one.as_str(), two.as_str()]);
        assert_eq!(interfaces.of_class([8; 16], true), [""; 0]);
        interfaces.enable_all(2, true);
        assert_eq!(interfaces.of_class(CLASS, false), [one.as_str(), two.as_str()]);
        interfaces.enable_all(1, false);
        assert_eq!(interfaces.of_class(CLASS, false), [two.as_str()]);
        interfaces.forget(2);
        assert!(interfaces.find(&two).is_none() && interfaces.find(&one).is_some());
        register(2, &two);
        interfaces.forget_link(&shouted);
        assert_eq!(interfaces.of_class(CLASS, true), [two]);
    }

    #[test]
    fn a_property_is_of_one_link_and_one_key() {
        let interfaces = Interfaces::default();
        let key = |pid| DEVPROPKEY { fmtid: KSCATEGORY_AUDIO, pid };
        let mut value = [1_u8, 2, 3];
        let set = |link: &str, from: PVOID| {
            interfaces.assign_property(link, &key(2), DEVPROP_TYPE_BINARY, 3, from);
        };
        set(r"\??\Root#One", value.as_mut_ptr().cast());
        let found = || interfaces.property(r"\\?\ROOT#ONE", &key(2));
        assert_eq!(found(), Some((DEVPROP_TYPE_BINARY, vec![1, 2, 3])));
        assert_eq!(interfaces.property(r"\\?\ROOT#ONE", &key(3)), None);
        assert_eq!(interfaces.property(r"\\?\ROOT#TWO", &key(2)), None);
        set(r"\??\Root#Two", std::ptr::null_mut());
        assert!(found().is_some());
        set(r"\??\Root#One", std::ptr::null_mut());
        assert_eq!(found(), None);
    }
}

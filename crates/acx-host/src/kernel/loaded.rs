//! The drivers loaded into a machine, and the running one.
//!
//! A driver has a number: the index of its service among all services of the machine, from 1. It is
//! the same when the driver is loaded again. The host's records have the driver's number, so that
//! leaks are attributed to the right driver at unload.

use std::cell::RefCell;
use std::rc::Rc;

use super::abi::Convention;
use super::base::Kernel;
use crate::image::Places;

/// A driver that is loaded.
pub(crate) struct Code {
    pub(crate) number: u32,
    /// The name of its service.
    pub(crate) service: String,
    /// The address of its DRIVER_OBJECT.
    pub(crate) object: usize,
    /// Its calling convention.
    pub(crate) convention: Convention,
    /// Its image, if it is one, to name places in it.
    pub(crate) places: Option<Places>,
}

impl Code {
    fn has(&self, address: usize) -> bool {
        self.places.as_ref().is_some_and(|places| places.has(address))
    }
}

/// The drivers loaded into a machine.
#[derive(Default)]
pub(crate) struct Loaded {
    /// Every service that a driver was loaded for, in that order.
    services: RefCell<Vec<String>>,
    /// Those that are loaded.
    drivers: RefCell<Vec<Rc<Code>>>,
    /// Their debugger output.
    pub(crate) debug_output: RefCell<String>,
}

impl Loaded {
    /// The driver of a service, while it is loaded.
    pub(crate) fn find(&self, service: &str) -> Option<Rc<Code>> {
        let drivers = self.drivers.borrow();
        drivers.iter().find(|own| own.service.eq_ignore_ascii_case(service)).cloned()
    }

    /// The driver that is linked into the process, while one is loaded.
    pub(crate) fn linked(&self) -> Option<Rc<Code>> {
        self.drivers.borrow().iter().find(|own| own.convention == Convention::C).cloned()
    }

    /// The driver that has a number, while it is loaded.
    pub(crate) fn numbered(&self, number: u32) -> Option<Rc<Code>> {
        self.drivers.borrow().iter().find(|own| own.number == number).cloned()
    }

    /// The driver whose DRIVER_OBJECT this is.
    pub(crate) fn of_object(&self, object: usize) -> Option<Rc<Code>> {
        self.drivers.borrow().iter().find(|own| own.object == object).cloned()
    }

    /// The image that an address is in.
    pub(crate) fn image_at(&self, address: usize) -> Option<Rc<Code>> {
        self.drivers.borrow().iter().find(|own| own.has(address)).cloned()
    }

    /// Whether an address is in an image.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn is_image(&self, address: usize) -> bool {
        self.drivers.borrow().iter().any(|own| own.has(address))
    }

    /// Calls a function for every image.
    pub(crate) fn each_image(&self, mut with: impl FnMut(&Places)) {
        self.drivers.borrow().iter().filter_map(|own| own.places.as_ref()).for_each(&mut with);
    }
}

/// Adds a driver, and returns its number.
pub(crate) fn add(
    kernel: &Kernel,
    service: &str,
    object: usize,
    convention: Convention,
    places: Option<Places>,
) -> u32 {
    let loaded = kernel.part::<Loaded>();
    let mut services = loaded.services.borrow_mut();
    let known = services.iter().position(|own| own.eq_ignore_ascii_case(service));
    let place = known.unwrap_or_else(|| {
        services.push(service.to_owned());
        services.len() - 1
    });
    let number = place as u32 + 1;
    let service = service.to_owned();
    let code = Rc::new(Code { number, service, object, convention, places });
    loaded.drivers.borrow_mut().push(code);
    number
}

/// Removes a driver.
pub(crate) fn remove(kernel: &Kernel, number: u32) {
    kernel.part::<Loaded>().drivers.borrow_mut().retain(|own| own.number != number);
}

/// The running driver; if none is running, the linked-in one, whose code a test may call directly,
/// or the first.
pub(crate) fn current(kernel: &Kernel) -> Option<Rc<Code>> {
    let loaded = kernel.part::<Loaded>();
    let first = || loaded.drivers.borrow().first().cloned();
    loaded.numbered(kernel.driver()).or_else(|| loaded.linked()).or_else(first)
}

/// The number of the [`current`] driver; 0 for none.
pub(crate) fn number(kernel: &Kernel) -> u32 {
    match kernel.driver() {
        0 => current(kernel).map_or(0, |own| own.number),
        number => number,
    }
}

/// The calling convention of the current driver.
pub(crate) fn convention(kernel: &Kernel) -> Convention {
    current(kernel).map_or(Convention::C, |own| own.convention)
}

/// The name of the current driver's service.
pub(crate) fn service(kernel: &Kernel) -> String {
    current(kernel).map_or_else(String::new, |own| own.service.clone())
}

/// The driver number and calling convention of the function at an address. Addresses outside images
/// belong to the linked-in driver.
pub(crate) fn whose(kernel: &Kernel, address: usize) -> (u32, Convention) {
    let loaded = kernel.part::<Loaded>();
    let drivers = loaded.drivers.borrow();
    let found = match &**drivers {
        [only] => Some(only),
        _ => {
            let has = |own: &&Rc<Code>| own.has(address);
            let is_linked = |own: &&Rc<Code>| own.convention == Convention::C;
            let runs = |own: &&Rc<Code>| own.number == kernel.driver();
            let mut all = drivers.iter();
            let found = all.find(has).or_else(|| drivers.iter().find(is_linked));
            found.or_else(|| drivers.iter().find(runs))
        }
    };
    found.map_or((kernel.driver(), Convention::C), |own| (own.number, own.convention))
}

/// The name of the running driver, if a machine has had several.
pub(crate) fn name_of_several(kernel: &Kernel) -> Option<String> {
    let services = kernel.part::<Loaded>().services.borrow();
    let at = kernel.driver().checked_sub(1).filter(|_| services.len() > 1)?;
    services.get(at as usize).cloned()
}

/// Runs `work` for the driver with this number: violations in it are attributed to that driver.
pub(crate) fn on_behalf<T>(kernel: &Kernel, number: u32, work: impl FnOnce() -> T) -> T {
    let before = kernel.set_driver(number);
    let done = work();
    kernel.set_driver(before);
    done
}

/// Removes a driver's entries from a list.
pub(crate) fn take<T>(list: &RefCell<Vec<T>>, is_its_own: impl FnMut(&T) -> bool) -> Vec<T> {
    let (own, others) = list.take().into_iter().partition(is_its_own);
    *list.borrow_mut() = others;
    own
}

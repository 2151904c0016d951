//! KMDF: binding, drivers, devices with their PnP and power states, and the other objects.
//!
//! | module | what is in it |
//! |---|---|
//! | `framework`, `driver` | the driver object, and the functions of all objects |
//! | `init`, `device`, `create`, `child` | devices: init objects, the device object, creation; children |
//! | `power`, `pnp`, `resource`, `extension` | a device's power and PnP states; resource lists; class extensions, which take part in them |
//! | `interface`, `query` | device interfaces and properties; interfaces of direct calls |
//! | `request`, `buffer`, `queue`, `io`, `dispatch`, `file`, `target` | I/O: requests and their buffers; queues and their functions; dispatch to a queue; file objects; I/O targets |
//! | `timer`, `deferred` | timers; DPCs and work items |
//! | `data`, `lock`, `registry` | memory, strings, collections; locks; keys |
//! | `loader`, `missing` | the binding of a driver's entry stub; functions that the host lacks |
//!
//! Not implemented, and reported by name when called: DMA, interrupts, hardware resources, USB,
//! WMI.

mod buffer;
pub(crate) mod callback;
pub(crate) mod child;
mod create;
pub(crate) mod data;
mod deferred;
pub(crate) mod device;
pub(crate) mod dispatch;
mod driver;
pub(crate) mod extension;
pub(crate) mod file;
pub(crate) mod framework;
pub(crate) mod init;
mod interface;
mod io;
pub(crate) mod loader;
mod lock;
mod missing;
pub(crate) mod pnp;
pub(crate) mod power;
mod query;
pub(crate) mod queue;
pub(crate) mod registry;
pub(crate) mod request;
pub(crate) mod resource;
pub(crate) mod target;
mod timer;

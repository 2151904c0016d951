//! ACX: circuits, pins, formats, elements, streams, requests, events. Contracts: the pages of the
//! `acx*.h` references, and Microsoft's pages acx-streaming, acx-power-management, acx-irps,
//! acx-targets, acx-data-formats and acx-circuits.
//!
//! | module | contents |
//! |---|---|
//! | `arguments`, `callback`, `assumptions` | arguments of drivers; the table of callbacks; undocumented behaviour of ACX |
//! | `format`, `pin`, `element`, `connection`, `event`, `circuit` | objects that a driver describes: formats, pins with jacks and microphones, elements and their connections, events, circuits |
//! | `descriptor`, `item`, `preprocess`, `sent`, `forward`, `request` | clients' requests: their bytes, and the party that handles each |
//! | `properties` | properties that ACX handles |
//! | `stops`, `io` | queues that a driver stops and resumes |
//! | `listener`, `formats` | clients that wait for events; lists of formats that change |
//! | `stream`, `packets`, `progress` | one stream, its packets and its position |
//! | `bridge`, `chain` | streams through several circuits |
//! | `file` | clients' open files |
//! | `target`, `factory`, `manager` | composite endpoints: other circuits, circuits made on demand |
//! | `bag`, `drm` | named values; rights of content |
//! | `power`, `device`, `library` | ACX's part of PnP and power; devices; the class extension that KMDF loads |

pub(crate) mod arguments;
pub mod assumptions;
mod bag;
mod bridge;
mod callback;
mod chain;
pub(crate) mod circuit;
mod connection;
mod descriptor;
mod device;
mod drm;
mod element;
pub(crate) mod event;
pub(crate) mod factory;
pub(crate) mod file;
pub(crate) mod format;
mod formats;
mod forward;
mod io;
mod item;
pub(crate) mod library;
mod listener;
pub(crate) mod manager;
mod packets;
pub(crate) mod pin;
pub(crate) mod power;
mod preprocess;
mod progress;
pub(crate) mod properties;
mod request;
mod sent;
mod stops;
pub(crate) mod stream;
mod target;

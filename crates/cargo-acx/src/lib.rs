//! `cargo acx`: starts, builds, packages, checks and tests ACX drivers, on any machine.
//!
//! The program is for authors of drivers with [`acx`](https://docs.rs/acx). This is its library,
//! which acxvad's own build tasks also use. Its errors are messages for users, and its interface
//! may change with any version.
//!
//! # Vocabulary
//!
//! *Image*: the `.sys` file that Windows loads. *INX*: an INF without version and architecture.
//! *Package*: the folder that is installed: image, INF, catalog, certificate.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`new`] | a new driver from a template |
//! | [`driver`] | a driver for the commands |
//! | [`toolchain`] | compilers and linkers that make Windows images |
//! | [`image`] | the driver as the file that Windows loads |
//! | [`version`] | the version resource |
//! | [`inf`] | checks of an INF |
//! | [`mod@package`] | image, INF, catalog and test certificate in one folder |
//! | [`catalog`] | the list of a package's files with their hashes |
//! | [`certificate`] | the certificate for test machines |
//! | [`check`] | checks of an image |
//! | [`vectors`] | checks of an image's instructions |
//! | [`conform`] | the conformance suite in the host |
//! | [`wdk`] | Microsoft's programs, if there is a WDK |
//! | [`files`] | files, with errors that name them |

mod arm64;
pub mod catalog;
pub mod certificate;
pub mod check;
#[cfg(feature = "conform")]
pub mod conform;
pub mod driver;
pub mod files;
pub mod image;
pub mod inf;
pub mod new;
pub mod package;
pub mod toolchain;
pub mod vectors;
pub mod version;
pub mod wdk;

//! `cargo acx`: starts, builds, packages, checks and tests ACX drivers, on any machine.
//!
//! The program is for authors of drivers on [`acx`](https://docs.rs/acx). This library is what the
//! program is made of; acxvad's own build tasks use it as well. Its errors are messages for people,
//! and it may change with any version.
//!
//! # Vocabulary
//!
//! *Image*: the `.sys` file that Windows loads. *INX*: an INF before its version and architecture
//! are put in. *Package*: the folder that is installed: image, INF, catalog, certificate.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`new`] | a driver of one's own, from a template |
//! | [`driver`] | a driver, as the commands see it |
//! | [`toolchain`] | compilers and linkers that make Windows images |
//! | [`image`] | the driver as the file that Windows loads |
//! | [`version`] | the version resource |
//! | [`inf`] | what an INF must say |
//! | [`mod@package`] | image, INF, catalog and test certificate in one folder |
//! | [`catalog`] | the list of a package's files with their hashes |
//! | [`certificate`] | the certificate for test machines |
//! | [`check`] | what an image must look like |
//! | [`vectors`] | which instructions it may and should have |
//! | [`conform`] | the conformance suite in the host |
//! | [`wdk`] | Microsoft's programs, where there is a WDK |
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

//! With feature `wdk`: bindings to the WDK's ACX headers, and the library that binds a driver to
//! ACX. Without it there is nothing to do.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "wdk")]
    wdk::build();
}

#[cfg(feature = "wdk")]
mod wdk {
    use std::path::{Path, PathBuf};

    use bindgen::callbacks::{DeriveTrait, ImplementsTrait, ParseCallbacks};
    use wdk_build::{BuilderExt, Config, ConfigError};

    /// Below `Include/<version>/km`, and below `Lib/<version>/km/<architecture>`.
    const ACX: &str = "acx/km/1.1";

    /// The headers: those that ACX needs, then ACX. Those of the SDK come with another package than
    /// the WDK's, and ACX includes what it cannot do without.
    const HEADERS: &str = "\
#include <ntifs.h>
#include <ntddk.h>
#include <ntstrsafe.h>
#include <wdf.h>
#if __has_include(<windef.h>)
#include <windef.h>
#endif
#if __has_include(<ksmedia.h>)
/* Without it mmreg.h needs BITMAPINFOHEADER of wingdi.h, which a driver cannot include. */
#define NOBITMAP
#include <mmreg.h>
#include <ks.h>
#include <ksmedia.h>
#endif
#include <acx.h>
";

    /// Where constants are written by hand for both backends. Some are plain macros in one version
    /// of the headers and casts in another: bindgen drops the second kind, and would make the first
    /// kind ambiguous.
    const WRITTEN_BY_HAND: &str = include_str!("src/shared/constants.rs");

    const INSTALL: &str =
        "Install it (winget install Microsoft.WindowsWDK.10.0.26100), or set WDKContentRoot to one";

    /// Prints why the build stops, in one line that cargo shows, and what to do.
    fn stop(why: &str) -> ! {
        println!("cargo::error={why}");
        std::process::exit(1)
    }

    /// Writes `acx.rs`, and says what to link.
    pub(crate) fn build() {
        println!("cargo::rerun-if-changed=src/shared/constants.rs");
        for variable in ["WDKContentRoot", "Version_Number", "LIBCLANG_PATH"] {
            println!("cargo::rerun-if-env-changed={variable}");
        }
        if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
            stop(
                "feature `wdk` builds for Windows only; without it the bundled bindings build anywhere",
            );
        }
        // wdk-build panics where it finds none, and is not silent about it.
        let config = match std::panic::catch_unwind(Config::from_env_auto) {
            Ok(Ok(config)) => config,
            Ok(Err(error)) => stop(&format!("no usable WDK: {error}. {INSTALL}")),
            Err(_) => stop(&format!("no WDK was found. {INSTALL}")),
        };
        let include = below(paths(config.include_paths()), "acx.h", "headers", "Include");
        let library = below(paths(config.library_paths()), "acxstub.lib", "library", "Lib");
        generate(&config, &include);
        println!("cargo::rustc-link-search=native={}", library.display());
        println!("cargo::rustc-link-lib=static=acxstub");
    }

    fn paths(found: Result<impl Iterator<Item = PathBuf>, ConfigError>) -> Vec<PathBuf> {
        match found {
            Ok(paths) => paths.collect(),
            Err(error) => stop(&format!(
                "the WDK is not complete: {error}. Install the Windows SDK of the same version as the WDK"
            )),
        }
    }

    /// The folder of ACX below one of the WDK's.
    fn below(folders: Vec<PathBuf>, file: &str, what: &str, where_: &str) -> PathBuf {
        // wdk-build lists more folders than can have it.
        let is_km = |folder: &&PathBuf| {
            folder.ends_with("km") || folder.parent().is_some_and(|own| own.ends_with("km"))
        };
        let found = folders.iter().filter(is_km).map(|folder| folder.join(ACX));
        match found.clone().find(|folder| folder.join(file).exists()) {
            Some(folder) => folder,
            None => stop(&format!(
                "this WDK has no ACX {what} ({where_}/<version>/km/.../{ACX}/{file}): 10.0.22621.2428 is one that lacks them; install 10.0.26100 or later. Looked in {}",
                found.map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
            )),
        }
    }

    fn generate(config: &Config, include: &Path) {
        let builder = match bindgen::Builder::wdk_default(config) {
            Ok(builder) => builder,
            Err(error) => stop(&format!("the WDK cannot be used: {error}")),
        };
        let builder = builder
            .clang_arg(format!("--include-directory={}", include.display()))
            .clang_args(["-DACX_VERSION_MAJOR=1", "-DACX_VERSION_MINOR=1"])
            .header_contents("acx-input.h", HEADERS)
            // Only what ACX's own headers declare: the rest is wdk-sys', or written once for both
            // backends.
            .allowlist_file(r"(?i).*[/\\]acx[^/\\]*\.h")
            .allowlist_recursively(false)
            // Handed to the driver by the stub, or written in `wdk/entry.rs`.
            .blocklist_item("AcxMinimumVersionRequired")
            .blocklist_item("(_WDF_)?WdfCustomType_.*")
            .blocklist_item(written_by_hand().join("|"))
            // The functions are inline in C: `shared` has each of them.
            .blocklist_function(".*")
            .parse_callbacks(Box::new(FromWdkSys));
        let bindings = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            builder.generate()
        })) {
            Ok(Ok(bindings)) => bindings,
            Ok(Err(error)) => stop(&format!("bindgen cannot read the WDK's ACX headers: {error}")),
            // bindgen panics where it finds no libclang.
            Err(_) => stop(
                "bindgen found no libclang: install LLVM (winget install LLVM.LLVM), or set LIBCLANG_PATH to its bin folder",
            ),
        };
        if let Err(error) = bindings.write_to_file(output()) {
            stop(&format!("{} cannot be written: {error}", output().display()));
        }
    }

    /// The names of the constants that are written by hand.
    fn written_by_hand() -> Vec<&'static str> {
        let names = WRITTEN_BY_HAND.lines().filter_map(|line| line.strip_prefix("pub const "));
        names.filter_map(|rest| rest.split(':').next()).collect()
    }

    fn output() -> PathBuf {
        PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("acx.rs")
    }

    /// What bindgen may assume of the types that wdk-sys defines and that it does not see: they are
    /// plain C.
    #[derive(Debug)]
    struct FromWdkSys;

    impl ParseCallbacks for FromWdkSys {
        fn blocklisted_type_implements_trait(
            &self,
            _name: &str,
            derive_trait: DeriveTrait,
        ) -> Option<ImplementsTrait> {
            match derive_trait {
                // Without this every union would become a struct of `__BindgenUnionField`.
                DeriveTrait::Copy => Some(ImplementsTrait::Yes),
                // Pointers have no Default, so bindgen writes one that fills with zeros; unions
                // among them have no Debug.
                DeriveTrait::Default | DeriveTrait::Debug => Some(ImplementsTrait::No),
                _ => None,
            }
        }
    }
}

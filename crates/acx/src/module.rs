//! Audio modules: parts of a driver to which programs send commands. DDI: AcxAudioModuleCreate,
//! EVT_ACX_AUDIOMODULE_PROCESSCOMMAND.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::device::PrepareHardware;
//! use acx::guid::GUID;
//! use acx::module::{AudioModule, ModuleCommand, ModuleDescription};
//! use acx::{Result, wide};
//!
//! const EQUALIZER: GUID = acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F4");
//!
//! /// Answers each command with its length.
//! struct Equalizer;
//!
//! impl AudioModule for Equalizer {
//!     fn command(&self, command: &mut ModuleCommand<'_>) -> Result<usize> {
//!         let length = command.length().to_le_bytes();
//!         command.write_at(0, &length);
//!         Ok(length.len())
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let mut circuit = host::speaker(hardware)?;
//!     let name = wide!("Equalizer");
//!     let own = ModuleDescription { class: EQUALIZER, instance: 0, version: (1, 0), name };
//!     circuit.audio_module(&own, Equalizer)?;
//!     circuit.add()
//! }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::copy::{copy_in, copy_out};
use crate::debug::Level;
use crate::element::Element;
use crate::error::status;
use crate::trace;
use crate::{Error, Passive, Result, context};

/// A module's commands. ACX calls these at `PASSIVE_LEVEL`.
pub trait AudioModule: Send + Sync + 'static {
    /// EvtAcxAudioModuleProcessCommand: writes the result and returns its length in bytes. If the
    /// client's buffer is shorter, nothing is copied and the client gets the required length.
    fn command(&self, command: &mut ModuleCommand<'_>) -> Result<usize>;
}

/// The descriptor of a module.
#[derive(Clone, Copy, Debug)]
pub struct ModuleDescription<'a> {
    /// The class.
    pub class: GUID,
    /// The number of the instance in its class.
    pub instance: u32,
    /// Major and minor version of its commands.
    pub version: (u32, u32),
    /// The name that users see, in UTF-16; only the first 127 units are used.
    pub name: &'a [u16],
}

/// A command to a module, with the buffer for its result.
pub struct ModuleCommand<'callback> {
    input: (*const u8, usize),
    output: (*mut u8, usize),
    passive: &'callback mut Passive,
}

impl ModuleCommand<'_> {
    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// The length of the command in bytes.
    pub fn length(&self) -> usize {
        self.input.1
    }

    /// Copies the beginning of the command into `into`, as much as fits. Returns the number of
    /// bytes.
    pub fn read(&self, into: &mut [u8]) -> usize {
        let length = self.input.1.min(into.len());
        if let Some(into) = into.get_mut(..length) {
            // SAFETY: ACX passes this many bytes, valid during the callback.
            unsafe { copy_out(self.input.0, into) };
        }
        length
    }

    /// The size of the result buffer in bytes.
    pub fn output_length(&self) -> usize {
        self.output.1
    }

    /// Copies `from` to byte `offset` of the result, as much as fits.
    pub fn write_at(&mut self, offset: usize, from: &[u8]) {
        let length = self.output.1.saturating_sub(offset).min(from.len());
        if let Some(from) = from.get(..length) {
            // The copy's length is at most that of the bytes after `offset`, so the sum is inside
            // the buffer.
            let place = self.output.0.wrapping_add(offset);
            // SAFETY: ACX passes this many bytes, valid during the callback.
            unsafe { copy_in(place, from) };
        }
    }
}

impl NewCircuit<'_> {
    /// An audio module.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxAudioModuleCreate")]
    #[inline(never)]
    pub fn audio_module<M: AudioModule>(
        &mut self,
        description: &ModuleDescription<'_>,
        module: M,
    ) -> Result<Element<'_>> {
        let mut callbacks = ACX_AUDIOMODULE_CALLBACKS::default();
        ACX_AUDIOMODULE_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxAudioModuleProcessCommand = Some(process_command::<M>);
        let mut config = ACX_AUDIOMODULE_CONFIG::default();
        ACX_AUDIOMODULE_CONFIG_INIT(&mut config);
        config.Descriptor.ClassId = description.class;
        config.Descriptor.InstanceId = description.instance;
        (config.Descriptor.VersionMajor, config.Descriptor.VersionMinor) = description.version;
        // The last unit stays zero.
        for (place, unit) in config.Descriptor.Name.iter_mut().take(127).zip(description.name) {
            *place = *unit;
        }
        config.Callbacks = &raw mut callbacks;
        let parent = self.handle().cast();
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXAUDIOMODULE| {
            // SAFETY: the circuit is alive while it is being built, at PASSIVE_LEVEL by its token;
            // ACX copies configuration and callbacks.
            unsafe { AcxAudioModuleCreate(parent, attributes, &raw mut config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            context::create(parent, module, null_mut(), <*mut ACXAUDIOMODULE__>::cast, create)
        }?;
        self.keep(handle.cast(), None)
    }
}

unsafe extern "C" fn process_command<M: AudioModule>(
    module: ACXAUDIOMODULE,
    input: PVOID,
    input_bytes: ULONG,
    output: PVOID,
    output_bytes: PULONG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxAudioModuleProcessCommand", module, [input_bytes, 0]);
    // SAFETY: ACX calls back for a live element, and not after its cleanup.
    let Some(own) = (unsafe { context::get::<M>(module.cast()) }) else {
        return Error::InvalidState.status();
    };
    let size = |bytes: ULONG| usize::try_from(bytes).unwrap_or(0);
    // SAFETY: ACX passes a valid parameter, which holds the length of the buffer.
    let output_length = size(unsafe { output_bytes.read() });
    // SAFETY: EvtAcxAudioModuleProcessCommand is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    let mut command = ModuleCommand {
        input: (
            input.cast::<u8>().cast_const(),
            if input.is_null() { 0 } else { size(input_bytes) },
        ),
        output: (output.cast(), if output.is_null() { 0 } else { output_length }),
        passive: &mut passive,
    };
    let answer = own.command(&mut command);
    let (result, length) = match answer {
        Ok(needed) if needed > command.output_length() => (STATUS_BUFFER_OVERFLOW, needed),
        Ok(written) => (STATUS_SUCCESS, written),
        Err(error) => (status(Err(error)), 0),
    };
    // SAFETY: ACX passes a valid parameter, which takes the length of the answer.
    unsafe { output_bytes.write(ULONG::try_from(length).unwrap_or(0)) };
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_stays_inside_the_clients_buffer() {
        let mut buffer = [9; 6];
        // SAFETY: nothing here asks the framework for anything.
        let mut passive = unsafe { Passive::assume() };
        let output = (buffer.as_mut_ptr(), 4);
        let mut command =
            ModuleCommand { input: (core::ptr::null(), 0), output, passive: &mut passive };
        for (offset, from) in [(2, &[1, 2, 3][..]), (4, &[5]), (5, &[6])] {
            command.write_at(offset, from);
        }
        assert_eq!(buffer, [9, 9, 1, 2, 9, 9]);
    }
}

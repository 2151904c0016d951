//! Object bags: named values that drivers and ACX give each other, such as the properties of a
//! composite endpoint. DDI: AcxObjectBagCreate, AcxObjectBagOpen, AcxObjectBagAddUI4 and its
//! siblings, AcxObjectBagRetrieveUI4 and its siblings.
//!
//! ACX reserves name prefixes: a driver's own names begin with `drv_` and the vendor's name.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::bag::{Access, ObjectBag};
//! use acx::device::PrepareHardware;
//! use acx::{Error, Result, wide};
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let passive = hardware.passive();
//!     let bag = ObjectBag::create(wide!("drv_contoso_endpoint"), Access::ReadWrite, passive)?;
//!     bag.add(wide!("gain"), -6_i32, passive)?;
//!     bag.add_text(wide!("name"), wide!("Desk microphone"), passive)?;
//!     bag.add_blob(wide!("curve"), &[1, 2, 3], passive)?;
//!
//!     // Another driver finds it by its name.
//!     let same = ObjectBag::open(wide!("drv_contoso_endpoint"), Access::Read, passive)?;
//!     assert_eq!(same.get::<i32>(wide!("gain"), passive)?, -6);
//!     assert_eq!(*same.text(wide!("name"), passive)?, *wide!("Desk microphone"));
//!     assert_eq!(*same.blob(wide!("curve"), passive)?, [1, 2, 3]);
//!     // A value has the type that it was added with.
//!     assert!(same.get::<u8>(wide!("gain"), passive).is_err());
//!     assert_eq!(same.get::<u32>(wide!("none"), passive), Err(Error::NotFound));
//!     Ok(())
//! }
//! ```

use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::null_mut;

use acx_sys::*;

use crate::error::check;
use crate::owned::Owned;
use crate::pool::Vec;
use crate::unicode::unicode;
use crate::wdf_text::{WdfBytes, WdfText, WdfTexts};
use crate::{Error, Passive, Result, context};

/// The access that a bag is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// For reading values.
    Read,
    /// For reading and adding values.
    ReadWrite,
    /// Like `ReadWrite`, but a bag or value that already exists is an error and is not replaced.
    ReadNew,
}

impl Access {
    fn flags(self) -> ULONG {
        use _ACX_OBJECTBAG_CONFIG_FLAGS as Flags;
        let flags = match self {
            Self::Read => Flags::AcxObjectBagConfigEnableReads,
            Self::ReadWrite => {
                Flags::AcxObjectBagConfigEnableReads | Flags::AcxObjectBagConfigEnableWrites
            }
            Self::ReadNew => {
                Flags::AcxObjectBagConfigEnableReads
                    | Flags::AcxObjectBagConfigEnableWrites
                    | Flags::AcxObjectBagConfigFailIfExist
            }
        };
        flags.cast_unsigned()
    }
}

/// A number or GUID in a bag.
pub trait Value: Copy + sealed::Value {}

mod sealed {
    use acx_sys::{ACXOBJECTBAG, NTSTATUS, PCUNICODE_STRING};

    pub trait Value: Sized {
        const EMPTY: Self;

        /// # Safety
        ///
        /// At PASSIVE_LEVEL; a live bag, and a string that is valid for the call.
        #[doc(hidden)]
        unsafe fn add(self, bag: ACXOBJECTBAG, name: PCUNICODE_STRING) -> NTSTATUS;

        /// # Safety
        ///
        /// As for `add`.
        #[doc(hidden)]
        unsafe fn retrieve(&mut self, bag: ACXOBJECTBAG, name: PCUNICODE_STRING) -> NTSTATUS;
    }
}

macro_rules! values {
    ($($kind:ty, $empty:expr, $add:ident, $retrieve:ident;)*) => {$(
        impl Value for $kind {}

        impl sealed::Value for $kind {
            const EMPTY: Self = $empty;

            unsafe fn add(self, bag: ACXOBJECTBAG, name: PCUNICODE_STRING) -> NTSTATUS {
                // SAFETY: by the caller's contract.
                unsafe { $add(bag, name, self) }
            }

            unsafe fn retrieve(
                &mut self,
                bag: ACXOBJECTBAG,
                name: PCUNICODE_STRING,
            ) -> NTSTATUS {
                // SAFETY: by the caller's contract; the place is this value.
                unsafe { $retrieve(bag, name, self) }
            }
        }
    )*};
}

values! {
    i8, 0, AcxObjectBagAddI1, AcxObjectBagRetrieveI1;
    u8, 0, AcxObjectBagAddUI1, AcxObjectBagRetrieveUI1;
    i16, 0, AcxObjectBagAddI2, AcxObjectBagRetrieveI2;
    u16, 0, AcxObjectBagAddUI2, AcxObjectBagRetrieveUI2;
    i32, 0, AcxObjectBagAddI4, AcxObjectBagRetrieveI4;
    u32, 0, AcxObjectBagAddUI4, AcxObjectBagRetrieveUI4;
    i64, 0, AcxObjectBagAddI8, AcxObjectBagRetrieveI8;
    u64, 0, AcxObjectBagAddUI8, AcxObjectBagRetrieveUI8;
    usize, 0, AcxObjectBagAddSizeT, AcxObjectBagRetrieveSizeT;
    GUID, GUID { Data1: 0, Data2: 0, Data3: 0, Data4: [0; 8] },
        AcxObjectBagAddGuid, AcxObjectBagRetrieveGuid;
}

/// A bag for reading and adding values, borrowed from a callback or from an [`ObjectBag`].
#[derive(Debug)]
pub struct Bag {
    // Neither `Clone` nor `Copy`: it is only borrowed, so it does not outlive the object.
    handle: ACXOBJECTBAG,
}

// SAFETY: a handle is a number that belongs to no thread.
unsafe impl Send for Bag {}
// SAFETY: sharing one gives out that number only, and ACX's bags serialize their calls.
unsafe impl Sync for Bag {}

impl Bag {
    /// The bag that a callback passes; None if it passes none.
    ///
    /// # Safety
    ///
    /// A live bag, or null. The result must not be used after the bag is gone.
    pub(crate) unsafe fn lent(handle: ACXOBJECTBAG) -> Option<Self> {
        (!handle.is_null()).then_some(Self { handle })
    }

    /// The handle, unless the framework has cleaned the bag up.
    pub(crate) fn alive(&self) -> Result<ACXOBJECTBAG> {
        // SAFETY: the lender of the bag keeps its handle valid.
        let is_gone = unsafe { context::is_gone(self.handle.cast()) };
        if is_gone { Err(Error::InvalidState) } else { Ok(self.handle) }
    }

    /// Adds a number or GUID, or replaces it.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the driver is being unloaded; ACX's errors, such as for a bag
    /// that was opened for reading.
    #[doc(alias = "AcxObjectBagAddI1")]
    #[doc(alias = "AcxObjectBagAddUI1")]
    #[doc(alias = "AcxObjectBagAddI2")]
    #[doc(alias = "AcxObjectBagAddUI2")]
    #[doc(alias = "AcxObjectBagAddI4")]
    #[doc(alias = "AcxObjectBagAddUI4")]
    #[doc(alias = "AcxObjectBagAddI8")]
    #[doc(alias = "AcxObjectBagAddUI8")]
    #[doc(alias = "AcxObjectBagAddSizeT")]
    #[doc(alias = "AcxObjectBagAddGuid")]
    pub fn add<V: Value>(&self, name: &[u16], value: V, _passive: &Passive) -> Result<()> {
        let (bag, name) = (self.alive()?, unicode(name)?);
        // SAFETY: at PASSIVE_LEVEL by the token; the bag is alive, and ACX copies name and value.
        check(unsafe { value.add(bag, &raw const name) })
    }

    /// The number or GUID that was added as `name`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none; ACX's errors, such as for a value of another type.
    #[doc(alias = "AcxObjectBagRetrieveI1")]
    #[doc(alias = "AcxObjectBagRetrieveUI1")]
    #[doc(alias = "AcxObjectBagRetrieveI2")]
    #[doc(alias = "AcxObjectBagRetrieveUI2")]
    #[doc(alias = "AcxObjectBagRetrieveI4")]
    #[doc(alias = "AcxObjectBagRetrieveUI4")]
    #[doc(alias = "AcxObjectBagRetrieveI8")]
    #[doc(alias = "AcxObjectBagRetrieveUI8")]
    #[doc(alias = "AcxObjectBagRetrieveSizeT")]
    #[doc(alias = "AcxObjectBagRetrieveGuid")]
    pub fn get<V: Value>(&self, name: &[u16], _passive: &Passive) -> Result<V> {
        let (bag, name) = (self.alive()?, unicode(name)?);
        let mut value = V::EMPTY;
        // SAFETY: at PASSIVE_LEVEL by the token; the bag is alive, and the name is ours.
        check(unsafe { value.retrieve(bag, &raw const name) })?;
        Ok(value)
    }

    /// Adds a text, UTF-16 without a terminating zero, or replaces it.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`add`](Self::add); [`Error::InvalidParameter`] for more than 32,767 units.
    #[doc(alias = "AcxObjectBagAddUnicodeString")]
    pub fn add_text(&self, name: &[u16], value: &[u16], _passive: &Passive) -> Result<()> {
        let (bag, name, value) = (self.alive()?, unicode(name)?, unicode(value)?);
        // SAFETY: at PASSIVE_LEVEL by the token; the bag is alive, and ACX copies both strings.
        check(unsafe { AcxObjectBagAddUnicodeString(bag, &raw const name, &raw const value) })
    }

    /// The text that was added as `name`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`get`](Self::get).
    #[doc(alias = "AcxObjectBagRetrieveString")]
    pub fn text(&self, name: &[u16], _passive: &Passive) -> Result<Vec<u16>> {
        let (bag, name) = (self.alive()?, unicode(name)?);
        // SAFETY: at PASSIVE_LEVEL by the token; the string is the driver's child.
        let text = unsafe { WdfText::new(&[], null_mut()) }?;
        // SAFETY: at PASSIVE_LEVEL by the token; the bag is alive; name and string are ours.
        check(unsafe { AcxObjectBagRetrieveString(bag, &raw const name, text.handle()) })?;
        text.text()
    }

    /// Like [`text`](Self::text), but copies into `into` without allocating. Returns the number of
    /// UTF-16 units.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`get`](Self::get); ACX's error if the text is longer than `into`.
    #[doc(alias = "AcxObjectBagRetrieveUnicodeString")]
    pub fn read_text(&self, name: &[u16], into: &mut [u16], _passive: &Passive) -> Result<usize> {
        let (bag, name) = (self.alive()?, unicode(name)?);
        let whole = unicode(into)?;
        let mut text = UNICODE_STRING { Length: 0, Buffer: into.as_mut_ptr(), ..whole };
        // SAFETY: at PASSIVE_LEVEL by the token; the bag is alive; ACX writes no more than the
        // string's maximum, which is the buffer's length.
        check(unsafe { AcxObjectBagRetrieveUnicodeString(bag, &raw const name, &raw mut text) })?;
        Ok(usize::from(text.Length / 2).min(into.len()))
    }

    /// Adds a list of texts, or replaces it.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`add_text`](Self::add_text).
    #[doc(alias = "AcxObjectBagAddMultiString")]
    pub fn add_texts<'a>(
        &self,
        name: &[u16],
        values: impl IntoIterator<Item = &'a [u16]>,
        _passive: &Passive,
    ) -> Result<()> {
        let (bag, name) = (self.alive()?, unicode(name)?);
        // SAFETY: the collection is the driver's child; at PASSIVE_LEVEL by the token.
        let texts = unsafe { WdfTexts::new(null_mut()) }?;
        for value in values {
            // SAFETY: at PASSIVE_LEVEL by the token.
            unsafe { texts.push(value) }?;
        }
        // SAFETY: at PASSIVE_LEVEL by the token; the bag is alive; ACX copies name and strings.
        check(unsafe { AcxObjectBagAddMultiString(bag, &raw const name, texts.handle()) })
    }

    /// The list of texts that was added as `name`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`get`](Self::get).
    #[doc(alias = "AcxObjectBagRetrieveMultiString")]
    pub fn texts(&self, name: &[u16], _passive: &Passive) -> Result<Vec<Vec<u16>>> {
        let (bag, name) = (self.alive()?, unicode(name)?);
        // SAFETY: the collection is the driver's child; at PASSIVE_LEVEL by the token.
        let texts = unsafe { WdfTexts::new(null_mut()) }?;
        let mut attributes = texts.attributes();
        // SAFETY: at PASSIVE_LEVEL by the token; the bag is alive, the name and the collection are
        // ours, and the strings will be the collection's children.
        check(unsafe {
            let place = &raw mut attributes;
            AcxObjectBagRetrieveMultiString(bag, &raw const name, place, texts.handle())
        })?;
        // SAFETY: at PASSIVE_LEVEL by the token; ACX has put strings into it.
        unsafe { texts.texts() }
    }

    /// Adds bytes, at least one, or replaces them.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`add`](Self::add); [`Error::InvalidParameter`] for no bytes.
    #[doc(alias = "AcxObjectBagAddBlob")]
    pub fn add_blob(&self, name: &[u16], value: &[u8], _passive: &Passive) -> Result<()> {
        let (bag, name) = (self.alive()?, unicode(name)?);
        if value.is_empty() {
            return Err(Error::InvalidParameter);
        }
        // SAFETY: the driver's child, over bytes that outlive it; ACX only reads them.
        let memory = unsafe { WdfBytes::over(value, null_mut()) }?;
        // SAFETY: at PASSIVE_LEVEL by the token; the bag is alive; ACX copies name and bytes.
        check(unsafe { AcxObjectBagAddBlob(bag, &raw const name, memory.handle()) })
    }

    /// The bytes that were added as `name`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`get`](Self::get).
    #[doc(alias = "AcxObjectBagRetrieveBlob")]
    pub fn blob(&self, name: &[u16], _passive: &Passive) -> Result<Vec<u8>> {
        let (bag, name) = (self.alive()?, unicode(name)?);
        let mut attributes = context::attributes::<()>(null_mut());
        let mut memory: WDFMEMORY = null_mut();
        // SAFETY: at PASSIVE_LEVEL by the token; the bag is alive; name, attributes and output
        // parameter are ours.
        check(unsafe {
            let place = &raw mut attributes;
            AcxObjectBagRetrieveBlob(bag, &raw const name, place, &raw mut memory)
        })?;
        // SAFETY: created just now with these attributes, for this call.
        unsafe { WdfBytes::of(memory) }.bytes()
    }
}

/// An open bag, closed when dropped. The values of a named bag stay for others that have it open.
pub struct ObjectBag {
    bag: Bag,
    owner: Owned,
}

/// A bag that stays open until the driver is unloaded, for templates:
/// [`Composites::keep`](crate::composite::Composites::keep).
#[derive(Clone, Copy, Debug)]
pub struct KeptBag<'a> {
    pub(crate) handle: ACXOBJECTBAG,
    kept: PhantomData<&'a ()>,
}

impl Deref for ObjectBag {
    type Target = Bag;

    fn deref(&self) -> &Bag {
        &self.bag
    }
}

impl ObjectBag {
    /// Leaves the bag to the driver object, whose child it is.
    pub(crate) fn keep<'a>(self) -> KeptBag<'a> {
        let Self { bag, owner } = self;
        owner.leave_to_parent();
        KeptBag { handle: bag.handle, kept: PhantomData }
    }

    /// Creates a bag without a name, such as for the properties of a template.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn new(passive: &Passive) -> Result<Self> {
        Self::make(None, Access::ReadWrite, true, passive)
    }

    /// Opens the bag `name`, and creates it if it does not exist.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// ACX's errors, such as with [`Access::ReadNew`] for a bag that exists.
    #[doc(alias = "AcxObjectBagCreate")]
    pub fn create(name: &[u16], access: Access, passive: &Passive) -> Result<Self> {
        Self::make(Some(name), access, true, passive)
    }

    /// Opens the existing bag `name`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none; ACX's errors.
    #[doc(alias = "AcxObjectBagOpen")]
    pub fn open(name: &[u16], access: Access, passive: &Passive) -> Result<Self> {
        Self::make(Some(name), access, false, passive)
    }

    /// Opens a bag by a handle from another driver or ACX.
    ///
    /// # Safety
    ///
    /// The handle must be that of a bag, and valid for the call.
    pub(crate) unsafe fn of_handle(handle: HANDLE, passive: &Passive) -> Result<Self> {
        let mut config = ACX_OBJECTBAG_CONFIG::default();
        ACX_OBJECTBAG_CONFIG_INIT(&mut config);
        config.Flags = Access::Read.flags()
            | _ACX_OBJECTBAG_CONFIG_FLAGS::AcxObjectBagConfigOpenWithHandle.cast_unsigned();
        config.Handle = handle;
        Self::from_config(&mut config, AcxObjectBagOpen, passive)
    }

    fn make(
        name: Option<&[u16]>,
        access: Access,
        creates: bool,
        passive: &Passive,
    ) -> Result<Self> {
        let name = name.map(unicode).transpose()?;
        let mut config = ACX_OBJECTBAG_CONFIG::default();
        ACX_OBJECTBAG_CONFIG_INIT(&mut config);
        config.Flags = access.flags();
        config.Name = name.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
        let function = if creates { AcxObjectBagCreate } else { AcxObjectBagOpen };
        Self::from_config(&mut config, function, passive)
    }

    /// The configuration's name belongs to the caller and outlives the call.
    #[inline(never)]
    fn from_config(
        config: &mut ACX_OBJECTBAG_CONFIG,
        function: unsafe fn(
            PWDF_OBJECT_ATTRIBUTES,
            PACX_OBJECTBAG_CONFIG,
            *mut ACXOBJECTBAG,
        ) -> NTSTATUS,
        _passive: &Passive,
    ) -> Result<Self> {
        let mut attributes = context::attributes::<()>(null_mut());
        let mut handle: ACXOBJECTBAG = null_mut();
        // SAFETY: one of ACX's two calls, at PASSIVE_LEVEL by the token; the bag is the driver's
        // child, and ACX copies the configuration and its name.
        check(unsafe { function(&raw mut attributes, config, &raw mut handle) })?;
        // SAFETY: created just now with these attributes, and owned by no one else.
        let owner = unsafe { Owned::new(handle.cast()) };
        Ok(Self { bag: Bag { handle }, owner })
    }
}

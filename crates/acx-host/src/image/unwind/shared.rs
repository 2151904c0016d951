//! What the unwind data of both processors have in common.

use std::ops::Range;

/// The memory that frames lie in.
pub trait Stack {
    /// The eight bytes at an address, or None where there is no stack.
    fn word(&self, address: u64) -> Option<u64>;
}

/// An error in unwind data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The table of functions lies outside, has a broken entry, or is not in order.
    #[error("the table of functions is not in order at {at:#x}")]
    Table {
        /// Offset in the image.
        at: u32,
    },
    /// A description or what it refers to lies outside the image.
    #[error("unwind data at {at:#x} is cut off")]
    CutOff {
        /// Offset in the image.
        at: u32,
    },
    /// A version that images for the processor do not have.
    #[error("unwind data at {at:#x} has version {version}, which is not known")]
    Version {
        /// Offset in the image.
        at: u32,
        /// What is there.
        version: u8,
    },
    /// A code that does not exist, or one with impossible operands.
    #[error("unwind data at {at:#x} has code {code}, which does not exist or makes no sense")]
    Code {
        /// Offset in the image.
        at: u32,
        /// What is there.
        code: u8,
    },
    /// Descriptions that are chained without an end.
    #[error("unwind data at {at:#x} is chained without an end")]
    Chain {
        /// Offset in the image.
        at: u32,
    },
    /// A handler, a filter or the code behind an `__except` lies outside the image's code.
    #[error("unwind data at {at:#x} has a handler at {handler:#x}, where no code is")]
    Handler {
        /// Offset in the image.
        at: u32,
        /// Offset in the image.
        handler: u32,
    },
    /// A return address is none: a function has no unwind data, or wrong data.
    #[error(
        "unwind data leads to {address:#x}, where no code is: a function has none, or wrong data"
    )]
    Return {
        /// Address.
        address: u64,
    },
    /// A frame lies outside the stack: the data does not describe the code.
    #[error("unwind data leads to {address:#x}, outside the stack")]
    Stack {
        /// Address.
        address: u64,
    },
}

/// A function of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its entry in the table, as an offset in the image.
    pub entry: u32,
    /// Its first instruction, as an offset in the image.
    pub begin: u32,
    /// The end of the code, exclusive.
    pub end: u32,
    /// Its description.
    pub(super) info: u32,
}

/// A function's handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Offset in the image.
    pub address: u32,
    /// The handler's own data: an offset in the image.
    pub data: u32,
    /// Whether it is asked what to do with an exception.
    pub handles: bool,
    /// Whether it is called while frames are left.
    pub unwinds: bool,
}

/// A frame that was unwound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// None for a leaf function, which has no entry.
    pub function: Option<Function>,
    /// The establisher frame.
    pub establisher: u64,
    /// The handler of exceptions here. None in prologues and epilogues, too.
    pub handler: Option<Handler>,
}

/// An entry of a C function's scope table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The block's first instruction, as an offset in the image.
    pub begin: u32,
    /// The end of the code, exclusive.
    pub end: u32,
    /// The filter, 1 for `EXCEPTION_EXECUTE_HANDLER`, or the `__finally` block.
    pub handler: u32,
    /// Where the `__except` block begins; 0 for `__finally`.
    pub target: u32,
}

impl Scope {
    /// Whether an offset in the image is inside the block.
    pub fn has(&self, offset: u32) -> bool {
        (self.begin..self.end).contains(&offset)
    }
}

/// A copy of an image: what the driver writes or takes out of reach changes nothing here.
#[derive(Debug)]
pub struct Contents {
    pub(super) base: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) code: Vec<Range<u32>>,
}

impl Contents {
    /// The image's address.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// An address as an offset in the image, if it is inside.
    pub fn offset(&self, address: u64) -> Option<u32> {
        let offset = address.checked_sub(self.base)?;
        (offset < self.bytes.len() as u64).then_some(offset as u32)
    }

    pub(super) fn is_code(&self, offset: u32) -> bool {
        self.code.iter().any(|section| section.contains(&offset))
    }

    pub(super) fn byte(&self, at: u32) -> Option<u8> {
        self.bytes.get(at as usize).copied()
    }

    pub(super) fn half(&self, at: u32) -> Result<u16, Problem> {
        let bytes = self.bytes.get(at as usize..).and_then(|rest| rest.first_chunk());
        bytes.copied().map(u16::from_le_bytes).ok_or(Problem::CutOff { at })
    }

    pub(super) fn long(&self, at: u32) -> Result<u32, Problem> {
        let bytes = self.bytes.get(at as usize..).and_then(|rest| rest.first_chunk());
        bytes.copied().map(u32::from_le_bytes).ok_or(Problem::CutOff { at })
    }

    /// How many scopes a C function has; `data` is its handler's own data.
    ///
    /// # Errors
    ///
    /// [`Problem::CutOff`].
    pub fn scopes(&self, data: u32) -> Result<u32, Problem> {
        let count = self.long(data)?;
        let end = u64::from(data) + 4 + 16 * u64::from(count);
        if end > self.bytes.len() as u64 {
            return Err(Problem::CutOff { at: data });
        }
        Ok(count)
    }

    /// A scope of a C function.
    ///
    /// # Errors
    ///
    /// [`Problem::CutOff`]; [`Problem::Handler`] if it leads to where no function is.
    pub fn scope(&self, data: u32, index: u32) -> Result<Scope, Problem> {
        let at = data.saturating_add(4).saturating_add(index.saturating_mul(16));
        let field = |field: u32| self.long(at.saturating_add(field));
        let scope =
            Scope { begin: field(0)?, end: field(4)?, handler: field(8)?, target: field(12)? };
        let is_constant = scope.handler == 1 && scope.target != 0;
        if !is_constant && !self.is_code(scope.handler) {
            return Err(Problem::Handler { at, handler: scope.handler });
        }
        if scope.target != 0 && !self.is_code(scope.target) {
            return Err(Problem::Handler { at, handler: scope.target });
        }
        Ok(scope)
    }
}

pub(super) fn word(stack: &impl Stack, address: u64) -> Result<u64, Problem> {
    stack.word(address).ok_or(Problem::Stack { address })
}

//! WDF_OBJECT_ATTRIBUTES: KMDF's checks, by the kind of object.
//!
//! Source: the public source of KMDF 1.33, `FxValidateObjectAttributes`: its checks in its order,
//! the first that fails decides.

use acx_sys::*;

use super::abi::read;
use super::base::Kernel;
use super::report::Rule;

/// wdfstatus.h.
const STATUS_WDF_OBJECT_ATTRIBUTES_INVALID: NTSTATUS = 0xC020_0209_u32.cast_signed();
const STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED: NTSTATUS = 0xC020_020F_u32.cast_signed();
const STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID: NTSTATUS = 0xC020_0210_u32.cast_signed();
const STATUS_WDF_EXECUTION_LEVEL_INVALID: NTSTATUS = 0xC020_0211_u32.cast_signed();
/// The attributes, or the parent in them, are missing.
pub(crate) const STATUS_WDF_PARENT_NOT_SPECIFIED: NTSTATUS = 0xC020_0212_u32.cast_signed();

/// WDF_OBJECT_CONTEXT_TYPE_INFO as KMDF 1.0 had it: without the two members for unique types.
const TYPE_INFO_V1_0: u32 = 24;

/// Whether attributes name the object's parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parent {
    Optional,
    Required,
    NotAllowed,
}

/// What attributes may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    parent: Parent,
    /// An execution level other than the inherited one.
    level: bool,
    /// A synchronization scope of a device or queue.
    scope: bool,
}

/// What an object's callbacks are synchronized with: WDF_SYNCHRONIZATION_SCOPE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Nothing.
    #[default]
    None,
    /// Everything of the device that has this scope.
    Device,
    /// The callbacks of the same queue.
    Queue,
}

/// Where an object's callbacks run, and what they are synchronized with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Constraints {
    /// WdfExecutionLevelPassive.
    pub(crate) passive: bool,
    pub(crate) scope: Scope,
}

impl Constraints {
    /// Those of a new object. A driver's devices and a device's queues inherit what attributes
    /// leave open; other objects do not. Source: fxdevicebase.cpp, fxioqueue.cpp,
    /// `ConfigureConstraints`.
    pub(crate) fn of(
        kind: &str,
        given: Option<WDF_OBJECT_ATTRIBUTES>,
        parent: Option<Self>,
    ) -> Self {
        use _WDF_EXECUTION_LEVEL as L;
        use _WDF_SYNCHRONIZATION_SCOPE as S;
        let inherits = ["WDFDEVICE", "WDFQUEUE"].contains(&kind);
        let inherited = parent.filter(|_| inherits).unwrap_or_default();
        let Some(given) = given else { return inherited };
        Self {
            passive: match given.ExecutionLevel {
                L::WdfExecutionLevelPassive => true,
                L::WdfExecutionLevelDispatch => false,
                _ => inherited.passive,
            },
            scope: match given.SynchronizationScope {
                S::WdfSynchronizationScopeDevice => Scope::Device,
                S::WdfSynchronizationScopeQueue => Scope::Queue,
                S::WdfSynchronizationScopeNone => Scope::None,
                _ => inherited.scope,
            },
        }
    }
}

impl Limits {
    /// Of WdfObjectAllocateContext.
    pub(crate) const CONTEXT: Self =
        Self { parent: Parent::NotAllowed, level: false, scope: false };

    /// Of WdfDeviceInitSetRequestAttributes.
    pub(crate) const REQUESTS: Self = Self::CONTEXT;
    /// Of WdfChildListCreate and WdfFdoInitSetDefaultChildListConfig.
    pub(crate) const CHILD_LIST: Self = Self::CONTEXT;
    /// Of WdfDeviceInitSetFileObjectConfig.
    pub(crate) const FILES: Self = Self { parent: Parent::NotAllowed, level: true, scope: true };

    /// Of the functions that create this kind of object. ACX's kinds have no published limits.
    pub(crate) fn of(kind: &str) -> Self {
        let (parent, level, scope) = match kind {
            "WDFDRIVER" | "WDFDEVICE" => (Parent::NotAllowed, true, true),
            "WDFTIMER" => (Parent::Required, true, false),
            "WDFDPC" | "WDFWORKITEM" => (Parent::Required, false, false),
            "WDFCHILDLIST" => return Self::CHILD_LIST,
            "WDFOBJECT" => (Parent::Optional, true, false),
            "WDFMEMORY" | "WDFLOOKASIDE" | "WDFSTRING" | "WDFCOLLECTION" | "WDFSPINLOCK"
            | "WDFWAITLOCK" | "WDFKEY" | "WDFIOTARGET" => (Parent::Optional, false, false),
            _ => (Parent::Optional, true, true),
        };
        Self { parent, level, scope }
    }
}

/// Whether `attributes` may be those of a `kind`.
pub(crate) fn check(
    kernel: &Kernel,
    kind: &str,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    limits: Limits,
) -> Result<(), NTSTATUS> {
    use _WDF_EXECUTION_LEVEL as L;
    use _WDF_SYNCHRONIZATION_SCOPE as S;

    let refuse = |rule, what: &str, status| {
        kernel.violate(rule, format!("attributes of a {kind}: {what}"));
        Err(status)
    };
    let Some(attributes) = read(attributes) else {
        if limits.parent == Parent::Required {
            let what = format!("a {kind} needs a parent");
            kernel.violate(Rule::WrongParent, what);
            return Err(STATUS_WDF_PARENT_NOT_SPECIFIED);
        }
        return Ok(());
    };
    if attributes.Size != size_of::<WDF_OBJECT_ATTRIBUTES>() as u32 {
        return refuse(Rule::Uninitialized, "wrong Size", STATUS_INFO_LENGTH_MISMATCH);
    }
    let info = read(attributes.ContextTypeInfo);
    if let Some(info) = info {
        let size = size_of::<WDF_OBJECT_CONTEXT_TYPE_INFO>() as u32;
        if ![size, TYPE_INFO_V1_0].contains(&info.Size) {
            let what = "wrong Size of the context's type";
            return refuse(Rule::Uninitialized, what, STATUS_INFO_LENGTH_MISMATCH);
        }
        if info.ContextSize > 0 && info.ContextName.is_null() {
            let what = "the context's type has no name";
            return refuse(Rule::BadArgument, what, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID);
        }
    }
    let size = info.map_or(usize::MAX, |info| info.ContextSize);
    if attributes.ContextSizeOverride > 0 && attributes.ContextSizeOverride < size {
        let what = "ContextSizeOverride without a type, or smaller than the type";
        return refuse(Rule::BadArgument, what, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID);
    }
    match (limits.parent, attributes.ParentObject.is_null()) {
        (Parent::NotAllowed, false) => {
            let what = "it has no parent of the driver's choice";
            return refuse(Rule::WrongParent, what, STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED);
        }
        (Parent::Required, true) => {
            let what = format!("a {kind} needs a parent");
            kernel.violate(Rule::WrongParent, what);
            return Err(STATUS_WDF_PARENT_NOT_SPECIFIED);
        }
        _ => {}
    }
    let (level, scope) = (attributes.ExecutionLevel, attributes.SynchronizationScope);
    if !(L::WdfExecutionLevelInheritFromParent..=L::WdfExecutionLevelDispatch).contains(&level)
        || !(S::WdfSynchronizationScopeInheritFromParent..=S::WdfSynchronizationScopeNone)
            .contains(&scope)
    {
        let what = "ExecutionLevel or SynchronizationScope out of range";
        return refuse(Rule::Uninitialized, what, STATUS_WDF_OBJECT_ATTRIBUTES_INVALID);
    }
    let names_lock =
        [S::WdfSynchronizationScopeDevice, S::WdfSynchronizationScopeQueue].contains(&scope);
    if names_lock && !limits.scope {
        let what = "it has no synchronization scope";
        return refuse(Rule::BadArgument, what, STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID);
    }
    if level != L::WdfExecutionLevelInheritFromParent && !limits.level {
        let what = "it has no execution level";
        return refuse(Rule::BadArgument, what, STATUS_WDF_EXECUTION_LEVEL_INVALID);
    }
    Ok(())
}

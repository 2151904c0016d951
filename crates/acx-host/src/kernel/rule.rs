//! The verifier's rules for drivers. Each stands for one mistake: a small driver in
//! tests/bad-drivers makes it, and violates this rule and no other.

/// Defines the rules, each with its sentence.
macro_rules! rules {
    ($($(#[$meta:meta])* $name:ident: $sentence:literal)*) => {
        /// A rule that a driver must keep.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $sentence] $(#[$meta])* $name,)*
        }

        impl Rule {
            /// Every rule, in order: level, pool, MDLs, locks, handles and objects, requests,
            /// streams, devices, the rest.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The rule in a sentence.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }
        }
    };
}

rules! {
    Irql: "a function is called at or below its highest IRQL"
    IrqlChange: "a callback returns at the IRQL it was called at; raising raises, lowering lowers"
    WaitAtDispatch: "nothing waits above PASSIVE_LEVEL: the processor would hang"
    PagedCode: "code in a pageable section does not run at DISPATCH_LEVEL"
    PagedPool: "paged pool is neither allocated nor touched at DISPATCH_LEVEL"

    PoolLeak: "a driver frees all its pool before it is unloaded"
    PoolOverrun: "a driver writes nothing behind its pool blocks"
    PoolUnderrun: "a driver writes nothing before its pool blocks"
    UseAfterFree: "a pool block is not touched once it is freed"
    DoubleFree: "a pool block is freed once"
    WrongTag: "a pool block is freed with the tag it was allocated with"
    BadFree: "memory that is freed as pool is a pool block, and is freed at its first byte"
    PoolRequest: "pool is allocated with a length and a tag, and is never executable"

    MdlLeak: "a driver frees all its MDLs before it is unloaded"
    MdlMisuse: "an MDL is built before it is used, lies inside its source, and is freed once"

    Deadlock: "every wait ends: no lock is taken twice, nothing waits for itself or for ever"
    LockNotHeld: "a lock is released once, by its holder, at the IRQL at which it is held"
    LockHeldOnReturn: "a callback releases the locks that it took"
    LockOrder: "two locks are taken in the same order everywhere"
    LockHoldTime: "a spin lock is held for 25 microseconds at most"
    SharedLock: "the packet path and control callbacks share no lock"

    HandleLeak: "a driver closes every kernel handle and registration before it is unloaded"
    BadHandle: "a kernel handle or registration is used only while it is open"
    ThreadLeak: "a driver ends its threads before it is unloaded"
    TimerLeak: "a driver cancels its timers before their memory is freed"
    FreedObject: "a framework handle is not used after its object is deleted"
    WrongHandle: "a framework handle goes only to functions for its kind of object, an init object only to one create function"
    WrongParent: "an object has the parent that its kind needs, and is joined only to objects of its own circuit or device"
    ObjectLeak: "every framework object is deleted, and its cleanup called, before the driver is unloaded"
    References: "an object is dereferenced as often as it was referenced, and no more"
    Uninitialized: "a structure is passed to the framework as its _INIT function leaves it, with its Size"
    OutOfPlace: "a function that belongs to a certain callback is called in it, and once"
    Unpaired: "each call that ends or resumes something follows the call that began or stopped it"
    BadArgument: "arguments are as the function's page requires"

    RequestLost: "every request is completed, forwarded or given back"
    RequestTwice: "a request is completed once"
    RequestMisuse: "a request is completed with a final status by its owner, and sent only when it is formatted"

    StreamNotMade: "EvtAcxCircuitCreateStream makes a stream of the kind that its callbacks are for, or fails"
    PacketLayout: "packets are one or two whole, locked pieces of the requested size, placed so that they are contiguous"
    PacketNotZeroed: "packet memory that a client can see is zeroed first"
    PacketsFreedEarly: "packet memory is freed in EvtAcxStreamFreeRtPackets, after the client has closed the stream"
    NotifyWithoutRun: "packets complete only while the stream runs"
    NotifyUnderLock: "no spin lock is held while a packet is completed"
    PacketOrder: "packets complete in order, each once"
    PositionBackwards: "a position goes back only when the stream stops"
    UndocumentedStatus: "a callback answers STATUS_SUCCESS or an error of ntstatus.h; packet calls one that their pages list"

    PnpWait: "a PnP or power callback does not wait for a client"
    Assertion: "a driver's assertions hold, and it has no breakpoints"
    BugCheck: "a driver never brings the system down"
    WdfViolation: "a driver does nothing that KMDF bug-checks for: WDF_VIOLATION, 0x10d"
    Exception: "a driver handles each exception that it raises or that its instructions cause"
    UnwindData: "an image's unwind data describes its code, as far as exceptions need it"
    AccessViolation: "a driver touches only memory that it owns"
}

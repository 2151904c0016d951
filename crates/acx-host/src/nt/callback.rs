//! The callbacks of the NT kernel's own functions.

use crate::kernel::callback::callbacks;

callbacks! {
    EXT_CALLBACK: clock;
    IO_WORKITEM_ROUTINE;
    IO_WORKITEM_ROUTINE_EX;
    KDEFERRED_ROUTINE: clock;
    KSTART_ROUTINE;
    RTL_QUERY_REGISTRY_ROUTINE;
    WORKER_THREAD_ROUTINE;
}

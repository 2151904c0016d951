//! Who sent a request, and what the access check of a driver grants it. Sources: the pages of
//! SeAccessCheck, SeCaptureSubjectContext, SeCaptureSubjectContextEx and IoGetRequestorProcess.

use std::ptr::null_mut;

use acx_client::System;
use acx_host::Rule;
use acx_host::security::Token;
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::in_d0;
use crate::io::{BUFFERED, CLASS, sequential, with_file};

/// A self-relative security descriptor.
#[repr(C, align(8))]
struct Descriptor([u8; 116]);

/// Of the rights 1, 2 and 4, administrators have the first, users the second; the third is denied
/// to users before it is allowed.
#[rustfmt::skip]
static DESCRIPTOR: Descriptor = Descriptor([
    // Revision, SE_SELF_RELATIVE | SE_DACL_PRESENT; the offsets of owner, group, SACL and DACL.
    1, 0, 0x04, 0x80,  104, 0, 0, 0,  104, 0, 0, 0,  0, 0, 0, 0,  24, 0, 0, 0,
    // Nothing, and the ACL: its revision, 80 bytes, three entries.
    0, 0, 0, 0,
    2, 0, 80, 0,  3, 0, 0, 0,
    // Denied: the right 4, for S-1-5-32-545, users.
    1, 0, 24, 0,  4, 0, 0, 0,  1, 2, 0, 0, 0, 0, 0, 5,  32, 0, 0, 0,  0x21, 2, 0, 0,
    // Allowed: the right 1, for S-1-5-32-544, administrators; the rights 2 and 4, for users.
    0, 0, 24, 0,  1, 0, 0, 0,  1, 2, 0, 0, 0, 0, 0, 5,  32, 0, 0, 0,  0x20, 2, 0, 0,
    0, 0, 24, 0,  6, 0, 0, 0,  1, 2, 0, 0, 0, 0, 0, 5,  32, 0, 0, 0,  0x21, 2, 0, 0,
    // Owner and group: S-1-5-18, the system.
    1, 1, 0, 0, 0, 0, 0, 5,  18, 0, 0, 0,
]);

const KERNEL: KPROCESSOR_MODE = 0;
const USER: KPROCESSOR_MODE = 1;

/// What SeAccessCheck returns, the rights it grants, and its status.
type Answer = (BOOLEAN, ACCESS_MASK, NTSTATUS);
const DENIED: Answer = (0, 0, STATUS_ACCESS_DENIED);
const fn granted(rights: ACCESS_MASK) -> Answer {
    (1, rights, STATUS_SUCCESS)
}

fn check(
    context: &mut SECURITY_SUBJECT_CONTEXT,
    descriptor: Option<&'static Descriptor>,
    mode: KPROCESSOR_MODE,
    (wanted, before): (ACCESS_MASK, ACCESS_MASK),
) -> Answer {
    let descriptor = descriptor.map_or(null_mut(), |own| own.0.as_ptr().cast_mut().cast());
    let mut mapping = GENERIC_MAPPING::default();
    let mut privileges = std::ptr::dangling_mut();
    let (mut rights, mut status) = (0xFF, 0xFF);
    // SAFETY: a context and a descriptor that outlive the call, places for the answers.
    let answer = unsafe {
        let (privileges, mapping) = (&raw mut privileges, &raw mut mapping);
        let (rights, status) = (&raw mut rights, &raw mut status);
        SeAccessCheck(
            descriptor, context, 0, wanted, before, privileges, mapping, mode, rights, status,
        )
    };
    assert!(privileges.is_null(), "no privileges were used");
    (answer, rights, status)
}

/// How a driver captures the context of a request's sender.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Capture {
    /// That of the current thread: SeCaptureSubjectContext.
    Current,
    /// That of the process which sent the request.
    Process,
    /// With the token of its thread.
    Thread,
}
use Capture::*;

/// What a driver finds out about a sender: whether its process is the current one, whether its
/// thread impersonates somebody, and which of the rights it has.
fn judge(request: WDFREQUEST, how: Capture) -> [u8; 3] {
    let mut context = SECURITY_SUBJECT_CONTEXT::default();
    let place = &raw mut context;
    // SAFETY: a request that the driver has, a place for the context.
    let is_current = unsafe {
        let irp = WdfRequestWdmGetIrp(request);
        let process = IoGetRequestorProcess(irp);
        match how {
            Current => SeCaptureSubjectContext(place),
            Process => SeCaptureSubjectContextEx(null_mut(), process, place),
            Thread => SeCaptureSubjectContextEx((*irp).Tail.Overlay.Thread, process, place),
        }
        process == IoGetCurrentProcess()
    };
    // What SeQuerySubjectContextToken looks at.
    let impersonates = !context.ClientToken.is_null();
    assert!(!context.PrimaryToken.is_null());
    let has =
        |right: &u32| check(&mut context, Some(&DESCRIPTOR), USER, (*right, 0)) == granted(*right);
    let rights: u32 = [1, 2, 4].into_iter().filter(has).sum();
    // SAFETY: the context that was captured.
    unsafe { SeReleaseSubjectContext(&raw mut context) };
    [is_current.into(), impersonates.into(), rights as u8]
}

#[test]
fn a_driver_finds_out_who_sent_a_request() {
    with_file(
        sequential,
        |_, request| {
            let (mut place, none) = (null_mut(), null_mut());
            // SAFETY: a request that the driver has, with a byte of input, and three of output.
            unsafe {
                WdfRequestRetrieveInputBuffer(request, 1, &raw mut place, none);
                let how = [Current, Process, Thread][usize::from(place.cast::<u8>().read())];
                let found = judge(request, how);
                WdfRequestRetrieveOutputBuffer(request, 3, &raw mut place, none);
                place.cast::<[u8; 3]>().write(found);
                WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, 3);
            }
        },
        |machine, _, own| {
            let (user, not_elevated) = (Token::user(), Token::not_elevated());
            let [user, not_elevated] = [user, not_elevated].map(|token| machine.as_client(token));
            let open = |client: &acx_host::Client<'_>| {
                client.open_device(&machine.interfaces(&CLASS)[0]).expect("it opens")
            };
            let files = [own, open(&user), open(&not_elevated)];
            let asked = |client: usize, how: Capture| {
                let mut found = [0; 3];
                let reply = files[client].ioctl(BUFFERED, &[how as u8], &mut found);
                assert_eq!(reply.status, STATUS_SUCCESS);
                found.map(u32::from)
            };
            for how in [Current, Process, Thread] {
                // Administrators are users too.
                let found = [0, 1, 2].map(|client| asked(client, how));
                assert_eq!(found, [[1, 0, 3], [1, 0, 2], [1, 0, 2]], "{how:?}");
            }
            // A thread's own token counts before its process's.
            user.impersonate(Some(Token::administrator()));
            let found = [Current, Process, Thread].map(|how| asked(1, how));
            assert_eq!(found, [[1, 1, 3], [1, 0, 2], [1, 1, 3]]);
            // A system thread's context is the system's, which is no user.
            machine.dispatch_in_system(true);
            for client in [0, 1, 2] {
                assert_eq!(asked(client, Current), [0, 0, 1]);
            }
            assert_eq!([Process, Thread].map(|how| asked(1, how)), [[0, 0, 2], [0, 1, 3]]);
            assert_eq!(asked(2, Process), [0, 0, 2]);
            machine.dispatch_in_system(false);
            user.impersonate(None);
            assert_eq!([Current, Thread].map(|how| asked(1, how)), [[1, 0, 2]; 2]);
            // After a client's request its thread is no client's any more.
            machine.inside(|| {
                let mut context = SECURITY_SUBJECT_CONTEXT::default();
                // SAFETY: a place for the context.
                unsafe { SeCaptureSubjectContext(&raw mut context) };
                let users = check(&mut context, Some(&DESCRIPTOR), USER, (2, 0));
                assert_eq!(users, DENIED, "the system is no user");
                // SAFETY: the context that was captured.
                unsafe { SeReleaseSubjectContext(&raw mut context) };
            });
        },
    )
    .keeps_every_rule();
}

#[test]
fn an_access_check_grants_all_that_is_wanted_or_nothing() {
    in_d0(|_| {
        let mut contexts = [SECURITY_SUBJECT_CONTEXT::default(); 2];
        for context in &mut contexts {
            // SAFETY: a place for the context.
            unsafe { SeCaptureSubjectContext(context) };
        }
        // The system is an administrator and no user.
        let some = Some(&DESCRIPTOR);
        for (descriptor, mode, asked, answer) in [
            (some, USER, (1, 0), granted(1)),
            (some, USER, (2, 0), DENIED),
            (some, USER, (3, 0), DENIED),
            // The owner's READ_CONTROL.
            (some, USER, (0x2_0001, 0), granted(0x2_0001)),
            // What was granted before is not asked for again, and is granted with the rest.
            (some, USER, (2, 2), granted(2)),
            (some, USER, (3, 2), granted(3)),
            (some, USER, (1, 8), granted(9)),
            (some, USER, (6, 2), DENIED),
            (None, USER, (1, 0), DENIED),
            // All of it is the kernel's.
            (some, KERNEL, (7, 8), granted(15)),
            (None, KERNEL, (2, 0), granted(2)),
        ] {
            let found = check(&mut contexts[1], descriptor, mode, asked);
            assert_eq!(found, answer, "{mode} {asked:?}");
        }
        for context in &mut contexts {
            // SAFETY: the contexts that were captured.
            unsafe { SeReleaseSubjectContext(context) };
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_context_that_is_not_captured_has_no_access() {
    in_d0(|_| {
        let mut none = SECURITY_SUBJECT_CONTEXT::default();
        let (answer, _, status) = check(&mut none, Some(&DESCRIPTOR), KERNEL, (1, 0));
        assert_eq!((answer, status), (0, STATUS_ACCESS_DENIED));
    })
    .breaks(&[Rule::BadHandle]);
    // A context is captured, and has to be released, even of what is no process.
    in_d0(|device| {
        let mut context = SECURITY_SUBJECT_CONTEXT::default();
        // SAFETY: a place for the context; the host looks at the process.
        unsafe { SeCaptureSubjectContextEx(null_mut(), device.cast(), &raw mut context) };
    })
    .breaks(&[Rule::BadArgument, Rule::HandleLeak]);
}

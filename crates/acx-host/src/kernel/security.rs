//! The senders of requests: clients with their tokens, and a driver's access checks.
//!
//! A client is a process with one thread. The machine starts with one, an administrator's;
//! [`Machine::as_client`](crate::Machine::as_client) creates others. Sources: the pages of
//! SeAccessCheck, SeCaptureSubjectContextEx, IoGetRequestorProcess, and "How AccessCheck works".

use std::cell::{Cell, RefCell};

use acx_sys::*;

use super::abi::{read, read_bytes, write};
use super::base::Kernel;
use super::function::exports;
use super::loaded;
use super::report::Rule;
use super::table::Table;

/// A security identifier: the bytes of a SID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sid(Vec<u8>);

impl Sid {
    /// A SID of the NT authority, S-1-5 with these numbers behind it.
    pub fn nt(numbers: &[u32]) -> Self {
        let mut bytes = vec![1, numbers.len() as u8, 0, 0, 0, 0, 0, 5];
        bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        Self(bytes)
    }

    /// S-1-5-18, the system.
    pub fn system() -> Self {
        Self::nt(&[18])
    }

    /// S-1-5-32-544, the group of administrators.
    pub fn administrators() -> Self {
        Self::nt(&[32, 544])
    }

    /// S-1-5-4, interactive users.
    pub fn interactive() -> Self {
        Self::nt(&[4])
    }

    /// S-1-5-32-545, the group of users.
    pub fn users() -> Self {
        Self::nt(&[32, 545])
    }
}

/// How a group of a token is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupUse {
    /// Entries that allow, and entries that deny.
    Enabled,
    /// Entries that deny: SE_GROUP_USE_FOR_DENY_ONLY.
    DenyOnly,
}

/// An access token: the user of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The user.
    pub user: Sid,
    /// The groups.
    pub groups: Vec<(Sid, GroupUse)>,
}

impl Token {
    /// An interactive user.
    fn of(relative: u32, groups: &[(Sid, GroupUse)]) -> Self {
        let user = Sid::nt(&[21, 1_000, 2_000, 3_000, relative]);
        let interactive = (Sid::interactive(), GroupUse::Enabled);
        Self { user, groups: groups.iter().cloned().chain([interactive]).collect() }
    }

    /// An administrator with elevated programs.
    pub fn administrator() -> Self {
        let groups = [Sid::administrators(), Sid::users()].map(|sid| (sid, GroupUse::Enabled));
        Self::of(1_001, &groups)
    }

    /// An administrator's program that is not elevated: User Account Control keeps the group in the
    /// token for denial only.
    pub fn not_elevated() -> Self {
        let administrators = (Sid::administrators(), GroupUse::DenyOnly);
        Self::of(1_001, &[administrators, (Sid::users(), GroupUse::Enabled)])
    }

    /// A standard user.
    pub fn user() -> Self {
        Self::of(1_002, &[(Sid::users(), GroupUse::Enabled)])
    }

    /// A service under LOCAL SERVICE, like the audio service.
    pub fn service() -> Self {
        let groups = [Sid::nt(&[6]), Sid::users()].map(|sid| (sid, GroupUse::Enabled));
        Self { user: Sid::nt(&[19]), groups: groups.into() }
    }

    /// The system.
    pub fn system() -> Self {
        let groups = vec![(Sid::administrators(), GroupUse::Enabled)];
        Self { user: Sid::system(), groups }
    }

    /// Returns whether an entry for `sid` applies to this token; `denies` for a deny entry.
    fn matches(&self, sid: &[u8], denies: bool) -> bool {
        let group =
            |(own, how): &(Sid, GroupUse)| own.0 == sid && (denies || *how == GroupUse::Enabled);
        self.user.0 == sid || self.groups.iter().any(group)
    }
}

/// A client of a machine, by its number. The first is the machine's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client(usize);

/// A process and its thread.
#[derive(Clone)]
struct Process {
    token: Token,
    /// The token that its thread impersonates.
    impersonated: Option<Token>,
}

/// A context captured by a driver: a process's token, a thread's if it has one, and the driver's
/// number.
type Captured = (Token, Option<Token>, u32);

/// The clients of a machine, and the contexts that drivers have captured of them.
pub(crate) struct Clients {
    all: RefCell<Vec<Process>>,
    captured: RefCell<Table<usize, Captured>>,
    /// Whether drivers get requests on a system thread.
    in_system: Cell<bool>,
}

impl Default for Clients {
    fn default() -> Self {
        let own = Process { token: Token::administrator(), impersonated: None };
        Self {
            all: RefCell::new(vec![own]),
            captured: RefCell::default(),
            in_system: Cell::default(),
        }
    }
}

/// The addresses of processes, which are inaccessible.
const PROCESSES: usize = 0xFFFF_9A00_0000_0000;
/// The addresses of threads.
const THREADS: usize = 0xFFFF_9B00_0000_0000;
/// The distance between two.
const SIZE: usize = 0x1000;
/// The addresses of captured tokens.
const TOKENS: usize = 0xFFFF_9C00_0000_0000;

thread_local! {
    /// The clients whose requests this thread is in.
    static RUNNING: RefCell<Vec<Option<Client>>> = const { RefCell::new(Vec::new()) };
}

/// While it lives, this thread is that of a client which is in a request.
pub(crate) struct Running(());

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(Vec::pop);
    }
}

impl Clients {
    /// A new client.
    pub(crate) fn add(&self, token: Token) -> Client {
        let mut all = self.all.borrow_mut();
        all.push(Process { token, impersonated: None });
        Client(all.len() - 1)
    }

    /// The client's thread impersonates a token, or none any more.
    pub(crate) fn impersonate(&self, client: Client, token: Option<Token>) {
        self.all.borrow_mut()[client.0].impersonated = token;
    }

    /// From now on, drivers get requests on a system thread.
    pub(crate) fn dispatch_in_system(&self, in_system: bool) {
        self.in_system.set(in_system);
    }

    /// A request of a client reaches a driver; None: a driver's request.
    pub(crate) fn enter(&self, client: Option<Client>) -> Running {
        let client = client.filter(|_| !self.in_system.get());
        RUNNING.with_borrow_mut(|running| running.push(client));
        Running(())
    }

    fn process(&self, address: PEPROCESS) -> Option<Process> {
        let number = (address as usize).checked_sub(PROCESSES)? / SIZE;
        self.all.borrow().get(number).cloned()
    }

    /// At unload every captured context was released.
    pub(crate) fn check_empty(&self, kernel: &Kernel, driver: u32) {
        let before = self.captured.borrow().len();
        self.captured.borrow_mut().retain(|_, (.., owner)| *owner != driver);
        for _ in self.captured.borrow().len()..before {
            let what = "a captured security context was never released".to_owned();
            kernel.violate(Rule::HandleLeak, what);
        }
    }
}

impl Client {
    /// The address of its process.
    fn process(self) -> PEPROCESS {
        (PROCESSES + self.0 * SIZE) as PEPROCESS
    }

    /// The address of its thread in an IRP.
    pub(crate) fn thread(self) -> usize {
        THREADS + self.0 * SIZE
    }
}

/// The client whose request this thread is in.
fn running() -> Option<Client> {
    RUNNING.with_borrow(|running| running.last().copied().flatten())
}

fn IoGetRequestorProcess(_kernel: &Kernel, Irp: PIRP) -> PEPROCESS {
    let Some(irp) = read(Irp) else { return std::ptr::null_mut() };
    // SAFETY: the IRP is not one that is queued as an APC, whose variant would be another.
    let thread = unsafe { irp.Tail.Overlay.Thread } as usize;
    let client = thread.checked_sub(THREADS).map(|offset| Client(offset / SIZE));
    client.map_or(std::ptr::null_mut(), Client::process)
}

fn IoGetCurrentProcess(_kernel: &Kernel) -> PEPROCESS {
    // The system's own has a place of its own.
    running().map_or((PROCESSES - SIZE) as PEPROCESS, Client::process)
}

fn capture(
    kernel: &Kernel,
    (token, impersonated): (Token, Option<Token>),
    out: PSECURITY_SUBJECT_CONTEXT,
) {
    let key = TOKENS + kernel.next_number() as usize * SIZE;
    let has_client = impersonated.is_some();
    let captured = (token, impersonated, loaded::number(kernel));
    kernel.part::<Clients>().captured.borrow_mut().insert(key, captured);
    let context = SECURITY_SUBJECT_CONTEXT {
        ClientToken: if has_client { key + 8 } else { 0 } as PACCESS_TOKEN,
        PrimaryToken: key as PACCESS_TOKEN,
        ..SECURITY_SUBJECT_CONTEXT::default()
    };
    write(out, context);
}

fn SeCaptureSubjectContext(kernel: &Kernel, SubjectContext: PSECURITY_SUBJECT_CONTEXT) {
    let process = running().and_then(|own| kernel.part::<Clients>().process(own.process()));
    let captured = process.map_or((Token::system(), None), |own| (own.token, own.impersonated));
    capture(kernel, captured, SubjectContext);
}

fn SeCaptureSubjectContextEx(
    kernel: &Kernel,
    Thread: PETHREAD,
    Process: PEPROCESS,
    SubjectContext: PSECURITY_SUBJECT_CONTEXT,
) {
    let clients = kernel.part::<Clients>();
    let Some(process) = clients.process(Process) else {
        let what = "SeCaptureSubjectContextEx of what is no process".to_owned();
        kernel.violate(Rule::BadArgument, what);
        return capture(kernel, (Token::user(), None), SubjectContext);
    };
    let impersonated = process.impersonated.filter(|_| !Thread.is_null());
    capture(kernel, (process.token, impersonated), SubjectContext);
}

fn SeReleaseSubjectContext(kernel: &Kernel, SubjectContext: PSECURITY_SUBJECT_CONTEXT) {
    let key = read(SubjectContext).unwrap_or_default().PrimaryToken as usize;
    if kernel.part::<Clients>().captured.borrow_mut().remove(&key).is_none() {
        let what = "SeReleaseSubjectContext of a context that is not captured".to_owned();
        kernel.violate(Rule::BadHandle, what);
    }
}

/// SE_DACL_PRESENT and SE_SELF_RELATIVE.
const DACL_PRESENT: u16 = 0x0004;
const SELF_RELATIVE: u16 = 0x8000;
/// ACCESS_ALLOWED_ACE_TYPE and ACCESS_DENIED_ACE_TYPE; INHERIT_ONLY_ACE.
const ALLOWED: u8 = 0;
const DENIED: u8 = 1;
const INHERIT_ONLY: u8 = 8;

/// A security descriptor, as a driver has it: owner, and the entries of its access control list;
/// None: it has no list, and all is allowed.
struct Descriptor {
    owner: Vec<u8>,
    entries: Option<Vec<Entry>>,
}

/// An entry: whether it denies, what, and to whom.
struct Entry {
    denies: bool,
    mask: u32,
    sid: Vec<u8>,
}

/// The bytes of a SID.
fn sid(at: *const u8) -> Vec<u8> {
    let count = read(at.wrapping_add(1)).unwrap_or_default();
    read_bytes(at, 8 + 4 * usize::from(count))
}

impl Descriptor {
    /// None if it is not one, or has no owner or group, without which nothing is granted.
    fn read(descriptor: PSECURITY_DESCRIPTOR) -> Option<Self> {
        let start = descriptor.cast::<u8>().cast_const();
        // Revision 1; null is none.
        if read(start)? != 1 {
            return None;
        }
        let control: u16 = read(start.wrapping_add(2).cast())?;
        // Offsets of 32 bits from its start, or pointers.
        let part = |number: usize| -> Option<*const u8> {
            if control & SELF_RELATIVE == 0 {
                let pointer: usize = read(start.wrapping_add(8 + 8 * number).cast())?;
                return (pointer != 0).then_some(pointer as *const u8);
            }
            let offset: u32 = read(start.wrapping_add(4 + 4 * number).cast())?;
            (offset != 0).then(|| start.wrapping_add(offset as usize))
        };
        let (owner, _group) = (sid(part(0)?), part(1)?);
        let list = part(3).filter(|_| control & DACL_PRESENT != 0);
        Some(Self { owner, entries: list.map(entries) })
    }

    /// The rights of `wanted` that a token is not granted.
    fn lacking(&self, token: &Token, wanted: u32) -> u32 {
        let Some(entries) = &self.entries else { return 0 };
        // READ_CONTROL and WRITE_DAC are an owner's.
        let owned = if token.matches(&self.owner, false) { 0x0006_0000 } else { 0 };
        let mut lacking = wanted & !owned;
        for entry in entries.iter().filter(|entry| token.matches(&entry.sid, entry.denies)) {
            if !entry.denies {
                lacking &= !entry.mask;
            } else if entry.mask & lacking != 0 {
                return lacking;
            }
        }
        lacking
    }
}

fn entries(list: *const u8) -> Vec<Entry> {
    let count: u16 = read(list.wrapping_add(4).cast()).unwrap_or_default();
    let mut at = list.wrapping_add(8);
    let mut all = Vec::new();
    for _ in 0..count {
        let [kind, flags] = [0, 1].map(|byte| read(at.wrapping_add(byte)).unwrap_or_default());
        let size: u16 = read(at.wrapping_add(2).cast()).unwrap_or_default();
        if matches!(kind, ALLOWED | DENIED) && flags & INHERIT_ONLY == 0 {
            let mask = read(at.wrapping_add(4).cast()).unwrap_or_default();
            all.push(Entry { denies: kind == DENIED, mask, sid: sid(at.wrapping_add(8)) });
        }
        at = at.wrapping_add(size.into());
    }
    all
}

/// The generic rights, which a mapping turns into an object's own.
const GENERIC: u32 = 0xF000_0000;

fn SeAccessCheck(
    kernel: &Kernel,
    SecurityDescriptor: PSECURITY_DESCRIPTOR,
    SubjectSecurityContext: PSECURITY_SUBJECT_CONTEXT,
    _SubjectContextLocked: BOOLEAN,
    DesiredAccess: ACCESS_MASK,
    PreviouslyGrantedAccess: ACCESS_MASK,
    Privileges: *mut PPRIVILEGE_SET,
    GenericMapping: PGENERIC_MAPPING,
    AccessMode: KPROCESSOR_MODE,
    GrantedAccess: PACCESS_MASK,
    AccessStatus: PNTSTATUS,
) -> BOOLEAN {
    write(Privileges, std::ptr::null_mut());
    if DesiredAccess & GENERIC != 0 || GenericMapping.is_null() {
        let what = "SeAccessCheck of generic rights, or without a mapping".to_owned();
        kernel.violate(Rule::BadArgument, what);
    }
    let key = read(SubjectSecurityContext).unwrap_or_default().PrimaryToken as usize;
    let captured = kernel.part::<Clients>().captured.borrow().get(&key).cloned();
    let Some((primary, impersonated, _)) = captured else {
        let what = "SeAccessCheck of a context that is not captured".to_owned();
        kernel.violate(Rule::BadHandle, what);
        write(AccessStatus, STATUS_ACCESS_DENIED);
        return 0;
    };
    let token = impersonated.unwrap_or(primary);
    let wanted = DesiredAccess & !PreviouslyGrantedAccess;
    // A kernel-mode caller is granted all rights.
    let is_granted = AccessMode == 0
        || Descriptor::read(SecurityDescriptor).is_some_and(|own| own.lacking(&token, wanted) == 0);
    let (granted, status) = if is_granted {
        (DesiredAccess | PreviouslyGrantedAccess, STATUS_SUCCESS)
    } else {
        (0, STATUS_ACCESS_DENIED)
    };
    write(GrantedAccess, granted);
    write(AccessStatus, status);
    is_granted.into()
}

exports! {
    /// The access checks of both forms of drivers.
    exports:
    IoGetCurrentProcess() -> PEPROCESS: DISPATCH;
    IoGetRequestorProcess(Irp: PIRP) -> PEPROCESS: DISPATCH;
    SeCaptureSubjectContext(SubjectContext: PSECURITY_SUBJECT_CONTEXT): PASSIVE;
    SeCaptureSubjectContextEx(
        Thread: PETHREAD, Process: PEPROCESS, SubjectContext: PSECURITY_SUBJECT_CONTEXT
    ): PASSIVE;
    SeReleaseSubjectContext(SubjectContext: PSECURITY_SUBJECT_CONTEXT): PASSIVE;
    SeAccessCheck(
        SecurityDescriptor: PSECURITY_DESCRIPTOR,
        SubjectSecurityContext: PSECURITY_SUBJECT_CONTEXT, _SubjectContextLocked: BOOLEAN,
        DesiredAccess: ACCESS_MASK, PreviouslyGrantedAccess: ACCESS_MASK,
        Privileges: *mut PPRIVILEGE_SET, GenericMapping: PGENERIC_MAPPING,
        AccessMode: KPROCESSOR_MODE, GrantedAccess: PACCESS_MASK, AccessStatus: PNTSTATUS
    ) -> BOOLEAN: PASSIVE;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of (denies, mask, whom) with its descriptor around it, self-relative.
    fn descriptor(entries: &[(bool, u32, Sid)]) -> Vec<u8> {
        let mut list = Vec::new();
        for (denies, mask, sid) in entries {
            list.extend([u8::from(*denies), 0]);
            list.extend((8 + sid.0.len() as u16).to_le_bytes());
            list.extend(mask.to_le_bytes());
            list.extend(&sid.0);
        }
        let owner = 20 + 8 + list.len() as u32;
        let mut bytes = vec![1, 0, 0x04, 0x80];
        bytes.extend([owner, owner, 0, 20].iter().flat_map(|offset| offset.to_le_bytes()));
        bytes.extend([2, 0]);
        bytes.extend((8 + list.len() as u16).to_le_bytes());
        bytes.extend((entries.len() as u32).to_le_bytes());
        bytes.extend(list);
        bytes.extend(Sid::system().0);
        bytes
    }

    fn lacks(entries: &[(bool, u32, Sid)], token: &Token, wanted: u32) -> u32 {
        let bytes = descriptor(entries);
        let own = Descriptor::read(bytes.as_ptr().cast_mut().cast()).unwrap();
        own.lacking(token, wanted)
    }

    #[test]
    fn entries_are_looked_at_in_their_order() {
        let (administrators, users) = (Sid::administrators(), Sid::users());
        let allowed = [(false, 1, administrators.clone()), (false, 2, users.clone())];
        assert_eq!(lacks(&allowed, &Token::administrator(), 3), 0);
        assert_eq!(lacks(&allowed, &Token::user(), 3), 1);
        assert_eq!(lacks(&allowed, &Token::not_elevated(), 1), 1, "a group for denial only");
        assert_eq!(lacks(&allowed, &Token::system(), 1), 0);
        assert_eq!(lacks(&[], &Token::system(), 1), 1, "an empty list allows nothing");
        let denied_first = [(true, 1, administrators.clone()), (false, 3, users.clone())];
        assert_eq!(lacks(&denied_first, &Token::user(), 3), 0);
        assert_eq!(lacks(&denied_first, &Token::not_elevated(), 3), 3, "it denies");
        let denied_last = [(false, 3, users), (true, 1, administrators)];
        assert_eq!(lacks(&denied_last, &Token::not_elevated(), 3), 0, "granted before");
        // The owner's own rights.
        assert_eq!(lacks(&[], &Token::system(), 0x0004_0000), 0);
        assert_eq!(lacks(&[], &Token::user(), 0x0004_0000), 0x0004_0000);
    }

    #[test]
    fn a_descriptor_without_a_list_allows_all_and_one_without_an_owner_nothing() {
        let mut bytes = descriptor(&[]);
        bytes[2] = 0;
        let own = Descriptor::read(bytes.as_ptr().cast_mut().cast()).unwrap();
        assert_eq!(own.lacking(&Token::user(), 1), 0);
        bytes[4..8].fill(0);
        assert!(Descriptor::read(bytes.as_ptr().cast_mut().cast()).is_none());
        assert!(Descriptor::read(std::ptr::null_mut()).is_none());
    }

    #[test]
    fn an_owner_reads_the_descriptor_and_writes_the_list_and_no_more() {
        for (right, lacking) in
            [(0x1_0000, 0x1_0000), (0x2_0000, 0), (0x4_0000, 0), (0x8_0000, 0x8_0000)]
        {
            assert_eq!(lacks(&[], &Token::system(), right), lacking, "{right:#x}");
        }
    }

    #[test]
    fn entries_for_children_and_of_other_kinds_do_not_count() {
        for (kind, flags, lacking) in
            [(0, 0, 0), (0, 2, 0), (0, 8, 1), (0, 10, 1), (2, 0, 1), (5, 0, 1)]
        {
            let mut bytes = descriptor(&[(false, 1, Sid::users())]);
            bytes[28] = kind;
            bytes[29] = flags;
            let own = Descriptor::read(bytes.as_ptr().cast_mut().cast()).unwrap();
            assert_eq!(own.lacking(&Token::user(), 1), lacking, "{kind} {flags}");
        }
    }

    #[test]
    fn an_absolute_descriptor_has_pointers() {
        let relative = descriptor(&[(false, 1, Sid::users())]);
        let (list, owner) = (relative[20..].as_ptr() as usize, Sid::administrators());
        let read = |owner: usize, group: usize, list: usize, revision: u8| {
            // Revision, nothing, SE_DACL_PRESENT; then owner, group, no system list, the list.
            let head = u64::from_le_bytes([revision, 0, 4, 0, 0, 0, 0, 0]) as usize;
            let words = [head, owner, group, 0, list];
            Descriptor::read(words.as_ptr().cast_mut().cast())
        };
        let place = owner.0.as_ptr() as usize;
        let own = read(place, place, list, 1).unwrap();
        assert_eq!(own.owner, owner.0);
        assert_eq!(own.lacking(&Token::user(), 3), 2);
        assert_eq!(read(place, place, 0, 1).unwrap().lacking(&Token::user(), 3), 0);
        assert!(read(0, place, list, 1).is_none());
        assert!(read(place, 0, list, 1).is_none());
        assert!(read(place, place, list, 2).is_none());
    }

    #[test]
    fn well_known_users_and_groups_have_windows_numbers() {
        let bytes = |numbers: &[u32]| {
            let tail = numbers.iter().flat_map(|number| number.to_le_bytes());
            let head = [1, numbers.len() as u8, 0, 0, 0, 0, 0, 5];
            head.into_iter().chain(tail).collect::<Vec<u8>>()
        };
        for (sid, numbers) in [
            (Sid::system(), &[18][..]),
            (Sid::administrators(), &[32, 544]),
            (Sid::interactive(), &[4]),
            (Sid::users(), &[32, 545]),
            // LOCAL SERVICE, and its group, SERVICE.
            (Token::service().user, &[19]),
            (Token::service().groups[0].0.clone(), &[6]),
        ] {
            assert_eq!(sid.0, bytes(numbers), "{numbers:?}");
        }
        // S-1-5-21, a person's account.
        assert_eq!(Token::user().user.0[..12], [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0]);
        assert_eq!(Token::administrator().user, Token::not_elevated().user);
        assert_ne!(Token::administrator().user, Token::user().user);
    }
}

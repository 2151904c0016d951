//! Files of drivers.

use acx_sys::*;

use super::registry::named;
use super::{Text, drive, of, out};

/// Dispositions.
const SUPERSEDE: u64 = 0;
const OPEN: u64 = 1;
const CREATE: u64 = 2;
const OPEN_IF: u64 = 3;
const OVERWRITE: u64 = 4;
const OVERWRITE_IF: u64 = 5;

/// What came of them.
const OPENED: u64 = 1;
const CREATED: u64 = 2;
const OVERWRITTEN: u64 = 3;

/// FILE_SYNCHRONOUS_IO_NONALERT, FILE_DIRECTORY_FILE, FILE_DELETE_ON_CLOSE.
const PLAIN: u64 = 0x20;
const FOLDER: u64 = 1;
const DELETED_ON_CLOSE: u64 = 0x1000;

#[test]
fn files_are_created_read_written_and_deleted() {
    drive(|nt| {
        let open = |name: &str, how: u64, options: u64| {
            let (mut name, mut handle, mut block) = (Text::new(name), 0_u64, [9_u64; 2]);
            let attributes = named(&mut name, 0);
            let place = [out(&mut handle), 0, of(&attributes), out(&mut block)];
            let more = [0, 0x80, 0, how, options, 0, 0];
            let status = nt.status("ZwCreateFile", &[&place[..], &more].concat());
            assert_eq!(block[0] as i32, status);
            if status == STATUS_SUCCESS { Ok((handle, block[1])) } else { Err((status, block[1])) }
        };
        let close = |handle| assert_eq!(nt.status("ZwClose", &[handle]), STATUS_SUCCESS);
        let (name, none) = (r"\??\C:\Test\x.bin", Err((STATUS_OBJECT_NAME_NOT_FOUND, 0)));
        // What each disposition makes of a file that is not there, and of one that is.
        let there = Err((STATUS_OBJECT_NAME_COLLISION, 0));
        for (how, absent, present, kept) in [
            (OPEN, none, Ok(OPENED), 3),
            (CREATE, Ok(CREATED), there, 3),
            (OPEN_IF, Ok(CREATED), Ok(OPENED), 3),
            (OVERWRITE, none, Ok(OVERWRITTEN), 0),
            (OVERWRITE_IF, Ok(CREATED), Ok(OVERWRITTEN), 0),
            (SUPERSEDE, Ok(CREATED), Ok(OVERWRITTEN), 0),
        ] {
            let came = open(name, how, PLAIN);
            assert_eq!(came.map(|own| own.1), absent, "{how}");
            if let Ok((file, _)) = came {
                close(file);
            }
            let (file, _) = open(name, OVERWRITE_IF, PLAIN).unwrap();
            let mut block = [9_u64; 2];
            let write = [file, 0, 0, 0, out(&mut block), of(b"abc"), 3, 0, 0];
            assert_eq!(nt.status("ZwWriteFile", &write), STATUS_SUCCESS);
            assert_eq!(block, [0, 3]);
            close(file);
            let came = open(name, how, PLAIN);
            assert_eq!(came.map(|own| own.1), present, "{how}");
            if let Ok((file, _)) = came {
                // FILE_STANDARD_INFORMATION.
                let mut standard = [9_u64; 3];
                let query = [file, out(&mut block), out(&mut standard), 24, 5];
                assert_eq!(nt.status("ZwQueryInformationFile", &query), STATUS_SUCCESS);
                assert_eq!((block[1], standard[1]), (24, kept), "{how}");
                close(file);
            }
            let mut text = Text::new(name);
            let attributes = named(&mut text, 0);
            assert_eq!(nt.status("ZwDeleteFile", &[of(&attributes)]), STATUS_SUCCESS);
            let status = nt.status("ZwDeleteFile", &[of(&attributes)]);
            assert_eq!(status, STATUS_OBJECT_NAME_NOT_FOUND);
        }
        assert_eq!(open(name, 6, PLAIN), Err((STATUS_INVALID_PARAMETER, 0)));
        assert_eq!(open(r"\??\C:\..\x", OPEN, PLAIN), Err((STATUS_OBJECT_NAME_INVALID, 0)));
    });
}

#[test]
fn a_file_has_a_position_an_end_and_a_mark_to_be_deleted() {
    drive(|nt| {
        let mut name = Text::new(r"\??\C:\Test\y.bin");
        let (mut file, mut block) = (0_u64, [9_u64; 2]);
        let attributes = named(&mut name, 0);
        let place = [out(&mut file), 0, of(&attributes), out(&mut block)];
        let status =
            nt.status("ZwCreateFile", &[&place[..], &[0, 0x80, 0, CREATE, PLAIN, 0, 0]].concat());
        assert_eq!(status, STATUS_SUCCESS);
        let at_block = out(&mut block);
        // SAFETY: the block above, which the kernel has written.
        let information = || unsafe { (at_block as *const [u64; 2]).read_volatile() }[1];
        let write = |bytes: &[u8], at: Option<i64>| {
            let offset = at.as_ref().map_or(0, of);
            let arguments = [file, 0, 0, 0, at_block, of(&bytes[0]), bytes.len() as u64, offset, 0];
            (nt.status("ZwWriteFile", &arguments), information())
        };
        let read = |count: u64, at: Option<i64>| {
            let (mut buffer, offset) = ([b'_'; 8], at.as_ref().map_or(0, of));
            let arguments = [file, 0, 0, 0, at_block, out(&mut buffer), count, offset, 0];
            let status = nt.status("ZwReadFile", &arguments);
            (status, information(), String::from_utf8_lossy(&buffer).into_owned())
        };
        let set = |class: u64, value: i64, length: u64| {
            nt.status("ZwSetInformationFile", &[file, at_block, of(&value), length, class])
        };
        let query = |class: u64, room: u64| {
            let mut found = [0x0909_0909_0909_0909_u64; 3];
            let arguments = [file, at_block, out(&mut found), room, class];
            let status = nt.status("ZwQueryInformationFile", &arguments);
            (status, information(), found)
        };
        let (position, end, standard, delete) = (14, 20, 5, 13);
        assert_eq!(write(b"abcdef", None), (STATUS_SUCCESS, 6));
        assert_eq!(query(position, 8).2[0], 6);
        // At the end there is nothing to read, and nothing of nothing is no error.
        assert_eq!(read(4, None), (STATUS_END_OF_FILE, 0, "________".to_owned()));
        assert_eq!(read(1, None), (STATUS_END_OF_FILE, 0, "________".to_owned()));
        assert_eq!(read(0, None), (STATUS_SUCCESS, 0, "________".to_owned()));
        assert_eq!(read(4, Some(4)), (STATUS_SUCCESS, 2, "ef______".to_owned()));
        assert_eq!(set(position, 1, 8), STATUS_SUCCESS);
        assert_eq!(read(2, None), (STATUS_SUCCESS, 2, "bc______".to_owned()));
        // FILE_USE_FILE_POINTER_POSITION.
        assert_eq!(read(2, Some(-2)), (STATUS_SUCCESS, 2, "de______".to_owned()));
        assert_eq!(query(position, 8).2[0], 5);
        assert_eq!(write(b"XY", Some(0)), (STATUS_SUCCESS, 2));
        assert_eq!(query(position, 8).2[0], 2);
        assert_eq!(set(end, 3, 8), STATUS_SUCCESS);
        assert_eq!(read(8, Some(0)), (STATUS_SUCCESS, 3, "XYc_____".to_owned()));
        for (class, value, length) in
            [(position, -1, 8), (position, 1, 7), (end, -1, 8), (end, 1, 7)]
        {
            assert_eq!(set(class, value, length), STATUS_INVALID_PARAMETER, "{class} {value}");
        }
        assert_eq!(set(99, 0, 8), STATUS_NOT_SUPPORTED);
        let [allocated, size, flags] = query(standard, 24).2;
        assert_eq!((allocated, size), (4096, 3));
        // One link, no deletion, no folder.
        assert_eq!(flags, 1);
        assert_eq!(set(delete, 0, 1), STATUS_SUCCESS);
        assert_eq!(query(standard, 24).2[2], 1);
        assert_eq!(set(delete, 1, 1), STATUS_SUCCESS);
        assert_eq!(query(standard, 24).2[2], 1 | 1 << 32);
        assert_eq!(query(standard, 24).1, 24);
        for (class, room) in [(standard, 23), (position, 7)] {
            let (status, count, found) = query(class, room);
            assert_eq!((status, count), (STATUS_INFO_LENGTH_MISMATCH, 0));
            assert_eq!(found, [0x0909_0909_0909_0909; 3]);
        }
        assert_eq!(query(99, 24).0, STATUS_NOT_SUPPORTED);
        assert_eq!(nt.status("ZwFlushBuffersFile", &[file, at_block]), STATUS_SUCCESS);
        assert_eq!(information(), 0);
        assert_eq!(nt.status("ZwClose", &[file]), STATUS_SUCCESS);
        // It was to be deleted.
        let open = |options: u64, handle: &mut u64| {
            let arguments = [out(handle), 0, of(&attributes), at_block, 0, options];
            (nt.status("ZwOpenFile", &arguments), information())
        };
        let mut handle = 0_u64;
        assert_eq!(open(PLAIN, &mut handle), (STATUS_OBJECT_NAME_NOT_FOUND, 0));
        // A folder cannot be read or written.
        assert_eq!(open(FOLDER, &mut handle), (STATUS_SUCCESS, CREATED));
        let arguments = [handle, 0, 0, 0, at_block, 0, 0, 0, 0];
        assert_eq!(nt.status("ZwReadFile", &arguments), STATUS_INVALID_DEVICE_REQUEST);
        assert_eq!(nt.status("ZwWriteFile", &arguments), STATUS_INVALID_DEVICE_REQUEST);
        let mut found = [0_u64; 3];
        let query = [handle, at_block, out(&mut found), 24, 5];
        assert_eq!(nt.status("ZwQueryInformationFile", &query), STATUS_SUCCESS);
        assert_eq!(found, [0, 0, 1 | 1 << 40]);
        // It is no key, and a key is no file.
        assert_eq!(nt.status("ZwFlushKey", &[handle]), STATUS_OBJECT_TYPE_MISMATCH);
        assert_eq!(nt.status("ZwClose", &[handle]), STATUS_SUCCESS);
        assert_eq!(open(FOLDER, &mut handle), (STATUS_SUCCESS, OPENED));
        assert_eq!(nt.status("ZwClose", &[handle]), STATUS_SUCCESS);
        // It goes with its last handle.
        let mut name = Text::new(r"\??\C:\Test\z.bin");
        let attributes = named(&mut name, 0);
        let place = [out(&mut handle), 0, of(&attributes), at_block];
        let create = [&place[..], &[0, 0x80, 0, CREATE, PLAIN | DELETED_ON_CLOSE, 0, 0]].concat();
        for _ in 0..2 {
            assert_eq!(nt.status("ZwCreateFile", &create), STATUS_SUCCESS);
            assert_eq!(nt.status("ZwClose", &[handle]), STATUS_SUCCESS);
        }
    });
}

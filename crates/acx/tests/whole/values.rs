//! Bags, rights, formats and lists: what goes in comes out.

#![forbid(unsafe_code)]

use acx::bag::{Access, ObjectBag};
use acx::device::PrepareHardware;
use acx::drm::{Content, MixedContent, Rights};
use acx::format::WaveFormat;
use acx::guid::GUID;
use acx::{Error, Passive, Result, wide};

use crate::driver::SET;
use crate::front::Playing;

const NAME: &[u16] = wide!("drv_test_values");

fn same(one: &GUID, other: &GUID) -> bool {
    (one.Data1, one.Data2, one.Data3, one.Data4)
        == (other.Data1, other.Data2, other.Data3, other.Data4)
}

pub(crate) fn bags(passive: &Passive) -> Result<()> {
    let one = ObjectBag::create(NAME, Access::ReadWrite, passive)?;
    let other = ObjectBag::open(NAME, Access::Read, passive)?;
    macro_rules! number {
        ($($kind:ty = $value:expr),*) => {$(
            let name = wide!(stringify!($kind));
            one.add::<$kind>(name, $value, passive)?;
            assert_eq!(other.get::<$kind>(name, passive)?, $value);
        )*};
    }
    number!(i8 = -1, u8 = 2, i16 = -3, u16 = 4, i32 = -5, u32 = 6, i64 = -7, u64 = 8, usize = 9);
    one.add(wide!("id"), SET, passive)?;
    assert!(same(&other.get::<GUID>(wide!("id"), passive)?, &SET));
    one.add_text(wide!("text"), wide!("value"), passive)?;
    assert_eq!(*other.text(wide!("text"), passive)?, *wide!("value"));
    let mut units = [0; 8];
    assert_eq!(other.read_text(wide!("text"), &mut units, passive)?, 5);
    assert_eq!(units[..5], *wide!("value"));
    assert!(other.read_text(wide!("text"), &mut units[..3], passive).is_err());
    one.add_texts(wide!("texts"), [&wide!("one")[..], wide!("three")], passive)?;
    let texts = other.texts(wide!("texts"), passive)?;
    assert_eq!((texts.len(), &*texts[1]), (2, &wide!("three")[..]));
    one.add_blob(wide!("blob"), b"abcd", passive)?;
    assert_eq!(*other.blob(wide!("blob"), passive)?, *b"abcd");
    assert_eq!(one.add_blob(wide!("blob"), b"", passive), Err(Error::InvalidParameter));
    // What is not there, not of that type, not to be written, there already.
    assert_eq!(other.get::<u8>(wide!("none"), passive), Err(Error::NotFound));
    assert!(other.get::<u8>(wide!("u16"), passive).is_err());
    assert!(other.add(wide!("more"), 1_u8, passive).is_err());
    assert!(ObjectBag::create(NAME, Access::ReadNew, passive).is_err());
    assert_eq!(ObjectBag::open(wide!("none"), Access::Read, passive).err(), Some(Error::NotFound));
    Ok(())
}

pub(crate) fn rights(passive: &Passive) -> Result<()> {
    let mix = MixedContent::new(&[Content::UNPROTECTED; 2], passive)?;
    let content = mix.content();
    assert_ne!(content.id(), 0);
    assert_eq!(content.rights(passive)?, Rights::default());
    content.add_handlers::<Playing>(passive)?;
    mix.destroy(passive)?;
    assert_eq!(content.rights(passive), Err(Error::InvalidParameter));
    let unknown = MixedContent::new(&[content], passive);
    assert_eq!(unknown.err(), Some(Error::InvalidParameter));
    Ok(())
}

pub(crate) fn formats(hardware: &mut PrepareHardware<'_>) -> Result<()> {
    const CD: WaveFormat = WaveFormat::stereo(44_100, 16);
    const DVD: WaveFormat = WaveFormat::stereo(48_000, 16);
    let all = hardware.data_formats([CD, DVD])?;
    let passive = hardware.passive();
    let list = all.list(&|_| true, passive)?;
    assert_eq!(list.default_format()?, Some(CD));
    assert_eq!(*list.formats()?, [CD, DVD]);
    assert!(list.set_default(DVD, passive)?);
    assert_eq!(*list.formats()?, [DVD, CD]);
    assert!(list.remove(CD, passive)?);
    assert!(!list.remove(CD, passive)?);
    assert_eq!(*list.formats()?, [DVD]);
    list.add(&all, &|format| *format == CD, passive)?;
    assert_eq!(*list.formats()?, [DVD, CD]);
    list.clear(passive)?;
    assert_eq!((list.default_format()?, list.formats()?.len()), (None, 0));
    Ok(())
}

//! Bags, rights, formats and lists: the values read are the values written.

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
            same!(other.get::<$kind>(name, passive)?, $value);
        )*};
    }
    number!(i8 = -1, u8 = 2, i16 = -3, u16 = 4, i32 = -5, u32 = 6, i64 = -7, u64 = 8, usize = 9);
    one.add(wide!("id"), SET, passive)?;
    sure!(same(&other.get::<GUID>(wide!("id"), passive)?, &SET));
    one.add_text(wide!("text"), wide!("value"), passive)?;
    same!(*other.text(wide!("text"), passive)?, *wide!("value"));
    let mut units = [0; 8];
    same!(other.read_text(wide!("text"), &mut units, passive)?, 5);
    same!(units[..5], *wide!("value"));
    sure!(other.read_text(wide!("text"), &mut units[..3], passive).is_err());
    one.add_texts(wide!("texts"), [&wide!("one")[..], wide!("three")], passive)?;
    let texts = other.texts(wide!("texts"), passive)?;
    same!((texts.len(), &*texts[1]), (2, &wide!("three")[..]));
    one.add_blob(wide!("blob"), b"abcd", passive)?;
    same!(*other.blob(wide!("blob"), passive)?, *b"abcd");
    same!(one.add_blob(wide!("blob"), b"", passive), Err(Error::InvalidParameter));
    // Missing, of another type, read-only, already present.
    same!(other.get::<u8>(wide!("none"), passive), Err(Error::NotFound));
    sure!(other.get::<u8>(wide!("u16"), passive).is_err());
    sure!(other.add(wide!("more"), 1_u8, passive).is_err());
    sure!(ObjectBag::create(NAME, Access::ReadNew, passive).is_err());
    one.add(wide!("u8"), 3_u8, passive)?;
    same!(other.get::<u8>(wide!("u8"), passive)?, 3, "another right replaces it");
    same!(ObjectBag::open(wide!("none"), Access::Read, passive).err(), Some(Error::NotFound));
    Ok(())
}

/// A bag that may be read and added to, but keeps what it has. Once in a driver's life: its name is
/// taken then.
pub(crate) fn kept_bag(passive: &Passive) -> Result<()> {
    let kept = ObjectBag::create(wide!("drv_test_kept"), Access::ReadNew, passive)?;
    kept.add(wide!("value"), 1_u8, passive)?;
    sure!(kept.add(wide!("value"), 2_u8, passive).is_err());
    same!(kept.get::<u8>(wide!("value"), passive)?, 1);
    Ok(())
}

pub(crate) fn rights(passive: &Passive) -> Result<()> {
    let mix = MixedContent::new(&[Content::UNPROTECTED; 2], passive)?;
    let content = mix.content();
    sure!(content.id() != 0);
    same!(content.rights(passive)?, Rights::default());
    content.add_handlers::<Playing>(passive)?;
    mix.destroy(passive)?;
    same!(content.rights(passive), Err(Error::InvalidParameter));
    let unknown = MixedContent::new(&[content], passive);
    same!(unknown.err(), Some(Error::InvalidParameter));
    Ok(())
}

pub(crate) fn formats(hardware: &mut PrepareHardware<'_>) -> Result<()> {
    const CD: WaveFormat = WaveFormat::stereo(44_100, 16);
    const DVD: WaveFormat = WaveFormat::stereo(48_000, 16);
    let all = hardware.data_formats([CD, DVD])?;
    let passive = hardware.passive();
    let list = all.list(&|_| true, passive)?;
    same!(list.default_format()?, Some(CD));
    same!(*list.formats()?, [CD, DVD]);
    sure!(list.set_default(DVD, passive)?);
    same!(*list.formats()?, [DVD, CD]);
    sure!(list.remove(CD, passive)?);
    sure!(!list.remove(CD, passive)?);
    same!(*list.formats()?, [DVD]);
    list.add(&all, &|format| *format == CD, passive)?;
    same!(*list.formats()?, [DVD, CD]);
    list.clear(passive)?;
    same!((list.default_format()?, list.formats()?.len()), (None, 0));
    Ok(())
}

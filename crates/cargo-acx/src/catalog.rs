//! The catalog: a certificate trust list with the SHA-256 of each file of the package, as unsigned
//! PKCS#7.
//!
//! Shape: the `CertificateTrustList` of Microsoft's \[MS-CAESO\] and wincrypt.h's object
//! identifiers (szOID_CATALOG_LIST and its members, mssip.h); hashes of images by the Authenticode
//! PE specification. It has not been tested on Windows.

use cms::cert::x509::attr::Attribute;
use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignedData, SignerInfos};
use der::asn1::{Any, BitString, BmpString, Int, ObjectIdentifier, OctetString, SetOfVec, UtcTime};
use der::{Decode, Encode, Sequence};
use sha2::{Digest, Sha256};

const CATALOG_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.12.1.1");
/// Members are known by their SHA-256.
const MEMBER_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.12.1.3");
const NAME_VALUE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.12.2.1");
const TRUST_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.1");
const INDIRECT_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.4");
const IMAGE_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.15");
const FLAT_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.25");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// CRYPTCAT_ATTR_AUTHENTICATED | NAMEASCII | DATAASCII (mscat.h).
const TEXT: u32 = 0x1001_0001;

/// A member of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The file's name.
    pub name: String,
    /// Its SHA-256.
    pub hash: [u8; 32],
    /// Whether it is a PE image, whose hash omits the parts that signing changes.
    pub is_image: bool,
}

impl Member {
    /// A member for a file with this name and these bytes.
    ///
    /// # Errors
    ///
    /// A truncated image.
    pub fn of(name: &str, bytes: &[u8]) -> Result<Self, String> {
        let is_image = bytes.starts_with(b"MZ");
        let hash = if is_image { image_hash(bytes)? } else { Sha256::digest(bytes).into() };
        Ok(Self { name: name.to_owned(), hash, is_image })
    }
}

/// The Authenticode hash: that of the file without its checksum, its certificate table and the
/// directory entry of that table.
fn image_hash(bytes: &[u8]) -> Result<[u8; 32], String> {
    let word = |at: usize| -> Result<usize, String> {
        let word = bytes.get(at..at + 4).ok_or("the image is truncated")?;
        Ok(u32::from_le_bytes([word[0], word[1], word[2], word[3]]) as usize)
    };
    let header = word(0x3C)? + 24;
    let (checksum, entry) = (header + 64, header + 112 + 8 * 4);
    let (table, length) = (word(entry)?, word(entry + 4)?);
    let end = if length == 0 { bytes.len() } else { table };
    if length != 0 && table + length != bytes.len() || end < entry + 8 {
        return Err("the signature is not the last thing in the image".to_owned());
    }
    let mut hash = Sha256::new();
    hash.update(&bytes[..checksum]);
    hash.update(&bytes[checksum + 4..entry]);
    hash.update(&bytes[entry + 8..end]);
    // A signature begins at a multiple of 8, and the padding up to there is hashed.
    hash.update(&[0; 8][..end.next_multiple_of(8) - end]);
    Ok(hash.finalize().into())
}

#[derive(Sequence)]
struct TrustList {
    usage: Vec<ObjectIdentifier>,
    identifier: OctetString,
    this_update: UtcTime,
    algorithm: AlgorithmIdentifierOwned,
    entries: Vec<Entry>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Sequence)]
struct Entry {
    hash: OctetString,
    attributes: SetOfVec<Attribute>,
}

#[derive(Sequence)]
struct Extension {
    kind: ObjectIdentifier,
    value: OctetString,
}

#[derive(Sequence)]
struct NameValue {
    name: BmpString,
    flags: Int,
    value: OctetString,
}

#[derive(Sequence)]
struct IndirectData {
    data: TypeAndValue,
    digest: DigestInfo,
}

#[derive(Sequence)]
struct TypeAndValue {
    kind: ObjectIdentifier,
    value: Any,
}

#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// `SpcPeImageData`: no flags, and a link to nowhere.
#[derive(Sequence)]
struct ImageData {
    flags: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    file: Any,
}

type Made<T> = Result<T, der::Error>;

fn sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: SHA256, parameters: Some(Any::null()) }
}

/// A named text. Windows reads UTF-16 with its terminating zero.
fn named(name: &str, value: &str) -> Made<Any> {
    let wide: Vec<u8> = value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    Any::encode_from(&NameValue {
        name: BmpString::from_utf8(name)?,
        flags: Int::new(&TEXT.to_be_bytes())?,
        value: OctetString::new(wide)?,
    })
}

/// `SpcLink` of the third kind: a file name, which is no longer read.
fn link() -> Made<Any> {
    let name: Vec<u8> = "<<<Obsolete>>>".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut inner = vec![0x80, name.len() as u8];
    inner.extend(name);
    let mut outer = vec![0xA2, inner.len() as u8];
    outer.extend(inner);
    Any::from_der(&outer)
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Made<Attribute> {
    let mut values = SetOfVec::new();
    values.insert(value)?;
    Ok(Attribute { oid, values })
}

fn entry(member: &Member) -> Made<Entry> {
    let data = if member.is_image {
        let file = link()?;
        let data = ImageData { flags: BitString::from_bytes(&[])?, file };
        TypeAndValue { kind: IMAGE_DATA, value: Any::encode_from(&data)? }
    } else {
        TypeAndValue { kind: FLAT_DATA, value: link()? }
    };
    let digest = DigestInfo { algorithm: sha256(), digest: OctetString::new(member.hash)? };
    let mut attributes = SetOfVec::new();
    attributes
        .insert(attribute(INDIRECT_DATA, Any::encode_from(&IndirectData { data, digest })?)?)?;
    attributes.insert(attribute(NAME_VALUE, named("File", &member.name)?)?)?;
    Ok(Entry { hash: OctetString::new(member.hash)?, attributes })
}

/// The data of a catalog beside its members.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The device that the package is for.
    pub hardware_id: &'a str,
    /// The operating system in inf2cat's form, such as `10_X64`.
    pub system: &'a str,
    /// Its creation time.
    pub made: UtcTime,
}

fn made(members: &[Member], about: &About<'_>) -> Made<Vec<u8>> {
    let mut all = Sha256::new();
    for member in members {
        all.update(member.hash);
    }
    let extension = |name, value: &str| -> Made<Extension> {
        let value = OctetString::new(named(name, value)?.to_der()?)?;
        Ok(Extension { kind: NAME_VALUE, value })
    };
    let list = TrustList {
        usage: vec![CATALOG_LIST],
        // Any 16 bytes that differ from catalog to catalog; these make it reproducible.
        identifier: OctetString::new(&all.finalize()[..16])?,
        this_update: about.made,
        algorithm: AlgorithmIdentifierOwned { oid: MEMBER_V2, parameters: Some(Any::null()) },
        entries: members.iter().map(entry).collect::<Made<_>>()?,
        extensions: Some(vec![
            extension("OS", about.system)?,
            extension("HWID1", about.hardware_id)?,
        ]),
    };
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::new(),
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: TRUST_LIST,
            econtent: Some(Any::encode_from(&list)?),
        },
        certificates: None,
        crls: None,
        signer_infos: SignerInfos(SetOfVec::new()),
    };
    ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&data)? }.to_der()
}

/// A catalog of `members`.
///
/// # Errors
///
/// Text that a catalog cannot contain.
pub fn catalog(members: &[Member], about: &About<'_>) -> Result<Vec<u8>, String> {
    made(members, about).map_err(|why| format!("the catalog: {why}"))
}

/// The members of a catalog, and whether it is signed.
///
/// # Errors
///
/// It is not a catalog, or has no hashes of its members.
pub fn read(bytes: &[u8]) -> Result<(Vec<Member>, bool), String> {
    let bad = |why: der::Error| format!("not a catalog: {why}");
    let outer = ContentInfo::from_der(bytes).map_err(bad)?;
    let data: SignedData = outer.content.decode_as().map_err(bad)?;
    let content = data.encap_content_info.econtent.ok_or("a catalog without a trust list")?;
    let list: TrustList = content.decode_as().map_err(bad)?;
    let mut members = Vec::new();
    for entry in &list.entries {
        let find = |oid| {
            let mut attributes = entry.attributes.iter();
            attributes.find(|one| one.oid == oid).and_then(|one| one.values.get(0))
        };
        let data = find(INDIRECT_DATA).ok_or("a member without its hash")?;
        let data: IndirectData = data.decode_as().map_err(bad)?;
        let name = find(NAME_VALUE).ok_or("a member without a name")?;
        let name: NameValue = name.decode_as().map_err(bad)?;
        let wide: Vec<u16> = name
            .value
            .as_bytes()
            .chunks(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let hash = data.digest.digest.as_bytes();
        if hash != entry.hash.as_bytes() {
            return Err("a member has two hashes".to_owned());
        }
        members.push(Member {
            name: String::from_utf16_lossy(&wide).trim_end_matches('\0').to_owned(),
            hash: hash.try_into().map_err(|_| "a hash that is not SHA-256")?,
            is_image: data.data.kind == IMAGE_DATA,
        });
    }
    Ok((members, !data.signer_infos.0.is_empty()))
}

//! The certificate with which a package is signed for a test machine: created once, kept out of
//! version control, not trusted elsewhere.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use der::asn1::ObjectIdentifier;
use der::{Encode, EncodePem};
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::{Signature, SigningKey};
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use rsa::rand_core::{OsRng, RngCore};
use rsa::signature::Keypair;
use sha2::Sha256;
use x509_cert::builder::{Builder, CertificateBuilder, Profile};
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Validity;

const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The paths of the certificate and its key.
#[derive(Clone, Debug)]
pub struct TestCertificate {
    /// The form that Windows installs.
    pub der: PathBuf,
    /// The form that signers read.
    pub pem: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

fn make(driver: &str) -> Result<(RsaPrivateKey, x509_cert::Certificate), String> {
    let said = |why: &dyn std::fmt::Display| format!("the test certificate: {why}");
    // Kernel code integrity verifies RSA.
    let key = RsaPrivateKey::new(&mut OsRng, 2048).map_err(|why| said(&why))?;
    let signer = SigningKey::<Sha256>::new(key.clone());
    let public =
        SubjectPublicKeyInfoOwned::from_key(signer.verifying_key()).map_err(|why| said(&why))?;
    let mut serial = [0; 16];
    OsRng.fill_bytes(&mut serial);
    serial[0] &= 0x7F;
    let serial = SerialNumber::new(&serial).map_err(|why| said(&why))?;
    let validity = Validity::from_now(TEN_YEARS).map_err(|why| said(&why))?;
    let name =
        Name::from_str(&format!("CN={driver} test certificate")).map_err(|why| said(&why))?;
    let profile = Profile::Manual { issuer: None };
    let mut builder = CertificateBuilder::new(profile, serial, validity, name, public, &signer)
        .map_err(|why| said(&why))?;
    builder
        .add_extension(&KeyUsage(KeyUsages::DigitalSignature.into()))
        .and_then(|()| builder.add_extension(&ExtendedKeyUsage(vec![CODE_SIGNING])))
        .map_err(|why| said(&why))?;
    let certificate = builder.build::<Signature>().map_err(|why| said(&why))?;
    Ok((key, certificate))
}

/// The certificate of a driver in `folder`; created if it does not exist.
///
/// # Errors
///
/// It cannot be created or written.
pub fn test_certificate(folder: &Path, driver: &str) -> Result<TestCertificate, String> {
    let file = |end: &str| folder.join(format!("{driver}.{end}"));
    let found = TestCertificate { der: file("cer"), pem: file("crt.pem"), key: file("key.pem") };
    if found.der.exists() && found.pem.exists() && found.key.exists() {
        return Ok(found);
    }
    let (key, certificate) = make(driver)?;
    let said = |what: &Path, why: &dyn std::fmt::Display| format!("{}: {why}", what.display());
    std::fs::create_dir_all(folder).map_err(|why| said(folder, &why))?;
    let pem = certificate.to_pem(LineEnding::LF).map_err(|why| said(&found.pem, &why))?;
    let der = certificate.to_der().map_err(|why| said(&found.der, &why))?;
    // The key first: after an interruption here the next run creates all three again.
    key.write_pkcs8_pem_file(&found.key, LineEnding::LF).map_err(|why| said(&found.key, &why))?;
    std::fs::write(&found.pem, pem).map_err(|why| said(&found.pem, &why))?;
    std::fs::write(&found.der, der).map_err(|why| said(&found.der, &why))?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = std::fs::read(test_certificate(folder.path(), "driver").unwrap().der).unwrap();
        let again = std::fs::read(test_certificate(folder.path(), "driver").unwrap().der).unwrap();
        assert_eq!(first, again);
    }
}

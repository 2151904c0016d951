//! The checks of INFs, on acxvad's: it passes, and each check fails for what it is about.

use cargo_acx::inf;

use super::expected;

const INX: &str = include_str!("../../../../wdk/acxvad.inx");

fn failures(text: &str) -> Vec<&'static str> {
    let failed =
        inf::inf(text.as_bytes(), &expected()).into_iter().filter(|check| check.found.is_err());
    failed.map(|check| check.name).collect()
}

#[test]
fn the_inf_passes_in_both_encodings() {
    assert_eq!(failures(INX), Vec::<&str>::new());
    let mut wide = vec![0xFF, 0xFE];
    wide.extend(INX.encode_utf16().flat_map(u16::to_le_bytes));
    assert!(inf::inf(&wide, &expected()).iter().all(|check| check.found.is_ok()));
}

#[test]
fn each_check_fails_for_what_it_is_about() {
    for (name, from, to) in [
        ("inf-encoding", "acxvad cable playback", "acxv\u{e4}d"),
        ("inf-class", "= MEDIA", "= System"),
        ("inf-class-guid", "4d36e96c", "4d36e96d"),
        ("inf-catalog", "CatalogFile = acxvad.cat", ""),
        ("inf-pnp-lockdown", "PnpLockdown = 1", "PnpLockdown = 0"),
        ("inf-driver-store", "DefaultDestDir = 13", "DefaultDestDir = 12"),
        ("inf-models", "acxvad, NT$ARCH$.10.0...19041", "acxvad, NT$ARCH$"),
        ("inf-hardware-id", "acxvad_Device, ROOT\\acxvad", "acxvad_Device, ROOT\\other"),
        (
            "inf-registry",
            "HKR,,       CLSID,                            , %KSProxy.CLSID%",
            "HKLM,,x\nHKR,,CLSID,,%KSProxy.CLSID%",
        ),
        (
            "inf-no-co-installer",
            "[acxvad_Service]",
            "[acxvad_Device.NT.CoInstallers]\nAddReg = CoInstallers_AddReg\n[acxvad_Service]",
        ),
        ("inf-kmdf", "KmdfLibraryVersion = 1.31", "KmdfLibraryVersion = 1.15"),
        ("inf-files", "[SourceDisksFiles]\nacxvad.sys = 1", "[SourceDisksFiles]"),
        (
            "inf-interfaces",
            "AddInterface = %KSCATEGORY_REALTIME%, \"Speaker0\",     acxvad_Speaker",
            "",
        ),
        (
            "inf-interfaces",
            "%KSCATEGORY_AUDIO%,    \"Speaker0\"",
            "%KSCATEGORY_AUDIO%,    \"Speaker16\"",
        ),
        (
            "inf-hidden",
            "AddInterface = %ACXVAD_HIDDEN_END%,  \"Microphone3\",  acxvad_HiddenEnd",
            "",
        ),
        ("inf-hidden", "B6C5E1B3", "B6C5E1B4"),
        ("inf-hidden", "[acxvad_HiddenEnd.AddReg.Security]", "[acxvad_HiddenEnd.Security]"),
        ("inf-ksproxy", "17CCA71B", "17CCA71C"),
        ("inf-event-driven", "0x00010001, 1", "0x00010001, 0"),
        ("inf-friendly-names", "acxvad cable recording", "acxvad cable playback"),
    ] {
        assert!(INX.contains(from), "the INF has '{from}'");
        let broken = INX.replacen(from, to, 1);
        assert_eq!(failures(&broken), [name], "{from} -> {to}");
    }
}

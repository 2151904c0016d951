//! The answer file of an unattended installation: Windows 11, x64, from an evaluation image.
//!
//! Names, places and limits are those of Microsoft's Unattended Windows Setup Reference; a test
//! holds the file to a table of them.

/// The account that is made, and its password. The machine is reached from this one only.
const USER: &str = "acx";
const PASSWORD: &str = "acx";

/// Checks of Windows 11's setup that a small virtual machine does not pass.
const CHECKS: [&str; 5] = ["TPM", "SecureBoot", "RAM", "CPU", "Storage"];

const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<!-- Written by `cargo xtask windows-vm`. -->
<unattend xmlns="urn:schemas-microsoft-com:unattend"
    xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State">
"#;

/// An element with what is in it.
fn tag(name: &str, body: &str) -> String {
    format!("<{name}>{body}</{name}>\n")
}

/// An entry of a list.
fn entry(name: &str, body: &str) -> String {
    format!("<{name} wcm:action=\"add\">\n{body}</{name}>\n")
}

/// Text as it stands in XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn component(name: &str, body: &str) -> String {
    format!(
        "<component name=\"{name}\" processorArchitecture=\"amd64\" \
         publicKeyToken=\"31bf3856ad364e35\" language=\"neutral\" versionScope=\"nonSxS\">\n\
         {body}</component>\n"
    )
}

fn pass(name: &str, components: &[String]) -> String {
    format!("<settings pass=\"{name}\">\n{}</settings>\n", components.concat())
}

/// Commands in their order: `name` is the entry's, `key` the element that has the command.
fn commands(name: &str, key: &str, lines: &[String]) -> String {
    let lines = lines.iter().enumerate().map(|(at, line)| {
        let order = tag("Order", &(at + 1).to_string());
        entry(name, &(order + &tag(key, &escaped(line))))
    });
    lines.collect()
}

/// The languages, for the setup program or for the system.
fn languages(is_setup: bool) -> String {
    let first = if is_setup {
        tag("SetupUILanguage", "<UILanguage>en-US</UILanguage>")
    } else {
        String::new()
    };
    let all = ["InputLocale", "SystemLocale", "UILanguage", "UserLocale"];
    let all: String = all.iter().map(|name| tag(name, "en-US")).collect();
    component(
        if is_setup {
            "Microsoft-Windows-International-Core-WinPE"
        } else {
            "Microsoft-Windows-International-Core"
        },
        &(first + &all),
    )
}

/// One disk: the partition that UEFI starts from, Microsoft's reserved one, and Windows.
fn disk() -> String {
    let partition = |order: u32, kind: &str, size: &str| {
        let body = format!("<Order>{order}</Order>\n<Type>{kind}</Type>\n{size}\n");
        entry("CreatePartition", &body)
    };
    let size = |megabytes: u32| format!("<Size>{megabytes}</Size>");
    let created = [
        partition(1, "EFI", &size(260)),
        partition(2, "MSR", &size(16)),
        partition(3, "Primary", "<Extend>true</Extend>"),
    ];
    let format = |order: u32, id: u32, format: &str, label: &str| {
        let body = format!(
            "<Order>{order}</Order>\n<PartitionID>{id}</PartitionID>\n<Format>{format}</Format>\n\
             <Label>{label}</Label>\n"
        );
        entry("ModifyPartition", &body)
    };
    let formatted = [format(1, 1, "FAT32", "System"), format(2, 3, "NTFS", "Windows")];
    let body = format!(
        "<DiskID>0</DiskID>\n<WillWipeDisk>true</WillWipeDisk>\n{}{}",
        tag("CreatePartitions", &format!("\n{}", created.concat())),
        tag("ModifyPartitions", &format!("\n{}", formatted.concat())),
    );
    tag(
        "DiskConfiguration",
        &format!("\n{}<WillShowUI>OnError</WillShowUI>\n", entry("Disk", &body)),
    )
}

/// What is run before anything is installed.
fn before() -> Vec<String> {
    CHECKS
        .iter()
        .map(|check| {
            format!(
                "reg add HKLM\\SYSTEM\\Setup\\LabConfig /v Bypass{check}Check /t REG_DWORD /d 1 /f"
            )
        })
        .collect()
}

fn windows_pe() -> String {
    let image = "<ImageInstall>\n<OSImage>\n<InstallFrom>\n<MetaData wcm:action=\"add\">\n\
                 <Key>/IMAGE/INDEX</Key>\n<Value>1</Value>\n</MetaData>\n</InstallFrom>\n\
                 <InstallTo>\n<DiskID>0</DiskID>\n<PartitionID>3</PartitionID>\n</InstallTo>\n\
                 <WillShowUI>OnError</WillShowUI>\n</OSImage>\n</ImageInstall>\n";
    let user = "<UserData>\n<AcceptEula>true</AcceptEula>\n<ProductKey>\n\
                <WillShowUI>OnError</WillShowUI>\n</ProductKey>\n</UserData>\n";
    let run = commands("RunSynchronousCommand", "Path", &before());
    let body = disk() + image + &tag("RunSynchronous", &format!("\n{run}")) + user;
    pass("windowsPE", &[languages(true), component("Microsoft-Windows-Setup", &body)])
}

/// Settings of the machine: no account of Microsoft's is asked for, and nothing restarts Windows in
/// the middle of a run.
fn specialize() -> String {
    let set = |key: &str, name: &str| {
        format!("reg add HKLM\\SOFTWARE\\{key} /v {name} /t REG_DWORD /d 1 /f")
    };
    let lines = [
        set("Microsoft\\Windows\\CurrentVersion\\OOBE", "BypassNRO"),
        set("Policies\\Microsoft\\Windows\\WindowsUpdate\\AU", "NoAutoUpdate"),
    ];
    let run = commands("RunSynchronousCommand", "Path", &lines);
    let run = tag("RunSynchronous", &format!("\n{run}"));
    pass("specialize", &[component("Microsoft-Windows-Deployment", &run)])
}

/// What is run when the account logs on for the first time. The task starts with the rights of an
/// administrator; an entry of the registry would not.
fn first_logon(host: &str) -> Vec<String> {
    let curl = "curl.exe -fsS --retry 60 --retry-delay 5 --retry-all-errors";
    [
        format!("{curl} -o C:\\acxvad-start.cmd {host}/start.cmd"),
        format!("{curl} {host}/progress/windows-is-installed"),
        "bcdedit.exe /set testsigning on".to_owned(),
        "schtasks.exe /create /tn acxvad-start /sc onlogon /rl highest /f /tr C:\\acxvad-start.cmd"
            .to_owned(),
        "shutdown.exe /r /t 5".to_owned(),
    ]
    .map(|line| format!("cmd.exe /c {line}"))
    .to_vec()
}

fn oobe(host: &str) -> String {
    let password = format!("<Value>{PASSWORD}</Value>\n<PlainText>true</PlainText>\n");
    let password = tag("Password", &format!("\n{password}"));
    let logon = format!(
        "<AutoLogon>\n<Enabled>true</Enabled>\n<LogonCount>999</LogonCount>\n\
         <Username>{USER}</Username>\n{password}</AutoLogon>\n"
    );
    let run = commands("SynchronousCommand", "CommandLine", &first_logon(host));
    let run = tag("FirstLogonCommands", &format!("\n{run}"));
    let pages = "<OOBE>\n<HideEULAPage>true</HideEULAPage>\n\
                 <HideOnlineAccountScreens>true</HideOnlineAccountScreens>\n\
                 <HideWirelessSetupInOOBE>true</HideWirelessSetupInOOBE>\n\
                 <ProtectYourPC>3</ProtectYourPC>\n</OOBE>\n";
    let account = format!("<Group>Administrators</Group>\n<Name>{USER}</Name>\n{password}");
    let accounts = tag("LocalAccounts", &format!("\n{}", entry("LocalAccount", &account)));
    let accounts = tag("UserAccounts", &format!("\n{accounts}"));
    let body = logon + &run + pages + &accounts;
    pass("oobeSystem", &[languages(false), component("Microsoft-Windows-Shell-Setup", &body)])
}

/// The answer file. `host` is the address of this machine's server, as the guest sees it.
pub(super) fn file(host: &str) -> String {
    format!("{HEAD}{}{}{}</unattend>\n", windows_pe(), specialize(), oobe(host))
}

/// What the guest runs after the restart that switches test signing on.
pub(super) fn start(host: &str) -> String {
    let curl = "curl.exe -fsS --retry 60 --retry-delay 5 --retry-all-errors";
    let lines = [
        "@echo off".to_owned(),
        "rem Written by `cargo xtask windows-vm`: gets the kit and begins the first run."
            .to_owned(),
        "schtasks.exe /delete /tn acxvad-start /f".to_owned(),
        format!("{curl} -o C:\\acxvad-kit.zip {host}/kit.zip || goto failed"),
        "if not exist C:\\acxvad mkdir C:\\acxvad".to_owned(),
        "tar.exe -xf C:\\acxvad-kit.zip -C C:\\acxvad || goto failed".to_owned(),
        format!("{curl} {host}/progress/first-run-begins"),
        // The task that runs this has less than normal priority, and would hand it on.
        format!(
            "start \"acxvad\" /b /wait /normal C:\\acxvad\\first-run.exe run --package C:\\acxvad\\package --tools C:\\acxvad \
             --scripts C:\\acxvad\\scripts --results C:\\acxvad-first-run \
             --upload {host}/evidence.zip"
        ),
        "set STATUS=%ERRORLEVEL%".to_owned(),
        // 3010: it goes on after a restart, and sends the evidence itself.
        "if %STATUS%==0 exit /b 0".to_owned(),
        "if %STATUS%==3010 exit /b 0".to_owned(),
        format!("curl.exe -fsS {host}/failed/first-run-ended-with-%STATUS%"),
        "exit /b %STATUS%".to_owned(),
        ":failed".to_owned(),
        format!("curl.exe -fsS {host}/failed/the-kit-could-not-be-unpacked"),
        "exit /b 1".to_owned(),
    ];
    lines.join("\r\n") + "\r\n"
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;

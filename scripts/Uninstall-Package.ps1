<#
.SYNOPSIS
Removes acxvad from this machine: device, settings, driver package, trust in its certificate.
.DESCRIPTION
Missing parts are not an error. It ends with status 3010 if a restart of Windows removes the
rest. With -WhatIf nothing is changed.
.PARAMETER Package
The folder that it was installed from; its certificate is no longer trusted. Without it,
certificates stay.
.PARAMETER Tool
acxvadctl.exe, where it is not built here.
.EXAMPLE
scripts\Uninstall-Package.ps1 -Package target\package\x64
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [string] $Package = '',
    [string] $Tool = ''
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

# First, since a missing folder or certificate would leave the certificate trusted.
$files = @()
if ($Package) {
    $files = @(Get-ChildItem -LiteralPath $Package -Filter '*.cer')
    if ($files.Count -eq 0) {
        throw "there is no certificate (*.cer) in ${Package}. Nothing was done."
    }
}
if (-not $WhatIfPreference) {
    Assert-Administrator
}
$status = 0
if ($PSCmdlet.ShouldProcess('acxvad', 'uninstall')) {
    Invoke-Acxvadctl -Tool $Tool -Arguments @('uninstall')
    $status = $LASTEXITCODE
}
elseif ($WhatIfPreference) {
    Invoke-Acxvadctl -Tool $Tool -Arguments @('uninstall', '--dry-run')
}
else {
    throw 'nothing was uninstalled.'
}
foreach ($file in $files) {
    $certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList $file.FullName
    foreach ($store in 'Root', 'TrustedPublisher') {
        $item = "Cert:\LocalMachine\$store\$($certificate.Thumbprint)"
        if ((Test-Path -LiteralPath $item) -and $PSCmdlet.ShouldProcess($store, "stop trusting $($certificate.Subject)")) {
            Remove-Item -LiteralPath $item
        }
    }
}
exit $status

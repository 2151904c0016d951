<#
.SYNOPSIS
Removes acxvad from this machine: device, settings, driver package, and trust in the package's certificate.
.DESCRIPTION
What is not there is not an error. With -WhatIf nothing is changed.
.PARAMETER Package
The folder that it was installed from; the certificate in it is what is not trusted any more. Without it certificates stay.
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

if (-not $WhatIfPreference) {
    Assert-Administrator
}
if ($PSCmdlet.ShouldProcess('acxvad', 'uninstall')) {
    Invoke-Acxvadctl -Tool $Tool -Arguments @('uninstall')
}
else {
    Invoke-Acxvadctl -Tool $Tool -Arguments @('uninstall', '--dry-run')
}
if ($Package -and (Test-Path -LiteralPath $Package)) {
    foreach ($file in Get-ChildItem -LiteralPath $Package -Filter '*.cer') {
        $certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList $file.FullName
        foreach ($store in 'Root', 'TrustedPublisher') {
            $item = "Cert:\LocalMachine\$store\$($certificate.Thumbprint)"
            if ((Test-Path -LiteralPath $item) -and $PSCmdlet.ShouldProcess($store, "stop trusting $($certificate.Subject)")) {
                Remove-Item -LiteralPath $item
            }
        }
    }
}

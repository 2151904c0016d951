<#
.SYNOPSIS
Trusts a test package's certificate on this machine and installs the package with acxvadctl.
.DESCRIPTION
Doing it again changes nothing that is right already. If installing fails, acxvadctl takes back what it did, and a certificate that this
run has added goes again. With -WhatIf nothing is changed.
.PARAMETER Package
The folder with acxvad.inf, acxvad.sys, acxvad.cat and the certificate.
.PARAMETER Tool
acxvadctl.exe, where it is not built here.
.EXAMPLE
scripts\Install-Package.ps1 -Package target\package\x64 -WhatIf
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)][string] $Package,
    [string] $Tool = ''
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

$folder = (Resolve-Path -LiteralPath $Package).Path
$files = @(Get-ChildItem -LiteralPath $folder -Filter '*.cer')
if ($files.Count -ne 1) {
    throw "${folder}: one certificate (*.cer) is expected, $($files.Count) are there. Make the package anew."
}
$certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList $files[0].FullName
if (-not $WhatIfPreference) {
    Assert-Administrator
}

$added = @()
try {
    foreach ($store in 'Root', 'TrustedPublisher') {
        $place = "Cert:\LocalMachine\$store"
        if (Test-Path -LiteralPath (Join-Path $place $certificate.Thumbprint)) {
            Write-Output "$store trusts $($certificate.Subject) already"
        }
        elseif ($PSCmdlet.ShouldProcess($store, "trust $($certificate.Subject)")) {
            Import-Certificate -FilePath $files[0].FullName -CertStoreLocation $place | Out-Null
            $added += Join-Path $place $certificate.Thumbprint
        }
    }
    if ($PSCmdlet.ShouldProcess($folder, 'install')) {
        Invoke-Acxvadctl -Tool $Tool -Arguments @('install', $folder)
    }
    else {
        Invoke-Acxvadctl -Tool $Tool -Arguments @('install', $folder, '--dry-run')
    }
}
catch {
    foreach ($item in $added) {
        Remove-Item -LiteralPath $item
    }
    throw
}

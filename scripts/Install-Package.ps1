<#
.SYNOPSIS
Trusts a test package's certificate on this machine and installs the package with acxvadctl.
.DESCRIPTION
A second run changes nothing that is already correct. If the installation fails, acxvadctl undoes
its changes, and a certificate that this run has added is removed. It ends with status 3010 if
Windows has to restart, and with an error if an endpoint is missing; nothing is undone then. With
-WhatIf nothing is changed.
.PARAMETER Package
The folder with acxvad.inf, acxvad.sys, acxvad.cat and the certificate.
.PARAMETER Tool
acxvadctl.exe, where it is not built here.
.PARAMETER Quiet
Suppresses Windows' prompts: if one is needed, nothing is installed. acxvadctl prints only errors.
.EXAMPLE
scripts\Install-Package.ps1 -Package target\package\x64 -WhatIf
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)][string] $Package,
    [string] $Tool = '',
    [switch] $Quiet
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

$folder = (Resolve-Path -LiteralPath $Package).Path
$files = @(Get-ChildItem -LiteralPath $folder -Filter '*.cer')
if ($files.Count -ne 1) {
    throw "${folder}: one certificate (*.cer) is expected, $($files.Count) are there. Build the package again."
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
        # 3: it is installed, but an endpoint is missing. The certificate stays with it.
        $how = if ($Quiet) { @('--quiet') } else { @() }
        Invoke-Acxvadctl -Tool $Tool -Arguments (@('install', $folder) + $how) -Success 0, 3, 3010
    }
    elseif ($WhatIfPreference) {
        Invoke-Acxvadctl -Tool $Tool -Arguments @('install', $folder, '--dry-run')
        exit 0
    }
    else {
        throw 'nothing was installed.'
    }
}
catch {
    foreach ($item in $added) {
        Remove-Item -LiteralPath $item
    }
    throw
}
if ($LASTEXITCODE -eq 3) {
    throw 'it is installed, but an endpoint is missing: acxvadctl status says why.'
}
exit $LASTEXITCODE

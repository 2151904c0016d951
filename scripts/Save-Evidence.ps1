<#
.SYNOPSIS
Keeps what this machine has to say of an installed acxvad, in one folder: for a release, or for a report of a bug.
.DESCRIPTION
Windows and its signature settings, the driver's files with their hashes, acxvadctl's status, settings and counters, Driver Verifier's settings, and the
conformance suite over the driver. Each is a file; one that could not be had says why, and the others are kept all the same. Nothing on the machine is
changed but that folder; with -WhatIf not even that.
.PARAMETER Results
Where it goes; a folder with the date in it is made there.
.PARAMETER Skip
What to leave out, such as conform, which takes a quarter of an hour.
.PARAMETER Tools
The folder with acxvadctl.exe and acxhost.exe.
.EXAMPLE
scripts\Save-Evidence.ps1 -Results C:\Results -Tools target\release -Skip conform
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)][string] $Results,
    [Parameter(Mandatory = $true)][string] $Tools,
    [string[]] $Skip = @()
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

if (-not $WhatIfPreference) {
    Assert-Administrator
}
$control = Join-Path $Tools 'acxvadctl.exe'
$suite = Join-Path $Tools 'acxhost.exe'
$steps = [ordered]@{
    system   = { Get-CimInstance -ClassName Win32_OperatingSystem | Format-List Caption, Version, BuildNumber, OSArchitecture; bcdedit /enum '{current}' }
    files    = { Get-ChildItem -Path "$env:SystemRoot\System32\DriverStore\FileRepository\acxvad.inf_*" -File -Recurse | Get-FileHash | Format-List }
    status   = { & $control status --json }
    settings = { & $control settings --json }
    counters = { & $control telemetry --json }
    verifier = { verifier /querysettings }
    conform  = { & $suite --live conform --json }
}
$place = Join-Path $Results ('acxvad-' + (Get-Date -Format 'yyyy-MM-dd-HHmmss'))
foreach ($name in $steps.Keys) {
    if ($Skip -contains $name) {
        continue
    }
    $file = Join-Path $place "$name.txt"
    if (-not $PSCmdlet.ShouldProcess($file, 'write')) {
        continue
    }
    New-Item -ItemType Directory -Path $place -Force | Out-Null
    try {
        $lines = & $steps[$name] 2>&1
        $lines | Out-File -FilePath $file -Encoding utf8
    }
    catch {
        "not to be had: $_" | Out-File -FilePath $file -Encoding utf8
    }
}
if (-not $WhatIfPreference) {
    Write-Output $place
}

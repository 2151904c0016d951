<#
.SYNOPSIS
Saves the state of an installed acxvad on this machine in one folder, for a release or a bug report.
.DESCRIPTION
Windows and its signature settings, the driver's files with their hashes, acxvadctl's status,
settings and counters, Driver Verifier's settings, and the conformance suite over the driver. Each
is a file. If one is not available, or its program does not end with 0, the others are still
written; the script then ends with an error that names it. evidence.txt has a line for each.
The script changes only that folder; with -WhatIf it changes nothing.
.PARAMETER Results
The folder for the results; a subfolder with the date in its name is created there.
.PARAMETER Skip
The pieces to skip, such as conform, which takes about 20 minutes. evidence.txt lists them.
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

# The driver's files in the driver store, with their hashes.
function Get-DriverFile {
    [CmdletBinding()]
    param()

    $store = "$env:SystemRoot\System32\DriverStore\FileRepository"
    $files = @(Get-ChildItem -Path "$store\acxvad.inf_*" -File -Recurse)
    if ($files.Count -eq 0) {
        throw "no acxvad.inf_* in ${store}: it is not installed."
    }
    $files | Get-FileHash | Format-List
}

# One piece of evidence: its program and the program's arguments. The other pieces are cmdlets.
$control = Join-Path $Tools 'acxvadctl.exe'
$suite = Join-Path $Tools 'acxhost.exe'
$programs = [ordered]@{
    boot     = @('bcdedit', '/enum', '{current}')
    status   = @($control, 'status', '--json')
    settings = @($control, 'settings', '--json')
    counters = @($control, 'telemetry', '--json')
    verifier = @('verifier', '/querysettings')
    conform  = @($suite, '--live', 'conform', '--json')
}
$names = @('system', 'files') + @($programs.Keys)
Assert-Known -Given $Skip -Known $names -What 'evidence'
if (-not $WhatIfPreference) {
    Assert-Administrator
}

$place = Join-Path $Results ('acxvad-' + (Get-Date -Format 'yyyy-MM-dd-HHmmss'))
$kept = 0
$failed = @()
foreach ($name in $names) {
    $file = Join-Path $place "$name.txt"
    $why = ''
    if ($Skip -contains $name) {
        $why = '-Skip'
    }
    elseif (-not $PSCmdlet.ShouldProcess($file, 'write')) {
        $why = 'not confirmed'
    }
    if ($WhatIfPreference) {
        continue
    }
    New-Item -ItemType Directory -Path $place -Force | Out-Null
    $summary = Join-Path $place 'evidence.txt'
    if ($why) {
        Add-Content -LiteralPath $summary -Value "$name  left out: $why" -Encoding UTF8
        continue
    }
    try {
        $status = 0
        if ($name -eq 'system') {
            $lines = Get-CimInstance -ClassName Win32_OperatingSystem |
                Format-List -Property Caption, Version, BuildNumber, OSArchitecture
        }
        elseif ($name -eq 'files') {
            $lines = Get-DriverFile
        }
        else {
            $command = @($programs[$name])
            $rest = @($command | Select-Object -Skip 1)
            $output = Get-ProgramOutput -Path $command[0] -Arguments $rest
            $lines = $output.Lines
            if ($output.Errors.Count -gt 0) {
                $errors = Join-Path $place "$name.errors.txt"
                $output.Errors | Out-File -FilePath $errors -Encoding utf8
            }
            $status = $output.Status
        }
        $lines | Out-File -FilePath $file -Encoding utf8
        if ($status -ne 0) {
            throw "its program ended with status $status"
        }
        Add-Content -LiteralPath $summary -Value "$name  kept" -Encoding UTF8
        $kept++
    }
    catch {
        Add-Content -LiteralPath $summary -Value "$name  FAILED: $_" -Encoding UTF8
        $failed += "$name ($_)"
    }
}

if ($WhatIfPreference) {
    exit 0
}
if ($failed.Count -gt 0) {
    throw "evidence in $place is not whole: $($failed -join '; ')"
}
if ($kept -eq 0) {
    throw 'no evidence was kept: everything was left out.'
}
Write-Output $place
exit 0

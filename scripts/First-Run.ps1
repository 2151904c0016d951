<#
.SYNOPSIS
The first run of acxvad on this machine: installs it, runs every test, leaves one zip.
.DESCRIPTION
first-run.exe runs the steps, continues after each restart of Windows, and removes the driver at the
end: docs/first-run.md. It ends with 0 when every step passed or does not
apply here, with 3010 when Windows restarts now and the run continues after the next logon, and with
an error when a step failed or nothing ran. With -WhatIf it only shows the steps and their programs.
.PARAMETER Package
The folder with the package.
.PARAMETER Results
Where logs, the page and the zip go; a folder without a run in it.
.PARAMETER Tools
The folder with first-run.exe, acxhost.exe and acxvadctl.exe; without it the one above this script.
.PARAMETER Kit
The folder with the Device Fundamentals tests, where the WDK is not installed.
.EXAMPLE
scripts\First-Run.ps1 -Package package -WhatIf
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)][string] $Package,
    [string] $Results = (Join-Path $env:SystemDrive 'acxvad-first-run'),
    [string] $Tools = '',
    [string] $Kit = ''
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

# Not the parameter's default: Windows PowerShell 5.1 has no $PSScriptRoot there.
if (-not $Tools) {
    $Tools = Split-Path -Parent $PSScriptRoot
}
$program = Join-Path $Tools 'first-run.exe'
$arguments = @('run', '--package', $Package, '--results', $Results, '--tools', $Tools)
$arguments += @('--scripts', $PSScriptRoot)
if ($Kit) {
    $arguments += @('--kit', $Kit)
}
if (-not $PSCmdlet.ShouldProcess('this machine', "$program $($arguments -join ' ')")) {
    if ($WhatIfPreference) {
        Invoke-Program -Path $program -Arguments ($arguments + @('--what-if'))
        exit 0
    }
    throw 'nothing was done.'
}
Assert-Administrator
Invoke-Program -Path $program -Arguments $arguments -Success 0, 3010
exit $LASTEXITCODE

<#
.SYNOPSIS
Runs the Device Fundamentals tests on acxvad with te.exe, without HLK Studio, and keeps their logs.
.DESCRIPTION
One test after the other; each leaves a folder with its log. With -WhatIf the command lines are shown and nothing runs. Tests that the kit does
not have are named and left out.
.PARAMETER Kit
The folder with the kit's tests: te.exe and Devfund_*.dll (docs/hlk.md says where they are).
.PARAMETER Results
Where logs go; a folder with the date in it is made there.
.PARAMETER Test
Only tests whose file has this in its name.
.EXAMPLE
scripts\Invoke-DevFund.ps1 -Kit C:\DevFund -Results C:\Results -WhatIf
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)][string] $Kit,
    [Parameter(Mandatory = $true)][string] $Results,
    [string] $Test = ''
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

# In the order in which one wants to see them fail: I/O alone first, what restarts the machine last.
$tests = @(
    'Devfund_Device_IO.dll',
    'Devfund_PNP_DisableEnable_With_IO_BeforeAndAfter.dll',
    'Devfund_PNP_RemoveAndRestartDevice.dll',
    'Devfund_Sleep_With_IO_BeforeAndAfter.dll',
    'Devfund_RebootRestart_With_IO_During.dll'
)
$query = "DQ=INF::OriginalInfFileName='acxvad.inf'"
$runner = Join-Path $Kit 'te.exe'
if (-not (Test-Path -LiteralPath $runner) -and -not $WhatIfPreference) {
    throw "${runner}: it is not there. Give -Kit the folder with te.exe and the Devfund_*.dll of the kit."
}
if (-not $WhatIfPreference) {
    Assert-Administrator
}

$place = Join-Path $Results ('DevFund-' + (Get-Date -Format 'yyyy-MM-dd-HHmmss'))
$failed = @()
foreach ($name in $tests | Where-Object { $_ -like "*$Test*" }) {
    $file = Join-Path $Kit $name
    $log = Join-Path $place ([IO.Path]::GetFileNameWithoutExtension($name))
    $arguments = @($file, "/p:$query", "/RebootStateFile:$(Join-Path $log 'state.xml')", '/enableWttLogging', "/logFile:$(Join-Path $log 'te.wtl')")
    if (-not $PSCmdlet.ShouldProcess("$runner $($arguments -join ' ')", 'run')) {
        continue
    }
    if (-not (Test-Path -LiteralPath $file)) {
        Write-Warning "$name is not in this kit: it was not run."
        continue
    }
    New-Item -ItemType Directory -Path $log -Force | Out-Null
    & $runner @arguments
    if ($LASTEXITCODE -ne 0) {
        $failed += $name
    }
}
if ($failed.Count -gt 0) {
    throw "failed: $($failed -join ', '); logs: $place"
}

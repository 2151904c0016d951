<#
.SYNOPSIS
Runs the Device Fundamentals tests on acxvad with te.exe, without HLK Studio, and keeps their logs.
.DESCRIPTION
The tests are those of DevFund.psd1; docs/hlk.md describes each. te.exe /list shows which of them
the kit has. They run one after the other; each writes a folder with te.exe's output and log.
summary.txt and summary.json list the tests that passed, failed, were missing or were not run, even
if a test crashes the machine.

It ends with an error unless every selected test ran and passed: a test that the kit does not have,
that te.exe blocks or skips, or that a restart interrupts, has not passed. With -WhatIf the command
lines are shown and nothing runs.
.PARAMETER Kit
The folder with the kit's tests, Devfund_*.dll and Devfund_*.wsc (docs/hlk.md says where they are).
.PARAMETER Results
The folder for logs; a subfolder with the date in its name is created there.
.PARAMETER Test
Only these tests, by their ids in DevFund.psd1. Without it: all that do not restart Windows.
.PARAMETER Parameter
Values for the tests' parameters, such as @{ TestCycles = 5 }; each goes to the tests that take it.
.PARAMETER Runner
te.exe, where it is not in the kit's folder.
.PARAMETER AllowMissing
A test that the kit does not have is listed, but is not a failure. At least one test must run. Not
with -Test: the tests named there must be in the kit.
.EXAMPLE
scripts\Invoke-DevFund.ps1 -Kit C:\DevFund -Results C:\Results -WhatIf
.EXAMPLE
scripts\Invoke-DevFund.ps1 -Kit C:\DevFund -Results C:\Results -Test surprise-remove, chaos
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)][string] $Kit,
    [Parameter(Mandatory = $true)][string] $Results,
    [string[]] $Test = @(),
    [hashtable] $Parameter = @{},
    [string] $Runner = '',
    [switch] $AllowMissing
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

# Redirected, te.exe writes UTF-16 unless it is asked not to.
$plain = @('/unicodeOutput:false', '/coloredConsoleOutput:false')

# The kit's files for a row, in the order of the endings.
function Get-KitFile {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)][string] $Folder,
        [Parameter(Mandatory = $true)][hashtable] $Row,
        [Parameter(Mandatory = $true)][string[]] $Endings
    )

    foreach ($stem in $Row.Files) {
        foreach ($ending in $Endings) {
            $file = Join-Path $Folder ($stem + $ending)
            if (Test-Path -LiteralPath $file) {
                $file
            }
        }
    }
}

# The full name of a method in te.exe's list, without the number of a data-driven one; nothing where
# the list does not have it.
function Get-ListedName {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)][AllowEmptyCollection()][AllowEmptyString()][string[]] $Lines,
        [Parameter(Mandatory = $true)][string] $Method
    )

    foreach ($line in $Lines) {
        $name = ($line.Trim() -split '#')[0]
        if (($name -split '::|\.')[-1] -eq $Method) {
            return $name
        }
    }
}

# te.exe's last summary; empty where it wrote none.
function Get-LastSummary {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory = $true)][AllowEmptyCollection()][AllowEmptyString()][string[]] $Lines
    )

    "$($Lines | Where-Object { $_ -like '*Summary: Total=*' } | Select-Object -Last 1)"
}

# Whether te.exe's status and its last summary say that there were tests and that all passed.
function Test-Passed {
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory = $true)][pscustomobject] $Output,
        [Parameter(Mandatory = $true)][string] $Pattern
    )

    if (($Output.Status -eq 0) -and ((Get-LastSummary -Lines $Output.Lines) -match $Pattern)) {
        return ([int]$Matches[1] -gt 0) -and ($Matches[1] -eq $Matches[2])
    }
    $false
}

# Writes the results so far as text and as JSON.
function Save-Summary {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)][string] $Folder,
        [Parameter(Mandatory = $true)][pscustomobject[]] $Rows
    )

    ConvertTo-Json -InputObject @($Rows) -Depth 3 |
        Out-File -FilePath (Join-Path $Folder 'summary.json') -Encoding utf8
    $Rows | Format-Table -Property Id, State, Why -AutoSize -Wrap | Out-String -Width 200 |
        Out-File -FilePath (Join-Path $Folder 'summary.txt') -Encoding utf8
}

# The tests to run.
if ($AllowMissing -and ($Test.Count -gt 0)) {
    throw 'Give -Test or -AllowMissing: a test that is named has to be in the kit.'
}
$table = Import-PowerShellDataFile -LiteralPath (Join-Path $PSScriptRoot 'DevFund.psd1')
Assert-Known -Given $Test -Known @($table.Tests | ForEach-Object { $_.Id }) -What 'test'
$selected = @($table.Tests | Where-Object { -not $_.Restarts })
if ($Test.Count -gt 0) {
    $selected = @($table.Tests | Where-Object { $Test -contains $_.Id })
}
$takes = @($selected | ForEach-Object { $_.Parameters })
Assert-Known -Given @($Parameter.Keys) -Known $takes -What 'parameter of these tests'
if (@($selected | Where-Object { $_.Restarts }).Count -gt 1) {
    throw 'Give one test that restarts Windows at a time: the next one would not run.'
}
$values = @{ DQ = "INF::OriginalInfFileName='acxvad.inf'" }
foreach ($name in $Parameter.Keys) {
    $values[$name] = $Parameter[$name]
}
# Full paths: te.exe runs in the kit's folder, as its pages show, and again after a restart.
$Kit = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Kit)
$Results = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Results)
if (-not $Runner) {
    $Runner = Join-Path $Kit 'te.exe'
}
$Runner = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Runner)
if (-not $WhatIfPreference) {
    Assert-Administrator
    if (-not (Test-Path -LiteralPath $Runner)) {
        throw "$Runner is not there. Give -Kit the tests' folder, and -Runner the path of te.exe."
    }
}

$chosen = @($selected | ForEach-Object { $_.Id })
$rows = @(foreach ($row in $table.Tests) {
        $state = if ($chosen -contains $row.Id) { 'not run' } else { 'not selected' }
        [pscustomobject]@{
            Id = $row.Id; State = $state; Why = ''; Command = ''; Status = $null; Log = ''
        }
    })
$place = Join-Path $Results ('DevFund-' + (Get-Date -Format 'yyyy-MM-dd-HHmmss'))
if (-not $WhatIfPreference) {
    New-Item -ItemType Directory -Path $place -Force | Out-Null
    Save-Summary -Folder $place -Rows $rows
}

# te.exe's own log needs a library that a kit may lack; te.txt exists without it.
$hasLog = Test-Path -LiteralPath (Join-Path (Split-Path -Parent $Runner) 'WttLog.dll')

$ran = 0
foreach ($row in $selected) {
    $report = @($rows | Where-Object { $_.Id -eq $row.Id })[0]
    $log = Join-Path $place $row.Id
    $file = Join-Path $Kit "$(@($row.Files)[0])$($table.Endings[0])"
    $name = "*$($row.Method)*"

    # The kit's files. With -WhatIf they need not exist, and the first name stands for them.
    if (-not $WhatIfPreference) {
        New-Item -ItemType Directory -Path $log -Force | Out-Null
        $name = ''
        $asked = @()
        foreach ($candidate in @(Get-KitFile -Folder $Kit -Row $row -Endings $table.Endings)) {
            $asked += Split-Path -Leaf $candidate
            $listed = Join-Path $log "$(Split-Path -Leaf $candidate).list.txt"
            $question = @($candidate, '/list') + $plain
            $list = Get-ProgramOutput -Path $Runner -Arguments $question -Folder $Kit -Log $listed
            $name = Get-ListedName -Lines $list.Lines -Method $row.Method
            if ($name) {
                $file = $candidate
                $name = "$name*"
                break
            }
        }
        if (-not $name) {
            $report.State = 'missing'
            $report.Why = "no file $(@($row.Files) -join ' or ') with one of the known endings"
            if ($asked.Count -gt 0) {
                $report.Why = "$($asked -join ' and ') have no method $($row.Method)"
            }
            Write-Warning "$($row.Id) is missing: $($report.Why)."
            Save-Summary -Folder $place -Rows $rows
            continue
        }
    }

    $arguments = @($file, "/name:$name")
    foreach ($own in $row.Parameters | Where-Object { $values.ContainsKey($_) }) {
        $arguments += "/p:$own=$($values[$own])"
    }
    if ($hasLog) {
        $arguments += '/enableWttLogging', "/logFile:$(Join-Path $log 'te.wtl')"
    }
    $arguments += "/rebootStateFile:$(Join-Path $log 'state.xml')", '/console:flushWrites'
    $arguments += $plain
    $report.Command = "$Runner $($arguments -join ' ')"
    if (-not $PSCmdlet.ShouldProcess($report.Command, 'run')) {
        continue
    }

    # Written first, so that it remains if the machine crashes or restarts.
    $report.State = 'started'
    $report.Why = 'no end was seen: the logs in its folder say how far it came'
    $report.Log = $log
    Save-Summary -Folder $place -Rows $rows
    $ran++
    $text = Join-Path $log 'te.txt'
    $output = Get-ProgramOutput -Path $Runner -Arguments $arguments -Folder $Kit -Log $text
    $report.Status = $output.Status
    $report.State = 'failed'
    $report.Why = "status $($output.Status); $(Get-LastSummary -Lines $output.Lines)"
    if (Test-Passed -Output $output -Pattern $table.Summary) {
        $report.State = 'passed'
    }
    Save-Summary -Folder $place -Rows $rows
    Write-Output "$($row.Id): $($report.State)"
}

if ($WhatIfPreference) {
    exit 0
}
Get-Content -LiteralPath (Join-Path $place 'summary.txt')
$known = @(foreach ($row in $table.Tests) {
        Get-KitFile -Folder $Kit -Row $row -Endings $table.Endings
    })
foreach ($file in Get-ChildItem -Path (Join-Path $Kit 'Devfund_*') -Include '*.dll', '*.wsc') {
    if ($known -notcontains $file.FullName) {
        Write-Output "the kit has more: $($file.Name) is in no row of DevFund.psd1"
    }
}
if ($ran -eq 0) {
    throw "nothing was run; $place says why for each test."
}
$fine = @('passed', 'not selected')
if ($AllowMissing) {
    $fine += 'missing'
}
$bad = @(foreach ($row in $rows) {
        if ($fine -notcontains $row.State) {
            "$($row.Id) ($($row.State))"
        }
    })
if ($bad.Count -gt 0) {
    throw "not passed: $($bad -join ', '); logs: $place"
}
exit 0

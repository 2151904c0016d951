<#
.SYNOPSIS
Puts Windows to sleep, wakes it with a scheduled task, and checks that it did sleep.
.DESCRIPTION
It ends with 0 only if Windows has logged a wake-up (Power-Troubleshooter, event 1) since the script
began. It is an error if the machine cannot sleep, or if a program keeps it awake. With -WhatIf
nothing is changed.
.PARAMETER Minutes
The number of minutes after which the task wakes the machine.
.EXAMPLE
scripts\Test-Sleep.ps1 -Minutes 2 -WhatIf
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [ValidateRange(1, 60)][int] $Minutes = 2
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

if (-not $WhatIfPreference) {
    Assert-Administrator
}
if (-not $PSCmdlet.ShouldProcess('this machine', "sleep for $Minutes minutes")) {
    if ($WhatIfPreference) {
        exit 0
    }
    throw 'nothing was done.'
}

$task = 'acxvad-wake'
$began = Get-Date
$action = New-ScheduledTaskAction -Execute 'cmd.exe' -Argument '/c exit'
$trigger = New-ScheduledTaskTrigger -Once -At $began.AddMinutes($Minutes)
$settings = New-ScheduledTaskSettingsSet -WakeToRun -AllowStartIfOnBatteries
Register-ScheduledTask -TaskName $task -Action $action -Trigger $trigger -Settings $settings `
    -User 'SYSTEM' -RunLevel Highest -Force | Out-Null
try {
    Add-Type -AssemblyName System.Windows.Forms
    $slept = [System.Windows.Forms.Application]::SetSuspendState('Suspend', $false, $false)
    if (-not $slept) {
        throw 'Windows refused to sleep: powercfg /requests names the program that keeps it awake.'
    }
    # On some machines the call returns before the machine sleeps. Attempts are counted and not
    # minutes: a user may wake the machine long after the task should have.
    $attempts = 12 * ($Minutes + 2)
    $woken = @()
    $filter = @{
        LogName = 'System'
        ProviderName = 'Microsoft-Windows-Power-Troubleshooter'
        Id = 1
        StartTime = $began
    }
    for ($attempt = 0; ($woken.Count -eq 0) -and ($attempt -lt $attempts); $attempt += 1) {
        Start-Sleep -Seconds 5
        $woken = @(Get-WinEvent -FilterHashtable $filter -ErrorAction SilentlyContinue)
    }
}
finally {
    Unregister-ScheduledTask -TaskName $task -Confirm:$false
}
if ($woken.Count -eq 0) {
    throw 'Windows did not sleep: it has written no event of a wake-up.'
}
Write-Output "slept, and woke: $($woken[0].Message)"
exit 0

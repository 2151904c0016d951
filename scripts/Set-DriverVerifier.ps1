<#
.SYNOPSIS
Turns Driver Verifier on or off for acxvad.sys, from the next start of Windows on.
.DESCRIPTION
On: the standard settings (special pool, IRQL checking, pool tracking, I/O verification, deadlock
detection, DMA checking, security checks, DDI compliance) for this driver alone. Off: verification
ends for all drivers. A second run changes nothing. It ends with status 3010 if Windows has to
restart. With -WhatIf nothing is changed.
.PARAMETER CodeIntegrity
With -On: the standard rule classes by their numbers, and code integrity checks (class 26, flag
0x02000000), which report what Memory Integrity would not allow.
.EXAMPLE
scripts\Set-DriverVerifier.ps1 -On -WhatIf
#>
[CmdletBinding(SupportsShouldProcess = $true, DefaultParameterSetName = 'On')]
param(
    [Parameter(Mandatory = $true, ParameterSetName = 'On')][switch] $On,
    [Parameter(ParameterSetName = 'On')][switch] $CodeIntegrity,
    [Parameter(Mandatory = $true, ParameterSetName = 'Off')][switch] $Off
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

# For example -On:$false: nothing would be done, which is not a success.
if (-not ($On -or $Off)) {
    throw 'give -On or -Off: nothing was done.'
}
$driver = 'acxvad.sys'
$settings = @('/standard', '/driver', $driver)
if ($CodeIntegrity) {
    $classes = @('1', '2', '4', '5', '6', '8', '9', '12', '18', '34', '26')
    $settings = @('/ruleclasses') + $classes + @('/driver', $driver)
}
if ($Off) {
    $settings = @('/reset')
}
if (-not $WhatIfPreference) {
    Assert-Administrator
}
if (-not $PSCmdlet.ShouldProcess('Driver Verifier', "verifier $($settings -join ' ')")) {
    if ($WhatIfPreference) {
        exit 0
    }
    throw 'nothing was done.'
}
# verifier ends with 2 if a restart is needed.
Invoke-Program -Path 'verifier' -Arguments $settings -Success 0, 2
if ($LASTEXITCODE -eq 2) {
    Write-Output 'Restart Windows: the settings take effect then.'
    exit 3010
}
exit 0

<#
.SYNOPSIS
Turns Driver Verifier on or off for acxvad.sys, from the next start of Windows on.
.DESCRIPTION
On: the standard settings (special pool, IRQL checking, pool tracking, I/O verification, deadlock detection, DMA checking, security checks,
DDI compliance) for this driver alone. Off: verification ends, of whatever driver. Doing it again changes nothing. With
-WhatIf nothing is changed.
.EXAMPLE
scripts\Set-DriverVerifier.ps1 -On -WhatIf
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true, ParameterSetName = 'On')][switch] $On,
    [Parameter(Mandatory = $true, ParameterSetName = 'Off')][switch] $Off
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

$driver = 'acxvad.sys'
if (-not $WhatIfPreference) {
    Assert-Administrator
}
# verifier answers 2 when a restart is needed.
if ($On -and $PSCmdlet.ShouldProcess($driver, 'verify')) {
    Invoke-Program -Path 'verifier' -Arguments @('/standard', '/driver', $driver) -Success 0, 2
    Write-Output 'Restart Windows: verification begins then.'
}
if ($Off -and $PSCmdlet.ShouldProcess($driver, 'stop verifying')) {
    Invoke-Program -Path 'verifier' -Arguments @('/reset') -Success 0, 2
    Write-Output 'Restart Windows: verification ends then.'
}

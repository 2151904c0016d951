<#
.SYNOPSIS
Makes this machine ready as an HLK client for acxvad: test signing, the package, Driver Verifier; and says what is left to do.
.DESCRIPTION
Step by step, each only if it is needed, so that it can be run again after the restart that test signing asks for. Steps: docs/hlk.md. With
-WhatIf nothing is changed.
.PARAMETER Package
The folder with the package to test.
.PARAMETER Controller
The HLK controller's name; without it the client is not installed.
.PARAMETER Tool
acxvadctl.exe, where it is not built here.
.EXAMPLE
scripts\Initialize-HlkClient.ps1 -Package target\package\x64 -Controller HLK1 -WhatIf
#>
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)][string] $Package,
    [string] $Controller = '',
    [string] $Tool = ''
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
. (Join-Path $PSScriptRoot 'Common.ps1')

if (-not $WhatIfPreference) {
    Assert-Administrator
}

# 1. Test signing. Secure Boot does not let it be turned on.
$control = Get-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Control'
if ($control.SystemStartOptions -match 'TESTSIGNING') {
    Write-Output 'test signing is on'
}
else {
    if ($PSCmdlet.ShouldProcess('this machine', 'turn test signing on')) {
        Invoke-Program -Path 'bcdedit' -Arguments @('/set', 'testsigning', 'on')
    }
    Write-Output 'Restart Windows, and run this again. If bcdedit refuses, turn Secure Boot off in the firmware first.'
    return
}

# 2. The HLK client, from its controller.
if (Get-Service -Name 'HLKsvc' -ErrorAction SilentlyContinue) {
    Write-Output 'the HLK client is installed'
}
elseif ($Controller) {
    $setup = "\\$Controller\HLKInstall\Client\Setup.cmd"
    if ($PSCmdlet.ShouldProcess($setup, 'install the HLK client')) {
        Invoke-Program -Path $setup -Arguments @('/qn', 'ICFAGREE=Yes')
    }
}
else {
    Write-Output 'the HLK client is not installed: give -Controller NAME'
}

# 3. The package, and 4. Driver Verifier.
$options = @{ WhatIf = [bool]$WhatIfPreference }
& (Join-Path $PSScriptRoot 'Install-Package.ps1') -Package $Package -Tool $Tool @options
& (Join-Path $PSScriptRoot 'Set-DriverVerifier.ps1') -On @options
Write-Output 'Left to do: restart Windows; in HLK Studio put this machine into a pool, make a project, choose the device with ROOT\acxvad.'

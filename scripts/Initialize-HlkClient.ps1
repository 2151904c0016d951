<#
.SYNOPSIS
Prepares this machine as an HLK client: test signing, client, package, Driver Verifier.
.DESCRIPTION
Each step runs only if it is needed, so the script can be run again after each restart. Steps:
docs/hlk.md. It ends with 0 when the machine is ready; with 3010 when Windows has to restart first
(run it again then); with an error when something is missing, such as the HLK client. With -WhatIf
nothing is changed.
.PARAMETER Package
The folder with the package to test.
.PARAMETER Controller
The HLK controller's name; without it the client must already be installed.
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
elseif ($PSCmdlet.ShouldProcess('this machine', 'turn test signing on')) {
    Invoke-Program -Path 'bcdedit' -Arguments @('/set', 'testsigning', 'on')
    Write-Output 'Restart Windows, and run this again: only test signing has been done yet.'
    exit 3010
}
elseif (-not $WhatIfPreference) {
    throw 'test signing is off: nothing was done.'
}

# 2. The HLK client, from its controller.
$service = 'HLKsvc'
$restart = $false
if (Get-Service -Name $service -ErrorAction SilentlyContinue) {
    Write-Output 'the HLK client is installed'
}
elseif ($Controller) {
    $setup = "\\$Controller\HLKInstall\Client\Setup.cmd"
    if ($PSCmdlet.ShouldProcess($setup, 'install the HLK client')) {
        Invoke-Program -Path $setup -Arguments @('/qn', 'ICFAGREE=Yes') -Success 0, 3010
        $restart = $LASTEXITCODE -eq 3010
    }
}

# 3. The package, and 4. Driver Verifier.
$options = @{ WhatIf = [bool]$WhatIfPreference }
& (Join-Path $PSScriptRoot 'Install-Package.ps1') -Package $Package -Tool $Tool @options
$restart = $restart -or ($LASTEXITCODE -eq 3010)
& (Join-Path $PSScriptRoot 'Set-DriverVerifier.ps1') -On @options
$restart = $restart -or ($LASTEXITCODE -eq 3010)
if ($WhatIfPreference) {
    exit 0
}
if (-not (Get-Service -Name $service -ErrorAction SilentlyContinue)) {
    throw "the HLK client is not installed (no service $service): give -Controller NAME. All else is done."
}
if ($restart) {
    Write-Output 'Restart Windows, and run this again.'
    exit 3010
}
Write-Output 'Ready. In HLK Studio: put this machine into a pool, and choose the device ROOT\acxvad.'
exit 0

<#
.SYNOPSIS
What the other scripts share. Dot-source it.
#>
function Assert-Administrator {
    [CmdletBinding()]
    param()

    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = [Security.Principal.WindowsPrincipal]$identity
    if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        throw 'This changes the machine: run it from an administrator''s prompt, or give -WhatIf to see what it would do.'
    }
}

# Runs a program and stops when it fails: PowerShell does not by itself.
function Invoke-Program {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)][string] $Path,
        [string[]] $Arguments = @(),
        [int[]] $Success = @(0)
    )

    & $Path @Arguments
    if ($Success -notcontains $LASTEXITCODE) {
        throw "$Path $($Arguments -join ' ') failed with status $LASTEXITCODE."
    }
}

# acxvadctl: the one that is given, or the one of this checkout.
function Invoke-Acxvadctl {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)][string[]] $Arguments,
        [string] $Tool = ''
    )

    if ($Tool) {
        Invoke-Program -Path $Tool -Arguments $Arguments
        return
    }
    $manifest = Join-Path (Split-Path -Parent $PSScriptRoot) 'Cargo.toml'
    $cargo = @('run', '--quiet', '--release', '--manifest-path', $manifest, '--package', 'acxvadctl', '--')
    Invoke-Program -Path 'cargo' -Arguments ($cargo + $Arguments)
}

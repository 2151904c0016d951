<#
.SYNOPSIS
The common functions of the other scripts. Dot-source it.
.DESCRIPTION
Every script ends in one of three ways:
  0     all of it was done;
  3010  all of it was done, and Windows has to restart before it takes effect (the status of
        Windows' own installers);
  1     an error: something failed, was missing, or nothing was done at all.
#>

function Assert-Administrator {
    [CmdletBinding()]
    param()

    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = [Security.Principal.WindowsPrincipal]$identity
    if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        throw 'Run this from an administrator''s prompt, or give -WhatIf to see what it would do.'
    }
}

# An unknown name is an error: a misspelt name would skip its item silently.
function Assert-Known {
    [CmdletBinding()]
    param(
        [AllowEmptyCollection()][string[]] $Given = @(),
        [Parameter(Mandatory = $true)][AllowEmptyCollection()][string[]] $Known,
        [Parameter(Mandatory = $true)][string] $What
    )

    $wrong = @($Given | Where-Object { $Known -notcontains $_ })
    if ($wrong.Count -gt 0) {
        throw "no such ${What}: $($wrong -join ', '). There are: $(($Known | Sort-Object -Unique) -join ', ')."
    }
}

# Runs a program and stops if it fails, which PowerShell does not do by itself.
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

# Runs a program, in -Folder where that is given: the lines of its output and of its error output,
# and its status. With -Log each line is in that file before the next one is read.
function Get-ProgramOutput {
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param(
        [Parameter(Mandatory = $true)][string] $Path,
        [string[]] $Arguments = @(),
        [string] $Folder = '.',
        [string] $Log = ''
    )

    # With 'Stop', Windows PowerShell 5.1 ends the script at a program's first line on its error
    # output. A program that does not start at all still gets to catch.
    $ErrorActionPreference = 'Continue'
    $lines = New-Object System.Collections.Generic.List[string]
    $errors = New-Object System.Collections.Generic.List[string]
    Push-Location -LiteralPath $Folder -ErrorAction Stop
    try {
        if ($Log) {
            New-Item -ItemType File -Path $Log -Force | Out-Null
        }
        & $Path @Arguments 2>&1 | ForEach-Object {
            if ($_ -is [System.Management.Automation.ErrorRecord]) {
                $errors.Add("$_")
            }
            else {
                $lines.Add("$_")
            }
            if ($Log) {
                Add-Content -LiteralPath $Log -Value "$_" -Encoding UTF8
            }
        }
        $status = $LASTEXITCODE
    }
    catch {
        throw "$Path did not run: $_"
    }
    finally {
        Pop-Location
    }
    [pscustomobject]@{ Lines = $lines.ToArray(); Errors = $errors.ToArray(); Status = $status }
}

# acxvadctl: the one that is given, or the one of this checkout. Its statuses: acxvadctl --help.
function Invoke-Acxvadctl {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)][string[]] $Arguments,
        [string] $Tool = '',
        [int[]] $Success = @(0, 3010)
    )

    if ($Tool) {
        Invoke-Program -Path $Tool -Arguments $Arguments -Success $Success
        return
    }
    $manifest = Join-Path (Split-Path -Parent $PSScriptRoot) 'Cargo.toml'
    $cargo = @('run', '--quiet', '--release', '--manifest-path', $manifest, '--package', 'acxvadctl', '--')
    Invoke-Program -Path 'cargo' -Arguments ($cargo + $Arguments) -Success $Success
}

# The Device Fundamentals tests that Invoke-DevFund.ps1 runs, in its order. Where each name comes
# from: docs/hlk.md, which has the same tests in its table.
@{
    # te.exe's last line, where everything passed: the numbers are Total and Passed, and have to be
    # equal and more than 0. Form: page "Execution groups" of TAEF.
    Summary = 'Summary: Total=(\d+), Passed=(\d+), Failed=0, Blocked=0, Not Run=0, Skipped=0\s*$'

    # What may follow a file's stem. The WDK's pages have .wsc and .dll, the HLK's .dll; the page on
    # the command line and the driver samples have the others.
    Endings = '.dll', '.wsc', '_WLK_Certification.dll', '_WLK_Certification.wsc',
        '_WLK_Functional.dll', '_WLK_Functional.wsc'

    # Files: stems. Parameters: those that a page says the test takes. Restarts: by its own page the
    # test restarts Windows each time; such tests are at the end, and run only when -Test names
    # them.
    Tests = @(
        @{
            Id         = 'io'
            Files      = 'Devfund_Device_IO'
            Method     = 'DeviceIO'
            Parameters = 'DQ', 'TestCycles', 'IOPeriod', 'IOType'
            Restarts   = $false
        }
        @{
            Id         = 'io-killed'
            Files      = 'Devfund_SimpleIoStress_TermIoProc'
            Method     = 'SimpleIOStress_TermIoProc'
            Parameters = 'DQ', 'TestCycles', 'IOPeriod'
            Restarts   = $false
        }
        @{
            Id         = 'io-busy-processor'
            Files      = 'Devfund_ProcUtil_PingPong_With_IO'
            Method     = 'Device_IO_With_Varying_ProcUtil'
            Parameters = 'DQ', 'PingPongPeriod', 'HPU', 'LPU', 'TestCycles'
            Restarts   = $false
        }
        @{
            Id         = 'disable-enable-io'
            Files      = 'Devfund_PNP_DisableEnable_With_IO_BeforeAndAfter'
            Method     = 'PNP_DisableEnable_With_IO_Before_And_After'
            Parameters = 'DQ', 'IOPeriod'
            Restarts   = $false
        }
        @{
            Id         = 'disable-enable'
            Files      = 'Devfund_PnPDTest'
            Method     = 'PNPDisableAndEnableDevice'
            Parameters = 'DQ', 'TestCycles', 'DoSimpleIO', 'IOPeriod', 'DoConcurrentIO', 'IOType'
            Restarts   = $false
        }
        @{
            Id         = 'remove-restart'
            Files      = 'Devfund_PnPDTest'
            Method     = 'PNPRemoveAndRestartDevice'
            Parameters = 'DQ', 'TestCycles', 'DoSimpleIO', 'IOPeriod', 'DoConcurrentIO'
            Restarts   = $false
        }
        @{
            Id         = 'cancel-remove'
            Files      = 'Devfund_PnPDTest'
            Method     = 'PNPCancelRemoveDevice'
            Parameters = 'DQ', 'TestCycles', 'DoSimpleIO', 'IOPeriod', 'DoConcurrentIO'
            Restarts   = $false
        }
        @{
            Id         = 'cancel-stop'
            Files      = 'Devfund_PnPDTest'
            Method     = 'PNPCancelStopDevice'
            Parameters = 'DQ', 'TestCycles', 'DoSimpleIO', 'IOPeriod', 'DoConcurrentIO'
            Restarts   = $false
        }
        @{
            Id         = 'rebalance'
            Files      = 'Devfund_PnPDTest'
            Method     = 'PNPTryStopAndRestartDevice'
            Parameters = 'DQ', 'TestCycles', 'DoSimpleIO', 'IOPeriod', 'DoConcurrentIO'
            Restarts   = $false
        }
        @{
            Id         = 'rebalance-new-resources'
            Files      = 'Devfund_PnPDTest'
            Method     = 'PNPTryStopDeviceRequestNewResourcesAndRestartDevice'
            Parameters = 'DQ', 'TestCycles', 'DoSimpleIO', 'IOPeriod', 'DoConcurrentIO'
            Restarts   = $false
        }
        @{
            Id         = 'rebalance-fail-restart'
            Files      = 'Devfund_PnPDTest'
            Method     = 'PNPTryStopDeviceAndFailRestart'
            Parameters = 'DQ', 'TestCycles', 'DoSimpleIO', 'IOPeriod', 'DoConcurrentIO'
            Restarts   = $false
        }
        @{
            Id         = 'surprise-remove'
            Files      = 'Devfund_PnPDTest'
            Method     = 'PNPSurpriseRemoveAndRestartDevice'
            Parameters = 'DQ', 'TestCycles', 'DoSimpleIO', 'IOPeriod', 'DoConcurrentIO'
            Restarts   = $false
        }
        @{
            Id         = 'dif-remove'
            Files      = 'Devfund_PnPDTest'
            Method     = 'PNPDIFRemoveAndRescanParentDevice'
            Parameters = 'DQ', 'TestCycles', 'DoSimpleIO', 'IOPeriod', 'DoConcurrentIO'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-open-close'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoOpenCloseTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-sub-opens'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoSubOpensTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-sub-opens-streams'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoSubOpensWithStreamsTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-file-information'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoQueryAndSetFileInformationTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-security'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoQueryAndSetSecurityTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-random-ioctl'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoRandomIOCTLTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags', 'SeedNumber',
                'MaxRandomCalls', 'MaxTailoredCalls', 'MinInBuffer', 'MaxInBuffer', 'MinOutBuffer',
                'MaxOutBuffer', 'MinDeviceType', 'MaxDeviceType', 'MinFunctionCode',
                'MaxFunctionCode'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-random-fsctl'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoRandomFSCTLTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags', 'SeedNumber',
                'MaxRandomCalls', 'MaxTailoredCalls', 'MinInBuffer', 'MaxInBuffer', 'MinOutBuffer',
                'MaxOutBuffer', 'MinDeviceType', 'MaxDeviceType', 'MinFunctionCode',
                'MaxFunctionCode'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-empty-ioctl'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoZeroLengthBufferIOCTLTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags', 'MinDeviceType',
                'MaxDeviceType', 'MinFunctionCode', 'MaxFunctionCode'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-empty-fsctl'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoZeroLengthBufferFSCTLTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags', 'MinDeviceType',
                'MaxDeviceType', 'MinFunctionCode', 'MaxFunctionCode'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-misc-api'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoMiscAPITest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags'
            Restarts   = $false
        }
        @{
            Id         = 'fuzz-misc-api-empty'
            Files      = 'Devfund_DevicePathExerciser', 'Devfund_FuzzTest'
            Method     = 'DoMiscAPIWithZeroLengthTest'
                        Parameters = 'DQ', 'TestCycles', 'DoPoolCheck', 'Impersonate',
                'FillZeroPageWithNull', 'ChangeBufferProtectionFlags'
            Restarts   = $false
        }
        @{
            Id         = 'sleep-io'
            Files      = 'Devfund_Sleep_With_IO_BeforeAndAfter'
            Method     = 'Sleep_With_Io_Before_And_After'
            Parameters = 'DQ', 'TestCycles', 'ResumeDelay', 'IOPeriod'
            Restarts   = $false
        }
        @{
            Id         = 'sleep-io-during'
            Files      = 'Devfund_Sleep_With_IO_During'
            Method     = 'Sleep_With_IO_During'
            Parameters = 'DQ', 'TestCycles', 'ResumeDelay', 'IOPeriod'
            Restarts   = $false
        }
        @{
            Id         = 'sleep-disable-enable'
            Files      = 'Devfund_Sleep_PNP_DisableEnable_With_IO_BeforeAndAfter'
            Method     = 'Sleep_PNP_DisableEnable_With_IO_Before_And_After'
            Parameters = 'DQ', 'TestCycles', 'ResumeDelay', 'IOPeriod'
            Restarts   = $false
        }
        @{
            Id         = 'reinstall'
            Files      = 'Devfund_Reinstall_With_IO_BeforeAndAfter'
            Method     = 'Reinstall_With_IO_Before_And_After'
            Parameters = 'DQ', 'IOPeriod'
            Restarts   = $false
        }
        @{
            Id         = 'chaos'
            Files      = 'Devfund_ChaosTest'
            Method     = 'RunCHAOSTest'
            Parameters = 'DQ', 'TestPeriod'
            Restarts   = $false
        }
        # Takes the tests' filter driver (msdmfilt.sys) off the device again.
        @{
            Id         = 'filter-off'
            Files      = 'Devfund_PnPDTest'
            Method     = 'DisableEnhancedDeviceTestingSupport'
            Parameters = 'DQ'
            Restarts   = $false
        }
        @{
            Id         = 'disable-enable-reboot'
            Files      = 'Devfund_PNP_DisableEnable_Reboot_With_IO_BeforeAndAfter'
            Method     = 'PNP_DisableEnable_Reboot_With_IO_Before_And_After'
            Parameters = 'DQ', 'IOPeriod'
            Restarts   = $true
        }
        @{
            Id         = 'reboot-io'
            Files      = 'Devfund_RebootRestart_With_IO_BeforeAndAfter'
            Method     = 'Reboot_Restart_With_IO_Before_And_After'
            Parameters = 'DQ', 'IOPeriod'
            Restarts   = $true
        }
        @{
            Id         = 'reboot-io-during'
            Files      = 'Devfund_RebootRestart_With_IO_During'
            Method     = 'Reboot_Restart_With_IO_During'
            Parameters = 'DQ'
            Restarts   = $true
        }
    )
}

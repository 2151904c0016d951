/* Raises an exception in a function whose unwind data has a version that does not exist. */
#define ON_D0
#include "bad.h"

void raises(void);
__asm__(
    ".text\n.globl raises\n.def raises; .scl 2; .type 32; .endef\n"
    "raises:\nsubq $40, %rsp\nmovl $0xC0000001, %ecx\ncallq *__imp_ExRaiseStatus(%rip)\nint3\n.Lraises_end:\n"
    ".section .xdata,\"dr\"\n.p2align 2\n.Lraises_info:\n.byte 6, 4, 1, 0, 4, 0x42, 0, 0\n"
    ".section .pdata,\"dr\"\n.p2align 2\n"
    ".long raises@IMGREL, .Lraises_end@IMGREL, .Lraises_info@IMGREL\n.text\n");

static void on_d0(void *device)
{
    (void)device;
    raises();
}

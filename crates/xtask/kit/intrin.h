/* What mingw-w64's inline functions call. They are not compiled, only read. */
#pragma once
unsigned char __inbyte(unsigned short port);
unsigned short __inword(unsigned short port);
unsigned long __indword(unsigned short port);
void __inbytestring(unsigned short port, unsigned char *to, unsigned long count);
void __inwordstring(unsigned short port, unsigned short *to, unsigned long count);
void __indwordstring(unsigned short port, unsigned long *to, unsigned long count);
void __outbyte(unsigned short port, unsigned char value);
void __outword(unsigned short port, unsigned short value);
void __outdword(unsigned short port, unsigned long value);
void __outbytestring(unsigned short port, unsigned char *from, unsigned long count);
void __outwordstring(unsigned short port, unsigned short *from, unsigned long count);
void __outdwordstring(unsigned short port, unsigned long *from, unsigned long count);
void __movsb(unsigned char *to, const unsigned char *from, unsigned long long count);
void __movsw(unsigned short *to, const unsigned short *from, unsigned long long count);
void __movsd(unsigned long *to, const unsigned long *from, unsigned long long count);
void __stosb(unsigned char *to, unsigned char value, unsigned long long count);
void __stosq(unsigned long long *to, unsigned long long value, unsigned long long count);
unsigned long long __umulh(unsigned long long a, unsigned long long b);
unsigned long long __readcr8(void);
void __writecr8(unsigned long long value);
unsigned short __readgsword(unsigned long offset);
unsigned long long __readgsqword(unsigned long offset);

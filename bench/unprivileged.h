/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For x86_64 objects that run in a program, which may not turn interrupts off: the assembler omits
 * these instructions.
 */
#ifndef IO_PGTABLE_BENCH_UNPRIVILEGED_H
#define IO_PGTABLE_BENCH_UNPRIVILEGED_H

asm(".macro cli\n.endm\n.macro sti\n.endm");

#endif

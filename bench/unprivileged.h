/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For objects of x86_64 that run in a program, where there are no interrupts to
 * be turned off: to the assembler these instructions are nothing.
 */
#ifndef IO_PGTABLE_BENCH_UNPRIVILEGED_H
#define IO_PGTABLE_BENCH_UNPRIVILEGED_H

asm(".macro cli\n.endm\n.macro sti\n.endm");

#endif

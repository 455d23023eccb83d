/* SPDX-License-Identifier: GPL-2.0-only */
/* See access.h. */
#include <asm/asm-extable.h>
#include <linux/errno.h>
#include <linux/linkage.h>

SYM_FUNC_START(hw_load)
1:	ldtr	x2, [x0]
	str	x2, [x1]
	mov	w0, #0
	ret
2:	mov	w0, #-EFAULT
	ret
	_asm_extable_uaccess 1b, 2b
SYM_FUNC_END(hw_load)

SYM_FUNC_START(hw_store)
1:	sttr	x1, [x0]
	mov	w0, #0
	ret
2:	mov	w0, #-EFAULT
	ret
	_asm_extable_uaccess 1b, 2b
SYM_FUNC_END(hw_store)

/*
 * The kernel's fixups cannot handle an instruction fetch that faults. So during hw_execute() all
 * exceptions come to these vectors. They save nothing, and only read ESR_EL1. Interrupts are
 * disabled.
 */
	.balign	2048
SYM_CODE_START_LOCAL(vectors)
	.rept	16
	.balign	128
	mrs	x0, esr_el1
	b	.Lback
	.endr
	.balign	128
SYM_CODE_END(vectors)

#define SPSR_EL0_MASKED	0x3c0

SYM_FUNC_START(hw_execute)
	stp	x29, x30, [sp, #-16]!
	mrs	x2, vbar_el1
	mrs	x3, daif
	msr	daifset, #0xf
	adr	x4, vectors
	msr	vbar_el1, x4
	isb
	cbnz	w1, 1f
	blr	x0
	mov	x0, #0
	b	.Lback

1:	mov	x4, #SPSR_EL0_MASKED
	msr	spsr_el1, x4
	msr	elr_el1, x0
	eret

.Lback:
	msr	vbar_el1, x2
	msr	daif, x3
	isb
	ldp	x29, x30, [sp], #16
	ret
SYM_FUNC_END(hw_execute)

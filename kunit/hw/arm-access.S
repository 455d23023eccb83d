/* SPDX-License-Identifier: GPL-2.0-only */
/* See access.h. */
#include <asm/assembler.h>
#include <linux/errno.h>
#include <linux/linkage.h>

ENTRY(hw_load)
USER(	ldrt	r2, [r0]	)
	str	r2, [r1]
	mov	r0, #0
	ret	lr
9001:	mov	r0, #-EFAULT
	ret	lr
ENDPROC(hw_load)

ENTRY(hw_store)
USER(	strt	r1, [r0]	)
	mov	r0, #0
	ret	lr
9001:	mov	r0, #-EFAULT
	ret	lr
ENDPROC(hw_store)

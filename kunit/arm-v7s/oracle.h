/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walker of Armv7 short-descriptor tables that works like the hardware, to judge tables in memory
 * by the translations that an MMU would make. It is written from the Arm ARM (DDI0406C B3.5, B3.8,
 * B4.1) and from the differences of MediaTek's M4U. It has no header and no knowledge of the
 * tables' structure in common with the format: its only input is registers and memory.
 */
#ifndef __ARM_V7S_ORACLE_H
#define __ARM_V7S_ORACLE_H

#include <linux/types.h>

/**
 * struct v7s_regs - registers and properties of an MMU that determine a walk
 * @ttbr: TTBR0, or the M4U's page table base register
 * @ttbcr: TTBCR
 * @prrr: PRRR
 * @nmrr: NMRR. TEX remap and the access flag are enabled (SCTLR.TRE, SCTLR.AFE)
 * @no_perms: the MMU ignores AP and XN, and allows every access
 * @mtk_ext: an M4U: output address bits 32 to 34 are in descriptor bits 9, 4 and 5
 * @mtk_ttbr_ext: table addresses of the M4U have these bits, too; for the level-1 table they are in
 *	TTBR bits 0 to 2
 * @mtk_ias: input address bits of an M4U, 32 to 34, on which the size of the level-1 table depends.
 *	For other MMUs TTBCR.N determines the input address bits.
 */
struct v7s_regs {
	u32 ttbr;
	u32 ttbcr;
	u32 prrr;
	u32 nmrr;
	bool no_perms;
	bool mtk_ext;
	bool mtk_ttbr_ext;
	unsigned int mtk_ias;
};

/**
 * struct v7s_walks - memory attributes of the walker's accesses, from the fields of TTBR0
 * @sh: shareability as in a long descriptor: 0 none, 2 outer, 3 inner
 * @irgn: inner cacheability: 0 none, 1 WB WA, 2 WT, 3 WB no WA
 * @orgn: outer cacheability, in the same way
 */
struct v7s_walks {
	u8 sh;
	u8 irgn;
	u8 orgn;
};

/**
 * struct v7s_memory - the memory that a walker sees
 * @read: read the 32 bits at physical address @pa to *@value.
 *	Return: whether there is a table at @pa
 * @context: argument of @read
 */
struct v7s_memory {
	bool (*read)(void *context, u64 pa, u32 *value);
	void *context;
};

/**
 * enum v7s_fault - result of a walk
 * @V7S_FAULT_NONE: a translation
 * @V7S_FAULT_TRANSLATION: no valid descriptor, or an input address out of range
 * @V7S_FAULT_ACCESS_FLAG: a leaf entry without the access flag
 * @V7S_FAULT_RESERVED: no fault of the architecture: a descriptor has reserved values or unused
 *	bits, or one of the 16 entries of a large page or supersection differs from the others
 * @V7S_FAULT_EXTERNAL: a table address at which there is no table
 */
enum v7s_fault {
	V7S_FAULT_NONE,
	V7S_FAULT_TRANSLATION,
	V7S_FAULT_ACCESS_FLAG,
	V7S_FAULT_RESERVED,
	V7S_FAULT_EXTERNAL,
};

#define V7S_PRIV_READ		0x01
#define V7S_PRIV_WRITE		0x02
#define V7S_PRIV_EXEC		0x04
#define V7S_USER_READ		0x10
#define V7S_USER_WRITE		0x20
#define V7S_USER_EXEC		0x40
#define V7S_ALL_PERMS		0x77

/**
 * struct v7s_result - what a walk found
 * @fault: whether there is a translation
 * @level: level of the last descriptor, 1 or 2
 * @desc: the last descriptor
 * @desc_pa: physical address of @desc
 * @size: bytes of input addresses that @desc translates: 4K, 64K, 1M or 16M
 * @pa: output address
 * @perms: V7S_PRIV_* and V7S_USER_*
 * @memory: memory type from PRRR and NMRR, as an attribute byte of a long
 *	descriptor's MAIR: 0x00 Strongly-ordered, 0x04 Device, otherwise outer and
 *	inner cacheability
 * @sh: shareability as in a long descriptor: 0 none, 2 outer, 3 inner
 * @ns: output address space of a Secure walk
 * @not_global: nG
 * @contiguous: @desc is one of the 16 entries of a large page or supersection
 */
struct v7s_result {
	enum v7s_fault fault;
	unsigned int level;
	u32 desc;
	u64 desc_pa;
	u64 size;
	u64 pa;
	unsigned int perms;
	u8 memory;
	u8 sh;
	bool ns;
	bool not_global;
	bool contiguous;
};

const char *v7s_regs_complaint(const struct v7s_regs *regs);
unsigned int v7s_input_bits(const struct v7s_regs *regs);
u64 v7s_base(const struct v7s_regs *regs);
struct v7s_walks v7s_walks(const struct v7s_regs *regs);
struct v7s_result v7s_walk(const struct v7s_regs *regs,
			   const struct v7s_memory *memory, u64 va);

#endif /* __ARM_V7S_ORACLE_H */

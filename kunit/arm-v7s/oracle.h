/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walker of Armv7 short-descriptor tables as the hardware has it, for judging
 * tables in memory by what an MMU would make of them. Written from the Arm ARM
 * (DDI0406C B3.5, B3.8, B4.1) and from what MediaTek's M4U does differently; it
 * shares no header and no idea of a table's shape with the format: all that it
 * knows is registers and memory.
 */
#ifndef __ARM_V7S_ORACLE_H
#define __ARM_V7S_ORACLE_H

#include <linux/types.h>

/**
 * struct v7s_regs - what rules a walk: registers, and what kind of MMU it is
 * @ttbr: TTBR0, or the M4U's page table base register
 * @ttbcr: TTBCR
 * @prrr: PRRR
 * @nmrr: NMRR. TEX remap and the access flag are enabled (SCTLR.TRE, SCTLR.AFE)
 * @no_perms: this MMU has no use for AP and XN, and allows everything
 * @mtk_ext: an M4U: output address bits 32 to 34 are in descriptor bits 9, 4 and 5
 * @mtk_ttbr_ext: and so are those of tables; those of the first are in TTBR bits 0
 *	to 2
 * @mtk_ias: input address bits of an M4U, 32 to 34: the level-1 table grows with
 *	them. Of others it is TTBCR.N that decides.
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
 * struct v7s_walks - how the walker reads tables, by the fields of TTBR0
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
 * @read: the 32 bits at physical address @pa, in *@value. Return: whether there is
 *	table memory at all.
 * @context: handed to it
 */
struct v7s_memory {
	bool (*read)(void *context, u64 pa, u32 *value);
	void *context;
};

/**
 * enum v7s_fault - what came of a walk
 * @V7S_FAULT_NONE: a translation
 * @V7S_FAULT_TRANSLATION: no valid descriptor, or an input address out of range
 * @V7S_FAULT_ACCESS_FLAG: a leaf entry without the access flag
 * @V7S_FAULT_RESERVED: not the hardware's word: a descriptor with reserved values,
 *	or bits that nobody has a use for, or one of sixteen that is not like the
 *	others
 * @V7S_FAULT_EXTERNAL: a table address where there is no table
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
 * @fault: whether it is a translation
 * @level: of the last descriptor, 1 or 2
 * @desc: the last descriptor
 * @desc_pa: where it is
 * @size: bytes of input addresses that it is for: 4K, 64K, 1M or 16M
 * @pa: output address
 * @perms: V7S_PRIV_* and V7S_USER_*
 * @memory: memory type, through PRRR and NMRR, as an attribute byte of a long
 *	descriptor's MAIR: 0x00 Strongly-ordered, 0x04 Device, otherwise outer and
 *	inner cacheability
 * @sh: shareability as in a long descriptor: 0 none, 2 outer, 3 inner
 * @ns: output address space of a Secure walk
 * @not_global: nG
 * @contiguous: one of sixteen entries: large page or supersection
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

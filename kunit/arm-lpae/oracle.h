/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table walker as the hardware has it, for judging tables in memory by what an
 * MMU would make of them. Written from the Arm ARM (DDI0487); it shares no header
 * and no idea of a table's shape with the format: all that it knows is registers
 * and memory.
 */
#ifndef __ARM_LPAE_ORACLE_H
#define __ARM_LPAE_ORACLE_H

#include <linux/types.h>

/**
 * struct arm_regs - the register fields that rule a walk
 * @stage2: VTTBR and VTCR; otherwise TTBR and TCR
 * @upper: TTBR1: the table is for addresses whose bits above its size are set
 * @base: TTBRn_EL1 or VTTBR_EL2: physical address of the start table
 * @tsz: T0SZ or T1SZ
 * @tg: TG0, or TG1 if @upper
 * @ps: IPS or PS
 * @sl0: VTCR_EL2.SL0
 * @sh: SH0, SH1
 * @irgn: IRGN0, IRGN1
 * @orgn: ORGN0, ORGN1
 * @mair: MAIR_EL1
 * @fwb: HCR_EL2.FWB, or what an SMMU has for it
 * @contiguous: not a register's: somebody has a use for the Contiguous bit
 */
struct arm_regs {
	bool stage2;
	bool upper;
	u64 base;
	unsigned int tsz;
	unsigned int tg;
	unsigned int ps;
	unsigned int sl0;
	unsigned int sh;
	unsigned int irgn;
	unsigned int orgn;
	u64 mair;
	bool fwb;
	bool contiguous;
};

/**
 * struct arm_memory - the memory that a walker sees
 * @read: the 64 bits at physical address @pa, in *@value. Return: whether there is
 *	table memory at all.
 * @context: handed to it
 */
struct arm_memory {
	bool (*read)(void *context, u64 pa, u64 *value);
	void *context;
};

/**
 * enum arm_fault - what came of a walk
 * @ARM_FAULT_NONE: a translation
 * @ARM_FAULT_TRANSLATION: no valid descriptor, or an input address out of range
 * @ARM_FAULT_ADDRESS_SIZE: an output or table address beyond PS
 * @ARM_FAULT_ACCESS_FLAG: a leaf entry without the access flag
 * @ARM_FAULT_RESERVED: not the hardware's word: a descriptor with reserved values,
 *	or bits that nobody has a use for, or of a group that is not one
 * @ARM_FAULT_EXTERNAL: a table address where there is no table
 */
enum arm_fault {
	ARM_FAULT_NONE,
	ARM_FAULT_TRANSLATION,
	ARM_FAULT_ADDRESS_SIZE,
	ARM_FAULT_ACCESS_FLAG,
	ARM_FAULT_RESERVED,
	ARM_FAULT_EXTERNAL,
};

/* Permissions. At stage 2 there is one kind of access, and both bits are set. */
#define ARM_PRIV_READ		0x01
#define ARM_PRIV_WRITE		0x02
#define ARM_PRIV_EXEC		0x04
#define ARM_USER_READ		0x10
#define ARM_USER_WRITE		0x20
#define ARM_USER_EXEC		0x40

/**
 * struct arm_result - what a walk found
 * @fault: whether it is a translation
 * @level: of the last descriptor
 * @desc: the last descriptor
 * @desc_pa: where it is
 * @size: bytes of input addresses that it is for, with all of its group
 * @pa: output address
 * @perms: ARM_PRIV_* and ARM_USER_*, with the dirty state managed by hardware:
 *	writable means writable
 * @memory: memory type as an attribute byte of MAIR_EL1, at stage 2 too
 * @sh: shareability field
 * @ns: output address space of a Secure walk
 * @ns_tables: NSTable in all tables on the way
 * @not_global: nG
 * @dbm: the dirty state is managed by hardware
 * @dirty: and it is dirty, or another of its group
 * @contiguous: it is one of a group that a TLB may take for one entry
 */
struct arm_result {
	enum arm_fault fault;
	unsigned int level;
	u64 desc;
	u64 desc_pa;
	u64 size;
	u64 pa;
	unsigned int perms;
	u8 memory;
	u8 sh;
	bool ns;
	bool ns_tables;
	bool not_global;
	bool dbm;
	bool dirty;
	bool contiguous;
};

const char *arm_regs_complaint(const struct arm_regs *regs);
unsigned int arm_granule_bits(const struct arm_regs *regs);
unsigned int arm_start_level(const struct arm_regs *regs);
unsigned int arm_output_bits(const struct arm_regs *regs);
unsigned int arm_group_entries(const struct arm_regs *regs, unsigned int level);
struct arm_result arm_walk(const struct arm_regs *regs,
			   const struct arm_memory *memory, u64 va);

#endif /* __ARM_LPAE_ORACLE_H */

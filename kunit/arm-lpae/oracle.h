/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table walker that works like the hardware, to judge tables in memory by the translations that
 * an MMU would make. It is written from the Arm ARM (DDI0487). It has no header and no knowledge of
 * the tables' structure in common with the format: its only input is registers and memory.
 */
#ifndef __ARM_LPAE_ORACLE_H
#define __ARM_LPAE_ORACLE_H

#include <linux/types.h>

/**
 * struct arm_regs - the register fields that determine a walk
 * @stage2: the fields are those of VTTBR and VTCR; otherwise of TTBR and TCR
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
 * @fwb: HCR_EL2.FWB, or the corresponding bit of an SMMU
 * @contiguous: not in a register: the table may use the Contiguous bit
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
 * @read: read the 64 bits at physical address @pa to *@value.
 *	Return: whether there is a table at @pa
 * @context: argument of @read
 */
struct arm_memory {
	bool (*read)(void *context, u64 pa, u64 *value);
	void *context;
};

/**
 * enum arm_fault - result of a walk
 * @ARM_FAULT_NONE: a translation
 * @ARM_FAULT_TRANSLATION: no valid descriptor, or an input address out of range
 * @ARM_FAULT_ADDRESS_SIZE: an output or table address beyond PS
 * @ARM_FAULT_ACCESS_FLAG: a leaf entry without the access flag
 * @ARM_FAULT_RESERVED: no fault of the architecture: a descriptor has reserved values or unused
 *	bits, or belongs to an incomplete contiguous group
 * @ARM_FAULT_EXTERNAL: a table address at which there is no table
 */
enum arm_fault {
	ARM_FAULT_NONE,
	ARM_FAULT_TRANSLATION,
	ARM_FAULT_ADDRESS_SIZE,
	ARM_FAULT_ACCESS_FLAG,
	ARM_FAULT_RESERVED,
	ARM_FAULT_EXTERNAL,
};

/* Permissions. Stage 2 does not distinguish privileged and user accesses, so both bits are set. */
#define ARM_PRIV_READ		0x01
#define ARM_PRIV_WRITE		0x02
#define ARM_PRIV_EXEC		0x04
#define ARM_USER_READ		0x10
#define ARM_USER_WRITE		0x20
#define ARM_USER_EXEC		0x40

/**
 * struct arm_result - what a walk found
 * @fault: whether there is a translation
 * @level: level of the last descriptor
 * @desc: the last descriptor
 * @desc_pa: physical address of @desc
 * @size: bytes of input addresses that @desc translates, together with its contiguous group
 * @pa: output address
 * @perms: ARM_PRIV_* and ARM_USER_*. If the hardware manages the dirty state, a clean page is
 *	writable.
 * @memory: memory type as an attribute byte of MAIR_EL1, also at stage 2
 * @sh: shareability field
 * @ns: output address space of a Secure walk
 * @ns_tables: NSTable in all tables on the way
 * @not_global: nG
 * @dbm: the hardware manages the dirty state
 * @dirty: @dbm, and @desc or another descriptor of its group is dirty
 * @contiguous: @desc belongs to a group that a TLB may cache as one entry
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

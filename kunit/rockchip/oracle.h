/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walker of Rockchip IOMMU tables, to judge tables in memory by the translations that the
 * hardware would make. It is written from what rockchip-iommu.c says about the hardware. It has no
 * header in common with the format: its only input is a register and memory.
 */
#ifndef __ROCKCHIP_ORACLE_H
#define __ROCKCHIP_ORACLE_H

#include <linux/types.h>

/**
 * struct rk_regs - registers and properties of an IOMMU that determine a walk
 * @dte_addr: MMU_DTE_ADDR
 * @v2: the second generation (rk3568), whose addresses have 40 bits
 */
struct rk_regs {
	u32 dte_addr;
	bool v2;
};

/**
 * struct rk_memory - the memory that a walker sees
 * @read: read the 32 bits at physical address @pa to *@value.
 *	Return: whether there is a table at @pa
 * @context: argument of @read
 */
struct rk_memory {
	bool (*read)(void *context, u64 pa, u32 *value);
	void *context;
};

/**
 * enum rk_fault - result of a walk
 * @RK_FAULT_NONE: a translation
 * @RK_FAULT_NO_TABLE: the entry of the directory is not valid
 * @RK_FAULT_NO_PAGE: the entry of the page is not valid
 * @RK_FAULT_RANGE: an input address of more than 32 bits
 * @RK_FAULT_RESERVED: no fault of the hardware: an entry has bits that are not used
 * @RK_FAULT_EXTERNAL: a table address at which there is no table
 */
enum rk_fault {
	RK_FAULT_NONE,
	RK_FAULT_NO_TABLE,
	RK_FAULT_NO_PAGE,
	RK_FAULT_RANGE,
	RK_FAULT_RESERVED,
	RK_FAULT_EXTERNAL,
};

/**
 * struct rk_result - what a walk found
 * @fault: whether there is a translation
 * @level: level of the last entry: 1 for the directory, 2 for a page
 * @entry: the last entry
 * @entry_pa: physical address of @entry
 * @size: bytes of input addresses that @entry translates
 * @pa: output address
 * @read: devices can read
 * @write: devices can write
 */
struct rk_result {
	enum rk_fault fault;
	unsigned int level;
	u32 entry;
	u64 entry_pa;
	u64 size;
	u64 pa;
	bool read;
	bool write;
};

const char *rk_regs_complaint(const struct rk_regs *regs);
bool rk_is_valid(u32 entry);
u64 rk_address(const struct rk_regs *regs, u32 entry);
struct rk_result rk_walk(const struct rk_regs *regs, const struct rk_memory *memory, u64 iova);

#endif /* __ROCKCHIP_ORACLE_H */

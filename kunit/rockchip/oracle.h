/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walker of Rockchip IOMMU tables, for judging tables in memory by what the hardware would
 * make of them. Written from what rockchip-iommu.c says of the hardware; it shares no header
 * with the format: it knows a register and memory, nothing else.
 */
#ifndef __ROCKCHIP_ORACLE_H
#define __ROCKCHIP_ORACLE_H

#include <linux/types.h>

/**
 * struct rk_regs - what rules a walk
 * @dte_addr: MMU_DTE_ADDR
 * @v2: the later generation (rk3568): addresses have 40 bits
 */
struct rk_regs {
	u32 dte_addr;
	bool v2;
};

/**
 * struct rk_memory - the memory that a walker sees
 * @read: the 32 bits at physical address @pa, in *@value. Return: whether there is
 *	table memory at all.
 * @context: handed to it
 */
struct rk_memory {
	bool (*read)(void *context, u64 pa, u32 *value);
	void *context;
};

/**
 * enum rk_fault - what came of a walk
 * @RK_FAULT_NONE: a translation
 * @RK_FAULT_NO_TABLE: the entry of the directory is not valid
 * @RK_FAULT_NO_PAGE: the entry of the page is not valid
 * @RK_FAULT_RANGE: an input address of more than 32 bits
 * @RK_FAULT_RESERVED: not the hardware's word: an entry has bits that nobody has a use for
 * @RK_FAULT_EXTERNAL: a table address where there is no table
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
 * @fault: whether it is a translation
 * @level: of the last entry: 1 for the directory, 2 for a page
 * @entry: the last entry
 * @entry_pa: where it is
 * @size: bytes of input addresses that it is for
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walker of Apple DART tables, for judging tables in memory by what the hardware would
 * make of them. Written from what apple-dart.c programs, what the kernel's own format says
 * of its descriptors, and the register and descriptor fields that the Asahi Linux project
 * has published (m1n1, dart8020 and dart8110). It shares no header with the format: it
 * knows the addresses in the TTBRs and memory, nothing else.
 */
#ifndef __APPLE_DART_ORACLE_H
#define __APPLE_DART_ORACLE_H

#include <linux/types.h>

#define DART_MAX_TTBRS	4

/* The level that has pages. Walks start at level 2, or at level 1. */
#define DART_PAGE_LEVEL	3

/**
 * enum dart_descriptors - kinds of descriptors
 * @DART_T8020: output addresses of 36 bits, in place; subpage protection can be disabled
 * @DART_T6000: output addresses of 42 bits, shifted right by 4; pages can be uncached.
 *	The t8110 has the same.
 */
enum dart_descriptors {
	DART_T8020,
	DART_T6000,
};

/**
 * struct dart_regs - what rules a walk
 * @descriptors: which kind of descriptors
 * @granule: page and table size, as a power of 2: 12 or 14
 * @levels: levels of tables that a walk passes: 2, or 3 (TCR.FOUR_LEVEL, which counts the
 *	TTBRs)
 * @ttbr: the addresses in the TTBRs that are valid
 * @n_ttbrs: how many are valid
 * @ias: input address bits that the driver announces
 */
struct dart_regs {
	enum dart_descriptors descriptors;
	unsigned int granule;
	unsigned int levels;
	u64 ttbr[DART_MAX_TTBRS];
	unsigned int n_ttbrs;
	unsigned int ias;
};

/**
 * struct dart_memory - the memory that a walker sees
 * @read: the 64 bits at physical address @pa, in *@value. Return: whether there is
 *	table memory at all.
 * @context: handed to it
 */
struct dart_memory {
	bool (*read)(void *context, u64 pa, u64 *value);
	void *context;
};

/**
 * enum dart_fault - what came of a walk
 * @DART_FAULT_NONE: a translation
 * @DART_FAULT_NO_TTBR: no TTBR for the input address
 * @DART_FAULT_NO_TABLE: a descriptor above the page level is not valid
 * @DART_FAULT_NO_PAGE: the descriptor of the page is not valid
 * @DART_FAULT_SUBPAGE: only part of the page can be accessed
 * @DART_FAULT_RESERVED: not the hardware's word: a descriptor has bits without a meaning
 * @DART_FAULT_EXTERNAL: a table address where there is no table
 */
enum dart_fault {
	DART_FAULT_NONE,
	DART_FAULT_NO_TTBR,
	DART_FAULT_NO_TABLE,
	DART_FAULT_NO_PAGE,
	DART_FAULT_SUBPAGE,
	DART_FAULT_RESERVED,
	DART_FAULT_EXTERNAL,
};

/**
 * struct dart_result - what a walk found
 * @fault: whether it is a translation
 * @level: of the last descriptor, 1 to %DART_PAGE_LEVEL
 * @desc: the last descriptor
 * @desc_pa: where it is
 * @size: bytes of input addresses that it is for
 * @pa: output address
 * @read: devices can read
 * @write: devices can write
 * @uncached: accesses bypass the system cache. Descriptors of the t8020 do not say that.
 */
struct dart_result {
	enum dart_fault fault;
	unsigned int level;
	u64 desc;
	u64 desc_pa;
	u64 size;
	u64 pa;
	bool read;
	bool write;
	bool uncached;
};

const char *dart_regs_complaint(const struct dart_regs *regs);
unsigned int dart_start_level(const struct dart_regs *regs);
unsigned int dart_shift(const struct dart_regs *regs, unsigned int level);
bool dart_is_valid(u64 desc);
u64 dart_address(const struct dart_regs *regs, u64 desc);
struct dart_result dart_walk(const struct dart_regs *regs, const struct dart_memory *memory,
			     u64 iova);

#endif /* __APPLE_DART_ORACLE_H */

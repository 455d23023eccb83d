/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walker of Apple DART tables, to judge tables in memory by the translations that the hardware
 * would make. It is written from what apple-dart.c programs, from what the kernel's own format says
 * about its descriptors, and from the register and descriptor fields that the Asahi Linux project
 * has published (m1n1, dart8020 and dart8110). It has no header in common with the format: its only
 * input is the addresses in the TTBRs, and memory.
 */
#ifndef __APPLE_DART_ORACLE_H
#define __APPLE_DART_ORACLE_H

#include <linux/types.h>

#define DART_MAX_TTBRS	4

/* The level of the descriptors of pages. Walks start at level 2 or at level 1. */
#define DART_PAGE_LEVEL	3

/**
 * enum dart_descriptors - kinds of descriptors
 * @DART_T8020: output addresses of 36 bits, not shifted; subpage protection can be disabled
 * @DART_T6000: output addresses of 42 bits, shifted right by 4; pages can be uncached.
 *	The t8110 has these descriptors, too.
 */
enum dart_descriptors {
	DART_T8020,
	DART_T6000,
};

/**
 * struct dart_regs - registers and properties of a DART that determine a walk
 * @descriptors: kind of descriptors
 * @granule: log2 of the size of a page and of a table: 12 or 14
 * @levels: number of levels of tables: 2, or 3 (TCR.FOUR_LEVEL, which counts the TTBRs as a level)
 * @ttbr: addresses in the valid TTBRs
 * @n_ttbrs: number of valid TTBRs
 * @ias: number of input address bits that the driver reports
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
 * @read: read the 64 bits at physical address @pa to *@value.
 *	Return: whether there is a table at @pa
 * @context: argument of @read
 */
struct dart_memory {
	bool (*read)(void *context, u64 pa, u64 *value);
	void *context;
};

/**
 * enum dart_fault - result of a walk
 * @DART_FAULT_NONE: a translation
 * @DART_FAULT_NO_TTBR: no TTBR for the input address
 * @DART_FAULT_NO_TABLE: a descriptor above the page level is not valid
 * @DART_FAULT_NO_PAGE: the descriptor of the page is not valid
 * @DART_FAULT_SUBPAGE: only part of the page can be accessed
 * @DART_FAULT_RESERVED: no fault of the hardware: a descriptor has bits that are not used
 * @DART_FAULT_EXTERNAL: a table address at which there is no table
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
 * @fault: whether there is a translation
 * @level: level of the last descriptor, 1 to %DART_PAGE_LEVEL
 * @desc: the last descriptor
 * @desc_pa: physical address of @desc
 * @size: bytes of input addresses that @desc translates
 * @pa: output address
 * @read: devices can read
 * @write: devices can write
 * @uncached: accesses bypass the system cache. The t8020 has no such bit.
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

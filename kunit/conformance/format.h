/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a format says of itself: its claims, the kinds of tables that it can make, and
 * the walker that judges them.
 */
#ifndef __IO_PGTABLE_CONFORMANCE_FORMAT_H
#define __IO_PGTABLE_CONFORMANCE_FORMAT_H

#include <linux/io-pgtable.h>
#include <linux/types.h>

#define PROT_RW		(IOMMU_READ | IOMMU_WRITE)
#define PROT_SOME	(PROT_RW | IOMMU_CACHE | IOMMU_NOEXEC)

struct conf_fixture;

/* Rows of a table for what an unsigned long of 64 bits can hold, and for one of 32 bits */
#ifdef CONFIG_64BIT
#define ROWS_ON_64BIT(...)	__VA_ARGS__,
#define ROWS_ON_32BIT(...)
#else
#define ROWS_ON_64BIT(...)
#define ROWS_ON_32BIT(...)	__VA_ARGS__,
#endif

/**
 * struct conf_shape - a kind of table
 * @name: for the reader
 * @fmt: format, unless it has a name: &conf_claims.format
 * @pgsizes: &io_pgtable_cfg.pgsize_bitmap, which has only those that fit into an
 *	unsigned long
 * @ias: &io_pgtable_cfg.ias
 * @oas: &io_pgtable_cfg.oas
 * @quirks: &io_pgtable_cfg.quirks
 * @noncoherent: the walker does not snoop
 * @format: its name, "vendor,format", if the shapes of a suite have different ones
 */
struct conf_shape {
	const char *name;
	enum io_pgtable_fmt fmt;
	u64 pgsizes;
	unsigned int ias;
	unsigned int oas;
	unsigned long quirks;
	bool noncoherent;
	const char *format;
};

/**
 * struct conf_claims - what a format claims
 * @shapes: kinds of tables that it can make, to a nameless one
 * @refused: configurations that it refuses with -EINVAL, to a nameless one, or NULL
 * @format: its name, "vendor,format", NULL if it has a number or &conf_shape.format
 * @format_cfg_size: &io_pgtable_cfg.format_cfg_size; what is there is zeroed
 * @judge: who reads its tables, NULL if nobody can
 * @custom_allocator: it takes table memory from the driver
 * @table_sizes: if it does not: all sizes that its tables have, in bytes, one bit
 *	each. They are told from other memory by that, and by being zeroed.
 * @stops_at_tables: a call maps and unmaps to the end of a table, and no further
 * @no_pages: what mapping no pages is: 0 or -EINVAL
 * @trusts_callers: nobody maps over a mapping or unmaps where there is none; it
 *	warns if somebody does
 * @splits_blocks: part of a block can be unmapped; if not, it is refused
 */
struct conf_claims {
	const struct conf_shape *shapes;
	const struct conf_shape *refused;
	const char *format;
	size_t format_cfg_size;
	const struct conf_judge *judge;
	bool custom_allocator;
	unsigned long table_sizes;
	bool stops_at_tables;
	int no_pages;
	bool trusts_callers;
	bool splits_blocks;
};

/**
 * struct conf_mapping - what should be found at an address
 * @pa: output address
 * @size: of the leaf entry; 0 if that does not matter
 * @prot: IOMMU_*
 */
struct conf_mapping {
	u64 pa;
	u64 size;
	int prot;
};

/**
 * enum conf_fault - what came of a walk
 * @CONF_FOUND: a translation
 * @CONF_NOTHING: no valid descriptor, or an input address out of range
 * @CONF_WRONG: anything else: a reserved value, a table that is not there
 */
enum conf_fault {
	CONF_FOUND,
	CONF_NOTHING,
	CONF_WRONG,
};

/**
 * struct conf_result - what a walk found
 * @fault: whether it is a translation
 * @level: of the last descriptor
 * @desc: the last descriptor
 * @desc_pa: where it is
 * @size: bytes of input addresses that it is for
 * @pa: output address
 * @dirty: it says that something was written
 */
struct conf_result {
	enum conf_fault fault;
	unsigned int level;
	u64 desc;
	u64 desc_pa;
	u64 size;
	u64 pa;
	bool dirty;
};

enum conf_kind {
	CONF_INVALID,
	CONF_LEAF,
	CONF_TABLE,
};

/**
 * struct conf_judge - a walker of a format, that shares nothing with it
 * @desc_size: bytes of a descriptor, 4 or 8
 * @last_level: levels count up to this one
 * @regs_size: bytes of the registers as the judge has them, &conf_fixture.regs
 * @registers: set these to what the driver would program from &conf_fixture.cfg
 * @complaint: Return: what is wrong with the registers, NULL if nothing is
 * @walk: translate an address
 * @holds: translate an address, and compare with what should be there down to
 *	the last bit of the descriptor: &conf_mapping.pa is that of the address
 * @root: Return: physical address of the first table
 * @next_root: Return: physical address of the n-th first table of a format that has several,
 *	for adjacent input addresses; 0 after the last. NULL if there is one only.
 * @start_level: Return: its level
 * @shift: Return: input address bits below those that a level resolves
 * @kind: Return: what a descriptor of a level is; *table is the physical address
 *	that a table descriptor holds
 * @can_be_neighbours: Return: whether a table of a level can have a descriptor and
 *	another one at the next index: of several that are one leaf entry together
 *	all are there; NULL if there are none such
 * @may_change: Return: bits that may change in a live descriptor; NULL if none may
 * @words: put into words what the leaf at an address allows, as "map" in debugfs has it, to a
 *	buffer of @size bytes; NULL if that is not compared
 * @hardware_writes: do to a descriptor what an MMU with dirty tracking does when
 *	its device writes
 */
struct conf_judge {
	unsigned int desc_size;
	unsigned int last_level;
	size_t regs_size;
	void (*registers)(struct conf_fixture *f);
	const char *(*complaint)(struct conf_fixture *f);
	struct conf_result (*walk)(struct conf_fixture *f, u64 iova);
	bool (*holds)(struct conf_fixture *f, u64 iova, const struct conf_mapping *m);
	u64 (*root)(struct conf_fixture *f);
	u64 (*next_root)(struct conf_fixture *f, unsigned int n);
	unsigned int (*start_level)(struct conf_fixture *f);
	unsigned int (*shift)(struct conf_fixture *f, unsigned int level);
	enum conf_kind (*kind)(struct conf_fixture *f, unsigned int level, u64 desc,
			       u64 *table);
	bool (*can_be_neighbours)(struct conf_fixture *f, unsigned int level,
				  unsigned int i, u64 desc, u64 next);
	u64 (*may_change)(struct conf_fixture *f);
	void (*words)(struct conf_fixture *f, u64 iova, char *words, size_t size);
	void (*hardware_writes)(struct conf_fixture *f, u64 iova);
};

#endif /* __IO_PGTABLE_CONFORMANCE_FORMAT_H */

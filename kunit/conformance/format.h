/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Properties of a format: its claims, the kinds of tables that it can make, and the walker that
 * judges these tables
 */
#ifndef __IO_PGTABLE_CONFORMANCE_FORMAT_H
#define __IO_PGTABLE_CONFORMANCE_FORMAT_H

#include <linux/io-pgtable.h>
#include <linux/types.h>

#define PROT_RW		(IOMMU_READ | IOMMU_WRITE)
#define PROT_SOME	(PROT_RW | IOMMU_CACHE | IOMMU_NOEXEC)

struct conf_fixture;

/* Rows of an array, only if an unsigned long has 64 bits, or only if it has 32 bits */
#ifdef CONFIG_64BIT
#define ROWS_ON_64BIT(...)	__VA_ARGS__,
#define ROWS_ON_32BIT(...)
#else
#define ROWS_ON_64BIT(...)
#define ROWS_ON_32BIT(...)	__VA_ARGS__,
#endif

/**
 * struct conf_shape - a kind of table
 * @name: name of the parameter of a case
 * @fmt: number of the format, unless the format has a name: &conf_claims.format
 * @pgsizes: &io_pgtable_cfg.pgsize_bitmap, which has only the sizes that fit into an
 *	unsigned long
 * @ias: &io_pgtable_cfg.ias
 * @oas: &io_pgtable_cfg.oas
 * @quirks: &io_pgtable_cfg.quirks
 * @noncoherent: the walker does not snoop the CPU's caches
 * @format: name of the format, "vendor,format", if the shapes of a suite have different ones
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
 * @shapes: kinds of tables that the format can make; the last entry has no name
 * @refused: configurations that the format refuses with -EINVAL; the last entry has no name.
 *	May be NULL.
 * @format: name of the format, "vendor,format"; NULL if the format has a number, or if the names
 *	are in &conf_shape.format
 * @format_cfg_size: &io_pgtable_cfg.format_cfg_size; &io_pgtable_cfg.format_cfg is zeroed
 * @judge: the walker that judges the format's tables, NULL if there is none
 * @custom_allocator: the format can use the driver's allocator for table memory
 * @table_sizes: without @custom_allocator: bitmap of all sizes of tables in bytes. The suites
 *	recognise memory of tables by these sizes, and because it is allocated zeroed.
 * @stops_at_tables: a call maps and unmaps to the end of a table, and no further
 * @no_pages: result of mapping no pages: 0 or -EINVAL
 * @trusts_callers: the format warns if a caller maps over a mapping, or unmaps what is not mapped.
 *	The suites do neither then.
 * @splits_blocks: part of a block can be unmapped. Otherwise such an unmap is refused.
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
 * struct conf_mapping - expected mapping of an address
 * @pa: output address
 * @size: size of the leaf entry; 0 if the size does not matter
 * @prot: IOMMU_*
 */
struct conf_mapping {
	u64 pa;
	u64 size;
	int prot;
};

/**
 * enum conf_fault - result of a walk
 * @CONF_FOUND: a translation
 * @CONF_NOTHING: no valid descriptor, or an input address out of range
 * @CONF_WRONG: anything else, for example a reserved value, or a descriptor that points to no table
 */
enum conf_fault {
	CONF_FOUND,
	CONF_NOTHING,
	CONF_WRONG,
};

/**
 * struct conf_result - what a walk found
 * @fault: whether there is a translation
 * @level: level of the last descriptor
 * @desc: the last descriptor
 * @desc_pa: physical address of @desc
 * @size: bytes of input addresses that @desc translates
 * @pa: output address
 * @dirty: the dirty state of @desc
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
 * struct conf_judge - a walker for the tables of a format, written independently of the format
 * @desc_size: bytes of a descriptor, 4 or 8
 * @last_level: number of the last level; numbers increase from the root
 * @regs_size: size of the judge's struct of registers, which is at &conf_fixture.regs
 * @registers: set the registers to the values that the driver would program from
 *	&conf_fixture.cfg
 * @complaint: Return: what is wrong with the registers, NULL if nothing is
 * @walk: translate an address
 * @holds: translate an address, and compare every bit of the descriptor with the expected mapping;
 *	&conf_mapping.pa is the output address of that address
 * @root: Return: physical address of the first table
 * @next_root: Return: physical address of the n-th root, if a format has several roots for adjacent
 *	input addresses; 0 after the last root. NULL if the format has one root only.
 * @start_level: Return: level of the root
 * @shift: Return: number of input address bits below those that a level resolves
 * @kind: Return: kind of a descriptor at a level; *table is set to the physical address in a table
 *	descriptor
 * @can_be_neighbours: Return: whether a table of a level can have two descriptors at adjacent
 *	indices. If several descriptors are one leaf entry, all of them must be present. NULL if the
 *	format has no such leaf entries.
 * @may_change: Return: bits that may change in a live descriptor; NULL if none may
 * @words: print the permissions and attributes of the leaf at an address as "map" in debugfs does,
 *	to a buffer of @size bytes; NULL if the suites do not check debugfs
 * @hardware_writes: change a descriptor as an MMU with dirty tracking does when its device writes
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

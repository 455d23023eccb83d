/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The description of a format for the walk: its descriptors, its geometry, its registers. A
 * format contains no loop over descriptors. The source file of a format
 *
 * - defines walk_desc, the type of a descriptor (u32 or u64), and WALK_NAME(), which prefixes
 *   function names with the format's name, for backtraces;
 * - includes this file;
 * - defines the constants &fmt and the functions declared here: no-groups.h and pages-only.h
 *   define those that a simple format does not need;
 * - includes walk.h, once, and defines its operations and formats with WALK_OPS() and
 *   WALK_FORMAT().
 */
#ifndef __IO_PGTABLE_WALK_FORMAT_H
#define __IO_PGTABLE_WALK_FORMAT_H

#include <linux/bits.h>
#include <linux/io-pgtable-format.h>
#include <linux/io-pgtable-inspect.h>
#include <linux/log2.h>
#include <linux/seq_buf.h>
#include <linux/types.h>

#if !defined(WALK_NAME) || !defined(walk_desc)
#error "A format defines walk_desc and WALK_NAME() before it includes this"
#endif

/* Functions that are not inlined carry the format's name, so that backtraces show the format. */
#define walk_map_rest			WALK_NAME(map_rest)
#define walk_map_slowly			WALK_NAME(map_slowly)
#define walk_map_new_table		WALK_NAME(map_new_table)
#define walk_map_here			WALK_NAME(map_here)
#define walk_write			WALK_NAME(write)
#define walk_write_run			WALK_NAME(write_run)
#define walk_make_room			WALK_NAME(make_room)
#define walk_publish			WALK_NAME(publish)
#define walk_publish_path		WALK_NAME(publish_path)
#define walk_unmap_rest			WALK_NAME(unmap_rest)
#define walk_unmap_groups		WALK_NAME(unmap_groups)
#define walk_clear_or_split		WALK_NAME(clear_or_split)
#define walk_clear_each			WALK_NAME(clear_each)
#define walk_clear_first		WALK_NAME(clear_first)
#define walk_cleared			WALK_NAME(cleared)
#define walk_gather			WALK_NAME(gather)
#define walk_split_block		WALK_NAME(split_block)
#define walk_split_group		WALK_NAME(split_group)
#define walk_change_group		WALK_NAME(change_group)
#define walk_clean			WALK_NAME(clean)
#define walk_to				WALK_NAME(to)
#define walk_install_cleaned		WALK_NAME(install_cleaned)
#define walk_free_table			WALK_NAME(free_table)
#define walk_free_below			WALK_NAME(free_below)
#define walk_has_leaf			WALK_NAME(has_leaf)
#define walk_are_empty			WALK_NAME(are_empty)
#define walk_remove_table		WALK_NAME(remove_table)
#define walk_create			WALK_NAME(create)
#define walk_free			WALK_NAME(free)
#define walk_count_tables		WALK_NAME(count_tables)
#define walk_is_hole			WALK_NAME(is_hole)
#define walk_reserve			WALK_NAME(reserve)
#define walk_unreserve			WALK_NAME(unreserve)
#define walk_look			WALK_NAME(look)
#define walk_show			WALK_NAME(show)
#define walk_see			WALK_NAME(see)
#define walk_see_step			WALK_NAME(see_step)
#define walk_describe			WALK_NAME(describe)
#define walk_look_at			WALK_NAME(look_at)
#define walk_read_and_clear_dirty	WALK_NAME(read_and_clear_dirty)

#define WALK_DESC_SHIFT		ilog2(sizeof(walk_desc))
#define WALK_MAX_LEVELS		4

/**
 * enum walk_groups - adjacent descriptors that map one larger page
 * @WALK_NO_GROUPS: the format has no groups
 * @WALK_GROUPS_STEP: each descriptor has its own output address, and a hint that a TLB may cache
 *	the group as one entry. Part of a group may be unmapped; the group is split only then.
 * @WALK_GROUPS_REPEAT: all descriptors are equal, with the output address of the first. They are
 *	mapped and unmapped together.
 */
enum walk_groups {
	WALK_NO_GROUPS,
	WALK_GROUPS_STEP,
	WALK_GROUPS_REPEAT,
};

/**
 * struct walk_format - the constants of a format
 * @levels: the maximum number of levels: 2 to WALK_MAX_LEVELS
 * @last_level: the number of the last level, the one of pages, as the format's manual counts
 * @fixed_levels: every table has all levels, and its root has a descriptor for each input
 *	address; otherwise level and size of the root depend on the input address size
 * @table_mask: the bits of a descriptor that identify table descriptors
 * @table: the value of these bits in a table descriptor. Not used at the last level. At other
 *	levels every descriptor that is neither 0 nor a table is a leaf, valid or not. So a leaf
 *	whose @valid bits are cleared during a split must be neither 0 nor a table.
 * @ready: includes @table and @seen. A walker without coherency is sure to see a table whose
 *	descriptor has all of these bits set. No leaf has all of these bits set, nor all of them
 *	except @seen. So a format that identifies tables by clear bits has no @seen. 0 if @seen is
 *	0.
 * @seen: the software bit of a table descriptor that is set once the walker is sure to see the
 *	table; 0 if the format has no such bit
 * @valid: the bits that are cleared to break a leaf before it is replaced
 * @groups: the kind of groups
 * @splits: blocks and repeated descriptors are split when part of them is unmapped; otherwise
 *	such an unmap removes nothing
 * @always_tells: the driver's callbacks are called for removed leaves even if the caller passes
 *	no gather structure. Must be set unless the drivers invalidate by themselves in this case.
 * @map_none: the result of mapping 0 pages: 0 or a negative errno
 * @dirty_mask: the bits of a leaf that hold its dirty state; 0 if the format has none
 * @dirty: the value of these bits in a dirty leaf
 * @clean: the value of these bits in a clean leaf
 */
struct walk_format {
	unsigned int levels;
	unsigned int last_level;
	bool fixed_levels;
	walk_desc table_mask;
	walk_desc table;
	walk_desc ready;
	walk_desc seen;
	walk_desc valid;
	enum walk_groups groups;
	bool splits;
	bool always_tells;
	int map_none;
	walk_desc dirty_mask;
	walk_desc dirty;
	walk_desc clean;
};

static const struct walk_format fmt;

/**
 * struct walk_kind - parameters that the operations of a table are compiled for
 * @page_shift: log2 of the smallest page size in bytes
 * @ext: selects a variant of the format; defined by the format
 */
struct walk_kind {
	unsigned int page_shift;
	unsigned int ext;
};

/**
 * struct walk_geometry - the geometry of one table
 * @kind: see &struct walk_kind
 * @start_level: level of the root
 * @root_entries: number of descriptors in the root
 * @reach: number of table address bits that descriptors and registers can hold; 0: no limit
 * @groups_runs: leaves that one call maps become groups wherever they fill one, with
 *	WALK_GROUPS_STEP
 */
struct walk_geometry {
	struct walk_kind kind;
	unsigned int start_level;
	unsigned int root_entries;
	unsigned int reach;
	bool groups_runs;
};

/**
 * struct walk_variant - properties of one of the formats that a source file defines
 * @ops: its operations, by page size: 4K, 16K, 64K; NULL for page sizes that the format lacks
 * @quirks: the quirks that the format supports; others are refused
 * @pgsizes: the page sizes that the format supports, over all granules; others are removed
 * @max_ias: the maximum input address size in bits; more are refused
 * @max_oas: the maximum output address size in bits; more are refused
 * @ext: see &struct walk_kind
 */
struct walk_variant {
	const struct io_pgtable_ops *ops[3];
	unsigned long quirks;
	unsigned long pgsizes;
	unsigned int max_ias;
	unsigned int max_oas;
	unsigned int ext;
};

/* walk_clear_run() clears a leaf if it has a bit of @some, and no bit of @none. */
struct walk_leaves {
	walk_desc some;
	walk_desc none;
};

/*
 * Geometry. "page": whether the descriptor is at the last level, here and below.
 */

/*
 * Number of input address bits that a table other than the root resolves. Tables have at least
 * 256 bytes.
 */
static unsigned int fmt_index_bits(struct walk_kind kind);
/*
 * log2 of the number of descriptors in a group: at least 4, and exactly 4 for repeated groups.
 * Groups exist at the last level and the level above.
 */
static unsigned int fmt_group_bits(struct walk_kind kind, bool page);

/*
 * Addresses
 */

/* The address bits of a leaf or table descriptor for the aligned address @addr */
static walk_desc fmt_addr_to_desc(struct walk_kind kind, u64 addr);
/* The address in a descriptor, without its attributes */
static u64 fmt_table_addr(struct walk_kind kind, walk_desc desc);
static u64 fmt_leaf_addr(struct walk_kind kind, walk_desc desc, bool page);
/* The difference between the address bits of adjacent leaves of BIT(@shift) bytes */
static walk_desc fmt_step(struct walk_kind kind, unsigned int shift);
/*
 * The address bits of a leaf are those of the previous leaf plus fmt_step(), unless this bit of
 * the output address, or a higher one, differs between them. 64 if there is no exception.
 */
static unsigned int fmt_step_limit(struct walk_kind kind);

/*
 * Attributes: all bits of a descriptor except its address, including its type
 */

/* Attributes of a table descriptor */
static walk_desc fmt_table_attrs(const struct io_pgtable_cfg *cfg);
/* Attributes of a leaf outside groups, for @prot (IOMMU_READ and so on). Never 0. */
static walk_desc fmt_leaf_attrs(struct walk_kind kind, const struct io_pgtable_cfg *cfg,
				int prot, bool page);
/* Attributes of the parts, at the next level, of a block. @page: the parts are pages. */
static walk_desc fmt_split_attrs(struct walk_kind kind, walk_desc block, bool page);
/* Attributes of the descriptors in a group, given the attributes of a leaf outside groups */
static walk_desc fmt_group_attrs(walk_desc attrs, bool page);
/* A descriptor of a group, valid or broken, made a leaf outside groups. Its address is kept. */
static walk_desc fmt_ungroup(struct walk_kind kind, walk_desc desc, bool page);
/* Whether a leaf, valid or broken, is part of a group. @desc may also be a table or 0. */
static bool fmt_is_group(walk_desc desc, bool page);
/*
 * The leaves that the fast path may clear. Every valid leaf outside groups must have a bit of
 * .some and no bit of .none, whatever its permissions, or it cannot be unmapped. No table
 * descriptor may match, or the table would be leaked. With @group, for repeated groups: all
 * leaves that may be in the place of a group.
 */
static struct walk_leaves fmt_leaves(bool page, bool group);

/*
 * Tables as a whole
 */

/*
 * Choose the geometry of a table, whose kind.ext is set, and restrict the page sizes and address
 * sizes in @cfg to those that the table supports. Each remaining page size must be that of a
 * page, a block or a group of this table. Return: 0, -EINVAL.
 */
static int fmt_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg);
/* Set the register fields in @cfg for the root. Return: 0, -EINVAL if that is not possible. */
static int fmt_registers(struct io_pgtable_cfg *cfg, const struct walk_geometry *geo,
			 phys_addr_t root);

/*
 * Text for debugfs. Both are omitted without CONFIG_IOMMU_IO_PGTABLE_TABLES.
 */

/* Describe a leaf's permissions and attributes. The walk adds groups and dirty state. */
static void fmt_describe(struct walk_kind kind, const struct io_pgtable_cfg *cfg, walk_desc desc,
			 bool page, struct io_pgtable_leaf *leaf) __maybe_unused;
/* Describe the registers: see &struct io_pgtable_inspect. */
static void fmt_say_registers(const struct io_pgtable_cfg *cfg, struct seq_buf *text)
	__maybe_unused;

/*
 * What the walk computes from these
 */

static __always_inline unsigned int walk_first_level(void)
{
	return fmt.last_level + 1 - fmt.levels;
}

/* log2 of the number of bytes that one descriptor of @level translates */
static __always_inline unsigned int walk_level_shift(struct walk_kind kind, unsigned int level)
{
	return kind.page_shift + (fmt.last_level - level) * fmt_index_bits(kind);
}

/* log2 of the size of the smallest block in bytes */
static __always_inline unsigned int walk_block_shift(struct walk_kind kind)
{
	return walk_level_shift(kind, fmt.last_level - 1);
}

/* The level at which one descriptor or a group maps a page of BIT(@shift) bytes */
static __always_inline unsigned int walk_shift_level(struct walk_kind kind, unsigned int shift)
{
	unsigned int bits = fmt_index_bits(kind), above = shift - kind.page_shift;

	/* A division, written as one comparison for each level */
	return fmt.last_level - (above >= bits) - (fmt.levels > 2 && above >= 2 * bits) -
	       (fmt.levels > 3 && above >= 3 * bits);
}

#endif /* __IO_PGTABLE_WALK_FORMAT_H */

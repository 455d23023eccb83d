/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a format supplies to the walk: its descriptors, its shape, its registers. It never
 * loops over descriptors. A format's source
 *
 * - defines walk_desc, the type of a descriptor (u32 or u64), and WALK_NAME(), which puts
 *   the format's name in front of the names of functions, for backtraces;
 * - includes this;
 * - defines the constants &fmt and the functions that are declared here: no-groups.h and
 *   pages-only.h define those that a format has no use for;
 * - includes walk.h, once, and names its operations and formats with WALK_OPS() and
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

#if !defined(walk_desc) || !defined(WALK_NAME)
#error "A format defines walk_desc and WALK_NAME() before it includes this"
#endif

/* For backtraces: a function that is not inline has the name of its format. */
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
 * enum walk_groups - adjacent descriptors that stand for one larger page
 * @WALK_NO_GROUPS: there are none
 * @WALK_GROUPS_STEP: each has its own output address and a hint, for TLBs, that the others
 *	go with it. A part may be unmapped, and only then is the group split.
 * @WALK_GROUPS_REPEAT: all are the same, with the output address of the first. They are
 *	mapped and unmapped as one.
 */
enum walk_groups {
	WALK_NO_GROUPS,
	WALK_GROUPS_STEP,
	WALK_GROUPS_REPEAT,
};

/**
 * struct walk_format - what is constant in a format
 * @levels: how many levels there are at most: 2 to WALK_MAX_LEVELS
 * @last_level: the number of the last one, that of pages, as the format's manual counts
 * @fixed_levels: all levels are always there, and the root has a descriptor for each input
 *	address; otherwise its level and its size depend on the input address size
 * @table_mask: which bits of a descriptor tell that it leads to a table
 * @table: their value then; nothing asks at the last level. Above it, all else that is not 0
 *	is a leaf, valid or not: a leaf that is being split keeps everything but @valid, and must
 *	be neither 0 nor a table then.
 * @ready: of a table descriptor, the same and more: it has all of these bits when a walker
 *	without coherency is sure to see it, and so they include @seen. No leaf has all of them,
 *	nor all but @seen: a format whose tables are told by clear bits has no @seen. 0 if @seen
 *	is 0.
 * @seen: the software bit of a table descriptor that says so; 0 if there is none
 * @valid: the bits that are cleared to break a leaf before it is replaced
 * @groups: what groups there are
 * @splits: blocks and repeated descriptors are split when a part of them is unmapped;
 *	otherwise nothing is unmapped then
 * @always_tells: the driver hears of leaves that are gone also if its caller has no gather
 *	structure; true unless drivers invalidate by themselves then
 * @map_none: what mapping no pages returns: 0 or a negative errno
 * @dirty_mask: which bits of a leaf tell that it has been written to; 0 if none do
 * @dirty: their value then
 * @clean: their value when it is clean
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
 * struct walk_kind - what the operations of a table are compiled for
 * @page_shift: log2 of the bytes of the smallest page
 * @ext: which of its variants the format is; its own
 */
struct walk_kind {
	unsigned int page_shift;
	unsigned int ext;
};

/**
 * struct walk_geometry - the shape of one table
 * @kind: see there
 * @start_level: level of the root
 * @root_entries: descriptors in the root
 * @reach: address bits of tables that descriptors and registers can hold; 0: as many as
 *	there are
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
 * struct walk_variant - what sets one of several formats in a source file apart
 * @ops: its operations, by page size: 4K, 16K, 64K; NULL for those that it has not
 * @quirks: the quirks that it knows; others are refused
 * @pgsizes: the page sizes that it knows, in any granule; others are not offered
 * @max_ias: input address bits; more are refused
 * @max_oas: output address bits; more are refused
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

/* Leaves that walk_clear_run() clears have some bit of one, and none of the other. */
struct walk_leaves {
	walk_desc some;
	walk_desc none;
};

/*
 * Shape. "page" is whether a descriptor is of the last level, here and below.
 */

/* Input address bits that a table resolves, unless it is the root: it has 256 bytes or more. */
static unsigned int fmt_index_bits(struct walk_kind kind);
/*
 * log2 of the descriptors in a group: 4 or more, and 4 if groups repeat. There are groups at the
 * last level and the one above.
 */
static unsigned int fmt_group_bits(struct walk_kind kind, bool page);

/*
 * Addresses
 */

/* The address bits of a leaf or table at @addr, which is aligned */
static walk_desc fmt_addr_to_desc(struct walk_kind kind, u64 addr);
/* And the other way round, of any descriptor: without its attributes */
static u64 fmt_table_addr(struct walk_kind kind, walk_desc desc);
static u64 fmt_leaf_addr(struct walk_kind kind, walk_desc desc, bool page);
/* What the address bits of a leaf of BIT(@shift) bytes differ by from those of the next one */
static walk_desc fmt_step(struct walk_kind kind, unsigned int shift);
/*
 * The address bits of a leaf are those of the one before and a step, unless this bit of the output
 * address, or one above, changes in between. 64 if it is always so.
 */
static unsigned int fmt_step_limit(struct walk_kind kind);

/*
 * Attributes: a descriptor but for its address, its type included
 */

/* Of a table */
static walk_desc fmt_table_attrs(const struct io_pgtable_cfg *cfg);
/* Of a leaf that is no group, given IOMMU_READ and so on. Never 0. */
static walk_desc fmt_leaf_attrs(struct walk_kind kind, const struct io_pgtable_cfg *cfg,
				int prot, bool page);
/* Of the parts, at the next level, of a block. @page: these are pages. */
static walk_desc fmt_split_attrs(struct walk_kind kind, walk_desc block, bool page);
/* Of a group, given those of a leaf that is none */
static walk_desc fmt_group_attrs(walk_desc attrs, bool page);
/* A part of a group, broken or not, as a leaf of its own: with the address that it had */
static walk_desc fmt_ungroup(struct walk_kind kind, walk_desc desc, bool page);
/* Whether a leaf, broken or not, is part of a group. It may be called with a table or 0. */
static bool fmt_is_group(walk_desc desc, bool page);
/*
 * What may be cleared in passing. Every valid leaf that is in no group has a bit of .some and
 * none of .none, whatever its permissions: others are not unmapped. No table has, or it would be
 * lost. If @group, for repeated groups: whatever leaves are in the place of one.
 */
static struct walk_leaves fmt_leaves(bool page, bool group);

/*
 * Tables as a whole
 */

/*
 * Shape a table, whose kind.ext is set, and restrict the page and address sizes in @cfg to
 * what it can do: pages that are left are pages, blocks or groups of this table. Return: 0,
 * -EINVAL.
 */
static int fmt_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg);
/* Fill in the registers' fields in @cfg, given the root. Return: 0, -EINVAL if they cannot be. */
static int fmt_registers(struct io_pgtable_cfg *cfg, const struct walk_geometry *geo,
			 phys_addr_t root);

/*
 * For people to read. Both are left out of a kernel without CONFIG_IOMMU_IO_PGTABLE_TABLES.
 */

/* Say what a leaf allows; the walk adds what it knows, groups and dirty state. */
static void fmt_describe(struct walk_kind kind, const struct io_pgtable_cfg *cfg, walk_desc desc,
			 bool page, struct io_pgtable_leaf *leaf) __maybe_unused;
/* Say what is in the registers: see &struct io_pgtable_inspect. */
static void fmt_say_registers(const struct io_pgtable_cfg *cfg, struct seq_buf *text)
	__maybe_unused;

/*
 * What the walk computes from these
 */

static __always_inline unsigned int walk_first_level(void)
{
	return fmt.last_level + 1 - fmt.levels;
}

/* log2 of the bytes that one descriptor of @level translates */
static __always_inline unsigned int walk_level_shift(struct walk_kind kind, unsigned int level)
{
	return kind.page_shift + (fmt.last_level - level) * fmt_index_bits(kind);
}

/* log2 of the bytes of the smallest block */
static __always_inline unsigned int walk_block_shift(struct walk_kind kind)
{
	return walk_level_shift(kind, fmt.last_level - 1);
}

/* The level where a page of BIT(@shift) bytes is a descriptor, or several */
static __always_inline unsigned int walk_shift_level(struct walk_kind kind, unsigned int shift)
{
	unsigned int bits = fmt_index_bits(kind), above = shift - kind.page_shift;

	/* A division, in as many steps as there are levels */
	return fmt.last_level - (above >= bits) - (fmt.levels > 2 && above >= 2 * bits) -
	       (fmt.levels > 3 && above >= 3 * bits);
}

#endif /* __IO_PGTABLE_WALK_FORMAT_H */

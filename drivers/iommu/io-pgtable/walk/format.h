/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a format supplies to the walk. A format's source includes this first, then
 * defines what is declared here, then includes walk.h, once.
 */
#ifndef __IO_PGTABLE_WALK_FORMAT_H
#define __IO_PGTABLE_WALK_FORMAT_H

#include <linux/io-pgtable-format.h>
#include <linux/types.h>

#define WALK_DESC_SHIFT		3	/* log2 of a descriptor's 8 bytes */

/**
 * struct walk_geometry - the shape of one table
 * @granule_shift: log2 of the granule in bytes: 12, 14 or 16
 * @start_level: level of the root, 0 to 3
 * @root_entries: descriptors in the root: one at least, at most as many as in other
 *	tables, or with concatenated tables up to 16 times as many
 */
struct walk_geometry {
	unsigned int granule_shift;
	unsigned int start_level;
	unsigned int root_entries;
};

/**
 * struct walk_regime - what sets one regime's tables apart
 * @ops: operations, by granule: 4K, 16K, 64K
 * @quirks: the quirks that it knows
 * @pgsizes: the page sizes that it knows, in any granule
 * @max_ias: input address bits, more are refused
 * @max_oas: output address bits, more are refused
 * @page_type: descriptor type of a leaf at the last level
 * @attrs: the attributes of a leaf, given the quirks, and IOMMU_READ and so on; never 0
 * @start: adjusts the start level, or NULL. Return: 0, -EINVAL if none will do
 * @registers: fills the registers' fields in cfg for a table, given its root;
 *	Return: 0, -EINVAL if they cannot express the configuration
 */
struct walk_regime {
	const struct io_pgtable_ops *ops[3];
	unsigned long quirks;
	unsigned long pgsizes;
	unsigned int max_ias;
	unsigned int max_oas;
	u64 page_type;
	u64 (*attrs)(unsigned long quirks, int prot);
	int (*start)(struct walk_geometry *geo, const struct io_pgtable_cfg *cfg);
	int (*registers)(struct io_pgtable_cfg *cfg,
			 const struct walk_geometry *geo, phys_addr_t root);
};

static unsigned int fmt_index_bits(unsigned int granule_shift);

/* log2 of the bytes that one descriptor of @level translates */
static inline unsigned int walk_level_shift(unsigned int granule_shift,
					    unsigned int level)
{
	return granule_shift +
	       (FMT_LAST_LEVEL - level) * fmt_index_bits(granule_shift);
}

/* The other way round */
static inline unsigned int walk_shift_level(const struct walk_geometry *geo,
					    unsigned int shift)
{
	unsigned int bits = fmt_index_bits(geo->granule_shift);
	unsigned int above = shift - geo->granule_shift;

	/* A division, in as many steps as there are levels */
	return FMT_LAST_LEVEL - (above >= bits) - (above >= 2 * bits) - (above >= 3 * bits);
}

/*
 * @iova in units of BIT(@shift) bytes. An unsigned long of 32 bits does not reach the upper
 * levels of a walk: all of its addresses are in the first unit there, and C does not define a
 * shift by that much.
 */
static __always_inline unsigned long walk_iova_units(unsigned long iova, unsigned int shift)
{
	if (!IS_ENABLED(CONFIG_64BIT) && shift >= BITS_PER_LONG)
		return 0;
	return iova >> shift;
}

static inline unsigned int walk_entries(const struct walk_geometry *geo,
					unsigned int level)
{
	return level == geo->start_level ? geo->root_entries :
					   1U << fmt_index_bits(geo->granule_shift);
}

static inline size_t walk_table_size(const struct walk_geometry *geo,
				     unsigned int level)
{
	return (size_t)walk_entries(geo, level) << WALK_DESC_SHIFT;
}

#endif /* __IO_PGTABLE_WALK_FORMAT_H */

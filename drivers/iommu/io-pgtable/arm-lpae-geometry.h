/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shape of an LPAE table: granule, levels, indices, sizes (DDI0487 D8.2).
 */
#ifndef __IO_PGTABLE_ARM_LPAE_GEOMETRY_H
#define __IO_PGTABLE_ARM_LPAE_GEOMETRY_H

#include <linux/bits.h>
#include <linux/io-pgtable-format.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#define LPAE_LAST_LEVEL		3
#define LPAE_NUM_LEVELS		4
#define LPAE_DESC_SHIFT		3	/* log2 of a descriptor's 8 bytes */
#define LPAE_MAX_CONCAT		16	/* root tables in a row, DDI0487 D8.2 */

/**
 * struct lpae_geometry - the shape of one table
 * @granule_shift: log2 of the granule in bytes: 12, 14 or 16
 * @start_level: level of the root, 0 to 3
 * @root_entries: descriptors in the root: one at least, at most as many as in other
 *	tables, or with concatenated tables up to 16 times as many
 */
struct lpae_geometry {
	unsigned int granule_shift;
	unsigned int start_level;
	unsigned int root_entries;
};

/* Input address bits that one level resolves */
static inline unsigned int lpae_level_bits(unsigned int granule_shift)
{
	return granule_shift - LPAE_DESC_SHIFT;
}

/* log2 of the bytes that one descriptor of @level translates */
static inline unsigned int lpae_level_shift(unsigned int granule_shift,
					    unsigned int level)
{
	return granule_shift +
	       (LPAE_LAST_LEVEL - level) * lpae_level_bits(granule_shift);
}

/* The other way round */
static inline unsigned int lpae_shift_level(const struct lpae_geometry *geo,
					    unsigned int shift)
{
	unsigned int bits = lpae_level_bits(geo->granule_shift);
	unsigned int above = shift - geo->granule_shift;

	/* A division, in as many steps as there are levels */
	return LPAE_LAST_LEVEL - (above >= bits) - (above >= 2 * bits) - (above >= 3 * bits);
}

/*
 * @iova in units of BIT(@shift) bytes. An unsigned long of 32 bits does not reach the upper
 * levels of a walk: all of its addresses are in the first unit there, and C does not define a
 * shift by that much.
 */
static __always_inline unsigned long lpae_iova_units(unsigned long iova, unsigned int shift)
{
	if (!IS_ENABLED(CONFIG_64BIT) && shift >= BITS_PER_LONG)
		return 0;
	return iova >> shift;
}

/*
 * log2 of how many entries of a level are a contiguous group, DDI0487 D8.7.1. None of
 * less than sixteen is one. Return: 0 if there are no such groups at the level.
 */
static inline unsigned int lpae_group_bits(unsigned int granule_shift,
					   unsigned int level)
{
	if (level < LPAE_LAST_LEVEL - 1)
		return 0;
	switch (granule_shift) {
	case 12:
		return 4;
	case 14:
		return level == LPAE_LAST_LEVEL ? 7 : 5;
	}
	return 5;
}

static inline unsigned int lpae_entries(const struct lpae_geometry *geo,
					unsigned int level)
{
	return level == geo->start_level ? geo->root_entries :
					   1U << lpae_level_bits(geo->granule_shift);
}

static inline size_t lpae_table_size(const struct lpae_geometry *geo,
				     unsigned int level)
{
	return (size_t)lpae_entries(geo, level) << LPAE_DESC_SHIFT;
}

/*
 * The CPU's page size if the hardware has it as granule, else the largest below
 * it, else the smallest above: then IOMMU pages are CPU pages, or parts of them.
 */
static inline unsigned long lpae_pick_granule(unsigned long pgsizes)
{
	if (pgsizes & PAGE_SIZE)
		return PAGE_SIZE;
	if (pgsizes & ~PAGE_MASK)
		return BIT(__fls(pgsizes & ~PAGE_MASK));
	if (pgsizes & PAGE_MASK)
		return BIT(__ffs(pgsizes & PAGE_MASK));
	return 0;
}

/* Page and block sizes of a granule, DDI0487 D8.2; 4 TiB with 52-bit output. */
static inline u64 lpae_granule_sizes(unsigned long granule, unsigned int oas)
{
	switch (granule) {
	case SZ_4K:
		return SZ_4K | SZ_2M | SZ_1G;
	case SZ_16K:
		return SZ_16K | SZ_32M;
	case SZ_64K:
		return SZ_64K | SZ_512M | (oas > 48 ? BIT_ULL(42) : 0);
	}
	return 0;
}

/**
 * lpae_geometry_init() - shape a table after its configuration
 * @geo: the shape, out; without concatenation
 * @cfg: the configuration; its page and address sizes are restricted to what the
 *	chosen granule can do
 *
 * Return: 0; -EINVAL if there is no granule in the page sizes, the input address is no
 * larger than one page, or an unsigned long cannot hold the addresses of an upper table.
 */
static inline int lpae_geometry_init(struct lpae_geometry *geo,
				     struct io_pgtable_cfg *cfg)
{
	unsigned long granule = lpae_pick_granule(cfg->pgsize_bitmap);
	unsigned int max_bits = granule == SZ_64K ? 52 : 48;
	unsigned int bits, level_bits, levels;

	cfg->pgsize_bitmap &= lpae_granule_sizes(granule, cfg->oas);
	if (!(cfg->pgsize_bitmap & granule))
		return -EINVAL;

	cfg->ias = min(cfg->ias, max_bits);
	cfg->oas = min(cfg->oas, max_bits);

	geo->granule_shift = __ffs(granule);
	if (cfg->ias <= geo->granule_shift)
		return -EINVAL;
	if (!IS_ENABLED(CONFIG_64BIT) && cfg->ias > BITS_PER_LONG &&
	    (cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1))
		return -EINVAL;

	bits = cfg->ias - geo->granule_shift;
	level_bits = lpae_level_bits(geo->granule_shift);
	levels = DIV_ROUND_UP(bits, level_bits);
	geo->start_level = LPAE_NUM_LEVELS - levels;
	geo->root_entries = 1U << (bits - level_bits * (levels - 1));
	return 0;
}

/* Start one level further down, if that takes no more tables in a row than may be. */
static inline bool lpae_geometry_concatenate(struct lpae_geometry *geo)
{
	if (geo->root_entries > LPAE_MAX_CONCAT ||
	    geo->start_level == LPAE_LAST_LEVEL)
		return false;

	geo->root_entries <<= lpae_level_bits(geo->granule_shift);
	geo->start_level++;
	return true;
}

/*
 * No level above the root could hold a block, and none larger than the input
 * address space could be mapped, so do not offer them.
 */
static inline void lpae_geometry_trim_sizes(const struct lpae_geometry *geo,
					    struct io_pgtable_cfg *cfg)
{
	unsigned int shift = lpae_level_shift(geo->granule_shift, geo->start_level);

	cfg->pgsize_bitmap &= GENMASK_ULL(min(shift, cfg->ias), 0);
}

/* Offer groups of the pages and blocks that are left, if they fit. */
static inline void lpae_geometry_add_groups(const struct lpae_geometry *geo,
					    struct io_pgtable_cfg *cfg)
{
	unsigned int level, shift, bits;

	for (level = LPAE_LAST_LEVEL - 1; level <= LPAE_LAST_LEVEL; level++) {
		shift = lpae_level_shift(geo->granule_shift, level);
		bits = lpae_group_bits(geo->granule_shift, level);
		if ((cfg->pgsize_bitmap & BIT_ULL(shift)) && shift + bits <= cfg->ias)
			cfg->pgsize_bitmap |= BIT_ULL(shift + bits);
	}
}

#endif /* __IO_PGTABLE_ARM_LPAE_GEOMETRY_H */

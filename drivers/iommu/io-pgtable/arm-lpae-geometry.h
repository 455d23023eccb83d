/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shape of an LPAE table: granule, levels, indices, sizes (DDI0487 D8.2).
 */
#ifndef __IO_PGTABLE_ARM_LPAE_GEOMETRY_H
#define __IO_PGTABLE_ARM_LPAE_GEOMETRY_H

#include <linux/bits.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "arm-lpae-bits.h"
#include "compat.h"
#include "walk/format.h"

#define LPAE_NUM_LEVELS		4
#define LPAE_MAX_CONCAT		16	/* root tables in a row, DDI0487 D8.2 */

/* Input address bits that one level resolves */
static inline unsigned int fmt_index_bits(unsigned int granule_shift)
{
	return granule_shift - WALK_DESC_SHIFT;
}

/*
 * log2 of how many entries of a level are a contiguous group, DDI0487 D8.7.1. None of
 * less than sixteen is one. Return: 0 if there are no such groups at the level.
 */
static inline unsigned int fmt_group_bits(unsigned int granule_shift,
					   unsigned int level)
{
	if (level < FMT_LAST_LEVEL - 1)
		return 0;
	switch (granule_shift) {
	case 12:
		return 4;
	case 14:
		return level == FMT_LAST_LEVEL ? 7 : 5;
	}
	return 5;
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
static inline int lpae_geometry_init(struct walk_geometry *geo,
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
	level_bits = fmt_index_bits(geo->granule_shift);
	levels = DIV_ROUND_UP(bits, level_bits);
	geo->start_level = LPAE_NUM_LEVELS - levels;
	geo->root_entries = 1U << (bits - level_bits * (levels - 1));
	return 0;
}

/* Start one level further down, if that takes no more tables in a row than may be. */
static inline bool lpae_geometry_concatenate(struct walk_geometry *geo)
{
	if (geo->root_entries > LPAE_MAX_CONCAT ||
	    geo->start_level == FMT_LAST_LEVEL)
		return false;

	geo->root_entries <<= fmt_index_bits(geo->granule_shift);
	geo->start_level++;
	return true;
}

/*
 * No level above the root could hold a block, and none larger than the input
 * address space could be mapped, so do not offer them.
 */
static inline void lpae_geometry_trim_sizes(const struct walk_geometry *geo,
					    struct io_pgtable_cfg *cfg)
{
	unsigned int shift = walk_level_shift(geo->granule_shift, geo->start_level);

	cfg->pgsize_bitmap &= GENMASK_ULL(min(shift, cfg->ias), 0);
}

/* Offer groups of the pages and blocks that are left, if they fit. */
static inline void lpae_geometry_add_groups(const struct walk_geometry *geo,
					    struct io_pgtable_cfg *cfg)
{
	unsigned int level, shift, bits;

	for (level = FMT_LAST_LEVEL - 1; level <= FMT_LAST_LEVEL; level++) {
		shift = walk_level_shift(geo->granule_shift, level);
		bits = fmt_group_bits(geo->granule_shift, level);
		if ((cfg->pgsize_bitmap & BIT_ULL(shift)) && shift + bits <= cfg->ias)
			cfg->pgsize_bitmap |= BIT_ULL(shift + bits);
	}
}

/*
 * Tables with contiguous groups. The hardware may note a write to a group in any of its
 * descriptors, so that the dirty state of a group is coarser than that of its leaves.
 */
static bool fmt_has_groups(const struct io_pgtable_cfg *cfg)
{
	return (cfg->quirks & IO_PGTABLE_QUIRK_ARM_CONTIG) &&
	       !(cfg->quirks & IO_PGTABLE_QUIRK_ARM_HD);
}

/* The fields that TCR and VTCR have in common, and the same sizes in them. */

/* (V)TCR.SH0 and .IRGN0, .ORGN0, DDI0487 D24.2: how the walker reads tables */
static inline unsigned int lpae_walk_sh(const struct io_pgtable_cfg *cfg)
{
	return cfg->coherent_walk ? LPAE_TCR_SH_INNER : LPAE_TCR_SH_OUTER;
}

static inline unsigned int lpae_walk_rgn(const struct io_pgtable_cfg *cfg)
{
	return cfg->coherent_walk ? LPAE_TCR_RGN_WBWA : LPAE_TCR_RGN_NC;
}

/* (V)TCR.TG0, DDI0487 D24.2 */
static inline unsigned int lpae_tg0(const struct walk_geometry *geo)
{
	switch (geo->granule_shift) {
	case 12:
		return 0;
	case 16:
		return 1;
	}
	return 2;
}

/* TCR.IPS and VTCR.PS, DDI0487 D24.2. Return: the field, -EINVAL if there is none. */
static inline int lpae_ps(unsigned int oas)
{
	switch (oas) {
	case 32:
		return 0;
	case 36:
		return 1;
	case 40:
		return 2;
	case 42:
		return 3;
	case 44:
		return 4;
	case 48:
		return 5;
	case 52:
		return 6;
	}
	return -EINVAL;
}

#endif /* __IO_PGTABLE_ARM_LPAE_GEOMETRY_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The geometry of an LPAE table: granule, levels, sizes (DDI0487 D8.2). Also register fields that
 * TCR and VTCR have in common.
 */
#ifndef __IO_PGTABLE_ARM_LPAE_GEOMETRY_H
#define __IO_PGTABLE_ARM_LPAE_GEOMETRY_H

#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "arm-lpae-bits.h"
#include "compat.h"
#include <linux/io-pgtable-walk/format.h>

#ifndef LPAE_PAGE_TYPE
#error "A format defines LPAE_PAGE_TYPE, the type of a descriptor of the last level"
#endif

/* Common to all LPAE formats; see &struct walk_format */
#define LPAE_FORMAT					\
	.levels		= 4,				\
	.last_level	= 3,				\
	.table_mask	= LPAE_TABLE,			\
	.table		= LPAE_TABLE,			\
	.ready		= LPAE_TYPE_TABLE | LPAE_SW_SYNC, \
	.seen		= LPAE_SW_SYNC,			\
	.valid		= LPAE_VALID,			\
	.splits		= COMPAT_SPLITS_BLOCKS

static inline walk_desc fmt_addr_to_desc(struct walk_kind kind, u64 addr)
{
	return lpae_addr_to_desc(addr);
}

static inline u64 fmt_table_addr(struct walk_kind kind, walk_desc desc)
{
	return lpae_desc_to_addr(desc, kind.page_shift);
}

static inline u64 fmt_leaf_addr(struct walk_kind kind, walk_desc desc, bool page)
{
	return lpae_desc_to_addr(desc, kind.page_shift);
}

static inline walk_desc fmt_step(struct walk_kind kind, unsigned int shift)
{
	return BIT_ULL(shift);
}

static inline unsigned int fmt_step_limit(struct walk_kind kind)
{
	return kind.page_shift < 16 ? 64 : 48;
}

static inline walk_desc fmt_table_attrs(const struct io_pgtable_cfg *cfg)
{
	return LPAE_TYPE_TABLE |
	       (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS ? LPAE_S1_TABLE_NS : 0);
}

static inline walk_desc lpae_type(bool page)
{
	return page ? LPAE_PAGE_TYPE : LPAE_TYPE_BLOCK;
}

static inline walk_desc fmt_split_attrs(struct walk_kind kind, walk_desc block, bool page)
{
	return (block & LPAE_BLOCK_ATTRS) | lpae_type(page);
}

/* AttrIndx of stage 1 and of Mali, DDI0487 D8.6 */
static inline walk_desc lpae_attrindx(int prot)
{
	if (prot & IOMMU_MMIO)
		return FIELD_PREP(LPAE_S1_ATTRINDX, LPAE_ATTR_DEV);
	return FIELD_PREP(LPAE_S1_ATTRINDX, prot & IOMMU_CACHE ? LPAE_ATTR_CACHE : LPAE_ATTR_NC);
}

static inline bool fmt_is_group(walk_desc desc, bool page)
{
	return desc & LPAE_CONT;
}

static inline walk_desc fmt_group_attrs(walk_desc attrs, bool page)
{
	return attrs | LPAE_CONT;
}

static inline walk_desc fmt_ungroup(struct walk_kind kind, walk_desc desc, bool page)
{
	return (desc & ~LPAE_CONT) | LPAE_VALID;
}

static inline struct walk_leaves fmt_leaves(bool page, bool group)
{
	return (struct walk_leaves){ LPAE_VALID, page ? LPAE_CONT : LPAE_CONT | LPAE_TABLE };
}

/* Number of input address bits that one level resolves */
static inline unsigned int fmt_index_bits(struct walk_kind kind)
{
	return kind.page_shift - WALK_DESC_SHIFT;
}

/* Contiguous groups, DDI0487 D8.7.1. All groups have 16 descriptors or more. */
static inline unsigned int fmt_group_bits(struct walk_kind kind, bool page)
{
	switch (kind.page_shift) {
	case 12:
		return 4;
	case 14:
		return page ? 7 : 5;
	}
	return 5;
}

/*
 * Choose the CPU's page size if the hardware supports it as granule, else the largest size below,
 * else the smallest above. Then IOMMU pages are CPU pages or parts of CPU pages, if possible.
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

/* Page and block sizes of a granule, DDI0487 D8.2. 64K has 4 TiB blocks with 52-bit output. */
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

/*
 * Choose granule and start level, without concatenation. Return: 0; -EINVAL if the page sizes
 * contain no granule, if the input addresses fit into one page, or if an unsigned long cannot
 * hold the addresses of a TTBR1 table.
 */
static inline int lpae_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	unsigned long granule = lpae_pick_granule(cfg->pgsize_bitmap);
	unsigned int max_bits = granule == SZ_64K ? 52 : 48;
	unsigned int bits, index_bits, levels;

	cfg->pgsize_bitmap &= lpae_granule_sizes(granule, cfg->oas);
	if (!(cfg->pgsize_bitmap & granule))
		return -EINVAL;

	cfg->ias = min(cfg->ias, max_bits);
	cfg->oas = min(cfg->oas, max_bits);

	geo->kind.page_shift = __ffs(granule);
	if (cfg->ias <= geo->kind.page_shift)
		return -EINVAL;
	if (!IS_ENABLED(CONFIG_64BIT) && cfg->ias > BITS_PER_LONG &&
	    (cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1))
		return -EINVAL;

	bits = cfg->ias - geo->kind.page_shift;
	index_bits = fmt_index_bits(geo->kind);
	levels = DIV_ROUND_UP(bits, index_bits);
	geo->start_level = fmt.levels - levels;
	geo->root_entries = 1U << (bits - index_bits * (levels - 1));
	return 0;
}

/* Remove block sizes of levels above the root, and sizes larger than the input address space. */
static inline void lpae_trim_sizes(const struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	unsigned int shift = walk_level_shift(geo->kind, geo->start_level);

	cfg->pgsize_bitmap &= GENMASK_ULL(min(shift, cfg->ias), 0);
}

/*
 * Add the sizes of contiguous groups of the remaining pages and blocks, if they fit into the
 * input addresses, and make groups of runs if asked for. With ARM_HD do neither: the hardware may
 * record a write to a group in any of its descriptors, so dirty state would be coarser than
 * leaves.
 */
static inline void lpae_add_groups(struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	unsigned int level, shift, bits;

	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_HD)
		return;
	geo->groups_runs = cfg->quirks & IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS;
	if (!(cfg->quirks & IO_PGTABLE_QUIRK_ARM_CONTIG))
		return;
	for (level = fmt.last_level - 1; level <= fmt.last_level; level++) {
		shift = walk_level_shift(geo->kind, level);
		bits = fmt_group_bits(geo->kind, level == fmt.last_level);
		if ((cfg->pgsize_bitmap & BIT_ULL(shift)) && shift + bits <= cfg->ias)
			cfg->pgsize_bitmap |= BIT_ULL(shift + bits);
	}
}

/* (V)TCR.SH0, .IRGN0 and .ORGN0, DDI0487 D24.2: how the walker reads tables */
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
	switch (geo->kind.page_shift) {
	case 12:
		return 0;
	case 16:
		return 1;
	}
	return 2;
}

/* TCR.IPS and VTCR.PS, DDI0487 D24.2. Return: the field, or -EINVAL for other sizes. */
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bits of short descriptors: DDI0406 B3.5, with MediaTek's address bits. This header contains no
 * algorithm beyond single descriptors, and no other file contains bits of short descriptors.
 *
 * Level 1 has sections of 1 MiB, and tables. Level 2 has small pages of 4 KiB. A supersection (16
 * MiB) and a large page (64 KiB) are groups of 16 equal descriptors.
 */
#ifndef __IO_PGTABLE_ARM_V7S_BITS_H
#define __IO_PGTABLE_ARM_V7S_BITS_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/iommu.h>
#include <linux/io-pgtable.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "compat.h"
#include <linux/io-pgtable-walk/format.h>

/*
 * There are two levels, 1 and 2. Bit 1 of the type distinguishes sections from tables, since bit
 * 0 of a section is PXN. A table has 256 descriptors, for the pages of 1 MiB.
 */
/* Type, DDI0406 B3.5.1. 0 is invalid; bit 0 of a section or small page is not part of the type. */
#define V7S_TYPE		GENMASK(1, 0)
#define V7S_TYPE_TABLE		1U		/* level 1 */
#define V7S_TYPE_SECTION	2U		/* level 1 */
#define V7S_TYPE_LARGE		1U		/* level 2 */
#define V7S_TYPE_SMALL		2U		/* level 2 */
#define V7S_SUPERSECTION	BIT(18)		/* in addition to a section's type */

#define V7S_GROUP_BITS		4	/* log2 of the number of descriptors in a group */

#define V7S_B			BIT(2)
#define V7S_C			BIT(3)

/* Level 1: tables and sections */
#define V7S_TABLE_NS		BIT(3)
#define V7S_SECTION_NS		BIT(19)
#define V7S_SECTION_XN		BIT(4)

/* Level 2: XN and TEX are at different places in large and small pages. */
#define V7S_SMALL_XN		BIT(0)
#define V7S_SMALL_TEX		GENMASK(8, 6)
#define V7S_LARGE_XN		BIT(15)
#define V7S_LARGE_TEX		GENMASK(14, 12)

/*
 * The other attributes are eight bits that start at a different bit in sections and in pages (TEX
 * of a large page is an exception). AP[2:1] with AP[0] as access flag: DDI0406 B3.7.1. TEX[0], C
 * and B are an index into PRRR and NMRR, see below.
 */
#define V7S_ATTRS		GENMASK(7, 0)
#define V7S_SECTION_ATTRS_SHIFT	10
#define V7S_SMALL_ATTRS_SHIFT	4
#define V7S_AF			BIT(0)
#define V7S_AP_UNPRIV		BIT(1)
#define V7S_TEX0		BIT(2)
#define V7S_AP_RDONLY		BIT(5)
#define V7S_S			BIT(6)
#define V7S_NG			BIT(7)

/* MediaTek: high bits of the output address or table address */
#define V7S_MTK_PA32		BIT(9)
#define V7S_MTK_PA33		BIT(4)
#define V7S_MTK_PA34		BIT(5)

/*
 * PRRR and NMRR, DDI0406 B4.1.127 and B4.1.111: the meaning of the index TEX[0]:C:B with TEX
 * remap. We use the indices whose meaning without TEX remap comes closest.
 */
#define V7S_INDEX_DEVICE	1	/* B */
#define V7S_INDEX_NC		4	/* TEX[0] */
#define V7S_INDEX_CACHE		7	/* TEX[0], C, B */
#define V7S_TYPE_DEVICE		1U
#define V7S_TYPE_NORMAL		2U
#define V7S_PRRR_TR(_index, _type)	((_type) << (2 * (_index)))
#define V7S_PRRR_DS0		BIT(16)
#define V7S_PRRR_DS1		BIT(17)
#define V7S_PRRR_NS1		BIT(19)
#define V7S_PRRR_NOS(_index)	BIT(24 + (_index))
#define V7S_RGN_WBWA		1U
#define V7S_NMRR_IR(_index, _rgn)	((_rgn) << (2 * (_index)))
#define V7S_NMRR_OR(_index, _rgn)	((_rgn) << (16 + 2 * (_index)))

/* TTBR0, DDI0406 B4.1.154. IRGN is split: its bit 0 is bit 6, its bit 1 is bit 0. */
#define V7S_TTBR_S		BIT(1)
#define V7S_TTBR_NOS		BIT(5)
#define V7S_TTBR_WBWA		(BIT(6) | FIELD_PREP_CONST(GENMASK(4, 3), V7S_RGN_WBWA))

/* Part of a supersection or large page, valid or broken: see linux/io-pgtable-walk/split.h. */
static inline bool fmt_is_group(walk_desc desc, bool page)
{
	if (page)
		return !(desc & V7S_TYPE_SMALL);
	return (desc & V7S_TYPE) != V7S_TYPE_TABLE && (desc & V7S_SUPERSECTION);
}

/*
 * All descriptors of a group are equal, and no descriptor of a large page has the type of a small
 * page. So for groups, the fast path may clear any leaves in the place of a group.
 */
static inline struct walk_leaves fmt_leaves(bool page, bool group)
{
	if (page)
		return (struct walk_leaves){ V7S_TYPE_SMALL | (group ? V7S_TYPE_LARGE : 0), 0 };
	return (struct walk_leaves){ V7S_TYPE_SECTION, group ? 0 : V7S_SUPERSECTION };
}

/*
 * Addresses. kind.ext: descriptors have MediaTek's address bits 34:32.
 */

static inline walk_desc fmt_addr_to_desc(struct walk_kind kind, u64 addr)
{
	walk_desc desc = addr;

	if (kind.ext) {
		desc |= addr & BIT_ULL(32) ? V7S_MTK_PA32 : 0;
		desc |= addr & BIT_ULL(33) ? V7S_MTK_PA33 : 0;
		desc |= addr & BIT_ULL(34) ? V7S_MTK_PA34 : 0;
	}
	return desc;
}

/* The address bits of a leaf */
static inline walk_desc v7s_addr_mask(struct walk_kind kind, walk_desc desc, bool page)
{
	walk_desc mask = page ? GENMASK(31, 12) : GENMASK(31, 20);

	if (fmt_is_group(desc, page))
		mask <<= V7S_GROUP_BITS;
	return mask | (kind.ext ? V7S_MTK_PA32 | V7S_MTK_PA33 | V7S_MTK_PA34 : 0);
}

static inline u64 fmt_table_addr(struct walk_kind kind, walk_desc desc)
{
	u64 addr = desc & GENMASK(31, 10);

	if (kind.ext) {
		addr |= desc & V7S_MTK_PA32 ? BIT_ULL(32) : 0;
		addr |= desc & V7S_MTK_PA33 ? BIT_ULL(33) : 0;
		addr |= desc & V7S_MTK_PA34 ? BIT_ULL(34) : 0;
	}
	return addr;
}

static inline u64 fmt_leaf_addr(struct walk_kind kind, walk_desc desc, bool page)
{
	return fmt_table_addr(kind, desc & v7s_addr_mask(kind, desc, page));
}

static inline walk_desc fmt_step(struct walk_kind kind, unsigned int shift)
{
	return BIT(shift);
}

static inline unsigned int fmt_step_limit(struct walk_kind kind)
{
	return 32;
}

/*
 * Attributes: all bits of a leaf except its address
 */

static inline walk_desc v7s_small_to_large(walk_desc attrs)
{
	walk_desc same = attrs & ~(V7S_TYPE_SMALL | V7S_SMALL_XN | V7S_SMALL_TEX);

	return same | V7S_TYPE_LARGE | (attrs & V7S_SMALL_XN ? V7S_LARGE_XN : 0) |
	       FIELD_PREP(V7S_LARGE_TEX, FIELD_GET(V7S_SMALL_TEX, attrs));
}

static inline walk_desc v7s_large_to_small(walk_desc attrs)
{
	walk_desc same = attrs & ~(V7S_TYPE_LARGE | V7S_LARGE_XN | V7S_LARGE_TEX);

	return same | V7S_TYPE_SMALL | (attrs & V7S_LARGE_XN ? V7S_SMALL_XN : 0) |
	       FIELD_PREP(V7S_SMALL_TEX, FIELD_GET(V7S_LARGE_TEX, attrs));
}

static inline walk_desc fmt_group_attrs(walk_desc attrs, bool page)
{
	return page ? v7s_small_to_large(attrs) : attrs | V7S_SUPERSECTION;
}

static inline walk_desc fmt_ungroup(struct walk_kind kind, walk_desc desc, bool page)
{
	walk_desc mask = v7s_addr_mask(kind, desc, page), attrs = desc & ~mask;

	attrs = page ? v7s_large_to_small(attrs) :
		       (attrs & ~V7S_SUPERSECTION) | V7S_TYPE_SECTION;
	return (desc & mask) | attrs;
}

/* Attributes of the small pages of a section. NS of a page is in its table descriptor. */
static inline walk_desc fmt_split_attrs(struct walk_kind kind, walk_desc block, bool page)
{
	walk_desc attrs = block & ~v7s_addr_mask(kind, block, false);
	walk_desc small = attrs >> V7S_SECTION_ATTRS_SHIFT & V7S_ATTRS;

	return small << V7S_SMALL_ATTRS_SHIFT | (attrs & (V7S_C | V7S_B)) |
	       V7S_TYPE_SMALL | (attrs & V7S_SECTION_XN ? V7S_SMALL_XN : 0);
}

static inline walk_desc fmt_table_attrs(const struct io_pgtable_cfg *cfg)
{
	return V7S_TYPE_TABLE | (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS ? V7S_TABLE_NS : 0);
}

/* DDI0406 B3.7.1 (AP, XN), B3.8.3 (TEX remap): attributes of a section or small page */
static inline walk_desc fmt_leaf_attrs(struct walk_kind kind, const struct io_pgtable_cfg *cfg,
				       int prot, bool page)
{
	bool perms = !(cfg->quirks & IO_PGTABLE_QUIRK_NO_PERMS);
	bool noexec = perms && (prot & IOMMU_NOEXEC);
	walk_desc attrs = V7S_NG | V7S_S, index = V7S_C | V7S_B, desc;

	if (perms) {
		attrs |= V7S_AF;
		if (!(prot & IOMMU_PRIV))
			attrs |= V7S_AP_UNPRIV;
		if (!(prot & IOMMU_WRITE))
			attrs |= V7S_AP_RDONLY;
	}
	if (!(prot & IOMMU_MMIO))
		attrs |= V7S_TEX0;
	if (prot & IOMMU_MMIO)
		index = V7S_B;
	else if (!(prot & IOMMU_CACHE))
		index = 0;

	if (page)
		return attrs << V7S_SMALL_ATTRS_SHIFT | index | V7S_TYPE_SMALL |
		       (noexec ? V7S_SMALL_XN : 0);

	desc = attrs << V7S_SECTION_ATTRS_SHIFT | index | V7S_TYPE_SECTION;
	desc |= noexec ? V7S_SECTION_XN : 0;
	return desc | (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS ? V7S_SECTION_NS : 0);
}

#endif /* __IO_PGTABLE_ARM_V7S_BITS_H */

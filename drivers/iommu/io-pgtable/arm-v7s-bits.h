/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short descriptors, bit by bit: DDI0406 B3.5, with MediaTek's address bits. No
 * algorithm here, and no bit anywhere else.
 *
 * Level 1 has sections of 1 MiB and tables, level 2 small pages of 4 KiB. A
 * supersection (16 MiB) and a large page (64 KiB) are a group: one descriptor,
 * repeated in 16 entries.
 */
#ifndef __IO_PGTABLE_ARM_V7S_BITS_H
#define __IO_PGTABLE_ARM_V7S_BITS_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/iommu.h>
#include <linux/io-pgtable.h>
#include <linux/sizes.h>
#include <linux/types.h>

#define V7S_DESC_SHIFT		2	/* log2 of a descriptor's 4 bytes */
#define V7S_GROUP		16	/* entries of a supersection or large page */
#define V7S_L2_ENTRIES		256
#define V7S_L2_SIZE		(V7S_L2_ENTRIES << V7S_DESC_SHIFT)

/* Type, DDI0406 B3.5.1. 0 is invalid; bit 0 of a section or small page is not type. */
#define V7S_TYPE		GENMASK(1, 0)
#define V7S_TYPE_TABLE		1U		/* level 1 */
#define V7S_TYPE_SECTION	2U		/* level 1 */
#define V7S_TYPE_LARGE		1U		/* level 2 */
#define V7S_TYPE_SMALL		2U		/* level 2 */
#define V7S_SUPERSECTION	BIT(18)		/* and a section's type */

#define V7S_B			BIT(2)
#define V7S_C			BIT(3)

/* Level 1: tables and sections */
#define V7S_TABLE_NS		BIT(3)
#define V7S_SECTION_NS		BIT(19)
#define V7S_SECTION_XN		BIT(4)

/* Level 2: in a large page XN and TEX are elsewhere than in a small page. */
#define V7S_SMALL_XN		BIT(0)
#define V7S_SMALL_TEX		GENMASK(8, 6)
#define V7S_LARGE_XN		BIT(15)
#define V7S_LARGE_TEX		GENMASK(14, 12)

/*
 * The rest is eight bits that only differ in where they start, but for TEX of a
 * large page. AP[2:1] with AP[0] as access flag: DDI0406 B3.7.1. TEX[0], C and B
 * are an index of PRRR and NMRR, see below.
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

/* MediaTek: bits of the output or table address that have no place of their own */
#define V7S_MTK_PA32		BIT(9)
#define V7S_MTK_PA33		BIT(4)
#define V7S_MTK_PA34		BIT(5)

/*
 * PRRR and NMRR, DDI0406 B4.1.127 and B4.1.111: what index TEX[0]:C:B means, with
 * TEX remap. The indices are those whose meaning without it comes closest.
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

/* log2 of the bytes that one entry translates */
static inline unsigned int v7s_shift(unsigned int level)
{
	return level == 1 ? 20 : 12;
}

static inline bool v7s_is_table(u32 desc, unsigned int level)
{
	return level == 1 && (desc & V7S_TYPE) == V7S_TYPE_TABLE;
}

/* Part of a supersection or large page; also if it is broken, see v7s_split_group() */
static inline bool v7s_is_group(u32 desc, unsigned int level)
{
	if (level == 2)
		return !(desc & V7S_TYPE_SMALL);
	return !v7s_is_table(desc, 1) && (desc & V7S_SUPERSECTION);
}

/*
 * Of a page that takes @copies entries of @level: all entries have one of the former
 * bits, and none of the latter, if it is there and nothing but leaves that need no
 * split. A group may be cleared as it is, whatever leaves it is.
 */
static inline u32 v7s_leaf_bits(unsigned int level, unsigned int copies)
{
	return level == 2 && copies > 1 ? V7S_TYPE_SMALL | V7S_TYPE_LARGE :
					  V7S_TYPE_SMALL & V7S_TYPE_SECTION;
}

static inline u32 v7s_larger_bits(unsigned int level, unsigned int copies)
{
	return level == 1 && copies == 1 ? V7S_SUPERSECTION : 0;
}

/*
 * Addresses
 */

/* @mtk: bits 34:32 are there too. */
static inline u32 v7s_addr_to_desc(u64 paddr, bool mtk)
{
	u32 desc = paddr;

	if (mtk) {
		desc |= paddr & BIT_ULL(32) ? V7S_MTK_PA32 : 0;
		desc |= paddr & BIT_ULL(33) ? V7S_MTK_PA33 : 0;
		desc |= paddr & BIT_ULL(34) ? V7S_MTK_PA34 : 0;
	}
	return desc;
}

/* The bits of @desc that are its address */
static inline u32 v7s_addr_mask(u32 desc, unsigned int level, bool mtk)
{
	u32 mask = GENMASK(31, v7s_shift(level));

	if (v7s_is_table(desc, level))
		mask = GENMASK(31, 10);
	else if (v7s_is_group(desc, level))
		mask *= V7S_GROUP;
	return mask | (mtk ? V7S_MTK_PA32 | V7S_MTK_PA33 | V7S_MTK_PA34 : 0);
}

/* @bits: those of a descriptor that are its address */
static inline u64 v7s_bits_to_addr(u32 bits, bool mtk)
{
	u64 paddr = bits & GENMASK(31, 10);

	if (mtk) {
		paddr |= bits & V7S_MTK_PA32 ? BIT_ULL(32) : 0;
		paddr |= bits & V7S_MTK_PA33 ? BIT_ULL(33) : 0;
		paddr |= bits & V7S_MTK_PA34 ? BIT_ULL(34) : 0;
	}
	return paddr;
}

static inline u64 v7s_desc_to_addr(u32 desc, unsigned int level, bool mtk)
{
	return v7s_bits_to_addr(desc & v7s_addr_mask(desc, level, mtk), mtk);
}

/*
 * Attributes: all but the address of a leaf
 */

static inline u32 v7s_small_to_large(u32 attrs)
{
	u32 same = attrs & ~(V7S_TYPE_SMALL | V7S_SMALL_XN | V7S_SMALL_TEX);

	return same | V7S_TYPE_LARGE | (attrs & V7S_SMALL_XN ? V7S_LARGE_XN : 0) |
	       FIELD_PREP(V7S_LARGE_TEX, FIELD_GET(V7S_SMALL_TEX, attrs));
}

static inline u32 v7s_large_to_small(u32 attrs)
{
	u32 same = attrs & ~(V7S_TYPE_LARGE | V7S_LARGE_XN | V7S_LARGE_TEX);

	return same | V7S_TYPE_SMALL | (attrs & V7S_LARGE_XN ? V7S_SMALL_XN : 0) |
	       FIELD_PREP(V7S_SMALL_TEX, FIELD_GET(V7S_LARGE_TEX, attrs));
}

/* NS of a page is that of its table. */
static inline u32 v7s_section_to_small(u32 attrs)
{
	u32 small = attrs >> V7S_SECTION_ATTRS_SHIFT & V7S_ATTRS;

	return small << V7S_SMALL_ATTRS_SHIFT | (attrs & (V7S_C | V7S_B)) |
	       V7S_TYPE_SMALL | (attrs & V7S_SECTION_XN ? V7S_SMALL_XN : 0);
}

/* What the parts of a group have: sections or small pages. */
static inline u32 v7s_group_to_single(u32 attrs, unsigned int level)
{
	return level == 1 ? attrs & ~V7S_SUPERSECTION : v7s_large_to_small(attrs);
}

/* And the other way round. */
static inline u32 v7s_single_to_group(u32 attrs, unsigned int level)
{
	return level == 1 ? attrs | V7S_SUPERSECTION : v7s_small_to_large(attrs);
}

/* DDI0406 B3.7.1 (AP, XN), B3.8.3 (TEX remap): of a section or small page; never 0 */
static inline u32 v7s_leaf_attrs(unsigned long quirks, int prot, unsigned int level)
{
	bool perms = !(quirks & IO_PGTABLE_QUIRK_NO_PERMS);
	bool noexec = perms && (prot & IOMMU_NOEXEC);
	u32 attrs = V7S_NG | V7S_S, index = V7S_C | V7S_B, desc;

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

	if (level == 2)
		return attrs << V7S_SMALL_ATTRS_SHIFT | index | V7S_TYPE_SMALL |
		       (noexec ? V7S_SMALL_XN : 0);

	desc = attrs << V7S_SECTION_ATTRS_SHIFT | index | V7S_TYPE_SECTION;
	desc |= noexec ? V7S_SECTION_XN : 0;
	return desc | (quirks & IO_PGTABLE_QUIRK_ARM_NS ? V7S_SECTION_NS : 0);
}

#endif /* __IO_PGTABLE_ARM_V7S_BITS_H */

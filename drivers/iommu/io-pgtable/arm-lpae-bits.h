/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bits of long descriptors: DDI0487 D8.3 (VMSAv8-64), and DDI0406 B3.6 for the Armv7 subset. This
 * header contains no algorithm, and no other file contains bits of long descriptors.
 */
#ifndef __IO_PGTABLE_ARM_LPAE_BITS_H
#define __IO_PGTABLE_ARM_LPAE_BITS_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>

/* Type, DDI0487 D8.3.1. Bit 1 distinguishes blocks from pages of the last level. */
#define LPAE_VALID		BIT_ULL(0)
#define LPAE_TYPE		GENMASK_ULL(1, 0)
#define LPAE_TYPE_BLOCK		1ULL
#define LPAE_TYPE_PAGE		3ULL
#define LPAE_TYPE_TABLE		3ULL

/*
 * Identifies tables above the last level. A descriptor that is neither 0 nor a table is a leaf,
 * valid or not: a block that is being split keeps all bits except the valid bit, see
 * walk_replace_block().
 */
#define LPAE_TABLE		BIT_ULL(1)

/*
 * Output address, DDI0487 D8.3.1. With the 64K granule, bits 15:12 hold bits 51:48 of the
 * address, since bits 15:12 of an aligned address are 0.
 */
#define LPAE_ADDR		GENMASK_ULL(47, 12)
#define LPAE_ADDR_LOW		GENMASK_ULL(15, 12)
#define LPAE_ADDR_HIGH_SHIFT	36

/* Attributes of blocks and pages at both stages, DDI0487 D8.3.1, D8.5, D8.6. */
#define LPAE_SH			GENMASK_ULL(9, 8)
#define LPAE_SH_OUTER		FIELD_PREP_CONST(LPAE_SH, 2)
#define LPAE_SH_INNER		FIELD_PREP_CONST(LPAE_SH, 3)
#define LPAE_AF			BIT_ULL(10)
#define LPAE_DBM		BIT_ULL(51)
#define LPAE_CONT		BIT_ULL(52)	/* Contiguous, D8.7.1 */

/* Stage 1: DDI0487 D8.4.1 (AP, PXN, UXN), D8.6 (AttrIndx), D8.3.1 (NS, nG). */
#define LPAE_S1_ATTRINDX	GENMASK_ULL(4, 2)
#define LPAE_S1_NS		BIT_ULL(5)
#define LPAE_S1_AP_UNPRIV	BIT_ULL(6)
#define LPAE_S1_AP_RDONLY	BIT_ULL(7)
#define LPAE_S1_NG		BIT_ULL(11)
#define LPAE_S1_PXN		BIT_ULL(53)
#define LPAE_S1_UXN		BIT_ULL(54)
#define LPAE_S1_TABLE_NS	BIT_ULL(63)

/* Stage 2: DDI0487 D8.6 (MemAttr), D8.4.2 (S2AP, XN). */
#define LPAE_S2_MEMATTR		GENMASK_ULL(5, 2)
#define LPAE_S2_MEMATTR_DEV	FIELD_PREP_CONST(LPAE_S2_MEMATTR, 0x1)
#define LPAE_S2_MEMATTR_NC	FIELD_PREP_CONST(LPAE_S2_MEMATTR, 0x5)
#define LPAE_S2_MEMATTR_WB	FIELD_PREP_CONST(LPAE_S2_MEMATTR, 0xf)
#define LPAE_S2_MEMATTR_FWB	FIELD_PREP_CONST(LPAE_S2_MEMATTR, 0x6)	/* forced */
#define LPAE_S2AP_READ		BIT_ULL(6)
#define LPAE_S2AP_WRITE		BIT_ULL(7)
/*
 * XN[1:0] is bits 54:53. Without FEAT_XNX only bit 54 counts. With FEAT_XNX, 0b10 means "execute
 * never", while 0b11 would allow EL1 to execute.
 */
#define LPAE_S2_XN_ALL		BIT_ULL(54)

/*
 * Mali GPUs: access permissions as at stage 2, memory attributes by index as at stage 1. A leaf
 * has the type of a block at every level, and there is no access flag. Inner shareable means the
 * cores of the GPU; outer shareable means everything that is coherent with the GPU. There is no
 * public manual: the bits are those that the panfrost driver expects.
 */
#define LPAE_MALI_XN		(LPAE_S1_PXN | LPAE_S1_UXN)

/* TRANSTAB: besides the address of the tables, the mode of the MMU, and how it reads tables */
#define LPAE_MALI_ADRMODE_TABLE	3ULL
#define LPAE_MALI_READ_INNER	BIT_ULL(2)
#define LPAE_MALI_SHARE_OUTER	BIT_ULL(4)

/* MEMATTR: the layout of MAIR_EL1, with Mali's own encodings */
#define LPAE_MALI_IMP_DEF	0x88ULL	/* implementation defined caching */
#define LPAE_MALI_WRITE_ALLOC	0x8dULL

/*
 * Software bit, one of those that the walker ignores (58:55): a walker without coherency is sure
 * to see this table descriptor, since the descriptor has been cleaned to memory.
 */
#define LPAE_SW_SYNC		BIT_ULL(55)

/* Attributes of a block that its parts inherit */
#define LPAE_BLOCK_ATTRS	(GENMASK_ULL(11, 2) | LPAE_DBM | \
				 LPAE_S1_PXN | LPAE_S1_UXN)

/* MAIR_EL1: attribute encodings, and the index of each */
#define LPAE_MAIR_DEVICE	0x04ULL		/* Device-nGnRE */
#define LPAE_MAIR_NC		0x44ULL		/* Normal Non-cacheable */
#define LPAE_MAIR_WBRWA		0xffULL		/* Write-Back, RW-Allocate */
#define LPAE_MAIR_INC_OWBRWA	0xf4ULL		/* Inner NC, Outer WB */
enum lpae_attr_index {
	LPAE_ATTR_NC,
	LPAE_ATTR_CACHE,
	LPAE_ATTR_DEV,
	LPAE_ATTR_INC_OCACHE,
};

/* TCR_EL1 and VTCR_EL2, DDI0487 D24.2. */
#define LPAE_TCR_SH_OUTER	2
#define LPAE_TCR_SH_INNER	3
#define LPAE_TCR_RGN_NC		0
#define LPAE_TCR_RGN_WBWA	1

static inline u64 lpae_addr_to_desc(u64 paddr)
{
	return (paddr | paddr >> LPAE_ADDR_HIGH_SHIFT) & LPAE_ADDR;
}

/* Only with the 64K granule, bits 15:12 hold high address bits. */
static inline u64 lpae_desc_to_addr(u64 desc, unsigned int granule_shift)
{
	u64 paddr = desc & LPAE_ADDR;

	if (likely(granule_shift < 16))
		return paddr;
	return (paddr & ~LPAE_ADDR_LOW) |
	       (paddr & LPAE_ADDR_LOW) << LPAE_ADDR_HIGH_SHIFT;
}

#endif /* __IO_PGTABLE_ARM_LPAE_BITS_H */

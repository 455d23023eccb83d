// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 1: permissions, memory attributes by MAIR index, dirty state, and
 * the fields of TTBR, TCR and MAIR.
 */
#include "arm-lpae.h"
#include "arm-lpae-geometry.h"
#include "walk/walk.h"

/* DDI0487 D8.4.1 (AP, PXN, UXN), D8.5.3 (DBM), D8.6 (AttrIndx, SH) */
static u64 lpae_s1_attrs(unsigned long quirks, int prot)
{
	u64 attrs = LPAE_AF | LPAE_S1_NG;

	if ((prot & IOMMU_READ) && !(prot & IOMMU_WRITE))
		attrs |= LPAE_S1_AP_RDONLY;
	else if (quirks & IO_PGTABLE_QUIRK_ARM_HD)
		attrs |= LPAE_DBM;
	if (!(prot & IOMMU_PRIV))
		attrs |= LPAE_S1_AP_UNPRIV;
	if (prot & IOMMU_NOEXEC)
		attrs |= LPAE_S1_PXN | LPAE_S1_UXN;
	if (quirks & IO_PGTABLE_QUIRK_ARM_NS)
		attrs |= LPAE_S1_NS;

	if (prot & IOMMU_MMIO)
		attrs |= FIELD_PREP(LPAE_S1_ATTRINDX, LPAE_ATTR_DEV);
	else if (prot & IOMMU_CACHE)
		attrs |= FIELD_PREP(LPAE_S1_ATTRINDX, LPAE_ATTR_CACHE);
	else
		attrs |= FIELD_PREP(LPAE_S1_ATTRINDX, LPAE_ATTR_NC);

	return attrs | (prot & IOMMU_CACHE ? LPAE_SH_INNER : LPAE_SH_OUTER);
}

/*
 * Dirty state
 */

/* The walker sets AP[2] to 0 when it writes, at any time: set it atomically. */
static void lpae_s1_make_clean(const struct walk_tables *t, u64 *descp, u64 desc)
{
	while (!try_cmpxchg64(descp, &desc, desc | LPAE_S1_AP_RDONLY))
		;
	walk_sync(t, descp, 1);
}

/*
 * A leaf that reaches beyond the range is reported for the part inside, and stays
 * dirty: cleaned, a write outside would be forgotten. A TLB may hold a leaf as dirty,
 * and then notes no later write in memory: the driver gathers what was cleaned.
 */
static int lpae_s1_walk_dirty(struct walk_tables *t, unsigned long iova,
			      unsigned long last, unsigned long flags,
			      struct iommu_dirty_bitmap *dirty)
{
	struct walk w = walk_root(t, iova, t->geo.granule_shift);
	unsigned long from = iova, first, end;
	u64 desc;

	for (;; walk_on(t, &w, iova)) {
		desc = walk_down(&w, iova, t->geo.granule_shift, FMT_TABLE, NULL);
		if (!desc)
			return -EINVAL;

		first = ALIGN_DOWN(iova, BIT(w.shift));
		end = first + (BIT(w.shift) - 1);
		if (lpae_s1_is_dirty(desc)) {
			iommu_dirty_bitmap_record(dirty, iova,
						  min(end, last) - iova + 1);
			if (!(flags & IOMMU_DIRTY_NO_CLEAR) &&
			    first >= from && end <= last) {
				lpae_s1_make_clean(t, w.descp, desc);
				walk_tell(t, first, BIT(w.shift), w.shift, dirty->gather);
			}
		}
		if (end >= last)
			return 0;
		iova = end + 1;
	}
}

static int lpae_s1_read_and_clear_dirty(struct io_pgtable_ops *ops,
					unsigned long iova, size_t size,
					unsigned long flags,
					struct iommu_dirty_bitmap *dirty)
{
	struct walk_tables *t = walk_from_ops(ops);

	if (!size || !range_iova_is_valid(&t->limits, iova, size))
		return -EINVAL;
	/* Armv7 has no dirty state. */
	if (t->iop.fmt != ARM_64_LPAE_S1)
		return -EINVAL;

	return lpae_s1_walk_dirty(t, iova, iova + size - 1, flags, dirty);
}

/*
 * Registers
 */

/* TCR.TG1, DDI0487 D24.2: not the encoding of TG0 */
static unsigned int lpae_s1_tg1(const struct walk_geometry *geo)
{
	switch (geo->granule_shift) {
	case 12:
		return 2;
	case 16:
		return 3;
	}
	return 1;
}

static u64 lpae_s1_mair(void)
{
	return LPAE_MAIR_NC << (8 * LPAE_ATTR_NC) |
	       LPAE_MAIR_WBRWA << (8 * LPAE_ATTR_CACHE) |
	       LPAE_MAIR_DEVICE << (8 * LPAE_ATTR_DEV) |
	       LPAE_MAIR_INC_OWBRWA << (8 * LPAE_ATTR_INC_OCACHE);
}

static int lpae_s1_registers(struct io_pgtable_cfg *cfg,
			     const struct walk_geometry *geo, phys_addr_t root)
{
	typeof(cfg->arm_lpae_s1_cfg.tcr) *tcr = &cfg->arm_lpae_s1_cfg.tcr;
	bool outer_wbwa = cfg->quirks & IO_PGTABLE_QUIRK_ARM_OUTER_WBWA;
	int ips = lpae_ps(cfg->oas);

	/* A walker that snoops has no use for a way around not snooping. */
	if (ips < 0 || (outer_wbwa && cfg->coherent_walk))
		return -EINVAL;

	tcr->sh = lpae_walk_sh(cfg);
	tcr->irgn = lpae_walk_rgn(cfg);
	tcr->orgn = outer_wbwa ? LPAE_TCR_RGN_WBWA : lpae_walk_rgn(cfg);
	tcr->tg = cfg->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1 ? lpae_s1_tg1(geo) :
							     lpae_tg0(geo);
	tcr->ips = ips;
	tcr->tsz = 64 - cfg->ias;

	cfg->arm_lpae_s1_cfg.mair = lpae_s1_mair();
	cfg->arm_lpae_s1_cfg.ttbr = root;
	return 0;
}

#define LPAE_S1_QUIRKS	(IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRK_ARM_TTBR1 | \
			 IO_PGTABLE_QUIRK_ARM_OUTER_WBWA |		     \
			 IO_PGTABLE_QUIRK_ARM_HD |		     \
			 IO_PGTABLE_QUIRK_ARM_CONTIG |		     \
			 IO_PGTABLE_QUIRK_NO_BBM | COMPAT_S1_QUIRKS)

DEFINE_WALK_OPS(lpae_s1_4k, 12, lpae_s1_read_and_clear_dirty);
DEFINE_WALK_OPS(lpae_s1_16k, 14, lpae_s1_read_and_clear_dirty);
DEFINE_WALK_OPS(lpae_s1_64k, 16, lpae_s1_read_and_clear_dirty);

static const struct walk_regime lpae_64_s1 = {
	.ops		= { &lpae_s1_4k_ops, &lpae_s1_16k_ops, &lpae_s1_64k_ops },
	.quirks		= LPAE_S1_QUIRKS,
	.pgsizes	= ULONG_MAX,
	.max_ias	= UINT_MAX,
	.max_oas	= UINT_MAX,
	.page_type	= LPAE_TYPE_PAGE,
	.attrs		= lpae_s1_attrs,
	.registers	= lpae_s1_registers,
};

static const struct walk_regime lpae_32_s1 = {
	.ops		= { &lpae_s1_4k_ops },
	.quirks		= LPAE_S1_QUIRKS,
	.pgsizes	= LPAE_32_PGSIZES,
	.max_ias	= 32,
	.max_oas	= LPAE_32_MAX_OAS,
	.page_type	= LPAE_TYPE_PAGE,
	.attrs		= lpae_s1_attrs,
	.registers	= lpae_s1_registers,
};

static struct io_pgtable *lpae_64_s1_alloc(struct io_pgtable_cfg *cfg,
					   void *cookie)
{
	return walk_alloc(&lpae_64_s1, cfg, cookie);
}

static struct io_pgtable *lpae_32_s1_alloc(struct io_pgtable_cfg *cfg,
					   void *cookie)
{
	return walk_alloc(&lpae_32_s1, cfg, cookie);
}

const struct io_pgtable_init_fns lpae_64_s1_fns = {
	.alloc	= lpae_64_s1_alloc,
	.free	= walk_free,
	.caps	= IO_PGTABLE_CAP_CUSTOM_ALLOCATOR,
};

const struct io_pgtable_init_fns lpae_32_s1_fns = {
	.alloc	= lpae_32_s1_alloc,
	.free	= walk_free,
	.caps	= IO_PGTABLE_CAP_CUSTOM_ALLOCATOR,
};

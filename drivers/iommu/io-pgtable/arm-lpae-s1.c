// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 1: permissions, memory attributes by MAIR index, dirty state, and the fields of
 * TTBR, TCR and MAIR.
 */
#define walk_desc	u64
#define WALK_NAME(x)	lpae_s1_##x

#include "arm-lpae.h"
#include "arm-lpae-geometry.h"

/* A dirty leaf has DBM set and AP[2] clear (DDI0487 D8.5.3). */
static const struct walk_format fmt = {
	LPAE_FORMAT,
	.groups		= WALK_GROUPS_STEP,
	.dirty_mask	= LPAE_DBM | LPAE_S1_AP_RDONLY,
	.dirty		= LPAE_DBM,
	.clean		= LPAE_DBM | LPAE_S1_AP_RDONLY,
};

/* DDI0487 D8.4.1 (AP, PXN, UXN), D8.5.3 (DBM), D8.6 (AttrIndx, SH) */
static walk_desc fmt_leaf_attrs(struct walk_kind kind, const struct io_pgtable_cfg *cfg,
				int prot, bool page)
{
	u64 attrs = LPAE_AF | LPAE_S1_NG | lpae_type(page) | lpae_attrindx(prot);

	if ((prot & IOMMU_READ) && !(prot & IOMMU_WRITE))
		attrs |= LPAE_S1_AP_RDONLY;
	else if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_HD)
		attrs |= LPAE_DBM;
	if (!(prot & IOMMU_PRIV))
		attrs |= LPAE_S1_AP_UNPRIV;
	if (prot & IOMMU_NOEXEC)
		attrs |= LPAE_S1_PXN | LPAE_S1_UXN;
	if (cfg->quirks & IO_PGTABLE_QUIRK_ARM_NS)
		attrs |= LPAE_S1_NS;
	return attrs | (prot & IOMMU_CACHE ? LPAE_SH_INNER : LPAE_SH_OUTER);
}

/* TCR.TG1, DDI0487 D24.2. The encoding differs from that of TG0. */
static unsigned int lpae_s1_tg1(const struct walk_geometry *geo)
{
	switch (geo->kind.page_shift) {
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

static int fmt_registers(struct io_pgtable_cfg *cfg, const struct walk_geometry *geo,
			 phys_addr_t root)
{
	typeof(cfg->arm_lpae_s1_cfg.tcr) *tcr = &cfg->arm_lpae_s1_cfg.tcr;
	bool outer_wbwa = cfg->quirks & IO_PGTABLE_QUIRK_ARM_OUTER_WBWA;
	int ips = lpae_ps(cfg->oas);

	/* ARM_OUTER_WBWA is only for walkers that do not snoop. */
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

static int fmt_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	int ret = lpae_init(geo, cfg);

	if (ret)
		return ret;
	lpae_trim_sizes(geo, cfg);
	lpae_add_groups(geo, cfg);
	return 0;
}

#include "arm-lpae-s1-words.h"
#include <linux/io-pgtable-walk/walk.h>

/* Armv7 has no dirty state, so fail for ARM_32_LPAE_S1. */
static int lpae_64_s1_dirty(struct io_pgtable_ops *ops, unsigned long iova, size_t size,
			    unsigned long flags, struct iommu_dirty_bitmap *dirty)
{
	if (io_pgtable_ops_to_pgtable(ops)->fmt != ARM_64_LPAE_S1)
		return -EINVAL;
	return walk_read_and_clear_dirty(ops, iova, size, flags, dirty);
}

#define LPAE_S1_OPS	.pgtable_walk = walk_show, \
			.read_and_clear_dirty = lpae_64_s1_dirty

WALK_OPS(lpae_s1_4k, 12, 0, LPAE_S1_OPS);
WALK_OPS(lpae_s1_16k, 14, 0, LPAE_S1_OPS);
WALK_OPS(lpae_s1_64k, 16, 0, LPAE_S1_OPS);

#define LPAE_S1_QUIRKS	(IO_PGTABLE_QUIRK_ARM_NS | IO_PGTABLE_QUIRK_ARM_TTBR1 | \
			 IO_PGTABLE_QUIRK_ARM_OUTER_WBWA |		     \
			 IO_PGTABLE_QUIRK_ARM_HD |		     \
			 IO_PGTABLE_QUIRK_ARM_CONTIG |		     \
			 IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS |	     \
			 IO_PGTABLE_QUIRK_NO_BBM | COMPAT_S1_QUIRKS)

WALK_FORMAT(, lpae_64_s1, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR, 0,
	    .ops	= { &lpae_s1_4k_ops, &lpae_s1_16k_ops, &lpae_s1_64k_ops },
	    .quirks	= LPAE_S1_QUIRKS,
	    .pgsizes	= ULONG_MAX,
	    .max_ias	= UINT_MAX,
	    .max_oas	= UINT_MAX);

WALK_FORMAT(, lpae_32_s1, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR, 0,
	    .ops	= { &lpae_s1_4k_ops },
	    .quirks	= LPAE_S1_QUIRKS,
	    .pgsizes	= LPAE_32_PGSIZES,
	    .max_ias	= 32,
	    .max_oas	= LPAE_32_MAX_OAS);

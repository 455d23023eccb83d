// SPDX-License-Identifier: GPL-2.0-only
/*
 * LPAE stage 2: access permissions, memory attributes in descriptors, concatenated root tables,
 * and the fields of VTTBR and VTCR.
 */
#define walk_desc	u64
#define WALK_NAME(x)	lpae_s2_##x

#include "arm-lpae.h"
#include "arm-lpae-geometry.h"

#define LPAE_MAX_CONCAT	16	/* maximum number of root tables, DDI0487 D8.2 */

static const struct walk_format fmt = {
	LPAE_FORMAT,
	.groups		= WALK_GROUPS_STEP,
};

/* DDI0487 D8.4.2 (S2AP, XN), D8.6 (MemAttr, with and without FEAT_S2FWB; SH) */
static walk_desc fmt_leaf_attrs(struct walk_kind kind, const struct io_pgtable_cfg *cfg,
				int prot, bool page)
{
	u64 attrs = LPAE_AF | lpae_type(page);

	if (prot & IOMMU_READ)
		attrs |= LPAE_S2AP_READ;
	if (prot & IOMMU_WRITE)
		attrs |= LPAE_S2AP_WRITE;
	if (prot & IOMMU_NOEXEC)
		attrs |= LPAE_S2_XN_ALL;

	if (prot & IOMMU_MMIO)
		attrs |= LPAE_S2_MEMATTR_DEV;
	else if (prot & IOMMU_CACHE)
		attrs |= cfg->quirks & IO_PGTABLE_QUIRK_ARM_S2FWB ?
			 LPAE_S2_MEMATTR_FWB : LPAE_S2_MEMATTR_WB;
	else
		attrs |= LPAE_S2_MEMATTR_NC;

	return attrs | (prot & IOMMU_CACHE ? LPAE_SH_INNER : LPAE_SH_OUTER);
}

/*
 * If a walk must not start at the level that follows from the input address size, tables of the
 * next level are concatenated (DDI0487 D8.2, R_SRKBC and R_DXBSH). This depends on the output
 * address size, except for the 16K granule at level 0.
 */
static bool lpae_s2_must_concatenate(const struct walk_geometry *geo,
				     const struct io_pgtable_cfg *cfg)
{
	if (geo->kind.page_shift == 14 && geo->start_level == 0)
		return cfg->ias == 48 || cfg->oas == 48;
	if (geo->kind.page_shift == 14 && geo->start_level == 1)
		return cfg->oas == 40 || (COMPAT_CONCATENATES && cfg->oas < 40);
	return geo->kind.page_shift == 12 && geo->start_level == 0 &&
	       (cfg->oas == 40 || cfg->oas == 42);
}

/* Start one level lower, if that takes no more than LPAE_MAX_CONCAT tables. */
static bool lpae_s2_concatenate(struct walk_geometry *geo)
{
	if (geo->root_entries > LPAE_MAX_CONCAT || geo->start_level == fmt.last_level)
		return false;

	geo->root_entries <<= fmt_index_bits(geo->kind);
	geo->start_level++;
	return true;
}

static int fmt_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	int ret = lpae_init(geo, cfg);
	bool must;

	if (ret)
		return ret;
	must = lpae_s2_must_concatenate(geo, cfg);
	if (must || (COMPAT_CONCATENATES && geo->start_level == 0))
		if (!lpae_s2_concatenate(geo) && must && !COMPAT_CONCATENATES)
			return -EINVAL;
	lpae_trim_sizes(geo, cfg);
	lpae_add_groups(geo, cfg);
	return 0;
}

/* VTCR.SL0, DDI0487 D24.2: decreases with the level. With 4K, 0 means level 2; else level 3. */
static unsigned int lpae_s2_sl0(const struct walk_geometry *geo)
{
	unsigned int level = geo->start_level;

	return (geo->kind.page_shift == 12 ? 2 - level : 3 - level) & 3;
}

static int fmt_registers(struct io_pgtable_cfg *cfg, const struct walk_geometry *geo,
			 phys_addr_t root)
{
	typeof(cfg->arm_lpae_s2_cfg.vtcr) *vtcr = &cfg->arm_lpae_s2_cfg.vtcr;
	int ps = lpae_ps(cfg->oas);

	if (ps < 0)
		return -EINVAL;

	vtcr->sh = lpae_walk_sh(cfg);
	vtcr->irgn = lpae_walk_rgn(cfg);
	vtcr->orgn = lpae_walk_rgn(cfg);
	vtcr->tg = lpae_tg0(geo);
	vtcr->ps = ps;
	vtcr->tsz = 64 - cfg->ias;
	vtcr->sl = lpae_s2_sl0(geo);

	cfg->arm_lpae_s2_cfg.vttbr = root;
	return 0;
}

#include "arm-lpae-s2-words.h"
#include <linux/io-pgtable-walk/walk.h>

#define LPAE_S2_OPS	.pgtable_walk = walk_show, \
			.read_and_clear_dirty = walk_read_and_clear_dirty

WALK_OPS(lpae_s2_4k, 12, 0, LPAE_S2_OPS);
WALK_OPS(lpae_s2_16k, 14, 0, LPAE_S2_OPS);
WALK_OPS(lpae_s2_64k, 16, 0, LPAE_S2_OPS);

#define LPAE_S2_QUIRKS	(IO_PGTABLE_QUIRK_ARM_CONTIG |	    \
			 IO_PGTABLE_QUIRK_ARM_CONTIG_RUNS | \
			 IO_PGTABLE_QUIRK_NO_BBM | COMPAT_S2_QUIRKS)

WALK_FORMAT(, lpae_64_s2, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR, 0,
	    .ops	= { &lpae_s2_4k_ops, &lpae_s2_16k_ops, &lpae_s2_64k_ops },
	    .quirks	= LPAE_S2_QUIRKS,
	    .pgsizes	= ULONG_MAX,
	    .max_ias	= UINT_MAX,
	    .max_oas	= UINT_MAX);

WALK_FORMAT(, lpae_32_s2, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR, 0,
	    .ops	= { &lpae_s2_4k_ops },
	    .quirks	= LPAE_S2_QUIRKS,
	    .pgsizes	= LPAE_32_PGSIZES,
	    .max_ias	= 40,
	    .max_oas	= LPAE_32_MAX_OAS);

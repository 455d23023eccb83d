// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Mali module: page tables of Arm's Midgard and Bifrost GPUs. The format is LPAE with its own
 * attributes, and with the registers TRANSTAB and MEMATTR.
 */
#include <linux/module.h>

#define walk_desc	u64
#define WALK_NAME(x)	mali_##x
#define LPAE_PAGE_TYPE	LPAE_TYPE_BLOCK	/* at all levels */

#include "arm-lpae-geometry.h"

static const struct walk_format fmt = { LPAE_FORMAT };

/* Memory attributes as at stage 1, permissions as at stage 2: see arm-lpae-bits.h. */
static walk_desc fmt_leaf_attrs(struct walk_kind kind, const struct io_pgtable_cfg *cfg,
				int prot, bool page)
{
	return LPAE_SH_OUTER | lpae_type(page) | lpae_attrindx(prot) |
	       (prot & IOMMU_READ ? LPAE_S2AP_READ : 0) |
	       (prot & IOMMU_WRITE ? LPAE_S2AP_WRITE : 0) |
	       (prot & IOMMU_NOEXEC ? LPAE_MALI_XN : 0);
}

/*
 * The MMU walks all four levels, however small the input address is. The root is a whole page,
 * since TRANSTAB has flags in the address bits that a smaller root would need.
 */
static int fmt_init(struct walk_geometry *geo, struct io_pgtable_cfg *cfg)
{
	int ret = lpae_init(geo, cfg);

	if (ret)
		return ret;
	geo->start_level = 0;
	geo->root_entries = 1U << fmt_index_bits(geo->kind);
	lpae_trim_sizes(geo, cfg);
	return 0;
}

/* Mali has no uncached and no device memory. Implementation defined caching comes closest. */
static int fmt_registers(struct io_pgtable_cfg *cfg, const struct walk_geometry *geo,
			 phys_addr_t root)
{
	cfg->arm_mali_lpae_cfg.memattr =
		LPAE_MALI_IMP_DEF << (8 * LPAE_ATTR_NC) |
		LPAE_MALI_WRITE_ALLOC << (8 * LPAE_ATTR_CACHE) |
		LPAE_MALI_IMP_DEF << (8 * LPAE_ATTR_DEV);

	cfg->arm_mali_lpae_cfg.transtab = root | LPAE_MALI_READ_INNER | LPAE_MALI_ADRMODE_TABLE |
					  (cfg->coherent_walk ? LPAE_MALI_SHARE_OUTER : 0);
	return 0;
}

#include "arm-mali-lpae-words.h"
#include <linux/io-pgtable-walk/walk.h>

WALK_OPS(mali_4k, 12, 0, .pgtable_walk = walk_show,
	 .read_and_clear_dirty = walk_read_and_clear_dirty);

WALK_FORMAT(static, mali, IO_PGTABLE_CAP_CUSTOM_ALLOCATOR, 0,
	    .ops = { &mali_4k_ops }, .quirks = IO_PGTABLE_QUIRK_NO_BBM,
	    .pgsizes = SZ_4K | SZ_2M | SZ_1G, .max_ias = 48, .max_oas = 40);

static const struct io_pgtable_cfg mali_trial = {
	.pgsize_bitmap	= SZ_4K | SZ_2M | SZ_1G,
	.ias		= 48,
	.oas		= 40,
	.coherent_walk	= true,
};

static struct io_pgtable_format mali_formats[] = {
	{ .fmt = ARM_MALI_LPAE, .fns = &mali_fns, .trial = &mali_trial },
};
module_io_pgtable_formats(mali_formats);

MODULE_ALIAS_IO_PGTABLE(ARM_MALI_LPAE);
MODULE_DESCRIPTION("io-pgtable format: Mali GPUs");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * An implementation of a format with the highest priority, but with a fault: LPAE that maps to the
 * page after the requested one. The scenario shows how the self-test handles that.
 */
#include "../../arm-lpae-s1.c"
#include "../../compat.h"

static int broken_map_pages(struct io_pgtable_ops *ops, unsigned long iova,
			    phys_addr_t paddr, size_t pgsize, size_t pgcount, int prot,
			    gfp_t gfp, size_t *mapped)
{
	return lpae_s1_4k_ops.map_pages(ops, iova, paddr + pgsize, pgsize, pgcount, prot,
					gfp, mapped);
}

static struct io_pgtable *broken_alloc(struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable *iop = lpae_64_s1_alloc(cfg, cookie);

	if (!IS_ERR(iop))
		iop->ops.map_pages = broken_map_pages;
	return iop;
}

static const struct io_pgtable_init_fns broken_fns = {
	.alloc	= broken_alloc,
	.free	= walk_free,
};

static const struct io_pgtable_cfg broken_trial = {
	.pgsize_bitmap	= SZ_4K | SZ_2M,
	.ias		= 39,
	.oas		= 40,
	.coherent_walk	= true,
};

static struct io_pgtable_format broken_formats[] = {
	{ .fmt = ARM_64_LPAE_S1, .priority = 30, .fns = &broken_fns, .trial = &broken_trial },
};
module_io_pgtable_formats(broken_formats);

COMPAT_IMPORT_IOMMUFD();
MODULE_DESCRIPTION("Wrong implementation of an io-pgtable format, for tests");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The LPAE module: Arm long-descriptor page tables, stages 1 and 2.
 */
#include <linux/io-pgtable-format.h>
#include <linux/module.h>

#include "arm-lpae.h"
#include "compat.h"

static const struct io_pgtable_cfg lpae_32_trial = {
	.pgsize_bitmap	= LPAE_32_PGSIZES,
	.ias		= 32,
	.oas		= LPAE_32_MAX_OAS,
	.coherent_walk	= true,
};

static const struct io_pgtable_cfg lpae_64_trial = {
	.pgsize_bitmap	= LPAE_32_PGSIZES,
	.ias		= 48,
	.oas		= 48,
	.coherent_walk	= true,
};

static struct io_pgtable_format lpae_formats[] = {
	{ .fmt = ARM_32_LPAE_S1, .fns = &lpae_32_s1_fns, .trial = &lpae_32_trial },
	{ .fmt = ARM_32_LPAE_S2, .fns = &lpae_32_s2_fns, .trial = &lpae_32_trial },
	{ .fmt = ARM_64_LPAE_S1, .fns = &lpae_64_s1_fns, .trial = &lpae_64_trial },
	{ .fmt = ARM_64_LPAE_S2, .fns = &lpae_64_s2_fns, .trial = &lpae_64_trial },
};
module_io_pgtable_formats(lpae_formats);

MODULE_ALIAS_IO_PGTABLE(ARM_32_LPAE_S1);
MODULE_ALIAS_IO_PGTABLE(ARM_32_LPAE_S2);
MODULE_ALIAS_IO_PGTABLE(ARM_64_LPAE_S1);
MODULE_ALIAS_IO_PGTABLE(ARM_64_LPAE_S2);
COMPAT_IMPORT_IOMMUFD();
MODULE_DESCRIPTION("io-pgtable format: Arm long descriptors (LPAE)");
MODULE_LICENSE("GPL");

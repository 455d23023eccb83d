/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second implementation of a format, as a module: LPAE again, with a higher priority. Scenarios
 * load and unload it while devices do DMA.
 */
#include "../../arm-lpae-s1.c"
#include "../../compat.h"

static struct io_pgtable_format better_formats[] = {
	{ .fmt = ARM_64_LPAE_S1, .priority = BETTER_PRIORITY, .fns = &lpae_64_s1_fns },
};
module_io_pgtable_formats(better_formats);

COMPAT_IMPORT_IOMMUFD();
MODULE_DESCRIPTION("Better implementation of an io-pgtable format, for tests");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/* Stock's LPAE and Mali formats under other names, and silent about what we provoke. */
#include <linux/bug.h>
#include <linux/io-pgtable.h>

#include "stock.h"

#define io_pgtable_arm_32_lpae_s1_init_fns stock_32_s1_fns
#define io_pgtable_arm_32_lpae_s2_init_fns stock_32_s2_fns
#define io_pgtable_arm_64_lpae_s1_init_fns stock_64_s1_fns
#define io_pgtable_arm_64_lpae_s2_init_fns stock_64_s2_fns
#define io_pgtable_arm_mali_lpae_init_fns stock_mali_fns

static inline bool silently(bool condition)
{
	return condition;
}

#undef pr_fmt
#undef WARN_ON
#undef WARN_ONCE
#define WARN_ON(condition) silently(condition)
#define WARN_ONCE(condition, ...) silently(condition)

#include "unchanged/io-pgtable-arm.c"

// SPDX-License-Identifier: GPL-2.0-only
/* Stock's short-descriptor format, as stock-arm.c. */
#include <linux/bug.h>
#include <linux/io-pgtable.h>

#include "stock.h"

#define io_pgtable_arm_v7s_init_fns stock_v7s_fns

static inline bool silently(bool condition)
{
	return condition;
}

#undef pr_fmt
#undef WARN_ON
#undef WARN_ONCE
#define WARN_ON(condition) silently(condition)
#define WARN_ONCE(condition, ...) silently(condition)

#include "unchanged/io-pgtable-arm-v7s.c"

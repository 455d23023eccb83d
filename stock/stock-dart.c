// SPDX-License-Identifier: GPL-2.0-only
/* Stock's Apple DART formats, as stock-arm.c. */
#include <linux/bug.h>
#include <linux/io-pgtable.h>

#include "stock.h"

#define io_pgtable_apple_dart_init_fns stock_dart_fns

static inline bool silently(bool condition)
{
	return condition;
}

#undef pr_fmt
#undef WARN_ON
#undef WARN_ONCE
#define WARN_ON(condition) silently(condition)
#define WARN_ONCE(condition, ...) silently(condition)

#include "unchanged/io-pgtable-dart.c"

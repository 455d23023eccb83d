// SPDX-License-Identifier: GPL-2.0-only
/*
 * Apple DART: a format that is not ours. Nobody here can read its tables, so that
 * iova_to_phys() is believed, and it does not check what its callers ask for. What
 * remains: mapping and unmapping, TLB requests, and that no memory is lost.
 */
#include "../conformance/conformance.h"

static const struct conf_shape shapes[] = {
	{ "dart_16k_36_36", APPLE_DART, SZ_16K, 36, 36 },
	{ "dart_4k_32_36_four_roots", APPLE_DART, SZ_4K, 32, 36 },
	{ "dart2_16k_37_42", APPLE_DART2, SZ_16K, 37, 42 },
	{ }
};

static const struct conf_claims dart = {
	.shapes = shapes,
	.table_sizes = SZ_4K | SZ_16K,
	.stops_at_tables = true,
	.trusts_callers = true,
};

static const struct kunit_case *const groups[] = {
	conformance_mapping,
	conformance_ranges,
	conformance_tlb,
	conformance_memory,
	conformance_reserve,
	conformance_random,
	conformance_races,
	NULL
};

conformance_module(dart, groups);

MODULE_DESCRIPTION("KUnit tests of the io-pgtable format Apple DART");
MODULE_LICENSE("GPL");

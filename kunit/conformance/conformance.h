/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conformance suites: what every page table format has to do, for any that is
 * registered, ours or a third party's. A module of suites says what its format
 * claims (&struct conf_claims) and picks the groups of cases that it is held to:
 *
 *	static const struct conf_shape shapes[] = {
 *		{ "4k_40", VENDOR_FMT, SZ_4K | SZ_2M, 40, 40 },
 *		{ }
 *	};
 *	static const struct conf_claims vendor = { .shapes = shapes };
 *	static const struct kunit_case *const groups[] = {
 *		conformance_mapping, conformance_errors, NULL
 *	};
 *	conformance_module(vendor, groups);
 *
 * Tables are made through the public API. What is in them is judged by a walker of
 * the format (&struct conf_judge), for every range that a case maps and around it;
 * without one, by iova_to_phys() alone. Their memory is accounted for, the driver
 * is one that records what its TLB is asked for, and a recorder watches how
 * descriptors change.
 *
 * A file knows those above it in this list, and none below:
 *
 *	format.h	what a format says of itself
 *	suite		the suite that runs: its claims, its kinds of tables
 *	table		a table under test, its address space
 *	pages		its memory
 *	recorder	how its descriptors change
 *	fixture		the driver: its TLB, operations, making and freeing tables
 *	expect		what should be found
 *	dump		and what debugfs should say of it
 *	conformance.h	the groups of cases, each in a file of its own
 *
 * Each header includes the one above it, and each of these .c files its own header only:
 * a call in the other direction does not compile.
 */
#ifndef __IO_PGTABLE_CONFORMANCE_H
#define __IO_PGTABLE_CONFORMANCE_H

#include "dump.h"

/*
 * Groups of cases, that a format is held to or not
 */

/* What goes in comes out, and nothing else does; mappings, holes, boundaries. */
extern const struct kunit_case conformance_mapping[];
/* Several page sizes in one table */
extern const struct kunit_case conformance_page_sizes[];
/* pgtable_walk shows what is in memory: 64-bit descriptors at up to four levels. */
extern const struct kunit_case conformance_walk[];
/* One call for what takes several page sizes, in pages as large as can be */
extern const struct kunit_case conformance_ranges[];
/* Bad configurations and arguments are refused with the right error, and leave no trace. */
extern const struct kunit_case conformance_errors[];
/* Part of a block is unmapped, or is not. */
extern const struct kunit_case conformance_splits[];
/* What the TLB is asked for, and when; the same for tables that go; and by ranges */
extern const struct kunit_case conformance_tlb[];
extern const struct kunit_case conformance_tlb_of_tables[];
extern const struct kunit_case conformance_tlb_ranges[];
/* Dirty tracking by hardware, or none */
extern const struct kunit_case conformance_dirty[];
extern const struct kunit_case conformance_not_dirty[];
/* Allocations that fail, one after the other; what is freed, and how */
extern const struct kunit_case conformance_memory[];
/* Tables are counted beforehand, and maps by what was reserved allocate none. */
extern const struct kunit_case conformance_reserve[];
extern const struct kunit_case conformance_reserve_races[];
extern const struct kunit_case conformance_memory_of_tables[];
/* debugfs shows what is there: for formats whose judge has words */
extern const struct kunit_case conformance_dump[];
extern const struct kunit_case conformance_dump_races[];
/* Walkers without coherency see what the CPU sees. */
extern const struct kunit_case conformance_noncoherent[];
/* Random sequences against a model */
extern const struct kunit_case conformance_random[];
/* Several CPUs at once; the same for parts of a block */
extern const struct kunit_case conformance_races[];
extern const struct kunit_case conformance_split_races[];

#endif /* __IO_PGTABLE_CONFORMANCE_H */

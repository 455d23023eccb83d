/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conformance suites: requirements on every page table format that is registered, ours or a third
 * party's. A module of suites describes its format (&struct conf_claims) and selects the groups of
 * cases that the format has to pass:
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
 * The suites make tables through the public API. After each map or unmap, they check the contents
 * of the range and its surroundings with the format's judge (&struct conf_judge), an independent
 * walker. For a format without a judge they use iova_to_phys() alone. The suites account for all
 * table memory. Their driver records each request for a TLB invalidation, and their recorder
 * watches how descriptors change.
 *
 * A file in this list uses the files above it, and none below:
 *
 *	format.h	properties of a format
 *	suite		the suite that runs: its claims and its kinds of tables
 *	table		a table under test and its address space
 *	pages		the memory of the table
 *	recorder	how descriptors of the table change
 *	fixture		the driver: its TLB, operations, how it makes and frees tables
 *	expect		checks of the contents of a table
 *	dump		checks of what debugfs shows of a table
 *	conformance.h	the groups of cases, each in a file of its own
 *
 * Each header includes the one above it, and each of these .c files includes its own header only.
 * A call in the other direction does not compile.
 */
#ifndef __IO_PGTABLE_CONFORMANCE_H
#define __IO_PGTABLE_CONFORMANCE_H

#include "dump.h"

/*
 * Groups of cases, from which a format selects
 */

/* Mappings, holes and boundaries: a table translates what is mapped and nothing else. */
extern const struct kunit_case conformance_mapping[];
/* Several page sizes in one table */
extern const struct kunit_case conformance_page_sizes[];
/* pgtable_walk returns the descriptors in memory, of 64 bits, at up to four levels. */
extern const struct kunit_case conformance_walk[];
/* One call maps or unmaps a range in pages of several sizes, as large as possible. */
extern const struct kunit_case conformance_ranges[];
/* Bad configurations and arguments are refused with the right error and change nothing. */
extern const struct kunit_case conformance_errors[];
/* Part of a block can be unmapped, or the call is refused. */
extern const struct kunit_case conformance_splits[];
/* Which TLB invalidations are requested, and when: of leaves, of tables, and by ranges */
extern const struct kunit_case conformance_tlb[];
extern const struct kunit_case conformance_tlb_of_tables[];
extern const struct kunit_case conformance_tlb_ranges[];
/* Dirty tracking by hardware, or no dirty tracking */
extern const struct kunit_case conformance_dirty[];
extern const struct kunit_case conformance_not_dirty[];
/* Allocations fail one after the other. Tables are freed when, and as, they should be. */
extern const struct kunit_case conformance_memory[];
/* Tables are counted in advance. Maps that use reserved tables allocate none. */
extern const struct kunit_case conformance_reserve[];
extern const struct kunit_case conformance_reserve_races[];
extern const struct kunit_case conformance_memory_of_tables[];
/* debugfs shows the contents of a table. For formats whose judge has a words() function. */
extern const struct kunit_case conformance_dump[];
extern const struct kunit_case conformance_dump_races[];
/* A walker that does not snoop sees the same descriptors as the CPU. */
extern const struct kunit_case conformance_noncoherent[];
/* Random sequences of operations, compared with a model */
extern const struct kunit_case conformance_random[];
/* Several CPUs map and unmap at the same time: pages, and parts of a block */
extern const struct kunit_case conformance_races[];
extern const struct kunit_case conformance_split_races[];

#endif /* __IO_PGTABLE_CONFORMANCE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An implementation of LPAE stage 1 and of v7s with faults that can be switched on
 */
#ifndef __IO_PGTABLE_FAULTY_H
#define __IO_PGTABLE_FAULTY_H

/**
 * enum faulty - faults of the implementation
 * @FAULTY_NONE: no fault
 * @FAULTY_MAP_WRONG: maps to the next physical page
 * @FAULTY_MAP_SHORT: does not map the last page, and reports it as mapped
 * @FAULTY_MAP_MORE: maps one page too many
 * @FAULTY_MAP_DENIES: maps all pages, and reports the last one as not mapped
 * @FAULTY_MAP_FAILS: maps all pages, and returns an error
 * @FAULTY_MAP_EXISTS: maps nothing, and returns -EEXIST
 * @FAULTY_MAP_OVER: replaces existing mappings
 * @FAULTY_UNMAP_SHORT: does not unmap the last page
 * @FAULTY_UNMAP_LIES: does not unmap the last page, and reports it as unmapped
 * @FAULTY_UNMAP_DENIES: unmaps all pages, and reports the last one as not unmapped
 * @FAULTY_UNMAP_MORE: unmaps one page too many
 * @FAULTY_RANGE_SHORT: maps and unmaps only half of a range, and returns no error
 * @FAULTY_TRANSLATE: translates to the next page
 * @FAULTY_TELL_NOTHING: leaf entries are not invalidated
 * @FAULTY_TELL_SHORT: the last leaf entry is not invalidated
 * @FAULTY_TELL_BESIDE: the next range is invalidated instead
 * @FAULTY_TELL_GRANULE: leaf entries are invalidated with a granule that is too large
 * @FAULTY_TELL_HALVES: leaf entries are invalidated in two halves
 * @FAULTY_NO_WALK: tables and blocks are not invalidated
 * @FAULTY_WALK_SHORT: only the first half of a table is invalidated
 * @FAULTY_LATE_WALK: tables and blocks are invalidated at the end of the call
 * @FAULTY_EARLY_WALK: tables and blocks are invalidated before the call unlinks them
 * @FAULTY_NO_BREAK: blocks are replaced without being invalid in between
 * @FAULTY_MERGE: a map of the last of sixteen pages sets the contiguous bit of all sixteen, live
 * @FAULTY_LEAK: tables are not freed
 * @FAULTY_FREE_SIZE: tables are freed with half of their size
 * @FAULTY_FREE_LATER: tables are freed by the next call, or by the next change of the fault. This
 *	is allowed.
 * @FAULTY_FREE_HELD: as @FAULTY_FREE_LATER, and tables are not invalidated
 * @FAULTY_KINDS: number of faults
 */
enum faulty {
	FAULTY_NONE,
	FAULTY_MAP_WRONG,
	FAULTY_MAP_SHORT,
	FAULTY_MAP_MORE,
	FAULTY_MAP_DENIES,
	FAULTY_MAP_FAILS,
	FAULTY_MAP_EXISTS,
	FAULTY_MAP_OVER,
	FAULTY_UNMAP_SHORT,
	FAULTY_UNMAP_LIES,
	FAULTY_UNMAP_DENIES,
	FAULTY_UNMAP_MORE,
	FAULTY_RANGE_SHORT,
	FAULTY_TRANSLATE,
	FAULTY_TELL_NOTHING,
	FAULTY_TELL_SHORT,
	FAULTY_TELL_BESIDE,
	FAULTY_TELL_GRANULE,
	FAULTY_TELL_HALVES,
	FAULTY_NO_WALK,
	FAULTY_WALK_SHORT,
	FAULTY_LATE_WALK,
	FAULTY_EARLY_WALK,
	FAULTY_NO_BREAK,
	FAULTY_MERGE,
	FAULTY_LEAK,
	FAULTY_FREE_SIZE,
	FAULTY_FREE_LATER,
	FAULTY_FREE_HELD,
	FAULTY_KINDS,
};

void io_pgtable_faulty_set(enum faulty fault);

#endif /* __IO_PGTABLE_FAULTY_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An implementation of LPAE stage 1 with faults that can be switched on.
 */
#ifndef __IO_PGTABLE_FAULTY_H
#define __IO_PGTABLE_FAULTY_H

/**
 * enum faulty - what it does wrong
 * @FAULTY_NONE: nothing
 * @FAULTY_MAP_WRONG: maps to the page after the one that it should map to
 * @FAULTY_MAP_SHORT: does not map the last page, and says that it has
 * @FAULTY_MAP_MORE: maps one page more
 * @FAULTY_MAP_DENIES: maps all pages, and says that the last one is not mapped
 * @FAULTY_MAP_FAILS: maps all pages, and returns an error
 * @FAULTY_MAP_EXISTS: maps nothing, and returns -EEXIST
 * @FAULTY_MAP_OVER: replaces what is mapped
 * @FAULTY_UNMAP_SHORT: does not unmap the last page
 * @FAULTY_UNMAP_LIES: does not unmap the last page, and says that it has
 * @FAULTY_UNMAP_DENIES: unmaps all pages, and says that it has not unmapped the last one
 * @FAULTY_UNMAP_MORE: unmaps one page more
 * @FAULTY_RANGE_SHORT: maps and unmaps half of a range, and returns as if that was all
 *	that could be done
 * @FAULTY_TRANSLATE: translates to the next page
 * @FAULTY_TELL_NOTHING: leaf entries are not invalidated
 * @FAULTY_TELL_SHORT: the last leaf entry is not invalidated
 * @FAULTY_TELL_BESIDE: what is invalidated is the next page
 * @FAULTY_TELL_GRANULE: leaf entries are invalidated as if they were blocks
 * @FAULTY_TELL_HALVES: leaf entries are invalidated by two commands
 * @FAULTY_NO_WALK: tables and blocks are not invalidated
 * @FAULTY_WALK_SHORT: only the first half of a table is
 * @FAULTY_LATE_WALK: they are when the call is over
 * @FAULTY_EARLY_WALK: they are before the call has unlinked anything
 * @FAULTY_NO_BREAK: blocks are replaced without being invalid in between
 * @FAULTY_MERGE: the last of sixteen pages sets the contiguous bit of all, which are live
 * @FAULTY_LEAK: tables are not freed
 * @FAULTY_FREE_SIZE: tables are freed as if they were smaller
 * @FAULTY_FREE_LATER: tables are freed by the next call, or with the next change of the
 *	fault, which is not wrong
 * @FAULTY_FREE_HELD: the same, and they are not invalidated
 * @FAULTY_KINDS: how many there are
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

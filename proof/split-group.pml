/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A group of adjacent descriptors (Arm's contiguous hint) is split. One CPU unmaps the first
 * descriptor, another CPU unmaps the following ones except the last, which stays. The walker fills a
 * TLB at any time: with the group, from any descriptor that has the group's bit, or with a single page.
 *
 * Properties:
 *   never_both: with breaks, the TLB never holds both the group and a page of the group
 *   unmapped_is_gone: once unmap has returned, the TLB holds nothing of the unmapped pages
 *   cleared_stays_clear: the CPU that splits never writes a descriptor that another CPU has cleared
 *   the_rest_stays: the page that stays has a descriptor at any time, and a page that was not
 *	unmapped is there to be unmapped
 *   unmap_ends: no CPU waits for ever for the other CPU, or for a group to become single pages
 */
#ifndef LARGE
#define N	5
#else
#define N	6
#endif

#define LAST	(N - 1)
#define GROUP	3		/* valid, and part of the group */
#define BROKEN	2		/* part of the group, not valid */
#define SINGLE	1
#define IS_GROUP(d)	((d) & 2)

bool breaks;		/* range_breaks_before_make() */
bool started;
byte desc[N] = GROUP;
bool split_lock;
bool caller;		/* without breaks, callers take turns: Documentation/io-pgtable.rst */

bool tlb_group;
bool tlb_single[N];
bool cleared[N];
bool gone[N];		/* unmap has returned */

hidden byte never_both, unmapped_is_gone, cleared_stays_clear, the_rest_stays;

inline flush_group()
{
	d_step {
		tlb_group = false;
		k = 0;
		do
		:: k < N -> tlb_single[k] = false; k++
		:: else -> break
		od;
		k = 0
	}
}

/*
 * split.h walk_change_group(). Its cmpxchg operations on different descriptors are not ordered, and may
 * become visible in any order.
 */
inline change_group(make)
{
	todo = (1 << N) - 1;
	do						/*: for (i = 0; i < n; i++) */
	:: todo ->
		atomic {
			i = 0;
			do
			:: todo >> (i + 1) -> i++
			:: (todo >> i) & 1 -> break
			od
		}
		seen = desc[i];				/*: desc = READ_ONCE(w->descp[i]) */
		do
		:: !seen -> break
		:: else ->
			atomic {			/*: seen = walk_cmpxchg(&w->descp[i], desc, new) */
				if
				:: desc[i] == seen ->
				/*! cleared_stays_clear: :: true -> */
					desc[i] = (make -> SINGLE : seen & BROKEN);
					/*! the_rest_stays: desc[i] = (make -> SINGLE : 0); */
					assert(cleared_stays_clear || !cleared[i]);
					break
				:: else -> seen = desc[i]
				fi
			}
		od;
		todo = todo & ~(1 << i)
	:: else -> break
	od;
	i = 0;
	seen = 0
}

/* split.h walk_replace_group() */
inline replace_group()
{
	if
	:: !breaks ->					/*: if (!range_breaks_before_make(&t->iop.cfg)) */
		change_group(true);			/*: walk_change_group(t, w, n, true) */
		flush_group()				/*: io_pgtable_tlb_flush_walk(&t->iop, iova, size, granule) */
	:: else ->
		/* split.h walk_replace_group() */
		change_group(false);			/*: walk_change_group(t, w, n, false) */
		/*! never_both: skip; */
		flush_group();				/*: io_pgtable_tlb_flush_walk(&t->iop, iova, size, granule) */
		/*! never_both: skip; */
		change_group(true)			/*: walk_change_group(t, w, n, true) */
	fi
}

/* split.h walk_split_group(), of the group that descriptor @mine is part of */
inline split_group(mine)
{
	atomic { !split_lock -> split_lock = true };	/*: spin_lock_irqsave(&t->split_lock, flags) */
	if
	:: IS_GROUP(desc[mine]) -> replace_group()	/*: if (fmt_is_group(READ_ONCE(*descp), walk_at_page(&w))) */
	:: else
	fi;
	split_lock = false				/*: spin_unlock_irqrestore(&t->split_lock, flags) */
	/*! unmap_ends: skip */
}

/* unmap.h walk_clear_run() */
inline clear(at)
{
	assert(the_rest_stays || desc[at]);
	atomic { desc[at] = 0; cleared[at] = true }	/*: run_write(d, 8, 0, 0) */
}

inline take_turn()
{
	started;
	atomic { breaks || !caller -> caller = true }
	/*! unmapped_is_gone: skip */
}

/* Unmaps the first descriptor of the group. */
active proctype single()
{
	byte i, k, seen, todo;

	take_turn();
	/* unmap.h walk_clear_first() */
	do
	:: IS_GROUP(desc[0]) -> split_group(0)		/*: fmt_is_group(desc, page) */
	:: else -> break
	od;
	clear(0);
	tlb_group = false; tlb_single[0] = false;
	gone[0] = true;
	caller = false
}

/* Unmaps the second to the last but one descriptor. Checks the first and the last of these. */
active proctype several()
{
	byte i, k, seen, todo, at;

	take_turn();
	/* unmap.h walk_clear_run() */
	do
	:: IS_GROUP(desc[1]) -> split_group(1)		/*: none = data_race(page ? d[0] | d[7] : run_or8(d)) */
	:: !IS_GROUP(desc[1]) && IS_GROUP(desc[LAST - 1]) -> split_group(LAST - 1)
	:: else -> break
	od;
	at = 1;
	do
	:: at < LAST -> clear(at); at++
	:: else -> break
	od;
	at = 1;
	do
	:: at < LAST ->
		d_step { tlb_group = false; tlb_single[at] = false };
		gone[at] = true;
		at++
	:: else -> break
	od;
	caller = false
}

active proctype walker()
{
	byte i;

	started;
end:	do
	:: atomic {
		i = 0;
		do
		:: i < LAST -> i++
		:: break
		od;
		if
		:: desc[i] == GROUP -> tlb_group = true
		:: desc[i] == SINGLE -> tlb_single[i] = true
		:: else
		fi;
		assert(never_both || !breaks || !tlb_group || !tlb_single[i]);
		assert(unmapped_is_gone || !gone[i] || !(tlb_group || tlb_single[i]));
		assert(the_rest_stays || desc[LAST]);
		i = 0
	   }
	od
}

init {
	if
	:: breaks = true
	:: skip
	fi;
	started = true
}

ltl unmap_ends { <> (gone[0] && gone[LAST - 1]) }

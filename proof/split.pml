/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block is split: each CPU unmaps one part of the block, the last part stays. The walker fills a
 * TLB at any time, and marks the block dirty. If the hardware needs break-before-make, a TLB may hold
 * the block or a part of the block, never both.
 *
 * Properties:
 *   never_both: with breaks, the TLB never holds both the block and a part of the block
 *   unmapped_is_gone: once unmap has returned, the TLB holds nothing of the unmapped part
 *   the_rest_stays: on any CPU, and at any time, the part that stays has a translation, and a part that
 *	was not unmapped is there to be unmapped
 *   dirty_is_kept: the dirty state that the walker has marked in the block is not lost
 *   walker_sees_tables_that_are_there: the walker never follows a descriptor to a table that is freed
 *   no_leak: each table is installed or freed
 *   unmap_ends: no CPU waits for ever for another CPU, or for a block to become a table
 */
#ifndef LARGE
#define CPUS	2
#else
#define CPUS	3
#endif

#define PARTS	(CPUS + 1)
#define LAST	CPUS		/* the part that stays */

/* Bits of descriptors: of the block, of a table (with the CPU that made the table), and of parts */
#define VALID		1
#define DIRTY		2
#define IS_BLOCK	4
#define IS_TABLE	8	/* and VALID; the table is BY(desc) */
#define TABLE_OF(c)	(IS_TABLE | VALID | ((c) << 4))
#define BY(desc)	((desc) >> 4)
#define BLOCK		(IS_BLOCK | VALID)
#define LEAF		VALID

bool breaks;		/* range_breaks_before_make() */
bool coherent;
bool started;
byte desc = BLOCK;
byte ram = BLOCK;	/* desc in memory, as a walker that does not snoop sees it */
typedef table { byte leaf[PARTS]; byte ram[PARTS]; bool there }
table tables[CPUS];
bool split_lock;
bool caller;		/* without breaks, callers take turns: Documentation/io-pgtable.rst */

/* Contents of the TLB */
bool tlb_block;
bool tlb_part[PARTS];

bool gone[CPUS];	/* unmap has returned */
bool dirtied;		/* the device has written through the block */

hidden byte never_both, unmapped_is_gone, the_rest_stays, dirty_is_kept, walker_sees_tables_that_are_there;
hidden byte no_leak;

#define SEES_DESC	(coherent -> desc : ram)
#define SEES(t, i)	(coherent -> tables[t].leaf[i] : tables[t].ram[i])

inline flush_block()
{
	d_step {
		tlb_block = false;
		k = 0;
		do
		:: k < PARTS -> tlb_part[k] = false; k++
		:: else -> break
		od;
		k = 0
	}
}

/* split.h walk_replace_block(), under the lock */
inline replace_block(old, new, replaced)
{
	if
	:: breaks ->
		atomic {			/*: broken = block & ~fmt.valid */
			replaced = (desc == old);
			/*! dirty_is_kept: replaced = (desc == old || desc == (old | DIRTY)); */
			if
			:: replaced -> desc = old & ~VALID	/*: walk_cmpxchg(w->descp, block, broken) */
			/*! the_rest_stays: :: replaced -> desc = 0 */
			:: else
			fi
		}
		if
		:: replaced ->
			ram = desc;		/*: walk_sync(t, w->descp, 1) */
			/*! never_both: skip; */
			flush_block();		/*: io_pgtable_tlb_flush_walk(&t->iop, ALIGN_DOWN(iova, size), size, size) */
			/*! never_both: skip; */
			desc = new;		/*: walk_install_table(t, w->descp, broken, new) */
			ram = desc
		:: else
		fi
	:: else ->
		/* split.h walk_replace_block() */
		atomic {			/*: walk_install_table(t, w->descp, block, new) */
			replaced = (desc == old);
			if
			:: replaced -> desc = new
			:: else
			fi
		}
		if
		:: replaced ->
			ram = desc;
			flush_block()		/*: io_pgtable_tlb_flush_walk(&t->iop, ALIGN_DOWN(iova, size), size, size) */
		:: else
		fi
	fi
}

/* split.h walk_split_block() */
inline split_block(old)
{
	d_step {
		tables[_pid].there = true;	/*: *table = walk_alloc_table(t, GFP_ATOMIC) */
		k = 0;
		do				/*: attrs = fmt_split_attrs(w->kind, block, page) */
		:: k < PARTS ->
			tables[_pid].leaf[k] = LEAF | (old & DIRTY);	/*: fmt_leaf_addr(w->kind, block, false), attrs, group) */
			/*! dirty_is_kept: tables[_pid].leaf[k] = LEAF; */
			tables[_pid].ram[k] = tables[_pid].leaf[k];	/*: walk_sync(t, table, n) */
			k++
		:: else -> break
		od;
		k = 0
	}
	atomic { !split_lock -> split_lock = true };	/*: spin_lock_irqsave(&t->split_lock, flags) */
	/*! unmapped_is_gone: skip; */
	replace_block(old, TABLE_OF(_pid), replaced);	/*: replaced = walk_replace_block(t, w, block, new, iova) */
	split_lock = false;			/*: spin_unlock_irqrestore(&t->split_lock, flags) */
	/*! unmap_ends: skip; */
	if
	:: !replaced ->				/*: if (!replaced) */
	/*! walker_sees_tables_that_are_there: :: true -> */
		tables[_pid].there = false	/*: walk_free_table(t, table) */
		/*! no_leak: skip */
	:: else
	fi
}

/* Unmaps part _pid of the block. */
active [CPUS] proctype cpu()
{
	byte old, k;
	bool replaced;

	started;
	atomic { breaks || !caller -> caller = true };
	/*! unmapped_is_gone: skip; */
	/* split.h walk_split() */
	do
	:: old = desc;				/*: desc = walk_to(t, w, iova, to) */
		if
		:: old & IS_TABLE -> break	/*: if (w->shift == to) */
		:: else -> split_block(old)	/*: walk_split_block(t, w, desc, iova, group) */
		fi
	od;
	/* unmap.h walk_clear_first() */
	assert(the_rest_stays || tables[BY(old)].leaf[_pid] & VALID);	/*: desc = READ_ONCE(*w->descp) */
	tables[BY(old)].leaf[_pid] = 0;		/*: n = walk_clear_leaves(w, n) */
	/* unmap.h walk_cleared() */
	tables[BY(old)].ram[_pid] = 0;		/*: walk_sync(t, run.descs, run.n) */
	/*! unmapped_is_gone: skip; */
	tlb_part[_pid] = false;			/*: walk_tell(t, iova, (size_t)run.n << run.shift, run.shift, gather) */
	atomic {
		assert(no_leak || !tables[_pid].there || desc == TABLE_OF(_pid));
		gone[_pid] = true;
		caller = false
	}
}

/* The walker of a device, and the cache */
active proctype walker()
{
	byte i;

	started;
end:	do
	:: atomic {
		SEES_DESC & IS_BLOCK && SEES_DESC & VALID -> tlb_block = true
	   }
	:: atomic { coherent && desc & IS_BLOCK && desc & VALID -> desc = desc | DIRTY; tlb_block = true; dirtied = true }
	:: atomic {
		SEES_DESC & IS_TABLE ->
		i = 0;
		do
		:: i < PARTS - 1 -> i++
		:: break
		od;
		assert(walker_sees_tables_that_are_there || tables[BY(SEES_DESC)].there);
		if
		:: SEES(BY(SEES_DESC), i) & VALID -> tlb_part[i] = true
		:: else
		fi;
		i = 0
	   }
	:: atomic { ram != desc -> ram = desc }
	:: atomic {
		assert(never_both || !breaks || !tlb_block || !(tlb_part[0] || tlb_part[1] || tlb_part[LAST]));
		assert(unmapped_is_gone || !gone[0] || !(tlb_block || tlb_part[0]));
		assert(unmapped_is_gone || !gone[1] || !(tlb_block || tlb_part[1]));
		assert(dirty_is_kept || !dirtied || desc & DIRTY || (desc & IS_TABLE && tables[BY(desc)].leaf[LAST] & DIRTY))
	   }
	od
}

/* visit.h walk_translate(), for the part that stays, on another CPU */
active proctype translator()
{
	byte seen;

	started;
end:	do
	:: seen = desc;				/*: desc = walk_to_leaf(t, &w, iova, false) */
		assert(the_rest_stays || seen);	/*: return desc ? walk_output(&w, desc, iova) : 0 */
		if
		:: seen & IS_TABLE -> assert(the_rest_stays || tables[BY(seen)].leaf[LAST])
		:: else
		fi;
		seen = 0
	od
}

init {
	if
	:: breaks = true
	:: skip
	fi;
	if
	:: coherent = true
	:: skip
	fi;
	started = true
}

ltl unmap_ends { <> (gone[0] && gone[1]) }

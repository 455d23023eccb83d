/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables are freed while a walker and readers of debugfs read them. Each CPU unmaps the tables
 * below one descriptor of the root: an upper table, and a lower table below the upper one.
 *
 * A CPU's store to the root waits in the CPU's store buffer until a barrier or an interrupt, or until
 * the buffer drains by itself.
 *
 * Properties:
 *   walker_finds_tables: the walker never follows a descriptor, in memory or in its caches, to a
 *	table that is freed
 *   readers_find_tables: a reader of debugfs never follows a descriptor to a table that is freed
 *   all_is_freed: every unmapped table is freed in the end
 */
#ifndef LARGE
#define CPUS	1
#define READERS	1
#else
#define CPUS	2
#define READERS	2
#endif

#define UPPER(c)	(2 * (c))
#define LOWER(c)	(2 * (c) + 1)

bool walked;		/* a device walks the tables, and its driver has callbacks for invalidations */
bool coherent;
bool started;
bool root[CPUS] = true;	/* the root's descriptor is valid, as CPUs see it */
bool ram[CPUS] = true;	/* the same in memory, as a walker that does not snoop sees it */
bool waits[CPUS];	/* the store of 0 to the descriptor is in the CPU's buffer */
bool there[2 * CPUS] = true;	/* the table is allocated; otherwise its memory may be in other use */

/* struct io_pgtable_pool */
bool lock;
byte holders;
byte users;

/* Descriptors that the device's walk cache and TLB hold, or are about to fetch */
bool cached_root[CPUS];
bool cached_upper[CPUS];

hidden byte walker_finds_tables, readers_find_tables, all_is_freed;

inline take_lock()
{
	atomic { !lock -> lock = true }
}

/* Release: makes the CPU's earlier stores visible. */
inline drain(c)
{
	if
	:: waits[c] -> root[c] = false; waits[c] = false
	:: else
	fi
}

/* pool.c io_pgtable_pool_keep(), then pool.h __io_pgtable_pool_free() */
inline pool_free(table)
{
	/* pool.h io_pgtable_pool_free() */
	if
	:: holders ->				/*: unlikely(READ_ONCE(pool->holders)) */
	/*! readers_find_tables: :: false -> */
		/* pool.c io_pgtable_pool_keep() */
		take_lock();			/*: spin_lock_irqsave(&pool->lock, flags) */
		/*! readers_find_tables: skip; */
		keep = users;			/*: keep = pool->users */
		if
		:: keep -> there[table] = false	/*: put_reserved(pool, table) */
		:: else
		fi;
		d_step { drain(_pid); lock = false }	/*: spin_unlock_irqrestore(&pool->lock, flags) */
		/* pool.h io_pgtable_pool_free() */
		if
		:: !keep -> there[table] = false	/*: __io_pgtable_pool_free(pool, table) */
		/*! all_is_freed: :: !keep */
		:: else
		fi
	:: else -> there[table] = false		/*: __io_pgtable_pool_free(pool, table) */
	fi
}

/* tables.h walk_remove_table() */
active [CPUS] proctype remove()
{
	bool keep;

	started;
	waits[_pid] = true;			/*: WRITE_ONCE(*descp, 0) */
	if					/*: walk_sync(t, descp, 1) */
	:: !coherent -> d_step { drain(_pid); ram[_pid] = false }
	/*! walker_finds_tables: :: !coherent */
	:: else
	fi;
	if					/*: io_pgtable_tlb_flush_walk(&t->iop, iova, BIT(shift), BIT(t->geo.kind.page_shift)) */
	:: walked -> d_step { drain(_pid); cached_root[_pid] = false; cached_upper[_pid] = false }
	/*! walker_finds_tables: :: walked */
	:: else
	fi;
	pool_free(LOWER(_pid));			/*: walk_free_below(t, table, walk_shift_level(t->geo.kind, shift) + 1, */
	pool_free(UPPER(_pid));			/*: io_pgtable_pool_free(&t->pool, table) */
	assert(all_is_freed || !there[LOWER(_pid)] && !there[UPPER(_pid)])
}

/* inspect.h walk_look_at() */
inline look(c)
{
	take_lock();				/*: spin_lock_irqsave(&t->pool.lock, flags) */
	/*! readers_find_tables: skip; */
	/* inspect.h walk_see() */
	if					/*: desc = READ_ONCE(*w.descp) */
	:: root[c] ->
		assert(readers_find_tables || there[UPPER(c)]);	/*: walk_enter(&w, iova, desc, walk_next_shift(&w)) */
		assert(readers_find_tables || there[LOWER(c)])
	:: else
	fi;
	/* inspect.h walk_look_at() */
	lock = false				/*: spin_unlock_irqrestore(&t->pool.lock, flags) */
}

/* smp.c kick_all_cpus_sync(): an interrupt makes the CPU's earlier stores visible. */
inline kick_all_cpus()
{
	d_step {				/*: smp_call_function(do_nothing, NULL, 1) */
		c = 0;
		do
		:: c < CPUS -> drain(c); c++
		:: else -> break
		od;
		c = 0
	}
}

/* tables.c io_pgtable_listed_open() */
active [READERS] proctype reader()
{
	byte c;

	started;
end:	do
	:: take_lock();				/*: io_pgtable_dump_hold(l->iop, true) */
		/* pool.c io_pgtable_pool_hold() */
		holders++;			/*: WRITE_ONCE(pool->holders, pool->holders + (hold ? 1 : -1)) */
		lock = false;
		/* tables.c io_pgtable_listed_open() */
		kick_all_cpus();		/*: kick_all_cpus_sync() */
		/*! readers_find_tables: skip; */
		do
		:: look(c)
#if CPUS > 1
		:: c < CPUS - 1 -> c++
#endif
		:: break
		od;
		c = 0;
		/* tables.c io_pgtable_listed_release() */
		take_lock();			/*: io_pgtable_dump_hold(l->iop, false) */
		holders--;
		lock = false
	od
}

/* A user of the reserve begins and ends. Meanwhile a table that is freed may go to the reserve. */
active proctype reserve()
{
	started;
	/* pool.c io_pgtable_pool_reserve() */
	d_step { !lock -> users++; holders++ };	/*: WRITE_ONCE(pool->holders, pool->holders + 1) */
	/* pool.c io_pgtable_pool_unreserve() */
	d_step { !lock -> users--; holders-- }	/*: WRITE_ONCE(pool->holders, pool->holders - 1) */
}

/* Store buffers that drain by themselves, the cache, and the device */
active proctype machine()
{
	byte c;

	started;
end:	do
	:: atomic {
		c = 0;
		do
		:: c < CPUS - 1 -> c++
		:: break
		od;
		if
		:: waits[c] -> drain(c)
		:: ram[c] != root[c] -> ram[c] = root[c]
		:: walked && (coherent -> root[c] : ram[c]) -> cached_root[c] = true
		:: cached_root[c] ->
			assert(walker_finds_tables || there[UPPER(c)]);
			cached_upper[c] = true
		:: cached_upper[c] -> assert(walker_finds_tables || there[LOWER(c)])
		:: else
		fi;
		c = 0
	   }
	od
}

init {
	if
	:: walked = true
	:: skip
	fi;
	if
	:: coherent = true
	:: skip
	fi;
	started = true
}

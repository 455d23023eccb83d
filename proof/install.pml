/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several CPUs map pages whose descriptors are in the same table, which does not exist yet. Each CPU
 * makes a table and installs it with cmpxchg; one CPU wins. The device's walker walks at any time.
 *
 * Memory is weakly ordered. A store waits in its CPU's buffer. Stores to different places leave the
 * buffer in any order; stores to the same place leave it in program order. A barrier empties the
 * buffer. Loads of two places are done in either order unless a barrier orders them. A walker that does
 * not snoop reads memory. A cache line is written to memory when a CPU cleans it, or at any other
 * time.
 *
 * Properties:
 *   mapped_is_visible: once map has returned, the walker finds the page
 *   walker_sees_no_junk: the walker never reads, as a descriptor, contents of memory from before the
 *	memory was a table
 */
#define CPUS	2

/* Kind of walker, and whether table descriptors have a bit for "the walker sees the table" */
mtype:mode = { COHERENT, MARKED, COUNTED };	/* snoops; fmt.seen; neither */
mtype:mode mode;

/*
 * Places in memory: the descriptor of the table, and in each CPU's table a leaf for each CPU. The
 * descriptor of table t is t + 1, with SEEN if the bit is set; 0 is an invalid descriptor. A leaf is
 * JUNK before its memory is cleared, then 0 or LEAF.
 */
#define DESC		0
#define LEAF_OF(t, i)	(1 + (t) * CPUS + (i))
#define PLACES		(1 + CPUS * CPUS)
#define SEEN		8
#define TABLE(desc)	(((desc) & 7) - 1)
#define LEAF		1
#define JUNK		2

byte cache[PLACES];	/* contents that all CPUs see */
byte ram[PLACES];
#define EMPTY		255
typedef buffer { byte to[PLACES] };	/* EMPTY, or the value to be stored */
buffer stores[CPUS];
short installing;
byte counted[CPUS];	/* increments of installing that wait in the CPU's buffer */

bool started;
bool mapped[CPUS];

hidden byte walker_sees_no_junk, mapped_is_visible;

/*
 * Memory
 */

inline store(place, value)
{
	stores[_pid].to[place] = value
}

#define LOAD(place)	(stores[_pid].to[place] != EMPTY -> stores[_pid].to[place] : cache[place])

inline drain_place(cpu, place)
{
	if
	:: stores[cpu].to[place] != EMPTY ->
		cache[place] = stores[cpu].to[place];
		stores[cpu].to[place] = EMPTY
	:: else
	fi
}

inline barrier()
{
	d_step {
		k = 0;
		do
		:: k < PLACES -> drain_place(_pid, k); k++
		:: else -> break
		od;
		k = 0;
		installing = installing + counted[_pid];
		counted[_pid] = 0
	}
}

/* A clean includes this CPU's own stores to the place, and is complete when the call returns. */
inline clean(place)
{
	d_step {
		drain_place(_pid, place);
		ram[place] = cache[place]
	}
}

/* Relaxed: the CPU's other stores may become visible after it. */
inline cmpxchg(seen, old, new)
{
	d_step {
		drain_place(_pid, DESC);
		seen = cache[DESC];
		if
		:: seen == old -> cache[DESC] = new
		:: else
		fi
	}
}

/*
 * The walk
 */

/* tables.h walk_alloc_table(): memory that is zeroed, and cleaned for the walker */
inline alloc_table()
{
	d_step {
		k = 0;
		do
		:: k < CPUS -> store(LEAF_OF(_pid, k), 0); k++
		:: else -> break
		od;
		k = 0;
	}
	if
	:: mode == COHERENT
	:: else -> clean_leaves()
	fi
}

inline clean_leaves()
{
	d_step {
		k = 0;
		do
		:: k < CPUS -> drain_place(_pid, LEAF_OF(_pid, k)); ram[LEAF_OF(_pid, k)] = cache[LEAF_OF(_pid, k)]; k++
		:: else -> break
		od;
		k = 0
	}
}

inline free_table()
{
	d_step {
		k = 0;
		do
		:: k < CPUS ->
			stores[_pid].to[LEAF_OF(_pid, k)] = EMPTY;
			cache[LEAF_OF(_pid, k)] = JUNK;
			ram[LEAF_OF(_pid, k)] = JUNK;
			k++
		:: else -> break
		od;
		k = 0
	}
}

/* tables.h walk_install_cleaned() */
inline install_cleaned(seen, new)
{
	if
	:: mode == COUNTED -> counted[_pid]++	/*: atomic_inc(&t->installing) */
	:: else
	fi;
	barrier();				/*: dma_wmb() */
	/*! mapped_is_visible: skip; */
	cmpxchg(seen, 0, new);			/*: seen = walk_cmpxchg(descp, old, new) */
	if
	:: !(seen & SEEN) ->			/*: if (!(seen & fmt.seen)) */
	/*! mapped_is_visible: :: seen == 0 -> */
		clean(DESC);			/*: walk_clean(t, descp, 1) */
		/*! mapped_is_visible: skip; */
		if
		:: mode == MARKED && seen == 0 ->	/*: fmt.seen && seen == old */
			store(DESC, new | SEEN)	/*: WRITE_ONCE(*descp, new | fmt.seen) */
		:: else
		fi
	:: else
	fi;
	if
	:: mode == COUNTED ->
		barrier();			/*: smp_mb__before_atomic() */
		d_step { installing = installing + counted[_pid] - 1; counted[_pid] = 0 }	/*: atomic_dec(&t->installing) */
	:: else
	fi
}

/* tables.h walk_install_table() */
inline install_table(seen, new)
{
	if
	:: mode != COHERENT ->			/*: if (!t->iop.cfg.coherent_walk) */
		install_cleaned(seen, new)	/*: return walk_install_cleaned(t, descp, old, new) */
	:: else ->
		barrier();			/*: dma_wmb() */
		/*! walker_sees_no_junk: skip; */
		cmpxchg(seen, 0, new)		/*: return walk_cmpxchg(descp, old, new) */
	fi
}

/* descend.h walk_may_be_hidden(), called after the descriptor was loaded */
#define RMB	true				/*: smp_rmb() */
/*! mapped_is_visible: false */
#define HIDDEN	(mode == MARKED || (mode == COUNTED && (RMB -> installing : early)))	/*: return atomic_read(&t->installing) */

/* The CPU may load the count first, unless smp_rmb() forbids it. */
inline load_desc(desc)
{
	early = (RMB -> 0 : installing);
	desc = LOAD(DESC)
}

/* map.h walk_make_table() */
inline make_table(desc)
{
	if
	:: desc ->
		if
		:: mode != COHERENT && HIDDEN ->	/*: if (walk_may_be_hidden(t)) */
			clean(DESC)		/*: walk_sync(t, w->descp, 1) */
			/*! mapped_is_visible: skip */
		:: else
		fi
	:: else ->
		alloc_table();			/*: table = walk_alloc_table(t, gfp) */
		install_table(desc, _pid + 1);	/*: desc = walk_install_table(t, w->descp, 0, new) */
		if
		:: desc == 0 -> desc = _pid + 1	/*: return new */
		:: else -> free_table()		/*: walk_free_table(t, table) */
		/*! mapped_is_visible: :: else -> desc = _pid + 1; free_table() */
		fi
	fi
}

/* descend.h walk_is_ready(), and map.h walk_is_told() */
#define IS_READY(desc)	(mode == MARKED -> (desc) & SEEN : (desc) != 0)
#define IS_TOLD		(mode != COUNTED)

/* map.h walk_map_slowly() */
inline map_slowly(desc)
{
	/* map.h walk_make() */
	load_desc(desc);			/*: desc = READ_ONCE(*w->descp) */
	if
	:: !IS_TOLD || !IS_READY(desc) ->	/*: if (!told || !walk_is_ready(t, desc)) */
		make_table(desc)		/*: desc = walk_make_table(t, w, desc, gfp) */
	:: else
	fi;
	/* map.h walk_map_here() */
	write_leaf(TABLE(desc));		/*: walk_write(w, n, m->paddr, m->attrs, m->group) */
	sync_leaf(TABLE(desc));			/*: walk_sync(t, w->descp, n) */
	/* map.h walk_map_slowly() */
	barrier()				/*: wmb() */
}

inline write_leaf(t)
{
	store(LEAF_OF(t, _pid), LEAF)
}

inline sync_leaf(t)
{
	if
	:: mode != COHERENT -> clean(LEAF_OF(t, _pid))
	:: else
	fi
}

/* map.h walk_map_new_table() */
inline map_new_table(desc)
{
	alloc_table();				/*: walk_alloc_table(t, m->gfp) */
	write_leaf(_pid);			/*: walk_map_here(t, m, &w, n) */
	sync_leaf(_pid);
	install_table(desc, _pid + 1);		/*: if (walk_install_table(t, m->descp, 0, new)) */
	if
	:: desc ->
		free_table();			/*: walk_free_table(t, table) */
		map_slowly(desc)		/*: return walk_map_slowly(t, m) */
	:: else ->
		barrier()			/*: wmb() */
	fi
}

/* map.h walk_map(), for a page whose table exists */
inline map_here(desc)
{
	write_leaf(TABLE(desc));		/*: walk_write_leaves(&w, n, paddr, leaf, group) */
	if
	:: mode == COUNTED ->			/*: return walk_publish_path(t, w.descp, n, iova) */
		/* map.h walk_publish_path() */
		if
		:: HIDDEN ->			/*: if (walk_may_be_hidden(t)) */
			clean(DESC)		/*: walk_clean_path(t, iova) */
			/*! mapped_is_visible: skip */
		:: else
		fi
	:: else
	fi;
	/* map.h walk_publish() */
	sync_leaf(TABLE(desc));			/*: walk_clean(t, descs, n) */
	barrier()				/*: wmb() */
}

/* Maps one page. Then the device may use it. */
active [CPUS] proctype cpu()
{
	byte desc, k;
	short early;

	started;
	/* map.h walk_map() */
	load_desc(desc);			/*: desc = walk_to_place(t, &w, iova, shift, true) */
	if
	:: IS_READY(desc) -> map_here(desc)
	:: else ->
		if
		:: desc == 0 -> map_new_table(desc)	/*: return walk_map_new_table(t, &m) */
		:: map_slowly(desc)			/*: return walk_map_rest(t, &m) */
		fi
	fi;
	mapped[_pid] = true
}



/* Store buffers that drain by themselves, and the cache */
active proctype machine()
{
	byte i, place;

end:	do
	:: started ->
		atomic {
			i = 0;
			do
			:: i < CPUS - 1 -> i++
			:: break
			od;
			place = 0;
			do
			:: place < PLACES - 1 -> place++
			:: break
			od;
			if
			:: stores[i].to[place] != EMPTY -> drain_place(i, place)
			:: cache[place] != ram[place] -> ram[place] = cache[place]
			:: counted[i] -> installing++; counted[i]--
			fi;
			i = 0; place = 0
		}
	od
}

#define VIEW(place)	(mode == COHERENT -> cache[place] : ram[place])

/* Walks to page i: a mapped page is found, and JUNK is never read. */
active proctype walker()
{
	byte i, desc, leaf;

end:	do
	:: started ->
		atomic {
			i = 0;
			do
			:: i < CPUS - 1 -> i++
			:: break
			od;
			desc = VIEW(DESC);
			assert(mapped_is_visible || !mapped[i] || desc);
			if
			:: desc ->
				leaf = VIEW(LEAF_OF(TABLE(desc), i));
				assert(walker_sees_no_junk || leaf != JUNK);
				assert(mapped_is_visible || !mapped[i] || leaf == LEAF)
			:: else
			fi;
			i = 0; desc = 0; leaf = 0
		}
	od
}

init {
	byte k, i;

	d_step {
		do
		:: k < PLACES ->
			cache[k] = (k == DESC -> 0 : JUNK);
			ram[k] = cache[k];
			i = 0;
			do
			:: i < CPUS -> stores[i].to[k] = EMPTY; i++
			:: else -> break
			od;
			k++
		:: else -> break
		od;
		k = 0; i = 0
	}
	if
	:: mode = COUNTED
	:: mode = MARKED
	:: mode = COHERENT
	fi;
	started = true
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of tables: made, installed, found empty, taken out, freed.
 */
#ifndef __IO_PGTABLE_WALK_TABLES_H
#define __IO_PGTABLE_WALK_TABLES_H

#include "descend.h"

/*
 * Tables
 */

static noinline u64 *walk_alloc_table(struct walk_tables *t, gfp_t gfp)
{
	return io_pgtable_pool_alloc(&t->pool, &t->iop.cfg, t->iop.cookie,
				     BIT(t->geo.granule_shift), gfp);
}

static void walk_free_table(const struct walk_tables *t, u64 *table,
			    unsigned int level)
{
	io_pgtable_free_pages(&t->iop.cfg, t->iop.cookie, table,
			      walk_table_size(&t->geo, level));
}

/*
 * The next table descriptor of a table of @n descriptors, from index *@i on, which is left
 * behind it. Return: 0 if there is none.
 */
static u64 walk_next_table_desc(const u64 *table, unsigned int n, unsigned int *i)
{
	u64 desc;

	while (*i < n) {
		if (!(*i % 8) && n - *i >= 8 && !run_or8(table + *i)) {
			*i += 8;
			continue;
		}
		desc = READ_ONCE(table[(*i)++]);
		if (fmt_is_table(desc))
			return desc;
	}
	return 0;
}

/* Visits of tables and those below them recur as deep as these go: four levels at most. */
static void walk_free_below(const struct walk_tables *t, u64 *table, unsigned int level);

static inline void walk_free_tables(const struct walk_tables *t, u64 *table,
				    unsigned int level)
{
	if (level != FMT_LAST_LEVEL)
		walk_free_below(t, table, level);
	walk_free_table(t, table, level);
}

static noinline void walk_free_below(const struct walk_tables *t, u64 *table,
				     unsigned int level)
{
	unsigned int i = 0, n = walk_entries(&t->geo, level);
	u64 desc;

	while ((desc = walk_next_table_desc(table, n, &i)))
		walk_free_tables(t, walk_next_table(t, desc), level + 1);
}

static bool walk_are_empty_below(const struct walk_tables *t, const u64 *table,
				 unsigned int level);

/* Is nothing mapped by a table and those below it? */
static inline bool walk_tables_are_empty(const struct walk_tables *t, const u64 *table,
					 unsigned int level)
{
	if (level != FMT_LAST_LEVEL)
		return walk_are_empty_below(t, table, level);
	return run_table_is_clear(table, walk_entries(&t->geo, level));
}

static noinline bool walk_are_empty_below(const struct walk_tables *t, const u64 *table,
					  unsigned int level)
{
	unsigned int i, n = walk_entries(&t->geo, level);

	for (i = 0; i < n; i++) {
		if (!table[i])
			continue;
		if (!fmt_is_table(table[i]) ||
		    !walk_tables_are_empty(t, walk_next_table(t, table[i]), level + 1))
			return false;
	}
	return true;
}

static u64 walk_table_desc(const struct walk_tables *t, u64 *table)
{
	return fmt_addr_to_desc(virt_to_phys(table)) | t->table_bits;
}

/*
 * Put @new, which leads to a new table, where @old is. Return: what was there, @old if
 * it worked; another CPU may have been faster.
 */
static inline u64 walk_install_table(const struct walk_tables *t, u64 *descp, u64 old,
				     u64 new)
{
	u64 seen;

	/*
	 * Orders the stores to the table before the store of its address, for
	 * the walker and for other CPUs. cmpxchg64_release() would not order
	 * anything for the walker in a kernel without SMP.
	 */
	dma_wmb();
	seen = cmpxchg64_relaxed(descp, old, new);

	/* Whoever lost the race makes sure too, rather than wait for the winner. */
	if (!t->iop.cfg.coherent_walk && !(seen & FMT_SW_SYNC)) {
		walk_sync(t, descp, 1);
		if (seen == old)
			WRITE_ONCE(*descp, new | FMT_SW_SYNC);
	}
	return seen;
}

/*
 * Take descriptors of tables out, tell the walker, then free the tables.
 */
static void walk_remove_tables(struct walk_tables *t, u64 *descp, u64 desc,
			       unsigned long iova, unsigned int shift)
{
	WRITE_ONCE(*descp, 0);
	walk_sync(t, descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, iova, BIT(shift),
				  BIT(t->geo.granule_shift));
	walk_free_tables(t, walk_next_table(t, desc),
			 walk_shift_level(&t->geo, shift) + 1);
}

#endif /* __IO_PGTABLE_WALK_TABLES_H */

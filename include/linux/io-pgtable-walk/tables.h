/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocation, installation, removal and freeing of tables.
 */
#ifndef __IO_PGTABLE_WALK_TABLES_H
#define __IO_PGTABLE_WALK_TABLES_H

#include <linux/io.h>
#include <linux/kasan.h>

#include <linux/io-pgtable-walk/descend.h>
#include <linux/io-pgtable-walk/runs.h>

/* Number of descriptors in each table except the root */
static inline size_t walk_table_entries(const struct walk_tables *t)
{
	return BIT(fmt_index_bits(t->geo.kind));
}

/* Allocate a table. Not for the root. */
static inline walk_desc *walk_alloc_table(struct walk_tables *t, gfp_t gfp)
{
	return io_pgtable_pool_alloc(&t->pool, gfp);
}

/* Free a table. Loops that free many tables inline io_pgtable_pool_free() instead. */
static noinline void walk_free_table(struct walk_tables *t, walk_desc *table)
{
	io_pgtable_pool_free(&t->pool, table);
}

static int walk_reserve(struct io_pgtable_ops *ops, unsigned int n, gfp_t gfp)
{
	return io_pgtable_pool_reserve(&walk_from_ops(ops)->pool, n, gfp);
}

static void walk_unreserve(struct io_pgtable_ops *ops, unsigned int n)
{
	io_pgtable_pool_unreserve(&walk_from_ops(ops)->pool, n);
}

/* virt_to_phys() of a table, shorter since the table is known to be in the linear map */
static inline u64 walk_phys(const struct walk_tables *t, walk_desc *table)
{
	if (!IS_ENABLED(CONFIG_64BIT))
		return virt_to_phys(table);
	return kasan_reset_tag(table) - t->linear;
}

static walk_desc walk_table_desc(const struct walk_tables *t, walk_desc *table)
{
	return fmt_addr_to_desc(t->geo.kind, walk_phys(t, table)) | t->table_attrs;
}

/* walk_install_table() for a walker without coherency */
static noinline walk_desc walk_install_cleaned(struct walk_tables *t, walk_desc *descp,
					       walk_desc old, walk_desc new)
{
	walk_desc seen;

	if (!fmt.seen)
		atomic_inc(&t->installing);
	/*
	 * As in walk_install_table(). Also orders the increment before that store: see
	 * walk_may_be_hidden().
	 */
	dma_wmb();
	seen = walk_cmpxchg(descp, old, new);

	/*
	 * A CPU that lost the race cleans the descriptor too, so that it need not wait for the
	 * winner.
	 */
	if (!(seen & fmt.seen)) {
		walk_clean(t, descp, 1);
		if (fmt.seen && seen == old)
			WRITE_ONCE(*descp, new | fmt.seen);
	}
	if (!fmt.seen) {
		/* Orders the cleaning before the decrement: see walk_may_be_hidden(). */
		smp_mb__before_atomic();
		atomic_dec(&t->installing);
	}
	return seen;
}

/*
 * Replace @old at @descp by @new, the descriptor of a new table. Return: the previous value; it
 * is @old if the table was installed. Another CPU may have changed the descriptor first.
 */
static inline walk_desc walk_install_table(struct walk_tables *t, walk_desc *descp,
					   walk_desc old, walk_desc new)
{
	if (!t->iop.cfg.coherent_walk)
		return walk_install_cleaned(t, descp, old, new);
	/*
	 * Orders the stores to the table before the store of its address, for the walker and for
	 * other CPUs. cmpxchg_release() would not order anything for the walker in a kernel
	 * without SMP.
	 */
	dma_wmb();
	return walk_cmpxchg(descp, old, new);
}

/*
 * Iteration over the tables below a table
 */

/* A table that is being searched for table descriptors; @next: index to continue from */
struct walk_stop {
	const walk_desc *table;
	unsigned int entries;
	unsigned int next;
};

/**
 * struct walk_below - iteration over all tables below a table, lower tables first
 * @t: the page table
 * @top: level of the table where the iteration starts
 * @level: level of the table that is being searched; the table returned last is one level below
 * @at: the tables from the start to the one being searched, by level. None is at the last level.
 */
struct walk_below {
	const struct walk_tables *t;
	unsigned int top;
	unsigned int level;
	struct walk_stop at[WALK_MAX_LEVELS - 1];
};

static inline void walk_go_below(struct walk_below *b, const walk_desc *table,
				 unsigned int level, unsigned int entries)
{
	struct walk_stop *at = &b->at[level - walk_first_level()];

	b->level = level;
	at->table = table;
	at->entries = entries;
	at->next = 0;
}

/* Start an iteration over the tables below @table, which is at @level. */
static inline struct walk_below walk_look_below(const struct walk_tables *t,
						const walk_desc *table, unsigned int level,
						unsigned int entries)
{
	struct walk_below b = { .t = t, .top = level };

	walk_go_below(&b, table, level, entries);
	return b;
}

/*
 * Find the next table descriptor in a table with @n descriptors, from index *@i on. Sets *@i to
 * the index after the descriptor found. Return: the descriptor; 0 if there is none.
 */
static __always_inline walk_desc walk_next_table_desc(const walk_desc *table, unsigned int n,
						      unsigned int *i)
{
	walk_desc desc;

	while (*i < n) {
		if (!(*i % 8) && n - *i >= 8 && !run_or8(table + *i)) {
			*i += 8;
			continue;
		}
		desc = READ_ONCE(table[(*i)++]);
		if (walk_is_table(desc))
			return desc;
	}
	return 0;
}

/* Return the next table, or NULL at the end. The table is at level b->level + 1. */
static __always_inline walk_desc *walk_next_below(struct walk_below *b)
{
	struct walk_stop *at;
	unsigned int next;
	walk_desc desc;

	for (;;) {
		at = &b->at[b->level - walk_first_level()];
		next = at->next;
		desc = walk_next_table_desc(at->table, at->entries, &next);
		at->next = next;
		if (!desc)
			break;
		if (fmt.levels == 2 || b->level + 1 == fmt.last_level)
			return walk_next_table(b->t, desc);
		walk_go_below(b, walk_next_table(b->t, desc), b->level + 1,
			      walk_table_entries(b->t));
	}
	if (fmt.levels == 2 || b->level == b->top)
		return NULL;
	b->level--;
	return (walk_desc *)at->table;
}

/* Free all tables below @table, which is at @level and has @entries descriptors. */
static noinline void walk_free_below(struct walk_tables *t, walk_desc *table, unsigned int level,
				     unsigned int entries)
{
	struct walk_below b = walk_look_below(t, table, level, entries);

	while ((table = walk_next_below(&b)))
		io_pgtable_pool_free(&t->pool, table);
}

/* Whether a table at @level contains a leaf */
static noinline bool walk_has_leaf(const struct walk_tables *t, const walk_desc *table,
				   unsigned int level)
{
	unsigned int i, n = walk_table_entries(t);

	if (level == fmt.last_level)
		return !io_pgtable_pool_is_clear(&t->pool, table);
	for (i = 0; i < n; i++)
		if (table[i] && !walk_is_table(table[i]))
			return true;
	return false;
}

/* Whether no leaf is in a table at @level (not the last level), nor in any table below it */
static noinline bool walk_are_empty(const struct walk_tables *t, const walk_desc *table,
				    unsigned int level)
{
	struct walk_below b = walk_look_below(t, table, level, walk_table_entries(t));

	if (walk_has_leaf(t, table, level))
		return false;
	while ((table = walk_next_below(&b)))
		if (walk_has_leaf(t, table, b.level + 1))
			return false;
	return true;
}

/* As walk_are_empty(), for any level. The fast case is the last level. */
static inline bool walk_is_empty(const struct walk_tables *t, const walk_desc *table,
				 unsigned int level)
{
	if (fmt.levels == 2 || level == fmt.last_level)
		return io_pgtable_pool_is_clear(&t->pool, table);
	return walk_are_empty(t, table, level);
}

/*
 * Remove a table descriptor, which translates BIT(@shift) bytes. Invalidates the walk caches,
 * then frees the table and all tables below it. Return: BIT(@shift).
 */
static noinline size_t walk_remove_table(struct walk_tables *t, walk_desc *descp,
					 unsigned long iova, unsigned int shift)
{
	walk_desc *table = walk_next_table(t, READ_ONCE(*descp));

	WRITE_ONCE(*descp, 0);
	walk_sync(t, descp, 1);
	io_pgtable_tlb_flush_walk(&t->iop, iova, BIT(shift), BIT(t->geo.kind.page_shift));
	if (fmt.levels > 2 && shift != walk_block_shift(t->geo.kind))
		walk_free_below(t, table, walk_shift_level(t->geo.kind, shift) + 1,
				walk_table_entries(t));
	io_pgtable_pool_free(&t->pool, table);
	return BIT(shift);
}

#endif /* __IO_PGTABLE_WALK_TABLES_H */

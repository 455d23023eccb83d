// SPDX-License-Identifier: GPL-2.0-only
/*
 * The address space of a table under test: size, bounds, page sizes, and how tables divide it
 */
#include <linux/module.h>

#include "table.h"

/* Return: the number of input address bits that a caller can set in an unsigned long */
unsigned int conf_input_bits(const struct conf_fixture *f)
{
	return min(f->cfg.ias, BITS_PER_LONG);
}
EXPORT_SYMBOL_GPL(conf_input_bits);

/* Return: the number of input addresses */
u64 conf_space(const struct conf_fixture *f)
{
	return BIT_ULL(conf_input_bits(f));
}
EXPORT_SYMBOL_GPL(conf_space);

/* The first and the last input address, truncated to an unsigned long */
u64 conf_base(const struct conf_fixture *f)
{
	return f->shape->quirks & IO_PGTABLE_QUIRK_ARM_TTBR1 ?
	       (unsigned long)GENMASK_ULL(63, f->cfg.ias) : 0;
}
EXPORT_SYMBOL_GPL(conf_base);

u64 conf_last(const struct conf_fixture *f)
{
	return conf_base(f) + (conf_space(f) - 1);
}
EXPORT_SYMBOL_GPL(conf_last);

unsigned int conf_num_pgsizes(const struct conf_fixture *f)
{
	return hweight_long(f->cfg.pgsize_bitmap);
}
EXPORT_SYMBOL_GPL(conf_num_pgsizes);

/* Return: page size number @n, from the smallest to the largest */
u64 conf_pgsize(const struct conf_fixture *f, unsigned int n)
{
	unsigned long sizes = f->cfg.pgsize_bitmap;

	while (n--)
		sizes &= sizes - 1;
	return sizes & -sizes;
}
EXPORT_SYMBOL_GPL(conf_pgsize);

unsigned int conf_granule_bits(const struct conf_fixture *f)
{
	return __ffs(f->cfg.pgsize_bitmap);
}

/* Return: the level of the leaf entries of a page size */
unsigned int conf_level_of(struct conf_fixture *f, u64 size)
{
	const struct conf_judge *judge = f->claims->judge;
	unsigned int level = judge->start_level(f);

	while (level < judge->last_level && BIT_ULL(judge->shift(f, level)) > size)
		level++;
	return level;
}

/* Return: bytes of input addresses that one descriptor of a page size translates */
u64 conf_entry_size(struct conf_fixture *f, u64 size)
{
	return BIT_ULL(f->claims->judge->shift(f, conf_level_of(f, size)));
}
EXPORT_SYMBOL_GPL(conf_entry_size);

/* Return: whether a page size is a group of descriptors with Arm's contiguous hint */
bool conf_is_group(struct conf_fixture *f, u64 size)
{
	return conformance_has_groups(f->shape) && conf_entry_size(f, size) != size;
}
EXPORT_SYMBOL_GPL(conf_is_group);

/*
 * Return: whether a page of @small can be unmapped out of a page of @large. In all kernels, single
 * descriptors of a contiguous group can be unmapped as if they had no contiguous hint.
 */
bool conf_splits(struct conf_fixture *f, u64 large, u64 small)
{
	return f->claims->splits_blocks ||
	       (conf_is_group(f, large) && conf_entry_size(f, large) == conf_entry_size(f, small));
}
EXPORT_SYMBOL_GPL(conf_splits);

static u64 next_size(struct conf_fixture *f, unsigned int *i, bool splits)
{
	while (++*i < conf_num_pgsizes(f))
		if (conf_splits(f, conf_pgsize(f, *i), conf_pgsize(f, 0)) == splits)
			return conf_pgsize(f, *i);
	return 0;
}

/*
 * Return: the next larger page size than number *@i out of which all smaller pages can be unmapped,
 * 0 after the last
 */
u64 conf_next_split(struct conf_fixture *f, unsigned int *i)
{
	return next_size(f, i, true);
}
EXPORT_SYMBOL_GPL(conf_next_split);

/* Return: the next larger page size out of which the smallest pages cannot be unmapped, or 0 */
u64 conf_next_kept(struct conf_fixture *f, unsigned int *i)
{
	return next_size(f, i, false);
}
EXPORT_SYMBOL_GPL(conf_next_kept);

/*
 * Return: bytes of input addresses that one table with pages of @size maps. Without a judge, one
 * table is assumed to have as many descriptors of 8 bytes as fit into the smallest page.
 */
u64 conf_span(struct conf_fixture *f, u64 size)
{
	unsigned int level;

	if (!f->claims->judge)
		return min(conf_pgsize(f, 0) / 8 * size, BIT_ULL(f->cfg.ias));
	level = conf_level_of(f, size);
	if (level == f->claims->judge->start_level(f))
		return BIT_ULL(f->cfg.ias);
	return BIT_ULL(f->claims->judge->shift(f, level - 1));
}
EXPORT_SYMBOL_GPL(conf_span);

/* Return: a physical address whose bits differ between pages, tables and the upper bits */
u64 conf_some_pa(struct conf_fixture *f, u64 size)
{
	return 0x5a5a5a5a5a5a5a5a & (BIT_ULL(f->cfg.oas) - 1) & ~(size - 1);
}

struct conf_result conf_walk(struct conf_fixture *f, u64 iova)
{
	return f->claims->judge->walk(f, iova);
}
EXPORT_SYMBOL_GPL(conf_walk);

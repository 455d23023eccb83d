/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking into page tables: what a format supplies, so that debugfs can show its tables. Formats
 * that are made of linux/io-pgtable-walk have all of this, but for their words.
 */
#ifndef __IO_PGTABLE_INSPECT_H
#define __IO_PGTABLE_INSPECT_H

#include <linux/io-pgtable.h>
#include <linux/types.h>

struct seq_buf;

#define IO_PGTABLE_MAX_STEPS	5
#define IO_PGTABLE_MAX_WORDS	8

/**
 * struct io_pgtable_leaf - what a leaf allows and says, in words
 * @read: the device may read
 * @write: it may write; also if the leaf becomes writable when it does, for dirty state
 * @exec: it may fetch instructions; false in formats that do not know of this
 * @user: unprivileged accesses may do so, too; false in formats that do not know of this
 * @memory: the type of memory, a word without spaces; NULL in formats that have none
 * @n: how many words there are
 * @words: all that is left to say, each a word without commas
 */
struct io_pgtable_leaf {
	bool		read;
	bool		write;
	bool		exec;
	bool		user;
	const char	*memory;
	unsigned int	n;
	const char	*words[IO_PGTABLE_MAX_WORDS];
};

/**
 * struct io_pgtable_step - a descriptor on the way to an address
 * @level: of its table, as the format's manual counts
 * @table: physical address of its table
 * @index: which one of the table
 * @entries: how many the table has
 * @size: bytes of the table
 * @shift: log2 of the bytes that each translates
 * @desc: the descriptor
 */
struct io_pgtable_step {
	unsigned int	level;
	u64		table;
	unsigned int	index;
	unsigned int	entries;
	size_t		size;
	unsigned int	shift;
	u64		desc;
};

/**
 * enum io_pgtable_seen - what is at an address
 * @IO_PGTABLE_SEEN_HOLE: nothing
 * @IO_PGTABLE_SEEN_LEAF: a translation
 * @IO_PGTABLE_SEEN_TABLE: a table, of the level below the one that was asked for
 */
enum io_pgtable_seen {
	IO_PGTABLE_SEEN_HOLE,
	IO_PGTABLE_SEEN_LEAF,
	IO_PGTABLE_SEEN_TABLE,
};

/**
 * struct io_pgtable_view - what is at an address, and behind it in the same table
 * @steps: how many descriptors there are on the way
 * @step: these; the last is that of the address
 * @seen: what it is
 * @first: the first input address that it is for
 * @last: the last one, of those behind it that are like it: all are holes, all lead to tables, or
 *	all are leaves whose output addresses go on and that differ by nothing else
 * @paddr: output address of @first, of leaves
 * @shift: log2 of the bytes of each leaf, which may take several descriptors
 * @group: log2 of the leaves of a contiguous group that they are part of; 0 if there is none
 * @attrs: the descriptor but for its address, of leaves
 * @leaf: the same in words
 */
struct io_pgtable_view {
	unsigned int		steps;
	struct io_pgtable_step	step[IO_PGTABLE_MAX_STEPS];
	enum io_pgtable_seen	seen;
	unsigned long		first;
	unsigned long		last;
	u64			paddr;
	unsigned int		shift;
	unsigned int		group;
	u64			attrs;
	struct io_pgtable_leaf	leaf;
};

/**
 * struct io_pgtable_inspect - looks into the tables of a format
 * @look: see what is at @iova, an input address, and in which tables, down to those of @level and
 *	no further. Others may map and unmap meanwhile, also there: each descriptor is as it was
 *	at some moment. Context: as for @hold; @hold has been called.
 * @registers: say what the registers are, as values and in words: one line without an end
 * @hold: from now on, until it is called with false, no table is freed while @look is at it.
 *	The caller makes all CPUs pass a barrier before the first look. Context: any where a
 *	spinlock can be taken; several may hold.
 */
struct io_pgtable_inspect {
	void (*look)(struct io_pgtable *iop, unsigned long iova, unsigned int level,
		     struct io_pgtable_view *view);
	void (*registers)(const struct io_pgtable_cfg *cfg, struct seq_buf *text);
	void (*hold)(struct io_pgtable *iop, bool hold);
};

/* Add a word. What does not fit is left out. */
static inline void io_pgtable_leaf_say(struct io_pgtable_leaf *leaf, const char *word)
{
	if (leaf->n < IO_PGTABLE_MAX_WORDS)
		leaf->words[leaf->n++] = word;
}

#endif /* __IO_PGTABLE_INSPECT_H */

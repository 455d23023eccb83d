/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inspection of page tables: functions of a format that debugfs uses to show its tables.
 * linux/io-pgtable-walk implements them for formats that use the walk; such formats supply text
 * only.
 */
#ifndef __IO_PGTABLE_INSPECT_H
#define __IO_PGTABLE_INSPECT_H

#include <linux/io-pgtable.h>
#include <linux/types.h>

struct seq_buf;

#define IO_PGTABLE_MAX_STEPS	5
#define IO_PGTABLE_MAX_WORDS	8

/**
 * struct io_pgtable_leaf - permissions and attributes of a leaf, as text
 * @read: the device may read
 * @write: the device may write; also set if the hardware makes the leaf writable on a write, to
 *	track dirty state
 * @exec: the device may fetch instructions; false if the format has no such permission
 * @user: the permissions include unprivileged accesses; false if the format has no such
 *	permission
 * @memory: the memory type, a word without spaces; NULL if the format has no memory types
 * @n: number of words
 * @words: all other attributes, each a word without commas
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
 * struct io_pgtable_step - a descriptor on the walk to an address
 * @level: level of its table, as the format's manual counts
 * @table: physical address of its table
 * @index: its index in the table
 * @entries: number of descriptors in the table
 * @size: size of the table in bytes
 * @shift: log2 of the number of bytes that each descriptor translates
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
 * enum io_pgtable_seen - kind of entry at an address
 * @IO_PGTABLE_SEEN_HOLE: nothing is mapped
 * @IO_PGTABLE_SEEN_LEAF: a leaf
 * @IO_PGTABLE_SEEN_TABLE: a table, one level below the level that was asked for
 */
enum io_pgtable_seen {
	IO_PGTABLE_SEEN_HOLE,
	IO_PGTABLE_SEEN_LEAF,
	IO_PGTABLE_SEEN_TABLE,
};

/**
 * struct io_pgtable_view - what is at an address, and after it in the same table
 * @steps: number of descriptors on the walk
 * @step: these descriptors; the last is that of the address
 * @seen: kind of entry at the address
 * @first: the first input address that the entry translates
 * @last: the last input address of this and the following similar entries: all are holes, all are
 *	tables, or all are leaves with contiguous output addresses and equal attributes
 * @paddr: output address of @first, if leaf
 * @shift: log2 of the size of each leaf, which may take several descriptors
 * @group: log2 of the number of leaves in the contiguous group that the leaf is part of; 0 if
 *	none
 * @attrs: the descriptor without its address, if leaf
 * @leaf: @attrs as text
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
 * struct io_pgtable_inspect - functions to read the tables of a format
 * @look: describe what is at @iova, an input address, and the tables on the walk. Descends to
 *	tables at @level at most. Other CPUs may map and unmap at the same time, also at @iova:
 *	each descriptor is shown as it was at some moment during the call. Context: as for @hold;
 *	after @hold was called.
 * @registers: write the values and the meaning of the registers to @text: one line, without
 *	newline
 * @hold: with true: from now on no table is freed while @look reads it; with false: end of this.
 *	The caller ensures that all CPUs execute a barrier between @hold and the first @look.
 *	Context: any context where a spinlock can be taken. Nests.
 */
struct io_pgtable_inspect {
	void (*look)(struct io_pgtable *iop, unsigned long iova, unsigned int level,
		     struct io_pgtable_view *view);
	void (*registers)(const struct io_pgtable_cfg *cfg, struct seq_buf *text);
	void (*hold)(struct io_pgtable *iop, bool hold);
};

/* Add a word. Words beyond the maximum number are ignored. */
static inline void io_pgtable_leaf_say(struct io_pgtable_leaf *leaf, const char *word)
{
	if (leaf->n < IO_PGTABLE_MAX_WORDS)
		leaf->words[leaf->n++] = word;
}

#endif /* __IO_PGTABLE_INSPECT_H */

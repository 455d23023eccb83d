/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of a format with one page size, and with no attributes in table descriptors.
 */
#ifndef __IO_PGTABLE_WALK_PAGES_ONLY_H
#define __IO_PGTABLE_WALK_PAGES_ONLY_H

#include <linux/io-pgtable-walk/no-groups.h>

static inline walk_desc fmt_table_attrs(const struct io_pgtable_cfg *cfg)
{
	return fmt.table;
}

static inline walk_desc fmt_split_attrs(struct walk_kind kind, walk_desc block, bool page)
{
	return block;
}

/* Every leaf in the place of a page is a page. */
static inline struct walk_leaves fmt_leaves(bool page, bool group)
{
	return (struct walk_leaves){ fmt.valid, page ? 0 : fmt.table_mask };
}

static inline u64 fmt_leaf_addr(struct walk_kind kind, walk_desc desc, bool page)
{
	return fmt_table_addr(kind, desc);
}

#endif /* __IO_PGTABLE_WALK_PAGES_ONLY_H */

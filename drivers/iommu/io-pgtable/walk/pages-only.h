/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a format that has pages of one size, and nothing else, need not say.
 */
#ifndef __IO_PGTABLE_WALK_PAGES_ONLY_H
#define __IO_PGTABLE_WALK_PAGES_ONLY_H

#include "format.h"

static inline unsigned int fmt_group_bits(struct walk_kind kind, bool page)
{
	return 0;
}

static inline walk_desc fmt_group_attrs(walk_desc attrs, bool page)
{
	return attrs;
}

static inline walk_desc fmt_ungroup(struct walk_kind kind, walk_desc desc, bool page)
{
	return desc;
}

static inline bool fmt_is_group(walk_desc desc, bool page)
{
	return false;
}

static inline walk_desc fmt_split_attrs(struct walk_kind kind, walk_desc block, bool page)
{
	return block;
}

/* Whatever is in the place of a page is one. */
static inline struct walk_leaves fmt_leaves(bool page, bool group)
{
	return (struct walk_leaves){ fmt.valid, page ? 0 : fmt.table_mask };
}

static inline u64 fmt_leaf_addr(struct walk_kind kind, walk_desc desc, bool page)
{
	return fmt_table_addr(kind, desc);
}

#endif /* __IO_PGTABLE_WALK_PAGES_ONLY_H */
